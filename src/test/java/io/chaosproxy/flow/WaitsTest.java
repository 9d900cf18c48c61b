package io.chaosproxy.flow;

import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.HandClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class WaitsTest {
    private final HandClock standing = HandClock.standing();
    private final HandClock running = HandClock.running();

    /** A thread that waits, and what came of it. */
    private final class Sitter {
        private final AtomicBoolean wanted = new AtomicBoolean(true);
        private final Thread thread;
        private volatile String result = "";

        Sitter(Waits waits, long nanos) {
            thread = Thread.ofVirtual().start(() -> {
                boolean over = waits.pause(nanos, wanted::get);
                result = standing.millis() + (over ? " over" : " unwanted");
            });
            standing.settle(thread);
        }
    }

    @Test
    void aPauseTakesItsTime() {
        assertTrue(new Waits(running).pause(ofMillis(5).toNanos(), () -> true));
        assertEquals(5, running.millis());
    }

    @Test
    void noTimeIsOverAtOnceUnlessNobodyWantsIt() {
        Waits waits = new Waits(running);
        assertTrue(waits.pause(0, () -> true));
        assertTrue(waits.pause(-1, () -> true));
        assertFalse(waits.pause(0, () -> false));
        assertFalse(waits.pause(ofMillis(5).toNanos(), () -> false));
        assertEquals(0, running.millis());
    }

    @Test
    void aPauseForEverIsJustThat() {
        assertThrows(AssertionError.class, () -> new Waits(running).pause(Waits.FOREVER, () -> true));
    }

    @Test
    void wakingUpTooSoonMeansToWaitOn() {
        Waits waits = new Waits(standing);
        Sitter sitter = new Sitter(waits, ofMillis(10).toNanos());
        standing.advance(ofMillis(9));
        standing.settle(sitter.thread);
        waits.wake();
        standing.settle(sitter.thread);
        assertEquals("", sitter.result);
        assertEquals(1, waits.count());
        standing.advance(ofMillis(1));
        standing.settle(sitter.thread);
        assertEquals("10.0 over", sitter.result);
        assertEquals(0, waits.count());
    }

    @Test
    void wakingMakesAllLookAgain() {
        Waits waits = new Waits(standing);
        List<Sitter> sitters = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            sitters.add(new Sitter(waits, i == 0 ? Waits.FOREVER : ofMillis(10).toNanos()));
        }
        assertEquals(3, waits.count());
        standing.advance(ofMillis(4));
        sitters.forEach(sitter -> standing.settle(sitter.thread));
        sitters.forEach(sitter -> sitter.wanted.set(sitter == sitters.get(1)));
        waits.wake();
        sitters.forEach(sitter -> standing.settle(sitter.thread));
        assertEquals(
                List.of("4.0 unwanted", "", "4.0 unwanted"),
                sitters.stream().map(sitter -> sitter.result).toList());
        standing.advance(ofMillis(6));
        standing.settle(sitters.get(1).thread);
        assertEquals("10.0 over", sitters.get(1).result);
    }

    @Test
    void aThreadThatStaysIsWokenAndNotCounted() {
        Waits waits = new Waits(standing);
        AtomicBoolean wanted = new AtomicBoolean(true);
        Thread thread = Thread.ofVirtual().start(() -> waits.stay(() -> Waits.FOREVER, wanted::get));
        standing.settle(thread);
        assertEquals(0, waits.count());
        Sitter sitter = new Sitter(waits, Waits.FOREVER);
        assertEquals(1, waits.count());
        wanted.set(false);
        waits.wake();
        standing.settle(thread, sitter.thread);
        assertEquals(Thread.State.TERMINATED, thread.getState());
        assertEquals(1, waits.count());
        sitter.wanted.set(false);
        waits.wake();
        standing.settle(sitter.thread);
        assertEquals(0, waits.count());
    }

    @Test
    void whatIsLeftIsAskedAnewEachTime() {
        AtomicLong left = new AtomicLong(3);
        Waits waits = new Waits(running);
        assertTrue(waits.awaitUntil(() -> ofMillis(left.getAndDecrement()).toNanos(), () -> true));
        assertEquals(3 + 2 + 1, running.millis());
    }

    /** A look that waits for a lock parks, and the wake that comes meanwhile ends that park and not the one after it. */
    @Test
    void aWakeDuringTheLookIsNotLost() {
        Waits waits = new Waits(running);
        AtomicBoolean wanted = new AtomicBoolean(true);
        assertFalse(waits.awaitUntil(
                () -> {
                    wanted.set(false);
                    waits.wake();
                    LockSupport.park();
                    return Waits.FOREVER;
                },
                wanted::get));
    }

    @Test
    void aWakeDuringTheLookOfAPauseIsNotLost() {
        Waits waits = new Waits(running);
        AtomicBoolean wanted = new AtomicBoolean(true);
        assertFalse(waits.pause(Waits.FOREVER, () -> {
            boolean stale = wanted.getAndSet(false);
            waits.wake();
            LockSupport.park();
            return stale;
        }));
    }

    @Test
    void anInterruptedThreadWaitsNoMoreAndForgetsIt() {
        Waits waits = new Waits(running);
        Thread.currentThread().interrupt();
        assertFalse(waits.pause(ofMillis(5).toNanos(), () -> true));
        assertFalse(Thread.currentThread().isInterrupted());
        assertEquals(0, waits.count());
    }

    @Test
    void theOwnerLearnsOfAnInterrupt() {
        Waits waits = new Waits(running, () -> Thread.currentThread().interrupt());
        Thread.currentThread().interrupt();
        assertFalse(waits.pause(ofMillis(5).toNanos(), () -> true));
        assertTrue(Thread.interrupted());
    }
}
