package io.chaosproxy.helidon;

import io.chaosproxy.ChaosServer;
import io.chaosproxy.fault.Check;
import io.chaosproxy.inject.InProcessConnection;
import io.chaosproxy.inject.InProcessExchange;
import io.chaosproxy.stream.ConnectionAbort;
import io.helidon.common.socket.SocketOptions;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A plan for what a WebServer serves: latency, outage, rate, respond, headers of responses, and, if it knows the sockets,
 * reset and refuse.
 *
 * <p>It is the first filter of the routing, so that the others and the handlers are behind it. Helidon runs it on the
 * thread of the connection, which waits as long as the faults say.
 */
public final class ChaosFilter extends InProcessChaos implements Filter {
    private final AtomicBoolean knowsSockets;
    private final ServerConnection.Open open = new ServerConnection.Open();
    private final AtomicLong connections = new AtomicLong();
    private final AtomicLong exchanges = new AtomicLong();

    private ChaosFilter(String name, long seed, AtomicBoolean knowsSockets) {
        super(name, seed, plan -> SupportedFaults.checkServer(plan, knowsSockets.get()));
        this.knowsSockets = knowsSockets;
    }

    /**
     * Without rules yet, with a seed drawn for it.
     *
     * @param name stands in the journal, and is part of the draws
     * @return a filter without rules
     */
    public static ChaosFilter create(String name) {
        return create(name, ChaosServer.drawSeed());
    }

    /**
     * Without rules yet.
     *
     * @param name stands in the journal, and is part of the draws
     * @param seed the same seed gives the same faults to the same requests, counted on their connection if the sockets are
     *     known, else in all
     * @return a filter without rules
     */
    public static ChaosFilter create(String name, long seed) {
        return new ChaosFilter(name, seed, new AtomicBoolean());
    }

    /** {@return what lets it know the sockets of a server, for its builder: {@code connectionOptions(chaos.sockets())}} */
    public SocketOptions sockets() {
        return sockets(SocketOptions.create());
    }

    /**
     * {@return socket options like these that tell this filter of the sockets}
     *
     * @param options options of the server's sockets
     */
    public SocketOptions sockets(SocketOptions options) {
        Check.given("options", options);
        knowsSockets.set(true);
        return new AcceptedSockets(options, this::accepted);
    }

    private void accepted(SocketChannel socket) {
        try {
            if (socket.getRemoteAddress() instanceof InetSocketAddress client) {
                ServerConnection connection = new ServerConnection(
                        socket,
                        new InProcessConnection(
                                injector(), connections.incrementAndGet(), client.getAddress(), new AtomicLong()));
                admit(connection);
                open.add(connection);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Helidon closes this socket and accepts the next
        }
    }

    private void admit(ServerConnection connection) throws IOException {
        try {
            connection.inProcess().admit();
        } catch (ConnectionAbort order) {
            throw connection.abort(order);
        }
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        SocketAddress client = request.remotePeer().address();
        Optional<ServerConnection> connection =
                open.find(client, request.localPeer().address());
        InProcessExchange exchange = connection
                .map(ServerConnection::inProcess)
                .orElseGet(() -> unknown(client))
                .begin(new ServedRequest(request));
        new ServerExchange(exchange, connection, request, response).run(chain);
    }

    /** All exchanges of unknown connections count as those of one. */
    private InProcessConnection unknown(SocketAddress client) {
        InetAddress address = client instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress()
                : InetAddress.getLoopbackAddress();
        return new InProcessConnection(injector(), 1, address, exchanges);
    }

    /** Such as {@code shop, seed 42}. */
    @Override
    public String toString() {
        return name() + ", seed " + seed();
    }
}
