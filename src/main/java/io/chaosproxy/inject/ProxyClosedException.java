package io.chaosproxy.inject;

/** A proxy was asked for something after its end. Closing is final: it never listens again and takes no other plan. */
public final class ProxyClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /** Names the proxy. */
    public ProxyClosedException(String proxy) {
        super("proxy " + proxy + " is closed");
    }
}
