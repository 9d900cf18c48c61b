package io.chaosproxy.kit;

import io.chaosproxy.flow.TimeSource;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock moved by hand, in one of two ways: {@link #running} moves itself forward by whatever a thread wants to wait, so
 * a test on one thread sees exact times without sleeping; {@link #standing} stands still until {@link #advance} or {@link
 * #advanceToNext}, which wake whoever waits.
 */
public final class HandClock implements TimeSource {
    private static final long NOBODY = Long.MAX_VALUE;

    private final boolean running;
    private final long begin;
    private final Map<Thread, Long> parked = new HashMap<>(); // until when
    private final Set<Thread> permits = new HashSet<>(); // of threads that were woken before they parked
    private long parks;
    private long now;

    private HandClock(boolean running, long begin) {
        this.running = running;
        this.begin = begin;
        this.now = begin;
    }

    /** Waiting moves it: nobody ever really waits. */
    public static HandClock running() {
        return new HandClock(true, 1_000_000_000_000L);
    }

    /** Only the test moves it. */
    public static HandClock standing() {
        return new HandClock(false, 1_000_000_000_000L);
    }

    /** The same, but its nanoseconds begin elsewhere: below 0 is as good a moment as any. */
    public HandClock from(long nanoTime) {
        return new HandClock(running, nanoTime);
    }

    @Override
    public synchronized long nanoTime() {
        return now;
    }

    /** Milliseconds since the test began. */
    public synchronized double millis() {
        return (now - begin) / 1e6;
    }

    @Override
    public void park(Object blocker, long nanos) {
        if (running) {
            if (nanos == Long.MAX_VALUE) {
                throw new AssertionError("would wait for ever");
            }
            advance(Duration.ofNanos(nanos));
            return;
        }
        Thread thread = Thread.currentThread();
        synchronized (this) {
            parks++;
            if (permits.remove(thread)) {
                return;
            }
            parked.put(thread, nanos == Long.MAX_VALUE ? NOBODY : now + nanos);
            notifyAll();
        }
        LockSupport.park(blocker);
        synchronized (this) {
            parked.remove(thread);
            parks++;
        }
    }

    /** A thread that has been woken counts as awake from here on, however late the machine lets it run. */
    @Override
    public synchronized void unpark(Thread thread) {
        if (parked.remove(thread) == null) {
            permits.add(thread);
        }
        LockSupport.unpark(thread);
    }

    /** Moves the clock and wakes all who wait, so that they look again. */
    public synchronized void advance(Duration time) {
        now += time.toNanos();
        parked.keySet().forEach(LockSupport::unpark);
        parked.clear();
    }

    /** Moves the clock to the first moment for which somebody waits; fails if nobody waits for any. */
    public synchronized void advanceToNext() {
        long next = parked.values().stream().min(Long::compare).orElse(NOBODY);
        if (next == NOBODY) {
            throw new AssertionError("nobody waits for a moment");
        }
        advance(Duration.ofNanos(next - now));
    }

    /** Waits (really) until so many threads wait on this clock. */
    public synchronized void awaitParked(int count) throws InterruptedException {
        long end = System.nanoTime() + 10_000_000_000L;
        while (parked.size() < count) {
            if (System.nanoTime() > end) {
                throw new AssertionError("only " + parked.size() + " of " + count + " threads wait");
            }
            wait(100);
        }
    }

    /** Waits (really) until each of these threads waits for time to pass or has ended. */
    public void settle(Thread... threads) {
        long end = System.nanoTime() + 10_000_000_000L;
        while (!areAtRest(threads)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("threads never come to rest");
            }
            LockSupport.parkNanos(20_000);
        }
    }

    /* Twice, because one that was seen at rest may have been woken by the last act of one that was seen after it. */
    private boolean areAtRest(Thread... threads) {
        long before = parks();
        boolean atRest = true;
        for (int look = 0; look < 2; look++) {
            atRest &= Arrays.stream(threads).allMatch(this::isAtRest);
        }
        return atRest && parks() == before;
    }

    private synchronized long parks() {
        return parks;
    }

    /* A virtual thread's state alone doesn't tell: one that was unparked while it parked is WAITING for a moment. */
    private boolean isAtRest(Thread thread) {
        Thread.State state = thread.getState();
        return state == Thread.State.TERMINATED || (state == Thread.State.WAITING && isParked(thread));
    }

    private synchronized boolean isParked(Thread thread) {
        return parked.containsKey(thread);
    }
}
