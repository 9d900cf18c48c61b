package io.chaosproxy.helidon;

import io.chaosproxy.inject.InProcessConnection;
import io.chaosproxy.stream.ConnectionAbort;
import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A connection that the server has accepted.
 *
 * @param socket its socket, which Helidon reads and writes
 * @param inProcess the connection as the rules see it
 */
record ServerConnection(SocketChannel socket, InProcessConnection inProcess) {
    /**
     * Carries out the order of a fault.
     *
     * @return what tells Helidon that the connection is gone
     */
    CloseConnectionException abort(ConnectionAbort order) throws IOException {
        if (order.how() != ConnectionAbort.How.RESET) {
            throw new IllegalStateException(order.getMessage() + ": only Helidon ends its connections in order", order);
        }
        socket.setOption(StandardSocketOptions.SO_LINGER, 0); // so closing sends RST (RFC 9293 §3.5.2)
        socket.close();
        return new CloseConnectionException(order.getMessage(), order);
    }

    /** The connections that are open, found by their two ends. Any thread may use it. */
    static final class Open {
        private final Map<Ends, ServerConnection> byEnds = new ConcurrentHashMap<>();
        private volatile int tidyAt = 64;

        private record Ends(SocketAddress client, SocketAddress server) {}

        void add(ServerConnection connection) throws IOException {
            if (byEnds.size() >= tidyAt) { // a closed connection is not reported
                byEnds.values().removeIf(known -> !known.socket.isOpen());
                tidyAt = Math.max(64, 2 * byEnds.size());
            }
            byEnds.put(new Ends(connection.socket.getRemoteAddress(), connection.socket.getLocalAddress()), connection);
        }

        Optional<ServerConnection> find(SocketAddress client, SocketAddress server) {
            return Optional.ofNullable(byEnds.get(new Ends(client, server)));
        }
    }
}
