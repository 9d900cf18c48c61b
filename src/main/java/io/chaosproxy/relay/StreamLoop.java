package io.chaosproxy.relay;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Chunk;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads one direction of a connection, and relays it on a platform thread for as long as it streams without a fault in its way.
 *
 * <p>A virtual thread gives its carrier up only when it waits, and a stream at full speed does not wait. All other
 * connections of that carrier would stall. The kernel divides the processors between platform threads in time slices. The
 * virtual thread of the direction is parked while its platform thread runs, so that one thread at a time uses what belongs to
 * the direction; the start of the thread and its end order their accesses.
 */
public final class StreamLoop {
    /** What becomes of the bytes of a direction. */
    public interface Outlet {
        /**
         * Hands on what the chunk has.
         *
         * @return whether nothing is left and more is to be read; otherwise the rest is for the caller of {@link StreamLoop#read}
         */
        boolean handOn() throws IOException;
    }

    /**
     * Upper bound for such threads in this process, {@code -Dchaosproxy.streams}; 0 for none. Further streams stay on their virtual
     * threads.
     */
    private static final int MOST = Math.max(0, Integer.getInteger("chaosproxy.streams", 64));

    private static final Semaphore FREE = new Semaphore(MOST); // of the process, as the processors are

    /** Interval after which a direction on which nothing has moved leaves its platform thread. */
    private static final long QUIET = Duration.ofSeconds(1).toNanos();

    private final Connection connection;
    private final Direction direction;
    private final Chunk chunk;
    private final BooleanSupplier open;
    private final Outlet outlet;
    private final Streak streak = new Streak();

    /**
     * A direction that does not stream so far.
     *
     * @param chunk of the direction's thread
     * @param open whether no fault is in the way
     * @param outlet where its bytes go
     */
    public StreamLoop(Connection connection, Direction direction, Chunk chunk, BooleanSupplier open, Outlet outlet) {
        this.connection = connection;
        this.direction = direction;
        this.chunk = chunk;
        this.open = open;
        this.outlet = outlet;
    }

    /**
     * Reads into the empty chunk. If the direction streams, the bytes are relayed until it no longer does, and the chunk has what is
     * left then, if anything.
     *
     * @return 0 or more; -1 at the end of the stream
     * @throws IOException as a read or a write of this direction has it
     */
    public int read() throws IOException {
        if (streak.isLong() && open.getAsBoolean() && connection.reader().canBeWoken(direction) && FREE.tryAcquire()) {
            Turn turn = new Turn();
            Thread thread = turn.start();
            if (thread != null) {
                return turn.await(thread);
            }
        }
        int count = connection.reader().read(direction, chunk);
        streak.read(count);
        return count;
    }

    /** One stay on a platform thread. */
    private final class Turn {
        private final Thread virtual = Thread.currentThread();
        private int last; // these two are written before done, and read after it
        private @Nullable Throwable failure;
        private volatile long reads;
        private volatile boolean quiet;
        private volatile boolean done;

        /** Null if the system has no thread left. */
        @Nullable
        Thread start() {
            try {
                return connection.startPlatform(direction == Direction.UP ? "up stream" : "down stream", this::run);
            } catch (OutOfMemoryError e) { // "unable to create native thread"
                FREE.release();
                streak.restart();
                return null;
            } catch (RuntimeException | Error e) {
                FREE.release();
                throw e;
            }
        }

        private void run() {
            try {
                last = relay();
            } catch (IOException | RuntimeException | Error e) {
                failure = e; // for the thread of the direction, which knows how a connection ends
            } finally {
                FREE.release();
                done = true;
                LockSupport.unpark(virtual);
            }
        }

        private int relay() throws IOException {
            BooleanSupplier wanted = this::goesOn; // one for all reads
            long counted = 0;
            do {
                int count = connection.reader().read(direction, chunk, wanted);
                if (count < 0) {
                    return count;
                }
                streak.read(count);
                if (!outlet.handOn()) {
                    return count; // the plan or the message has changed: the rest is for the thread of the direction
                }
                counted++;
                reads = counted;
            } while (goesOn()
                    && streak.isLong()
                    && open.getAsBoolean()
                    && !connection.teardown().isLingering());
            return 0;
        }

        private boolean goesOn() {
            return !quiet;
        }

        int await(Thread thread) throws IOException {
            long seen = 0;
            long since = System.nanoTime();
            while (!done) {
                LockSupport.parkNanos(this, QUIET);
                if (Thread.interrupted()) {
                    thread.interrupt(); // ends its wait as it would have ended this thread's
                }
                long now = System.nanoTime();
                if (reads != seen) {
                    seen = reads;
                    since = now;
                } else if (now - since >= QUIET) {
                    quiet = true; // a wait for bytes ends now, one for room in the receiver's socket when there is some
                    connection.reader().wake(direction);
                }
            }
            throwFailure();
            return last;
        }

        private void throwFailure() throws IOException {
            Throwable thrown = failure;
            if (thrown instanceof IOException e) {
                throw e;
            } else if (thrown instanceof RuntimeException e) {
                throw e;
            } else if (thrown instanceof Error e) {
                throw e;
            }
        }
    }
}
