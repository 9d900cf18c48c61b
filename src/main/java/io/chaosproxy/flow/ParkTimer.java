package io.chaosproxy.flow;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Ends the parks of virtual threads whose time is over: one thread with a heap of deadlines for all waits of the process.
 *
 * <p>The JDK wakes its own timer's thread at the begin of each timed park and once more at its end. Here it is woken at the begin only for
 * a deadline in front of all others, which most aren't where many wait for the same time. The thread begins with the first
 * timed wait and ends when there has been none for a second; the next one begins another. It wakes in {@linkplain WakeBatches
 * batches}.
 */
final class ParkTimer {
    private static final AtomicReference<@Nullable ParkTimer> CURRENT = new AtomicReference<>();

    /** Deadlines are counted from here, so that they compare as numbers. */
    private static final long ORIGIN = System.nanoTime();

    private static final long IDLE = Duration.ofSeconds(1).toNanos();
    private static final long NEVER = Long.MAX_VALUE;

    /** A failure that lasts must not take a processor. */
    private static final long AFTER_FAILURE = Duration.ofMillis(1).toNanos();

    /** In place of waits to come: none is taken any more. */
    private static final Deadline ENDED = new Deadline(0, null);

    /** Waits that ended early leave the heap when they are due, or when it has twice its live entries and this many more. */
    private static final int FEW = 1024;

    private final AtomicReference<@Nullable Deadline> arriving = new AtomicReference<>(); // the last one first
    private final Queue<Deadline> heap = new PriorityQueue<>(Comparator.comparingLong(deadline -> deadline.due));
    private final Thread thread = Thread.ofPlatform()
            .daemon()
            .inheritInheritableThreadLocals(false)
            .name("park timer")
            .unstarted(this::run);
    private final WakeBatches batches = new WakeBatches();
    private volatile long looksAt = Long.MIN_VALUE; // when its thread looks at the arriving ones by itself
    private int crowded = FEW; // size of the heap at which those that were ended early are taken out

    /** The end of one park. */
    static final class Deadline {
        private final long due;
        private volatile @Nullable Thread waiting;
        private @Nullable Deadline next; // that arrived before

        /** In nanoseconds after {@link #ORIGIN}; the thread is null if its wait has already ended. */
        Deadline(long due, @Nullable Thread waiting) {
            this.due = due;
            this.waiting = waiting;
        }
    }

    /** Without a thread. */
    ParkTimer() {}

    /** As {@link LockSupport#parkNanos(Object, long)}. */
    static void park(Object blocker, long nanos) {
        Thread current = Thread.currentThread();
        if (nanos > NEVER / 2) {
            LockSupport.park(blocker);
        } else if (nanos > 0 && current.isVirtual()) {
            Deadline deadline = new Deadline(now() + nanos, current);
            if (wakes(deadline)) {
                LockSupport.park(blocker);
                deadline.waiting = null;
            } else {
                LockSupport.parkNanos(blocker, nanos);
            }
        } else {
            LockSupport.parkNanos(blocker, nanos);
        }
    }

    /** Has a timer wake a thread that is about to park; false if there is none, for want of threads. */
    private static boolean wakes(Deadline deadline) {
        ParkTimer timer = CURRENT.get();
        while (timer == null || !timer.add(deadline)) {
            ParkTimer fresh = started();
            if (fresh == null) {
                return false;
            }
            if (!CURRENT.compareAndSet(timer, fresh)) {
                fresh.end(); // another thread was faster
            }
            timer = CURRENT.get();
        }
        return true;
    }

    private static @Nullable ParkTimer started() {
        try {
            ParkTimer fresh = new ParkTimer();
            fresh.start();
            return fresh;
        } catch (OutOfMemoryError e) { // no native thread is left
            return null;
        }
    }

    Thread start() {
        thread.start();
        return thread;
    }

    /** How many deadlines its heap has, about; for tests. */
    int size() {
        return heap.size();
    }

    /** Whether its thread has not seen all deadlines; for tests. */
    boolean hasArriving() {
        return arriving.get() != null;
    }

    /** Adds a deadline unless this has ended. */
    boolean add(Deadline deadline) {
        Deadline before;
        do {
            before = arriving.get();
            if (before == ENDED) {
                return false;
            }
            deadline.next = before;
        } while (!arriving.compareAndSet(before, deadline));
        if (deadline.due < looksAt) {
            LockSupport.unpark(thread);
        }
        return true;
    }

    /** Ends if nothing arrives. */
    private boolean end() {
        boolean ended = arriving.compareAndSet(null, ENDED);
        if (ended) {
            LockSupport.unpark(thread);
        }
        return ended;
    }

    private void run() {
        long idleSince = now();
        while (arriving.get() != ENDED) {
            try {
                takeArriving();
                long next = wakeDue();
                if (!heap.isEmpty()) {
                    idleSince = now();
                } else if (now() - idleSince >= IDLE && end()) {
                    CURRENT.compareAndSet(this, null);
                    return;
                }
                await(Math.min(next, now() + IDLE));
            } catch (RuntimeException | Error e) {
                failed(e);
            }
        }
    }

    /** It goes on whatever happens, for the waits of all connections would never end without it. */
    private void failed(Throwable failure) {
        try {
            OutOfMemory.passOn(failure);
        } catch (RuntimeException | Error e) {
            // what failed for want of memory may well find none to load the class that says so
        }
        LockSupport.parkNanos(this, AFTER_FAILURE);
    }

    private void takeArriving() {
        Deadline next = arriving.getAndUpdate(last -> last == ENDED ? ENDED : null);
        OutOfMemoryError failure = null;
        while (next != null && next != ENDED) {
            Deadline deadline = next;
            next = deadline.next;
            deadline.next = null;
            failure = insert(deadline, failure);
        }
        if (failure != null) {
            throw failure;
        }
        if (heap.size() > crowded) {
            heap.removeIf(deadline -> deadline.waiting == null);
            crowded = 2 * heap.size() + FEW;
        }
    }

    /** Returns the last failure of several; the others are inserted in spite of it. */
    private @Nullable OutOfMemoryError insert(Deadline deadline, @Nullable OutOfMemoryError before) {
        try {
            heap.add(deadline);
            return before;
        } catch (OutOfMemoryError e) {
            LockSupport.unpark(deadline.waiting); // a park may end early: its thread looks again
            return e;
        }
    }

    /** Wakes the threads whose deadlines have passed, and returns the next deadline. */
    private long wakeDue() {
        long now = now();
        Deadline first = heap.peek();
        while (first != null && (first.due <= now || first.waiting == null)) {
            Thread waiting = first.waiting;
            LockSupport.unpark(waiting); // before it is removed, or it would be lost with a failure
            heap.remove();
            if (waiting != null) {
                batches.woke();
            }
            first = heap.peek();
        }
        return first == null ? NEVER : first.due;
    }

    /** Parks until then, unless something has arrived that is due before; what arrives from now on wakes it if it is. */
    private void await(long next) {
        looksAt = next;
        if (!isDueBefore(next)) {
            LockSupport.parkNanos(this, next - now());
        }
        looksAt = Long.MIN_VALUE;
        Thread.interrupted(); // a flag that stays set would make each park return at once
    }

    private boolean isDueBefore(long next) {
        for (Deadline deadline = arriving.get(); deadline != null; deadline = deadline.next) {
            if (deadline.due < next) {
                return true;
            }
        }
        return false;
    }

    private static long now() {
        return System.nanoTime() - ORIGIN;
    }
}
