package io.chaosproxy.forward;

import io.chaosproxy.http.Http1Handler;
import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.DetectedHandler;
import io.chaosproxy.relay.Peek;
import io.chaosproxy.relay.ProtocolHandler;
import io.chaosproxy.relay.TcpHandler;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Serves the connections of a forward proxy: requests with absolute URIs one by one, and tunnels that clients ask for by CONNECT or
 * SOCKS 5, as what turns out to be in them.
 */
public final class ForwardHandler implements ProtocolHandler {
    private static final byte TLS_HANDSHAKE = 22;

    private final Http1Handler http = new Http1Handler();
    private final ProtocolHandler tunnels = new DetectedHandler(new TcpHandler(), http);

    /** For the connections of one proxy. */
    public ForwardHandler() {}

    @Override
    public void serve(Connection connection) throws IOException {
        if (reachesTarget(connection)) {
            tunnel(connection);
        }
    }

    /** Serves the client until a tunnel to the target that it names is there; false if the connection is over without one. */
    private boolean reachesTarget(Connection connection) throws IOException {
        Peek peek = connection.setup().peek();
        ByteBuffer first = peek.until(ByteBuffer::hasRemaining, () -> true);
        return switch (first.hasRemaining() ? first.get(first.position()) : 0) {
            case Socks5.VERSION -> new SocksNegotiation(connection).connect();
            case Socks5.VERSION_4 -> {
                peek.reply(Socks5.rejectedOf4());
                throw peek.refused("the client speaks SOCKS 4; this port understands SOCKS 5 (curl --socks5-hostname)");
            }
            case TLS_HANDSHAKE ->
                throw peek.refused(
                        "the client speaks TLS with the proxy itself, which has no tls { ... }; http:// is its URL");
            default -> {
                connection.setup().namesTargetsInRequests();
                yield http.serveForward(connection);
            }
        };
    }

    /** The target is known and connected: from here on it is as if the client had connected to it. */
    private void tunnel(Connection connection) throws IOException {
        connection.setup().tunnel(connection.target());
        tunnels.serve(connection);
    }
}
