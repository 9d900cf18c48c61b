package io.chaosproxy.bench.rival;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * What a rival is told on its command line.
 *
 * @param port of the loopback address, where it listens
 * @param upstream port of the loopback address to which it relays
 * @param latencyMillis added to what comes down
 * @param rate bytes a second of all connections together, down; 0 for no limit
 */
record Listen(int port, int upstream, long latencyMillis, long rate) {
    static Listen of(String[] args) {
        return new Listen(
                Integer.parseInt(args[0]), Integer.parseInt(args[1]), Long.parseLong(args[2]), Long.parseLong(args[3]));
    }

    InetSocketAddress local() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    InetSocketAddress remote() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), upstream);
    }
}
