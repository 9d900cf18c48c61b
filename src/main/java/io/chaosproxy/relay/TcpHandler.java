package io.chaosproxy.relay;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Chunk;
import java.io.IOException;

/** Any protocol over TCP: both directions at the same time, byte for byte, each with its own end. */
public final class TcpHandler implements ProtocolHandler {
    /** It has no state: one serves all connections. */
    public TcpHandler() {}

    @Override
    public void serve(Connection connection) throws IOException {
        connection.upstream().dial();
        Thread down = connection.spawn("down", () -> pump(connection, Direction.DOWN, Chunk.ofLater()));
        pump(connection, Direction.UP, new Chunk());
        join(down);
    }

    private static void pump(Connection connection, Direction direction, Chunk first) {
        try (Chunk chunk = first) {
            Pump.run(connection, direction, chunk);
        }
    }

    private static void join(Thread thread) throws IOException {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }
}
