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
    private volatile boolean writing;
    private volatile boolean torn;

    SocketSink(SocketChannel socket, Direction direction, Connection connection) {
        this.socket = socket;
        this.direction = direction;
        this.connection = connection;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        writing = true;
        try {
            while (bytes.hasRemaining()) { // a write may be partial
                connection.moved(direction, socket.write(bytes));
            }
        } catch (IOException e) {
            torn = Connection.wasReset(e);
            throw new Unwritable(e);
        } finally {
            writing = false;
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

    /** Whether a write is under way at this moment. */
    boolean isWriting() {
        return writing;
    }

    /** Whether a write found that the other end has torn the connection down. */
    boolean isTorn() {
        return torn;
    }
}
