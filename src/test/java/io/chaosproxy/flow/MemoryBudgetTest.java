package io.chaosproxy.flow;

import static io.chaosproxy.flow.MemoryBudget.Use.CONNECTIONS;
import static io.chaosproxy.flow.MemoryBudget.Use.DELAYED;
import static io.chaosproxy.flow.MemoryBudget.Use.REQUESTS;
import static io.chaosproxy.flow.MemoryBudget.Use.RESPONSES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** In a budget of 1600 each use but connections has 100 of its own, connections have 800, and 400 are common. */
@Tag("fast")
final class MemoryBudgetTest {
    private final MemoryBudget budget = new MemoryBudget(1600);

    @Test
    void aUseMayHaveItsOwnPartAndWhatIsCommon() {
        assertTrue(budget.tryTake(DELAYED, 500));
        assertFalse(budget.tryTake(DELAYED, 1));
        assertEquals(500, budget.used(DELAYED));
        budget.giveBack(DELAYED, 1);
        assertTrue(budget.tryTake(DELAYED, 1));
    }

    @Test
    void noUseCanTakeThePartOfAnother() {
        assertTrue(budget.tryTake(DELAYED, 500));
        assertTrue(budget.tryTake(CONNECTIONS, 800));
        assertFalse(budget.tryTake(CONNECTIONS, 1));
        assertTrue(budget.tryTake(REQUESTS, 100));
        assertFalse(budget.tryTake(REQUESTS, 1));
        assertTrue(budget.tryTake(RESPONSES, 100));
        budget.giveBack(DELAYED, 50);
        assertTrue(budget.tryTake(CONNECTIONS, 50));
        assertFalse(budget.tryTake(DELAYED, 1));
    }

    @Test
    void whatIsLargerThanItCanHaveIsGrantedAloneSoThatItDoesNotWaitForever() {
        assertTrue(budget.tryTake(REQUESTS, 5000));
        assertFalse(budget.tryTake(REQUESTS, 1));
        assertTrue(budget.tryTake(DELAYED, 100), "its own part");
        assertFalse(budget.tryTake(DELAYED, 1));
        budget.giveBack(REQUESTS, 5000);
        assertTrue(budget.tryTake(REQUESTS, 1));
    }

    @Test
    void whatIsTakenAnywayCounts() {
        budget.takeAnyway(DELAYED, 600);
        assertFalse(budget.tryTake(DELAYED, 1));
        budget.giveBack(DELAYED, 100);
        assertFalse(budget.tryTake(DELAYED, 1));
        budget.giveBack(DELAYED, 1);
        assertTrue(budget.tryTake(DELAYED, 1));
    }

    @Test
    void whatIsTakenAnywayLeavesTheOthersTheirParts() {
        assertTrue(budget.tryTake(CONNECTIONS, 1));
        budget.takeAnyway(DELAYED, 5000);
        assertTrue(budget.tryTake(CONNECTIONS, 799));
        assertFalse(budget.tryTake(CONNECTIONS, 1));
    }

    @Test
    void claimsAreGrantedInTheOrderOfArrival() {
        assertTrue(budget.tryTake(REQUESTS, 500));
        try (MemoryBudget.Claim large = budget.claim(REQUESTS, 400);
                MemoryBudget.Claim small = budget.claim(REQUESTS, 10)) {
            budget.giveBack(REQUESTS, 100);
            assertFalse(large.getAsBoolean());
            assertFalse(small.getAsBoolean(), "waits behind the large one");
            assertFalse(budget.tryTake(REQUESTS, 1), "so does a new one");
            budget.giveBack(REQUESTS, 300);
            assertTrue(large.keep());
            assertFalse(small.keep());
            assertEquals(500, budget.used(REQUESTS));
        }
        assertEquals(500, budget.used(REQUESTS));
        budget.giveBack(REQUESTS, 1);
        assertTrue(budget.tryTake(REQUESTS, 1), "the one that left is not waited for");
    }

    @Test
    void whatWasGrantedAndNotKeptIsGivenBack() {
        try (MemoryBudget.Claim claim = budget.claim(REQUESTS, 10)) {
            assertTrue(claim.getAsBoolean());
            assertEquals(10, budget.used(REQUESTS));
        }
        assertEquals(0, budget.used(REQUESTS));
    }

    @Test
    void aSmallHeapIsNotAllBudgetAndALargeOneIsThreeQuarters() {
        assertEquals(3 << 20, MemoryBudget.shareOf(16 << 20));
        assertEquals(15 << 20, MemoryBudget.shareOf(32 << 20));
        assertEquals(3L << 30, MemoryBudget.shareOf((4L << 30) + (12 << 20)));
    }

    @Test
    void threadsThatTakeTurnsNeverExceedItNorMissAWakeUp() throws Exception {
        AtomicLong held = new AtomicLong();
        AtomicLong most = new AtomicLong();
        FutureTask<?>[] threads = new FutureTask<?>[32];
        for (int i = 0; i < threads.length; i++) {
            MemoryBudget.Use use = i % 2 == 0 ? REQUESTS : DELAYED;
            threads[i] = new FutureTask<>(() -> takeTurns(use, held, most), null);
            Thread.ofVirtual().start(threads[i]);
        }
        for (FutureTask<?> thread : threads) {
            thread.get(60, TimeUnit.SECONDS);
        }
        assertTrue(most.get() <= 700 + 300, most + " bytes at once"); // one claim of 400 may go beyond a part of 100
        assertEquals(0, budget.used(REQUESTS));
        assertEquals(0, budget.used(DELAYED));
    }

    private void takeTurns(MemoryBudget.Use use, AtomicLong held, AtomicLong most) {
        Waits waits = new Waits(TimeSource.SYSTEM);
        for (int i = 0; i < 500; i++) {
            int wanted = ThreadLocalRandom.current().nextInt(1, 400);
            try (MemoryBudget.Claim claim = budget.claim(use, wanted)) {
                waits.awaitUntil(() -> claim.getAsBoolean() ? 0 : Waits.FOREVER, () -> true);
                assertTrue(claim.keep());
            }
            most.accumulateAndGet(held.addAndGet(wanted), Math::max);
            Thread.onSpinWait();
            held.addAndGet(-wanted);
            budget.giveBack(use, wanted);
        }
    }
}
