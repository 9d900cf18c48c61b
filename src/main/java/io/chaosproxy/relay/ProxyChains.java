package io.chaosproxy.relay;

import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Proxies of this process that lead to each other, as their connections show: the client of one is the upstream socket of
 * another. A chain that comes back to a proxy of its own is a circle: each connection would open the next one until no
 * descriptor is left, and the last one would wait for its turn in the backlog, so that the end of the first client's stream
 * never came back. Thread-safe, and nothing in here waits.
 */
final class ProxyChains {
    /** Those of all proxies of this process. */
    static final ProxyChains PROCESS = new ProxyChains();

    private final Map<Wire, Connection> accepted = new ConcurrentHashMap<>();
    private final Map<Wire, Connection> dialled = new ConcurrentHashMap<>();

    /** A TCP connection as both of its ends know it. */
    record Wire(SocketAddress from, SocketAddress to) {}

    /** Enters a connection by the socket that it was accepted with; before it dials. False if it is part of a circle. */
    boolean accepted(Connection connection) {
        accepted.put(connection.client(), connection);
        boolean circle = closesCircle(connection);
        leaveIfClosed(connection);
        return !circle;
    }

    /** Enters a connection by the socket that leads to its upstream; resets the one behind it if that is part of a circle. */
    void dialled(Connection connection, Wire upstream) {
        dialled.put(upstream, connection);
        Connection next = accepted.get(upstream);
        if (next != null && closesCircle(next)) {
            next.refuseCircle();
        }
        leaveIfClosed(connection);
    }

    /** Which of the two ends of a wire is entered last sees the other. */
    private boolean closesCircle(Connection last) {
        Connection before = dialled.get(last.client());
        while (before != null && before.proxy() != last.proxy()) {
            before = dialled.get(before.client());
        }
        return before != null;
    }

    private void leaveIfClosed(Connection connection) {
        if (!connection.teardown().isOpen()) {
            leave(connection);
        }
    }

    /** The connection is closed. */
    void leave(Connection connection) {
        accepted.remove(connection.client(), connection);
        Wire upstream = connection.upstream().wire();
        if (upstream != null) {
            dialled.remove(upstream, connection);
        }
    }
}
