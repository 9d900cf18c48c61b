package io.chaosproxy.net;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Helpers for sockets. */
public final class Sockets {
    private Sockets() {}

    /** An address as it was written: {@code host:port}, an IPv6 address in brackets. */
    static String text(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

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
