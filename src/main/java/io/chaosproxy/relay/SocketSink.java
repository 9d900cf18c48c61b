package io.chaosproxy.relay;

import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the bytes of one direction end up: the socket, after everything that faults did. */
final class SocketSink implements Sink {
    private final Wire wire;
    private final Direction direction;
    private final Connection connection;
    private volatile boolean writing;
    private volatile boolean torn;
    private volatile boolean full;

    SocketSink(Wire wire, Direction direction, Connection connection) {
        this.wire = wire;
        this.direction = direction;
        this.connection = connection;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        writing = true;
        try {
            if (bytes.hasRemaining()) {
                connection.moved(direction, wire.write(bytes)); // which may be partial
                if (bytes.hasRemaining() && !full) {
                    full = true;
                }
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
            wire.end();
        } catch (IOException e) {
            throw new Unwritable(e);
        }
    }

    /** Whether a write is under way at this moment. */
    boolean isWriting() {
        return writing;
    }

    /** Whether the kernel ever took only a part of what was there: the other end has been slower than bytes came. */
    boolean wasFull() {
        return full;
    }

    /** Whether a write found that the other end has torn the connection down. */
    boolean isTorn() {
        return torn;
    }
}
