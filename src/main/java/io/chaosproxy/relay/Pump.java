package io.chaosproxy.relay;

import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.Direction;
import java.io.IOException;
import java.nio.channels.SocketChannel;

/** One direction of a connection, straight through: read, wait as the faults say, write. */
public final class Pump {
    private Pump() {}

    /**
     * Relays until this direction is done, on the calling thread.
     *
     * @param from the end that the bytes come from
     * @param chunk what was read already goes first
     */
    public static void run(Connection connection, Direction direction, SocketChannel from, Chunk chunk) {
        Outlet out = connection.outlet(direction);
        try {
            do {
                if (chunk.bytes().hasRemaining()) {
                    out.write(chunk.bytes()); // every fault of the plan happens in here
                }
            } while (connection.read(direction, chunk, from) >= 0);
            out.end(); // half-close: the other direction lives on
        } catch (Unwritable gone) {
            unwritable(connection, direction, from, chunk, gone);
        } catch (IOException e) {
            connection.end(e); // ends the twin
        } finally {
            connection.done(direction);
        }
    }

    /**
     * The upstream takes no more, but its answer may still be on its way down: the client's bytes are read away, or the
     * kernel would answer them with a reset that overtakes the answer (RFC 9112 §9.6). A client that takes no more wants
     * no answer either.
     */
    private static void unwritable(
            Connection connection, Direction direction, SocketChannel from, Chunk chunk, Unwritable gone) {
        if (direction == Direction.DOWN && !connection.isLingering()) {
            connection.end(gone);
        } else {
            discard(connection, from, chunk);
        }
    }

    /** Reads away what comes until it ends, and no longer than the connection lingers once the other direction is done. */
    public static void discard(Connection connection, SocketChannel from, Chunk chunk) {
        Direction direction = from == connection.client() ? Direction.UP : Direction.DOWN;
        connection.unwanted();
        try {
            do {
                chunk.bytes().position(chunk.bytes().limit());
            } while (connection.read(direction, chunk, from) >= 0);
        } catch (IOException e) {
            connection.end(e);
        }
    }
}
