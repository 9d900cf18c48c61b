package io.chaosproxy.relay;

import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.Direction;
import java.io.IOException;
import java.nio.channels.SocketChannel;

/** Any protocol over TCP: both directions at the same time, byte for byte, each with its own end. */
public final class TcpRelay implements Relay {
    @Override
    public void serve(Connection connection) throws IOException {
        SocketChannel upstream = connection.dial();
        Thread down = connection.spawn("down", () -> pump(connection, Direction.DOWN, upstream));
        pump(connection, Direction.UP, connection.client());
        join(down);
    }

    private static void pump(Connection connection, Direction direction, SocketChannel from) {
        try (Chunk chunk = new Chunk()) {
            Pump.run(connection, direction, from, chunk);
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
