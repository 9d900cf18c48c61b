package io.chaosproxy.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import org.jspecify.annotations.Nullable;

/** A proxy can't listen where it is to. */
public final class ListenException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String proxy;
    private final InetSocketAddress listen;
    private final String reason;
    private final boolean exhausted;

    ListenException(String proxy, InetSocketAddress listen, Exception cause) {
        super("proxy " + proxy + " can't listen on " + Sockets.text(listen) + ": " + reason(cause), cause);
        this.proxy = proxy;
        this.listen = listen;
        this.reason = reason(cause);
        this.exhausted = cause instanceof Exhausted || reason.startsWith("Too many open files");
    }

    /** The descriptors that are left are for the control plane and for files. */
    static ListenException exhausted(String proxy, InetSocketAddress listen) {
        return new ListenException(proxy, listen, new Exhausted());
    }

    private static final class Exhausted extends IOException {
        private static final long serialVersionUID = 1L;

        Exhausted() {
            super(FdBudget.exhausted());
        }
    }

    /** Whether descriptors have run out, so that it may work when connections have ended. */
    public boolean isForWantOfDescriptors() {
        return exhausted;
    }

    /** The name of the proxy. */
    public String proxy() {
        return proxy;
    }

    /** Where it was to listen, unresolved. */
    public InetSocketAddress listen() {
        return listen;
    }

    /** Reason of the system, such as {@code Address already in use}. */
    public String reason() {
        return reason;
    }

    private static String reason(Exception cause) {
        if (cause instanceof UnresolvedAddressException) {
            return "there is no host of this name";
        }
        @Nullable String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
