package io.chaosproxy.flow;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The threads of one connection that let time pass, and the way to wake them before it is over.
 *
 * <p>Every wait of the data path that isn't a socket's goes through here. A change of the plan and the end of the connection
 * call {@link #wake}, which never blocks; the waiting threads then check their conditions again.
 */
public final class Waits {
    /** No bound: 292 years. */
    public static final long FOREVER = Long.MAX_VALUE;

    private final TimeSource time;
    private final Runnable interrupted;
    private final Set<Thread> waiting = ConcurrentHashMap.newKeySet(1);

    /** For threads that are not meant to be interrupted. */
    public Waits(TimeSource time) {
        this(time, () -> {});
    }

    /**
     * For threads that may be interrupted.
     *
     * @param interrupted run by a thread whose wait ended by an interrupt; its interrupt status is cleared
     */
    public Waits(TimeSource time, Runnable interrupted) {
        this.time = time;
        this.interrupted = interrupted;
    }

    /**
     * Waits until the time has passed or the wait is no longer wanted.
     *
     * @param left nanoseconds still to wait, asked again after each wake-up; 0 or less ends the wait
     * @param wanted asked before each wait; must not block
     * @return true if the time is over, false if the wait is no longer wanted
     */
    public boolean awaitUntil(LongSupplier left, BooleanSupplier wanted) {
        Thread thread = Thread.currentThread();
        waiting.add(thread); // before the first look, or a wake between look and park would be lost
        try {
            while (wanted.getAsBoolean()) {
                long nanos = left.getAsLong();
                if (nanos <= 0) {
                    return true;
                }
                if (!wanted.getAsBoolean()) { // a lock taken for the look may have used up the permit of a wake
                    return false;
                }
                time.park(this, nanos);
                if (Thread.interrupted()) { // a flag that stays set would make park spin
                    interrupted.run();
                    return false;
                }
            }
            return false;
        } finally {
            waiting.remove(thread);
        }
    }

    /** Waits for this time or until the wait is no longer wanted; the result is that of {@link #awaitUntil}. */
    public boolean pause(long nanos, BooleanSupplier wanted) {
        long start = time.nanoTime();
        return awaitUntil(() -> nanos == FOREVER ? FOREVER : nanos - (time.nanoTime() - start), wanted);
    }

    /** Makes every waiting thread look again. Any thread may call it, and it never blocks. */
    public void wake() {
        waiting.forEach(time::unpark);
    }

    /** How many threads wait at this moment; for tests and reports. */
    public int count() {
        return waiting.size();
    }
}
