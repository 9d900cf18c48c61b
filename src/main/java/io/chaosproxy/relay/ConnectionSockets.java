package io.chaosproxy.relay;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.net.ConnectionResetException;
import io.chaosproxy.net.Sockets;
import io.chaosproxy.net.SplicePipe;
import io.chaosproxy.net.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The sockets of one connection, that of the client and that of the upstream, and the sinks into them. Thread-safe. */
final class ConnectionSockets {
    /** Milliseconds that a reader that met the end waits for a write to the same socket, which may have met a reset. */
    private static final int WRITE_VERDICT = 100;

    private static final long MILLISECOND = Duration.ofMillis(1).toNanos();

    private volatile Transport client; // its socket, or TLS over it
    private final TransportSink toClient;
    private volatile @Nullable Transport upstream; // being dialled, or connected
    private volatile @Nullable TransportSink toUpstream;

    /**
     * Without upstream.
     *
     * @param toClient sink into the client's socket
     */
    ConnectionSockets(Transport client, TransportSink toClient) {
        this.client = client;
        this.toClient = toClient;
    }

    Transport client() {
        return client;
    }

    /** The upstream's socket, being dialled or connected, or TLS over it; null before. */
    @Nullable
    Transport upstream() {
        return upstream;
    }

    TransportSink toClient() {
        return toClient;
    }

    /** The client's bytes go through this transport from now on: TLS over its socket. Nothing has been written before. */
    void secured(Transport layer) {
        client = layer;
        toClient.over(layer);
    }

    /** A socket that is about to connect to the upstream, or has won against others; or TLS over it. */
    void dialling(Transport transport) {
        upstream = transport;
    }

    /** The upstream is connected. */
    void connected(TransportSink sink) {
        toUpstream = sink;
    }

    /**
     * Reads from the end that this direction comes from.
     *
     * <p>The kernel reports a reset once, to the first call. If that was a write, the reads that follow see an
     * ordinary end, which the other end of the connection must not be told.
     *
     * @param open whether the connection is
     * @param wanted whether to wait on for bytes, asked again after {@link #wakeReader}; null for a wait that only bytes and the end
     *     of the stream end
     * @return how many bytes came, 0 if the wait was no longer wanted, -1 at the end of the stream
     */
    int read(Direction direction, Chunk chunk, Waits waits, BooleanSupplier open, @Nullable BooleanSupplier wanted)
            throws IOException {
        Transport from = from(direction);
        TransportSink back = direction == Direction.UP ? toClient : toUpstream;
        if (from == null || back == null) {
            throw new IllegalStateException("not dialled yet");
        }
        int count = direction == Direction.UP ? readFromClient(chunk, wanted) : read(chunk, from, wanted);
        if (count < 0) {
            awaitVerdict(back, waits, open);
            if (back.isTorn()) {
                throw new ConnectionResetException();
            }
        }
        return count;
    }

    /** Whether the bytes of this direction can be moved from one end to the other without the process having them. */
    boolean splices(Direction direction) {
        Transport from = from(direction);
        TransportSink to = to(direction);
        return from != null && to != null && from.splices() && to.splices();
    }

    /**
     * The bytes of this direction are written by way of a pipe from now on, when {@link SplicePipe#standIn} is. Called by the thread that
     * writes.
     *
     * @param pipe null for none any more
     */
    void piped(Direction direction, @Nullable SplicePipe pipe) {
        TransportSink to = to(direction);
        if (to != null) {
            to.piped(pipe);
        }
    }

    /** Whether a pipe of either direction has bytes that are to be read and handed on. */
    boolean holdsPiped() {
        TransportSink dialled = toUpstream;
        return toClient.holdsPiped() || (dialled != null && dialled.holdsPiped());
    }

    private @Nullable TransportSink to(Direction direction) {
        return direction == Direction.UP ? toUpstream : toClient;
    }

    /**
     * Moves bytes of this direction into an empty pipe, and waits for them if need be. Only where this {@link #splices}.
     *
     * @param most an upper bound
     * @param wanted whether to wait on, asked again after {@link #wakeReader}
     * @return how many; 0 if the wait was no longer wanted, or if {@link #read} is to tell why there are none
     */
    int readInto(Direction direction, SplicePipe pipe, long most, BooleanSupplier wanted) throws IOException {
        Transport from = from(direction);
        if (from == null) {
            throw new IllegalStateException("not dialled yet");
        }
        if (direction == Direction.DOWN) {
            return readInto(pipe, most, from, wanted);
        }
        from.beginReading();
        try {
            return readInto(pipe, most, from, wanted);
        } finally {
            from.endReading();
        }
    }

    private static int readInto(SplicePipe pipe, long most, Transport from, BooleanSupplier wanted) throws IOException {
        int count = from.readInto(pipe, most);
        if (count == 0) {
            from.await(wanted);
            count = wanted.getAsBoolean() ? from.readInto(pipe, most) : 0;
        }
        return count;
    }

    private @Nullable Transport from(Direction direction) {
        return direction == Direction.UP ? client : upstream;
    }

    private int readFromClient(Chunk chunk, @Nullable BooleanSupplier wanted) throws IOException {
        Transport from = client;
        from.beginReading();
        try {
            return read(chunk, from, wanted);
        } finally {
            from.endReading();
        }
    }

    private static int read(Chunk chunk, Transport from, @Nullable BooleanSupplier wanted) throws IOException {
        return wanted == null ? chunk.readFrom(from) : chunk.readFrom(from, wanted);
    }

    /** Makes a reader of this direction ask again whether it should wait for bytes. */
    void wakeReader(Direction direction) {
        Transport from = from(direction);
        if (from != null) {
            from.wakeReader();
        }
    }

    /** A write that is under way returns at once if the connection was torn down, and may be blocked if it was not. */
    private static void awaitVerdict(TransportSink sink, Waits waits, BooleanSupplier open) {
        for (int i = 0; i < WRITE_VERDICT && sink.isWriting(); i++) {
            waits.pause(MILLISECOND, open);
        }
    }

    /** Writers that wait for room ask again whether they should. */
    void wakeWriters() {
        toClient.wakeWriter();
        TransportSink dialled = toUpstream;
        if (dialled != null) {
            dialled.wakeWriter();
        }
    }

    /** Whether a thread is in a write to either end. */
    boolean isWriting() {
        TransportSink dialled = toUpstream;
        return toClient.isWriting() || (dialled != null && dialled.isWriting());
    }

    /** Whether the receiver of this direction has ever been slower than its bytes came. */
    boolean wasFull(Direction direction) {
        TransportSink sink = to(direction);
        return sink != null && sink.wasFull();
    }

    /** Ends the stream to the receiver of this direction (FIN); if that isn't connected, there is none to end. */
    void endOutput(Direction direction) {
        Transport transport = direction == Direction.UP ? upstream : client;
        if (transport != null && transport.isConnected()) {
            try {
                transport.end();
            } catch (IOException e) {
                // not connected any more, so there is no end to announce
            }
        }
    }

    /** The end of this direction does not say that nothing is missing, where it is TLS. */
    void truncateOnClose(Direction direction) {
        Transport transport = direction == Direction.UP ? upstream : client;
        if (transport != null) {
            transport.truncateOnClose();
        }
    }

    void closeUpstream() {
        Sockets.closeQuietly(upstream);
    }

    /** Closes both at once; data not yet read turns that into a reset by the kernel. */
    void close() {
        Sockets.closeQuietly(client);
        Sockets.closeQuietly(upstream);
    }

    /** The close that follows tears both down by RST (RFC 9293 §3.5.2). */
    void resetOnClose() {
        // SO_LINGER 0 makes it an RST; a shutdownOutput before would make the client see an end first.
        client.resetOnClose();
        Transport dialled = upstream;
        if (dialled != null) {
            dialled.resetOnClose();
        }
    }
}
