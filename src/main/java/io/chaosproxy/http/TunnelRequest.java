package io.chaosproxy.http;

import io.chaosproxy.config.Address;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.net.UpstreamUnreachableException;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.Pump;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A CONNECT request to a forward proxy (RFC 9110 §9.3.6). It is no exchange: no rule acts on it, and it is answered past all of them.
 * Confined to the thread of the requests.
 */
final class TunnelRequest {
    private static final byte[] ESTABLISHED =
            "HTTP/1.1 200 Connection established\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Connection connection;
    private final Chunk chunk;

    /** One on a connection without upstream, its head being next in the chunk. */
    TunnelRequest(Connection connection, Chunk chunk) {
        this.connection = connection;
        this.chunk = chunk;
    }

    /** Connects to the target and answers; if there is no tunnel then, the connection is closed. What follows the head stays in the chunk. */
    boolean serve(RequestHead head) throws IOException {
        String method = head.method();
        try {
            Address target = ProxyRequest.target(head);
            ProxyRequest.checkWithoutBody(head);
            boolean authorized =
                    ProxyRequest.isAuthorized(head, connection.proxy().credentials());
            chunk.bytes().position(chunk.bytes().position() + head.length());
            if (!authorized) {
                return refuse(LocalResponder.unauthorized(connection, method), EndCause.PROTOCOL_ERROR);
            }
            connection.upstream().dial(target);
        } catch (BadMessage e) {
            return refuse(LocalResponder.error(connection, e, method), EndCause.PROTOCOL_ERROR);
        } catch (UpstreamUnreachableException e) {
            return refuse(LocalResponder.unreachable(connection, e, method), EndCause.UPSTREAM_UNREACHABLE);
        }
        connection.setup().peek().reply(ByteBuffer.wrap(ESTABLISHED));
        return true;
    }

    private boolean refuse(LocalResponse answer, EndCause cause) throws IOException {
        connection.setup().peek().reply(answer.head());
        connection.setup().peek().reply(answer.body());
        connection.teardown().closeInOrder(cause);
        Pump.discard(connection, Direction.UP, chunk);
        return false;
    }
}
