package io.chaosproxy.relay;

import io.chaosproxy.observe.EndCause;
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

    private final Map<SocketPair, Connection> accepted = new ConcurrentHashMap<>();
    private final Map<SocketPair, Connection> dialled = new ConcurrentHashMap<>();

    /** Enters a connection by the socket that it was accepted with; before it dials. False, and the connection is reset, if it is part of a circle. */
    boolean accepted(Connection connection) {
        accepted.put(client(connection), connection);
        boolean circle = closesCircle(connection);
        if (circle) {
            refuse(connection);
        }
        leaveIfClosed(connection);
        return !circle;
    }

    /** Enters a connection by the socket that leads to its upstream; resets the one behind it if that is part of a circle. */
    void dialled(Connection connection, SocketPair upstream) {
        dialled.put(upstream, connection);
        Connection next = accepted.get(upstream);
        if (next != null && closesCircle(next)) {
            refuse(next);
        }
        leaveIfClosed(connection);
    }

    /** Which of the two ends of a connection is entered last sees the other. */
    private boolean closesCircle(Connection last) {
        Connection before = dialled.get(client(last));
        while (before != null && before.proxy() != last.proxy()) {
            before = dialled.get(client(before));
        }
        return before != null;
    }

    /** The socket that it was accepted with. */
    private static SocketPair client(Connection connection) {
        return connection.setup().address().socket();
    }

    private static void refuse(Connection connection) {
        if (connection.teardown().isOpen()) {
            connection.warn("the proxy leads back to itself, perhaps by way of other proxies");
            connection.teardown().reset(EndCause.UPSTREAM_UNREACHABLE);
        }
    }

    private void leaveIfClosed(Connection connection) {
        if (!connection.teardown().isOpen()) {
            leave(connection);
        }
    }

    /** The connection lives on without this socket. */
    void left(Connection connection, SocketPair upstream) {
        dialled.remove(upstream, connection);
    }

    /** The connection is closed. */
    void leave(Connection connection) {
        accepted.remove(client(connection), connection);
        SocketPair upstream = connection.upstream().wire();
        if (upstream != null) {
            dialled.remove(upstream, connection);
        }
    }
}
