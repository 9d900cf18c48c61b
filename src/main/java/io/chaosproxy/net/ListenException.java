package io.chaosproxy.net;

import java.io.IOException;
import java.nio.channels.UnresolvedAddressException;
import org.jspecify.annotations.Nullable;

/** A proxy can't listen where it is to. */
public final class ListenException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String proxy;
    private final transient Address listen;
    private final String reason;

    ListenException(String proxy, Address listen, Exception cause) {
        super("proxy " + proxy + " can't listen on " + listen + ": " + reason(cause), cause);
        this.proxy = proxy;
        this.listen = listen;
        this.reason = reason(cause);
    }

    /** The name of the proxy. */
    public String proxy() {
        return proxy;
    }

    /** Where it was to listen. */
    public Address listen() {
        return listen;
    }

    /** What the system said, such as {@code Address already in use}. */
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
