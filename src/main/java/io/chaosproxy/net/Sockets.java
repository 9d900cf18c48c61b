package io.chaosproxy.net;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import org.jspecify.annotations.Nullable;

/** Helpers for sockets. */
public final class Sockets {
    private Sockets() {}

    /** An address as it was written: {@code host:port}, an IPv6 address in brackets. */
    static String text(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /**
     * A socket that is about to listen. On {@code 0.0.0.0} it listens on IPv4 alone, as other servers do; Java's own default is one for both
     * families, which takes connections that a firewall of IPv4 does not see.
     *
     * @param host as it was written; empty for all interfaces and both families
     * @param address that the host has
     */
    public static ServerSocketChannel openServer(String host, InetSocketAddress address) throws IOException {
        boolean isIpv4 =
                !host.isEmpty() && address.getAddress() instanceof Inet4Address four && four.isAnyLocalAddress();
        return isIpv4 ? ServerSocketChannel.open(StandardProtocolFamily.INET) : ServerSocketChannel.open();
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
