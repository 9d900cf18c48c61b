package io.chaosproxy.relay;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.net.SplicePipe;
import java.io.IOException;
import java.nio.ByteBuffer;
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
public final class StreamLoop implements AutoCloseable {
    /** What becomes of the bytes of a direction. */
    public interface Outlet {
        /**
         * Hands on what the chunk has.
         *
         * @return whether nothing is left and more is to be read; otherwise the rest is for the caller of {@link StreamLoop#read}
         */
        boolean handOn() throws IOException;

        /** How many of the next bytes may be handed on without being looked at; only while nothing is left to be handed on. */
        default long mayPass() {
            return 0;
        }

        /**
         * Hands on bytes that {@link #mayPass} has let pass.
         *
         * @param standIn for them: it has their number, and not their values
         * @return whether nothing is left; otherwise the rest is for the caller of {@link StreamLoop#read}, as if it had not been
         *     handed on
         */
        default boolean pass(ByteBuffer standIn) throws IOException {
            throw new IllegalStateException("none may pass");
        }
    }

    /**
     * Upper bound for such threads in this process, {@code -Dchaosproxy.streams}; 0 for none. Further streams stay on their virtual
     * threads.
     */
    private static final int MOST = Math.max(0, Integer.getInteger("chaosproxy.streams", 64));

    /** Fewer bytes than this are copied: they end soon. */
    private static final long MANY = 128 * 1024;

    private static final Semaphore FREE = new Semaphore(MOST); // of the process, as the processors are

    /** Interval after which a direction on which nothing has moved leaves its platform thread. */
    private static final long QUIET = Duration.ofSeconds(1).toNanos();

    private final Connection connection;
    private final Direction direction;
    private final Chunk chunk;
    private final BooleanSupplier open;
    private final Outlet outlet;
    private final Streak streak = new Streak();
    private @Nullable SplicePipe rest; // read before the socket is: what was on its way when a fault came into the way

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
        SplicePipe left = rest;
        if (left != null) {
            return readRest(left);
        }
        if (streak.isLong() && open.getAsBoolean() && FREE.tryAcquire()) {
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

    private int readRest(SplicePipe left) throws IOException {
        int count = chunk.readFrom(left);
        if (left.isEmpty()) {
            close();
        }
        return count;
    }

    /** Nothing is read any more; a rest that was not read is lost with the connection. */
    @Override
    public void close() {
        SplicePipe left = rest;
        if (left != null) {
            rest = null;
            connection.reader().endPipe(direction, left);
        }
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
            SplicePipe pipe =
                    outlet.mayPass() < MANY ? null : connection.reader().beginPipe(direction);
            if (pipe == null) {
                return relay(null);
            }
            try {
                return relay(pipe);
            } finally {
                if (rest == null) {
                    connection.reader().endPipe(direction, pipe);
                }
            }
        }

        private int relay(@Nullable SplicePipe pipe) throws IOException {
            BooleanSupplier wanted = this::goesOn; // one for all reads
            long counted = 0;
            do {
                if (pipe != null && splice(pipe, wanted)) {
                    if (!outlet.pass(
                            pipe.standIn())) { // the plan has changed: the rest is for the thread of the direction
                        pipe.keep();
                        rest = pipe;
                        return 0;
                    }
                } else {
                    int count = connection.reader().read(direction, chunk, wanted);
                    if (count < 0) {
                        return count;
                    }
                    streak.read(count);
                    if (!outlet.handOn()) { // or the message has
                        return count;
                    }
                }
                counted++;
                reads = counted;
            } while (goesOn()
                    && streak.isLong()
                    && open.getAsBoolean()
                    && !connection.teardown().isLingering());
            return 0;
        }

        /** Whether bytes have come by way of the pipe. Otherwise a read tells why there are none, or copies them. */
        private boolean splice(SplicePipe pipe, BooleanSupplier wanted) throws IOException {
            long most = outlet.mayPass();
            int count = most < MANY ? 0 : connection.reader().readInto(direction, pipe, most, wanted);
            if (count > 0) {
                streak.read(count);
            }
            return count > 0;
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
