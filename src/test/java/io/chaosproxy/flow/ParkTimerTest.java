package io.chaosproxy.flow;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("fast")
@Timeout(60)
final class ParkTimerTest {
    private static final long LONG = Duration.ofHours(1).toNanos();

    /** Parks until its time is over, however often it is woken before, and tells how much too early that was. */
    private static final class Sleeper {
        private final Thread thread;
        private volatile long early;

        Sleeper(long nanos) {
            thread = Thread.ofVirtual().start(() -> {
                long start = System.nanoTime();
                ParkTimer.park(this, nanos);
                early = nanos - (System.nanoTime() - start);
            });
        }

        long early() throws InterruptedException {
            thread.join();
            return early;
        }
    }

    private static Thread parked(long nanos) throws InterruptedException {
        Thread thread = Thread.ofVirtual().start(() -> ParkTimer.park(ParkTimerTest.class, nanos));
        while (thread.getState() != Thread.State.WAITING) {
            Thread.sleep(Duration.ofMillis(1));
        }
        return thread;
    }

    @Test
    void nobodyIsWokenTooEarlyOrForgotten() throws InterruptedException {
        List<Sleeper> sleepers = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            sleepers.add(new Sleeper(Duration.ofMillis(1 + i * 7 % 50).toNanos()));
        }
        for (Sleeper sleeper : sleepers) {
            assertTrue(sleeper.early() <= 0, () -> sleeper.early + " ns too early");
        }
    }

    @Test
    void aShortWaitDoesNotWaitForALongOne() throws InterruptedException {
        Thread parked = parked(LONG);
        new Sleeper(Duration.ofMillis(1).toNanos()).early();
        assertTrue(parked.isAlive());
        LockSupport.unpark(parked);
        parked.join();
    }

    @Test
    void anUnparkEndsAWait() throws InterruptedException {
        Thread parked = parked(LONG);
        LockSupport.unpark(parked);
        parked.join();
    }

    @Test
    void anInterruptEndsAWaitAndIsKept() throws InterruptedException {
        AtomicBoolean kept = new AtomicBoolean();
        Thread thread = Thread.ofVirtual().unstarted(() -> {
            Thread.currentThread().interrupt();
            ParkTimer.park(this, LONG);
            kept.set(Thread.currentThread().isInterrupted());
        });
        thread.start();
        thread.join();
        assertTrue(kept.get());
    }

    @Test
    void noTimeIsOverAtOnce() throws InterruptedException {
        Thread thread = Thread.ofVirtual().start(() -> {
            ParkTimer.park(this, 0);
            ParkTimer.park(this, -1);
        });
        thread.join();
    }

    @Test
    void waitsThatEndedEarlyDoNotStayInMemory() throws InterruptedException {
        ParkTimer timer = new ParkTimer();
        Thread thread = timer.start();
        timer.add(new ParkTimer.Deadline(
                LONG / 2, Thread.currentThread())); // what is behind it isn't looked at when it is due
        for (int i = 0; i < 200_000; i++) {
            ParkTimer.Deadline ended = new ParkTimer.Deadline(LONG, null);
            assertTrue(timer.add(ended));
            if (i % 1_000 == 0) { // in front of all others, so that the thread looks
                timer.add(new ParkTimer.Deadline(0, null));
                while (timer.hasArriving()) {
                    Thread.onSpinWait();
                }
            }
        }
        assertTrue(timer.size() < 10_000, () -> timer.size() + " are kept");
        assertTrue(thread.isAlive());
    }

    @Test
    void itsThreadEndsWithoutWaitsAndTakesNoneFromThen() throws InterruptedException {
        ParkTimer timer = new ParkTimer();
        Thread thread = timer.start();
        thread.join();
        assertFalse(timer.add(new ParkTimer.Deadline(LONG, null)));
    }
}
