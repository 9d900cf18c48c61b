package io.chaosproxy.flow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A sink that hands every byte on later, in order and without lowering the throughput.
 *
 * <p>Each piece is stamped with the moment at which it is due when it arrives; sleeping in the writer instead would turn
 * the delay into a bandwidth limit. A second thread hands the pieces on. It lives only while something is held, so that a
 * quiet connection costs nothing. Pieces never overtake each other: one that drew a shorter delay than the piece before
 * it leaves together with that piece.
 *
 * <p>What is held is bounded in bytes; a writer that meets the bound waits, which is back-pressure. The throughput is
 * therefore bounded by that number divided by the delay, as it is by the window of a real long link.
 */
public final class DelayLine implements Sink {
    private final Sink next;
    private final LongSupplier delay;
    private final Owner owner;
    private final long bound;

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Piece> held = new ArrayDeque<>();
    private long heldBytes;
    private boolean running;
    private boolean awaited; // a writer waits for room, or for the last piece to go
    private boolean ending; // the end stands behind the bytes
    private boolean arriving; // known to the writer alone, like the next one
    private long arrival;
    private volatile @Nullable IOException failure;

    private record Piece(long due, ByteBuffer bytes) {}

    /** What a delay line needs from the connection that it is part of. */
    public interface Owner {
        /** The clock. */
        TimeSource time();

        /** Waits for so many nanoseconds, whatever becomes of other rules; false if the delay was lifted meanwhile. */
        boolean sleep(long nanos);

        /**
         * Waits, as the writer, until something holds that the second thread brings about.
         *
         * @throws Superseded if the plan changed meanwhile
         * @throws IOException if the connection ended meanwhile
         */
        void await(BooleanSupplier so) throws IOException;

        /** Makes a writer that waits look again. */
        void changed();

        /**
         * Waits, as the second thread, until a changed plan has been applied to the sinks behind the line.
         *
         * @throws IOException if the connection ended meanwhile
         */
        void awaitPlan() throws IOException;

        /** Starts another thread of the connection. */
        void spawn(Runnable task);

        /** Ends the connection, for this reason, from another thread than the one that writes. */
        void sever(IOException reason);
    }

    /**
     * A line that delays by what {@code delay} gives for each piece.
     *
     * @param delay nanoseconds for the piece that arrives now; below 0 counts as 0
     * @param bound bytes held at the most
     */
    public DelayLine(Sink next, LongSupplier delay, long bound, Owner owner) {
        this.next = next;
        this.delay = delay;
        this.bound = bound;
        this.owner = owner;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        if (bytes.hasRemaining()) {
            hold(bytes, bytes.remaining());
        }
    }

    @Override
    public void flush() throws IOException {
        drain();
        next.flush();
    }

    @Override
    public boolean lift() throws IOException {
        lock.lock();
        try {
            check();
            return held.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** The end of the stream is as late as the bytes are. */
    @Override
    public void end() throws IOException {
        if (!ending) {
            hold(ByteBuffer.allocate(0), 0);
            ending = true;
        }
        drain();
        next.end();
    }

    private void hold(ByteBuffer bytes, int count) throws IOException {
        if (!arriving) { // else it has been offered before, and its time counts from then
            arriving = true;
            arrival = owner.time().nanoTime();
        }
        owner.await(() -> hasRoom(count));
        arriving = false;
        lock.lock();
        try {
            check();
            held.add(new Piece(arrival + delay.getAsLong(), ByteBuffer.allocate(count).put(bytes).flip()));
            heldBytes += count;
            if (!running) {
                running = true;
                owner.spawn(this::handOn);
            }
        } finally {
            lock.unlock();
        }
    }

    private void drain() throws IOException {
        owner.await(this::isEmpty);
        check();
    }

    private boolean hasRoom(int count) {
        lock.lock();
        try {
            awaited = heldBytes > 0 && heldBytes + count > bound && failure == null;
            return !awaited;
        } finally {
            lock.unlock();
        }
    }

    private boolean isEmpty() {
        lock.lock();
        try {
            awaited = !held.isEmpty() && failure == null;
            return !awaited;
        } finally {
            lock.unlock();
        }
    }

    /** The second thread: hands pieces on, each when it is due, until nothing is held. */
    private void handOn() {
        try {
            for (Piece piece = first(); piece != null; piece = followerOf(piece)) {
                owner.sleep(piece.due() - owner.time().nanoTime()); // if that was cut short, it is due now
                handOn(piece.bytes());
            }
        } catch (IOException e) {
            fail(e);
        } catch (RuntimeException e) { // a defect: nobody may wait for ever for what this thread no longer does
            fail(new IOException("delay line failed: " + e, e));
        }
    }

    private void handOn(ByteBuffer bytes) throws IOException {
        boolean done = !bytes.hasRemaining();
        while (!done) {
            try {
                next.write(bytes);
                done = !bytes.hasRemaining();
            } catch (Superseded changed) {
                owner.awaitPlan();
            }
        }
    }

    private @Nullable Piece first() {
        lock.lock();
        try {
            return held.peek();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Piece followerOf(Piece done) {
        lock.lock();
        try {
            held.poll();
            heldBytes -= done.bytes().capacity();
            running = !held.isEmpty();
            wakeWriter();
            return held.peek();
        } finally {
            lock.unlock();
        }
    }

    private void wakeWriter() {
        if (awaited) {
            owner.changed();
        }
    }

    private void fail(IOException e) {
        lock.lock();
        try {
            failure = e;
            running = false;
            wakeWriter();
        } finally {
            lock.unlock();
        }
        owner.sever(e);
    }

    private void check() throws IOException {
        IOException failed = failure;
        if (failed != null) {
            throw failed;
        }
    }
}
