package io.chaosproxy.http;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.ProtocolHandler;
import io.chaosproxy.relay.Pump;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * HTTP/1.0 and HTTP/1.1, transparent: one upstream connection for each client connection, and every byte of a message
 * goes through as it came unless a rule says otherwise.
 */
public final class Http1Handler implements ProtocolHandler {
    private final AtomicBoolean strippedH2c = new AtomicBoolean();

    @Override
    public void serve(Connection connection) throws IOException {
        relay(connection, false);
    }

    /**
     * Serves a connection to a forward proxy: each request names its target, and CONNECT asks for a tunnel.
     *
     * @return whether the connection goes on as a tunnel to its upstream, since CONNECT was accepted
     */
    public boolean serveForward(Connection connection) throws IOException {
        return relay(connection, true);
    }

    private boolean relay(Connection connection, boolean forwards) throws IOException {
        try (Chunk chunk = new Chunk()) {
            RequestReader requests = new RequestReader(connection, chunk, strippedH2c, forwards);
            try {
                requests.run();
            } catch (IOException e) {
                Pump.end(connection, Direction.UP, chunk, e); // ends the responses as well
            }
            try {
                requests.awaitResponses();
            } finally {
                requests.over();
            }
            if (requests.isTunnel()) {
                connection.setup().peek().putBack(chunk.bytes());
            }
            return requests.isTunnel();
        }
    }
}
