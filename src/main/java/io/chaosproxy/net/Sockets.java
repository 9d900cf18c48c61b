package io.chaosproxy.net;

import org.jspecify.annotations.Nullable;

/** Helpers for sockets. */
public final class Sockets {
    private Sockets() {}

    /** Closes what may be null; a socket that can't be closed is gone as well. */
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
