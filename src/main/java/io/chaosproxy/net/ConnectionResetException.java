package io.chaosproxy.net;

import java.io.IOException;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/** The peer has torn the connection down by RST (RFC 9293 §3.5.2). */
public final class ConnectionResetException extends SocketException {
    private static final long serialVersionUID = 1L;

    /** A reset that was seen without a read or a write. */
    public ConnectionResetException() {
        this(null);
    }

    ConnectionResetException(@Nullable IOException cause) {
        super("Connection reset", cause);
    }

    /** Whether this, or what a failed write was caused by, was a reset. */
    public static boolean isReset(IOException reason) {
        return reason instanceof ConnectionResetException || reason.getCause() instanceof ConnectionResetException;
    }

    /** The exception itself, or this type in its place if the JDK reports a reset, which it does by its message alone. */
    static IOException typed(IOException e) {
        String message = e.getMessage();
        return message != null && message.startsWith("Connection reset") ? new ConnectionResetException(e) : e;
    }
}
