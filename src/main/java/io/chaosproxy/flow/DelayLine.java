package io.chaosproxy.flow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
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
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Piece> held = new ArrayDeque<>();
    private long heldBytes;
    private boolean running;
    private @Nullable IOException failure;

    private record Piece(long due, ByteBuffer bytes) {}

    /** What a delay line needs from the connection that it is part of. */
    public interface Owner {
        /** The clock. */
        TimeSource time();

        /** Waits for so many nanoseconds; false if the delay was lifted meanwhile. */
        boolean pause(long nanos);

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
        hold(ByteBuffer.allocate(bytes.remaining()).put(bytes).flip());
    }

    @Override
    public void flush() throws IOException {
        lift();
        next.flush();
    }

    @Override
    public void lift() throws IOException {
        lock.lock();
        try {
            while (!held.isEmpty()) {
                check();
                changed.awaitUninterruptibly();
            }
            check();
        } finally {
            lock.unlock();
        }
    }

    /** The end of the stream is as late as the bytes are. */
    @Override
    public void end() throws IOException {
        hold(ByteBuffer.allocate(0));
        lift();
        next.end();
    }

    private void hold(ByteBuffer bytes) throws IOException {
        lock.lock();
        try {
            long now = owner.time().nanoTime();
            while (heldBytes > 0 && heldBytes + bytes.remaining() > bound) {
                check();
                changed.awaitUninterruptibly();
            }
            check();
            held.add(new Piece(now + delay.getAsLong(), bytes));
            heldBytes += bytes.remaining();
            if (!running) {
                running = true;
                owner.spawn(this::handOn);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The second thread: hands pieces on, each when it is due, until nothing is held. */
    private void handOn() {
        try {
            for (Piece piece = first(); piece != null; piece = followerOf(piece)) {
                owner.pause(piece.due() - owner.time().nanoTime()); // if that was cut short, it is due now
                if (piece.bytes().hasRemaining()) {
                    next.write(piece.bytes());
                }
            }
        } catch (IOException e) {
            fail(e);
        } catch (RuntimeException e) { // a defect: nobody may wait for ever for what this thread no longer does
            fail(new IOException("delay line failed: " + e, e));
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
            changed.signalAll();
            return held.peek();
        } finally {
            lock.unlock();
        }
    }

    private void fail(IOException e) {
        lock.lock();
        try {
            failure = e;
            running = false;
            changed.signalAll();
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
