package io.chaosproxy.relay;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.net.SplicePipe;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Reads from the two ends of a connection. Each direction is confined to its thread. */
public final class ConnectionReader {
    private final ProxyContext proxy;
    private final ConnectionSockets sockets;
    private final BooleanSupplier open;
    private final Waits waits;
    private long seenUp; // the version of the plan, by the thread that reads from the client
    private long seenDown; // by the one that reads from the upstream

    /**
     * Nothing read yet.
     *
     * @param version of the plan that the connection begins with
     */
    ConnectionReader(
            ProxyContext proxy, ConnectionSockets sockets, ConnectionTeardown teardown, Waits waits, long version) {
        this.proxy = proxy;
        this.sockets = sockets;
        this.open = teardown::isOpen;
        this.waits = waits;
        this.seenUp = version;
        this.seenDown = version;
    }

    /**
     * Reads from the end that this direction comes from.
     *
     * @return number of bytes read, -1 at the end of the stream
     */
    public int read(Direction direction, Chunk chunk) throws IOException {
        return read(direction, chunk, null);
    }

    /**
     * Reads as {@link #read(Direction, Chunk)} does, for as long as the wait for bytes is wanted.
     *
     * @param wanted asked again after {@link #wake}; null for a wait that only bytes and the end of the stream end
     * @return number of bytes read, 0 if the wait was no longer wanted, -1 at the end of the stream
     */
    int read(Direction direction, Chunk chunk, @Nullable BooleanSupplier wanted) throws IOException {
        letOthersGoFirst(direction);
        int count = sockets.read(direction, chunk, waits, open, wanted);
        if (count > 0) {
            proxy.traffic().countReceived(direction, count);
        }
        return count;
    }

    /**
     * Begins to move the bytes of a direction by way of a pipe, until {@link #endPipe}. Called by the thread that reads and writes.
     *
     * @return empty; null where that can't be done
     */
    @Nullable
    SplicePipe beginPipe(Direction direction) {
        SplicePipe pipe = sockets.splices(direction) ? SplicePipe.open() : null;
        sockets.piped(direction, pipe);
        return pipe;
    }

    /** Ends what {@link #beginPipe} began; bytes that are left in the pipe are lost. */
    void endPipe(Direction direction, SplicePipe pipe) {
        sockets.piped(direction, null);
        pipe.close();
    }

    /**
     * Moves bytes into an empty pipe as {@link #read(Direction, Chunk, BooleanSupplier)} reads them.
     *
     * @param most an upper bound
     * @return how many; 0 if the wait was no longer wanted, or if a read is to tell why there are none
     */
    int readInto(Direction direction, SplicePipe pipe, long most, BooleanSupplier wanted) throws IOException {
        letOthersGoFirst(direction);
        int count = sockets.readInto(direction, pipe, most, wanted);
        if (count > 0) {
            proxy.traffic().countReceived(direction, count);
        }
        return count;
    }

    /** Makes a read that waits ask again whether it should. Any thread may call it. */
    void wake(Direction direction) {
        sockets.wakeReader(direction);
    }

    /**
     * A change of the plan may release many connections at once. Each hands on what it held, and yields before it reads, since
     * a virtual thread that never has to wait keeps its carrier.
     */
    @SuppressWarnings("ThreadPriorityCheck") // the yield shortens the wait of others; nothing relies on it
    private void letOthersGoFirst(Direction direction) {
        long current = proxy.active().version();
        if (direction == Direction.UP ? current != seenUp : current != seenDown) {
            if (direction == Direction.UP) {
                seenUp = current;
            } else {
                seenDown = current;
            }
            Thread.yield();
        }
    }
}
