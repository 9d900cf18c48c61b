package io.chaosproxy.flow;

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

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
    // A connection seldom has more than two threads that wait, and the nodes of a set would be garbage of each wait.
    private final AtomicReference<@Nullable Thread> first = new AtomicReference<>();
    private final AtomicReference<@Nullable Thread> second = new AtomicReference<>();
    private final AtomicReference<@Nullable Set<Thread>> others = new AtomicReference<>(); // once a third one waits
    private final AtomicInteger staying = new AtomicInteger(); // of them, those that hold nothing up

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
        enter(thread); // before the first look, or a wake between look and park would be lost
        try {
            while (wanted.getAsBoolean()) {
                long nanos = left.getAsLong();
                if (nanos <= 0) {
                    return true;
                }
                if (!wanted.getAsBoolean()) { // a lock taken for the look may have used up the permit of a wake
                    return false;
                }
                if (!park(nanos)) {
                    return false;
                }
            }
            return false;
        } finally {
            leave(thread);
        }
    }

    /** The same for a thread that has nothing to do: it holds nothing up, and isn't counted. */
    public boolean stay(LongSupplier left, BooleanSupplier wanted) {
        staying.incrementAndGet();
        try {
            return awaitUntil(left, wanted);
        } finally {
            staying.decrementAndGet();
        }
    }

    /** Waits for this time or until the wait is no longer wanted; the result is that of {@link #awaitUntil}. */
    public boolean pause(long nanos, BooleanSupplier wanted) {
        long start = time.nanoTime();
        Thread thread = Thread.currentThread();
        enter(thread);
        try {
            while (wanted.getAsBoolean()) {
                long left = nanos == FOREVER ? FOREVER : nanos - (time.nanoTime() - start);
                if (left <= 0) {
                    return true;
                }
                // asked again as above: the first look may have taken a lock
                if (!wanted.getAsBoolean() || !park(left)) {
                    return false;
                }
            }
            return false;
        } finally {
            leave(thread);
        }
    }

    /** Whether the park ended in another way than by an interrupt. */
    private boolean park(long nanos) {
        time.park(this, nanos);
        if (Thread.interrupted()) { // a flag that stays set would make park spin
            interrupted.run();
            return false;
        }
        return true;
    }

    private void enter(Thread thread) {
        if (!first.compareAndSet(null, thread) && !second.compareAndSet(null, thread)) {
            others().add(thread);
        }
    }

    private void leave(Thread thread) {
        if (!first.compareAndSet(thread, null) && !second.compareAndSet(thread, null)) {
            others().remove(thread);
        }
    }

    private Set<Thread> others() {
        Set<Thread> known = others.get();
        if (known == null) {
            others.compareAndSet(null, ConcurrentHashMap.newKeySet(1));
            known = Objects.requireNonNull(others.get());
        }
        return known;
    }

    /** Makes every waiting thread look again. Any thread may call it, and it never blocks. */
    public void wake() {
        unpark(first.get());
        unpark(second.get());
        Set<Thread> more = others.get();
        if (more != null) {
            more.forEach(time::unpark);
        }
    }

    private void unpark(@Nullable Thread thread) {
        if (thread != null) {
            time.unpark(thread);
        }
    }

    /** How many threads wait at this moment, those that {@link #stay} not counted; for tests and reports. */
    public int count() {
        Set<Thread> more = others.get();
        int two = (first.get() == null ? 0 : 1) + (second.get() == null ? 0 : 1);
        return Math.max(0, two + (more == null ? 0 : more.size()) - staying.get()); // one may be about to leave
    }
}
