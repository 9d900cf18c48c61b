package io.chaosproxy.stream;

import io.chaosproxy.flow.MemoryBudget;
import io.chaosproxy.flow.PlanChangedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A sink that hands every byte on later, in order and without lowering the throughput.
 *
 * <p>Each piece is stamped with the moment at which it is due when it arrives; sleeping in the writer instead would turn
 * the delay into a bandwidth limit. A second thread hands the pieces on. It lives only while something is held, and for a second
 * after that, so that a quiet connection costs nothing. Pieces never overtake each other: one that drew a shorter delay than the piece before
 * it leaves together with that piece.
 *
 * <p>What is held is bounded in bytes, for this line and by a {@link MemoryBudget} for all; a writer that meets either
 * bound waits, which is back-pressure. The throughput is therefore bounded by that number divided by the delay, as it is by
 * the window of a real long link. A line that holds nothing may always take a small piece, so that a budget used up by
 * others slows a connection down and never stops it.
 */
public final class DelayLine implements Sink {
    /** Rest of the second thread between two tries of a write that a change of the plan interrupts, so that others get the carrier. */
    private static final long REST_NANOS = 1_000_000;

    /** Time for which the second thread stays when nothing is held: a thread for each message would cost more than the message. */
    private static final long STAY_NANOS = 1_000_000_000;

    /** A piece of this size is held even if the budget is used up; it fits a message of most chatty protocols. */
    private static final int LEAST = 2 * 1024;

    /** Heap of a line that holds small pieces, beyond twice the bound for their bytes. */
    private static final long OVERHEAD = 64 * 1024;

    private final Sink next;
    private final LongSupplier delay;
    private final MemoryBudget budget;
    private final Owner owner;
    private final long bound;

    private final ReentrantLock lock = new ReentrantLock();
    private final HeldPieces held = new HeldPieces();
    private boolean running;
    private boolean staying; // the second thread, though nothing is held
    private long leaving; // when the first piece is due; known to the second thread alone
    private volatile boolean awaited; // a writer waits for room, or for the last piece to go
    private boolean left; // the chain; guarded by the lock
    private boolean ending; // the end stands behind the bytes
    private boolean arriving; // known to the writer alone, like the next one
    private long due;
    private volatile @Nullable IOException failure;

    /** Services that a delay line needs of the connection that it is part of. */
    public interface Owner {
        /** {@return the time in nanoseconds} Only differences have a meaning. */
        long now();

        /**
         * Waits for this time, whatever changes of the plan come meanwhile.
         *
         * @param nanos nanoseconds; 0 or less for no wait
         * @return false if the delay was removed meanwhile
         */
        boolean sleep(long nanos);

        /**
         * Waits, as the writer, until something holds that the second thread brings about.
         *
         * @param so condition to wait for
         * @throws PlanChangedException if the plan changed meanwhile
         * @throws IOException if the connection ended meanwhile
         */
        void await(BooleanSupplier so) throws IOException;

        /** Makes a writer that waits look again, and a second thread that stays. */
        void changed();

        /**
         * Waits for this time, as the second thread while it holds nothing; nothing is held up by that. A host that has no thread to
         * spare returns at once.
         *
         * @param nanos nanoseconds
         * @param so what ends the wait before; asked again after {@link #changed}
         */
        default void stay(long nanos, BooleanSupplier so) {}

        /**
         * Waits, as the second thread, until a changed plan has been applied to the sinks behind the line.
         *
         * @throws IOException if the connection ended meanwhile
         */
        void awaitPlan() throws IOException;

        /**
         * Starts another thread of the connection.
         *
         * @param task what the thread runs
         */
        void spawn(Runnable task);

        /**
         * Ends the connection, for this reason, from another thread than the one that writes.
         *
         * @param reason cause of the end
         */
        void sever(IOException reason);
    }

    /**
     * A line that delays by what {@code delay} gives for each piece.
     *
     * @param next sink behind
     * @param delay nanoseconds for the piece that arrives now; below 0 counts as 0
     * @param bound bytes held at the most; the heap that they occupy is taken from the budget of the process
     * @param owner connection that the line is part of
     */
    public DelayLine(Sink next, LongSupplier delay, long bound, Owner owner) {
        this(next, delay, bound, MemoryBudget.PROCESS, owner);
    }

    DelayLine(Sink next, LongSupplier delay, long bound, MemoryBudget budget, Owner owner) {
        this.next = next;
        this.delay = delay;
        this.bound = bound;
        this.budget = budget;
        this.owner = owner;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        if (bytes.hasRemaining()) {
            arrive();
            boolean holds = true;
            while (bytes.hasRemaining() && holds) {
                holds = hold(bytes, Math.min(bytes.remaining(), HeldPieces.largestPiece()));
            }
            arriving = false;
            if (!holds) {
                next.write(bytes); // the caller was on its way in here when the line left the chain
            }
        }
    }

    /** What has been offered before keeps its time. */
    private void arrive() {
        if (!arriving) {
            arriving = true;
            due = owner.now() + delay.getAsLong();
        }
    }

    @Override
    public void flush() throws IOException {
        drain();
        next.flush();
    }

    @Override
    public boolean isEmpty() {
        lock.lock();
        try {
            return held.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>A line that has left holds nothing any more: the thread of a line in front of it may be on its way in here, and
     * what it brought would be overtaken by what it writes next.
     */
    @Override
    public boolean removed() throws IOException {
        check();
        lock.lock();
        try {
            left |= held.isEmpty();
            return left;
        } finally {
            lock.unlock();
        }
    }

    /** The end of the stream is as late as the bytes are. */
    @Override
    public void end() throws IOException {
        drainBehindEnd();
        next.end();
    }

    /** The break is as late as the bytes are. */
    @Override
    public void breakOff() throws IOException {
        drainBehindEnd();
        next.breakOff();
    }

    private void drainBehindEnd() throws IOException {
        if (!ending) {
            arrive();
            hold(ByteBuffer.allocate(0), 0);
            arriving = false;
            ending = true;
        }
        drain();
    }

    /** Holds the next bytes, up to this many, once there is room for them; false if the line has left the chain. */
    private boolean hold(ByteBuffer bytes, int length) throws IOException {
        await(() -> fits(length));
        return switch (append(bytes, length)) {
            case HELD -> true;
            case LEFT -> false;
            case NO_ROOM -> {
                int capacity = take(length);
                yield append(capacity, bytes, Math.min(length, capacity - HeldPieces.HEADER));
            }
        };
    }

    private enum Appended {
        HELD,
        NO_ROOM,
        LEFT
    }

    @Override
    public void drain() throws IOException {
        await(this::isEmpty);
    }

    private boolean fits(int length) {
        lock.lock();
        try {
            return held.payload() == 0 || (held.payload() + length <= bound && held.memory() <= 2 * bound + OVERHEAD);
        } finally {
            lock.unlock();
        }
    }

    /** The writer waits: for the second thread, for the budget, or until the connection ends or the plan changes. */
    private void await(BooleanSupplier so) throws IOException {
        check();
        if (!so.getAsBoolean()) {
            awaited = true; // before the next look
            try {
                owner.await(() -> so.getAsBoolean() || failure != null);
            } finally {
                awaited = false;
            }
            check();
        }
    }

    /** Appends to what is allocated already. */
    private Appended append(ByteBuffer bytes, int length)
            throws IOException { // something is held, so the second thread runs
        lock.lock();
        try {
            check();
            if (left) {
                return Appended.LEFT;
            }
            if (!held.hasRoom(length)) {
                return Appended.NO_ROOM;
            }
            held.add(due, bytes, length);
            return Appended.HELD;
        } finally {
            lock.unlock();
        }
    }

    /** Appends to an array of this capacity, which has been taken from the budget; false if the line has left the chain. */
    private boolean append(int capacity, ByteBuffer bytes, int length) throws IOException {
        boolean added = false;
        boolean first;
        boolean wake;
        lock.lock();
        try {
            check();
            if (left) {
                return false;
            }
            held.addArray(capacity);
            added = true;
            held.add(due, bytes, length);
            first = !running;
            running = true;
            wake = staying;
        } finally {
            lock.unlock();
            if (!added) {
                budget.giveBack(MemoryBudget.Use.DELAYED, HeldPieces.costOf(capacity));
            }
        }
        if (first) {
            startHandingOn();
        } else if (wake) {
            owner.changed();
        }
        return true;
    }

    private void startHandingOn() {
        try {
            owner.spawn(this::handOn);
        } catch (RuntimeException | Error e) {
            fail(new IOException("delay line failed: " + e, e));
            throw e;
        }
    }

    /** Takes memory for an array that holds a piece of this length, or a shorter one; returns its capacity. */
    private int take(int length) throws IOException {
        int wanted = capacityFor(length);
        long cost = HeldPieces.costOf(wanted);
        if (budget.tryTake(MemoryBudget.Use.DELAYED, cost)) {
            return wanted;
        }
        try (MemoryBudget.Claim claim = budget.claim(MemoryBudget.Use.DELAYED, cost)) {
            await(() -> claim.getAsBoolean() || isEmpty());
            if (claim.keep()) {
                return wanted;
            }
        }
        int least = Math.min(wanted, HeldPieces.HEADER + LEAST);
        budget.takeAnyway(MemoryBudget.Use.DELAYED, HeldPieces.costOf(least));
        return least;
    }

    private int capacityFor(int length) {
        lock.lock();
        try {
            return held.capacityFor(length);
        } finally {
            lock.unlock();
        }
    }

    /** The second thread: hands pieces on, each when it is due, until nothing is held. */
    private void handOn() {
        try {
            do {
                for (ByteBuffer piece = first(); piece != null; piece = follower()) {
                    owner.sleep(leaving - owner.now()); // if that was cut short, it is due now
                    handOn(piece);
                }
                owner.stay(STAY_NANOS, this::holdsSome);
            } while (goesOn());
        } catch (IOException e) {
            fail(e);
        } catch (RuntimeException | Error e) { // the writer must not wait forever for a thread that has ended
            fail(new IOException("delay line failed: " + e, e));
            if (e instanceof Error error) {
                throw error;
            }
        }
    }

    private void handOn(ByteBuffer bytes) throws IOException {
        boolean done = !bytes.hasRemaining();
        while (!done) {
            try {
                next.write(bytes);
                done = !bytes.hasRemaining();
            } catch (PlanChangedException changed) {
                owner.awaitPlan();
                LockSupport.parkNanos(REST_NANOS);
            }
        }
    }

    private @Nullable ByteBuffer first() {
        lock.lock();
        try {
            return next();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable ByteBuffer next() {
        ByteBuffer piece = held.first();
        if (piece != null) {
            leaving = held.firstDue();
        }
        staying = piece == null;
        return piece;
    }

    private boolean holdsSome() {
        return !isEmpty();
    }

    /** Whether something has come while the second thread stayed; otherwise it ends. */
    private boolean goesOn() {
        lock.lock();
        try {
            running = !held.isEmpty();
            if (!running) {
                held.trim();
            }
            staying = false;
            return running;
        } finally {
            lock.unlock();
        }
    }

    /** Removes the first piece, which has been handed on, and returns the one behind it. */
    private @Nullable ByteBuffer follower() {
        ByteBuffer follower;
        long freed;
        lock.lock();
        try {
            freed = held.remove();
            follower = next();
        } finally {
            lock.unlock();
        }
        budget.giveBack(MemoryBudget.Use.DELAYED, freed);
        wakeWriter();
        return follower;
    }

    private void wakeWriter() {
        if (awaited) {
            owner.changed();
        }
    }

    private void fail(IOException e) {
        long freed;
        lock.lock();
        try {
            failure = e;
            running = false;
            freed = held.clear();
        } finally {
            lock.unlock();
        }
        budget.giveBack(MemoryBudget.Use.DELAYED, freed);
        wakeWriter();
        owner.sever(e);
    }

    private void check() throws IOException {
        IOException failed = failure;
        if (failed != null) {
            throw failed;
        }
    }
}
