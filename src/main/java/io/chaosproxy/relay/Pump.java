package io.chaosproxy.relay;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.PeerClosedException;
import io.chaosproxy.inject.FaultPipeline;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;

/** One direction of a connection, straight through: read, wait as the faults say, write. */
public final class Pump {
    private Pump() {}

    /** Bytes that need not be looked at, as long as no fault is in their way. */
    private record AllBytes(FaultPipeline out, Chunk chunk) implements StreamLoop.Outlet {
        @Override
        public boolean handOn() throws IOException {
            return out.writeOpenWay(chunk.bytes());
        }

        @Override
        public long mayPass() {
            return Long.MAX_VALUE;
        }

        @Override
        public boolean pass(ByteBuffer standIn) throws IOException {
            return out.writeOpenWay(standIn);
        }
    }

    /**
     * Relays until this direction is done, on the calling thread; at full speed by way of a {@link StreamLoop}.
     *
     * @param chunk what was read already goes first
     */
    public static void run(Connection connection, Direction direction, Chunk chunk) {
        FaultPipeline out = connection.pipeline(direction);
        try (StreamLoop in = new StreamLoop(connection, direction, chunk, out::isOpenWay, new AllBytes(out, chunk))) {
            do {
                if (chunk.bytes().hasRemaining()) {
                    out.write(chunk.bytes()); // every fault of the plan happens in here
                }
                if (connection.teardown().isLingering()) {
                    discard(connection, direction, chunk);
                    return;
                }
            } while (in.read() >= 0);
            out.end(); // half-close: the other direction lives on
        } catch (PeerClosedException gone) {
            unwritable(connection, direction, chunk, gone);
        } catch (IOException e) {
            end(connection, direction, chunk, e);
        } finally {
            connection.teardown().done(direction);
        }
    }

    /**
     * Ends the connection as the reason asks for. If that is in order, what still comes from this direction's end is read
     * away, or the kernel would turn the orderly end into a reset.
     */
    public static void end(Connection connection, Direction direction, Chunk chunk, IOException reason) {
        if (!connection.teardown().isLingering()) {
            if (reason instanceof SSLException) {
                connection.warn(
                        (direction == Direction.UP ? "client" : "upstream") + " ended TLS: " + reason.getMessage());
            }
            connection.teardown().end(direction, reason);
        }
        if (connection.teardown().isLingering()) {
            discard(connection, direction, chunk);
        }
    }

    /**
     * The upstream takes no more, but its answer may still be on its way down: the client's bytes are read away, or the
     * kernel would answer them with a reset that overtakes the answer (RFC 9112 §9.6). A client that takes no more wants
     * no answer either.
     */
    private static void unwritable(Connection connection, Direction direction, Chunk chunk, PeerClosedException gone) {
        if (direction == Direction.DOWN && !connection.teardown().isLingering()) {
            connection.teardown().end(direction, gone);
        } else {
            discard(connection, direction, chunk);
        }
    }

    /** Reads away what comes until it ends; for as long as the connection lingers once the other direction is done. */
    public static void discard(Connection connection, Direction direction, Chunk chunk) {
        boolean fromClient = direction == Direction.UP;
        if (fromClient) {
            connection.teardown().unwanted();
        }
        try {
            do {
                chunk.bytes().position(chunk.bytes().limit());
                connection.teardown().discarded(direction);
            } while ((fromClient || !connection.teardown().dropsUpstream())
                    && connection.reader().read(direction, chunk) >= 0);
        } catch (IOException e) {
            connection.teardown().end(direction, e);
        }
    }
}
