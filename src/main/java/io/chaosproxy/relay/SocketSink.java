package io.chaosproxy.relay;

import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Where the bytes of one direction end up: the socket, after everything that faults did. */
final class SocketSink implements Sink {
    private final SocketChannel socket;
    private final Direction direction;
    private final Connection connection;

    SocketSink(SocketChannel socket, Direction direction, Connection connection) {
        this.socket = socket;
        this.direction = direction;
        this.connection = connection;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        try {
            while (bytes.hasRemaining()) { // a write may be partial
                connection.moved(direction, socket.write(bytes));
            }
        } catch (IOException e) {
            throw new Unwritable(e);
        }
    }

    @Override
    public void end() throws IOException {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new Unwritable(e);
        }
    }
}
