package io.chaosproxy.kit;

import io.chaosproxy.flow.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock moved by hand, in one of two ways: {@link #running} moves itself forward by whatever a thread wants to wait, so
 * a test on one thread sees exact times without sleeping; {@link #standing} stands still until {@link #advance}, which
 * wakes whoever waits.
 */
public final class HandClock implements TimeSource {
    private final boolean running;
    private final List<Thread> parked = new ArrayList<>();
    private long now = 1_000_000_000_000L;

    private HandClock(boolean running) {
        this.running = running;
    }

    /** Waiting moves it: nobody ever really waits. */
    public static HandClock running() {
        return new HandClock(true);
    }

    /** Only {@link #advance} moves it. */
    public static HandClock standing() {
        return new HandClock(false);
    }

    @Override
    public synchronized long nanoTime() {
        return now;
    }

    /** Milliseconds since the test began. */
    public synchronized double millis() {
        return (now - 1_000_000_000_000L) / 1e6;
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
            parked.add(thread);
            notifyAll();
        }
        LockSupport.park(blocker);
        synchronized (this) {
            parked.remove(thread);
        }
    }

    /** Moves the clock and wakes all who wait, so that they look again. */
    public synchronized void advance(Duration time) {
        now += time.toNanos();
        parked.forEach(LockSupport::unpark);
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
}
