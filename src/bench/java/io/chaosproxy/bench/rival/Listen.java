package io.chaosproxy.bench.rival;

import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * What a rival is told on its command line.
 *
 * @param port of the loopback address, where it listens
 * @param upstream port of the loopback address to which it relays
 * @param latencyMillis added to what comes down
 * @param rate bytes a second of all connections together, down; 0 for no limit
 * @param identity of the listener if it terminates TLS
 */
record Listen(int port, int upstream, long latencyMillis, long rate, Optional<Identity> identity) {
    private static final int PLAIN = 4;

    /** PEM files of a certificate and its key. */
    record Identity(File certificate, File key) {
        private static Identity of(String certificate, String key) {
            return new Identity(new File(certificate), new File(key));
        }
    }

    static Listen of(String[] args) {
        return new Listen(
                Integer.parseInt(args[0]),
                Integer.parseInt(args[1]),
                Long.parseLong(args[2]),
                Long.parseLong(args[3]),
                args.length == PLAIN ? Optional.empty() : Optional.of(Identity.of(args[4], args[5])));
    }

    InetSocketAddress local() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    InetSocketAddress remote() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), upstream);
    }
}
