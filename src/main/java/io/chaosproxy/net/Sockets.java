package io.chaosproxy.net;

import org.jspecify.annotations.Nullable;

/** Helpers for sockets. */
public final class Sockets {
    private Sockets() {}

    /** Closes the socket if there is one, and ignores a failure to close. */
    public static void closeQuietly(@Nullable AutoCloseable socket) {
        if (socket != null) {
            try {
                socket.close();
            } catch (Exception e) {
                // nothing is left to close
            }
        }
    }
}
