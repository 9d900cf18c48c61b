package io.chaosproxy.flow;

import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Wake-ups of virtual threads by one platform thread, in batches: after each it waits until the threads of the batch have run and a
 * carrier has looked for others.
 *
 * <p>A carrier takes task after task from the queue in which it found its last one, as long as there is another ({@code
 * ForkJoinPool.runWorker}), and the threads that a platform thread wakes come into one queue. If it woke them faster than they run,
 * carriers would stay there, and threads that others wake would never run: pollers, accept loops, the ends of waits of the JDK.
 *
 * <p>Belongs to the thread that wakes.
 */
final class WakeBatches {
    /** How long a batch should take. Threads that others wake wait about as long for a carrier. */
    private static final long TARGET = Duration.ofMillis(4).toNanos();

    private static final int LEAST = 8;
    private static final int MOST = 256;

    /**
     * Upper bound for the wait. All carriers may be held by threads that wait to be woken from here: a park that finds no memory for the
     * stack, or that is pinned, keeps its carrier.
     */
    private static final long PATIENCE = Duration.ofSeconds(2).toNanos();

    private static final ThreadFactory MARKS = Thread.ofVirtual()
            .inheritInheritableThreadLocals(false)
            .name("park timer mark")
            .factory();

    private int size = LEAST;
    private int woken; // of this batch
    private @Nullable Mark late; // did not pass in time

    /** To be called after each wake-up; waits at the end of a batch, but not while the end of the one before is still to come. */
    void woke() {
        if (late != null && !late.passed) {
            return;
        }
        late = null;
        woken++;
        if (woken >= size) {
            woken = 0;
            size = next(awaitEnd());
        }
    }

    /** Size of the next batch after one that took this many nanoseconds. */
    private int next(long took) {
        return Math.clamp(size * TARGET / took, LEAST, Math.min(2 * size, MOST));
    }

    /** Waits until all threads of the batch have run, or for {@link #PATIENCE}; returns how long that took, at least 1 ns. */
    private long awaitEnd() {
        long begin = System.nanoTime();
        Mark mark = new Mark(Thread.currentThread());
        MARKS.newThread(mark).start();
        long took = 1;
        while (!mark.passed && took < PATIENCE) {
            LockSupport.parkNanos(this, PATIENCE - took);
            took = Math.max(1, System.nanoTime() - begin);
        }
        if (!mark.passed) {
            late = mark;
        }
        return took;
    }

    /** A virtual thread behind all those of the batch. */
    private static final class Mark implements Runnable {
        private final Thread waiting;
        private volatile boolean passed;

        Mark(Thread waiting) {
            this.waiting = waiting;
        }

        /** The yield leads into another queue, so the carrier has found the one of the batch empty when this goes on. */
        @Override
        @SuppressWarnings("ThreadPriorityCheck") // the yield is for the queues, not for the time of others
        public void run() {
            try {
                Thread.yield(); // needs memory
            } finally {
                passed = true;
                LockSupport.unpark(waiting);
            }
        }
    }
}
