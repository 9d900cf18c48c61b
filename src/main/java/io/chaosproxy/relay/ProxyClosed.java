package io.chaosproxy.relay;

/** A proxy was asked for something after its end. Closing is final: it never listens again and takes no other plan. */
public final class ProxyClosed extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    ProxyClosed(String proxy) {
        super("proxy " + proxy + " is closed");
    }
}
