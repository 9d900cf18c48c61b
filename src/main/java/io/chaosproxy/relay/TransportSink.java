package io.chaosproxy.relay;

import io.chaosproxy.flow.PeerClosedException;
import io.chaosproxy.flow.PlanChangedException;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.net.ConnectionResetException;
import io.chaosproxy.net.SplicePipe;
import io.chaosproxy.net.Transport;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Where the bytes of one direction end up: the socket, after everything that faults did. */
public final class TransportSink implements Sink {
    /** Writes without a rest: about a millisecond of small ones. */
    private static final int TURN = 256;

    /** Nanoseconds; long enough for the thread to leave its carrier before the rest is over. */
    private static final long REST = 20_000;

    /** Bytes on the heap that are offered at a time: the JDK copies all that it is offered, however few the kernel takes. */
    private static final int MAX_COPIED = 128 * 1024;

    private final BooleanSupplier current;
    private final IntConsumer moved;
    private volatile Transport transport;
    private volatile @Nullable SplicePipe pipe; // the writing thread sets it
    private volatile boolean writing;
    private volatile boolean torn;
    private volatile boolean full;
    private int writes; // of this turn; belongs to the writing thread

    /**
     * A sink into this transport.
     *
     * @param current asked by a writer that waits for room, and after {@link #wakeWriter}: whether it should go on to wait
     * @param moved told after each write how many bytes the kernel took
     */
    public TransportSink(Transport transport, BooleanSupplier current, IntConsumer moved) {
        this.transport = transport;
        this.current = current;
        this.moved = moved;
    }

    /**
     * Bytes go through this transport from now on, such as TLS over the one before. Called before the first write by the thread
     * that writes.
     */
    public void over(Transport layer) {
        transport = layer;
    }

    /** Whether bytes can be moved into this transport without the process having them. */
    boolean splices() {
        return transport.splices();
    }

    /**
     * From here on the bytes of a pipe are moved into the transport when {@link SplicePipe#standIn} is written. Called by the thread that
     * writes.
     *
     * @param from null for none
     */
    void piped(@Nullable SplicePipe from) {
        pipe = from;
    }

    /** Whether the pipe has bytes that are to be read, since a fault has come into their way. */
    boolean holdsPiped() {
        SplicePipe from = pipe;
        return from != null && from.isKept();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        takeTurns();
        writing = true;
        try {
            if (bytes.hasRemaining()) {
                int most = bytes.isDirect() ? bytes.remaining() : Math.min(bytes.remaining(), MAX_COPIED);
                int count = write(bytes, most);
                if (count == 0) {
                    throw new PlanChangedException();
                }
                moved.accept(count);
                if (count < most && !full) {
                    full = true;
                }
            }
        } catch (PlanChangedException changed) {
            throw changed;
        } catch (IOException e) {
            torn = e instanceof ConnectionResetException;
            throw new PeerClosedException(e);
        } finally {
            writing = false;
        }
    }

    /** Offers the first of the bytes; the write may be partial. */
    private int write(ByteBuffer bytes, int most) throws IOException {
        SplicePipe from = pipe;
        if (from != null && bytes == from.standIn()) {
            return transport.writeFrom(from, current);
        }
        int limit = bytes.limit();
        bytes.limit(bytes.position() + most);
        try {
            return transport.write(bytes, current);
        } finally {
            bytes.limit(limit);
        }
    }

    /**
     * Lets other threads run after many writes in a row. A receiver that takes each piece at once never makes its writer
     * wait, so a chunk or a delay line that goes out in small pieces would keep a carrier for seconds. A yield wouldn't do: the
     * carrier takes what its own threads yield before what others submit. How long the turn took doesn't matter, since writes
     * without any pause take long on a busy machine.
     */
    private void takeTurns() {
        writes++;
        if (writes == TURN) {
            writes = 0;
            if (Thread.currentThread().isVirtual()) { // others have no carrier
                TimeSource.SYSTEM.park(this, REST);
            }
        }
    }

    @Override
    public void end() throws IOException {
        try {
            transport.end();
        } catch (IOException e) {
            throw new PeerClosedException(e);
        }
    }

    /** Makes a write that waits for room ask again whether it should. */
    public void wakeWriter() {
        transport.wakeWriter();
    }

    /** Whether a write is under way at this moment. */
    public boolean isWriting() {
        return writing;
    }

    /** Whether the kernel ever took only a part of what was there: the other end has been slower than bytes came. */
    public boolean wasFull() {
        return full || transport.wasFull();
    }

    /** Whether a write found that the other end has torn the connection down. */
    public boolean isTorn() {
        return torn;
    }
}
