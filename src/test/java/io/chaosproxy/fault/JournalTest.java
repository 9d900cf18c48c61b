package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Together;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class JournalTest {
    private final Journal journal = new Journal(3);

    private static Hit hit(String proxy, String rule, String type, long connection) {
        return new Hit(
                Instant.EPOCH,
                proxy,
                connection,
                1,
                "127.0.0.1",
                ClientProtocol.UNKNOWN,
                "GET /",
                rule,
                type,
                Sample.nanos("delay", 12_345_678));
    }

    @Test
    void theLastHitsAreKeptInOrderAndAllAreCounted() {
        for (long i = 1; i <= 5; i++) {
            journal.enter(hit("shop", "slow", "latency", i));
        }
        assertEquals(
                List.of(3L, 4L, 5L),
                journal.hits().stream().map(Hit::connection).toList());
        assertEquals(5, journal.hits("shop", "slow"));
        assertEquals(Map.of("latency", 5L), journal.byType());
    }

    /** Its length is the client's choice, and the journal keeps thousands of them. */
    @Test
    void aLongRequestIsCut() {
        String longest = "GET /" + "a".repeat(Hit.LONGEST_REQUEST - 5);
        assertEquals(longest, hitOf(longest).request());
        String cut = hitOf(longest + "b").request();
        assertEquals(longest.substring(0, longest.length() - 1) + "…", cut);
        assertEquals(cut, hitOf(longest + "c".repeat(60_000)).request());
    }

    private static Hit hitOf(String request) {
        return new Hit(
                Instant.EPOCH,
                "shop",
                1,
                1,
                "127.0.0.1",
                ClientProtocol.UNKNOWN,
                request,
                "slow",
                "latency",
                Sample.NOTHING);
    }

    @Test
    void itCountsByProxyAndRuleAndByType() {
        journal.enter(hit("shop", "slow", "latency", 1));
        journal.enter(hit("shop", "cut", "reset", 1));
        journal.enter(hit("orders", "slow", "latency", 1));
        assertEquals(1, journal.hits("shop", "slow"));
        assertEquals(1, journal.hits("orders", "slow"));
        assertEquals(0, journal.hits("orders", "cut"));
        assertEquals(0, journal.hits("shops", "low")); // names are not just put together
        assertEquals(Map.of("latency", 2L, "reset", 1L), journal.byType());
    }

    @Test
    void withoutRoomItOnlyCounts() {
        Journal counting = new Journal(0);
        counting.enter(hit("shop", "slow", "latency", 1));
        assertEquals(List.of(), counting.hits());
        assertEquals(1, counting.hits("shop", "slow"));
    }

    @Test
    void clearingForgetsAll() {
        journal.enter(hit("shop", "slow", "latency", 1));
        journal.clear();
        assertEquals(List.of(), journal.hits());
        assertEquals(0, journal.hits("shop", "slow"));
        assertEquals(Map.of(), journal.byType());
    }

    @Test
    void whatItHandsOutIsACopy() {
        journal.enter(hit("shop", "slow", "latency", 1));
        journal.hits().clear();
        journal.byType().clear();
        assertEquals(1, journal.hits().size());
        assertEquals(1, journal.byType().size());
    }

    @Test
    void awaitReturnsWhenThereAreSoMany() throws Exception {
        assertFalse(journal.await("shop", "slow", 1, Duration.ZERO));
        journal.enter(hit("shop", "slow", "latency", 1));
        assertTrue(journal.await("shop", "slow", 1, Duration.ZERO));
        boolean[] came = new boolean[1];
        Thread waiting = Thread.ofVirtual().start(() -> {
            try {
                came[0] = journal.await("shop", "slow", 3, ofSeconds(30));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        journal.enter(hit("shop", "slow", "latency", 2));
        journal.enter(hit("shop", "cut", "reset", 2));
        while (waiting.getState() != Thread.State.TIMED_WAITING) {
            assertTrue(waiting.isAlive(), "two are not three");
            Thread.onSpinWait();
        }
        journal.enter(hit("shop", "slow", "latency", 3));
        assertTrue(waiting.join(ofSeconds(60)));
        assertTrue(came[0]);
    }

    @Test
    void whatWasDrawnReadsAsTheConfigurationDoes() {
        assertEquals("delay 12.346 ms", Sample.nanos("delay", 12_345_678).toString());
        assertEquals("after 17 B", Sample.bytes("after", 17).toString());
        assertEquals("", Sample.NOTHING.toString());
    }

    @Test
    void refusals() {
        refused("journal: must hold 0 or more hits, not -1", () -> new Journal(-1));
    }

    @Test
    void aTallyCountsFromItsOwnStartUntilTheNextOne() {
        journal.enter(hit("shop", "slow", "latency", 1));
        Journal.Tally first = journal.tally("shop", "slow");
        journal.enter(hit("shop", "slow", "latency", 2));
        journal.enter(hit("orders", "slow", "latency", 2));
        journal.enter(hit("shop", "cut", "reset", 2));
        assertEquals(1, first.hits());
        Journal.Tally second = journal.tally("shop", "slow");
        first.close(); // doesn't end the second
        journal.enter(hit("shop", "slow", "latency", 3));
        assertEquals(1, first.hits());
        assertEquals(1, second.hits());
        journal.clear("orders");
        assertEquals(1, second.hits());
        journal.clear("shop");
        assertEquals(0, second.hits());
        journal.enter(hit("shop", "slow", "latency", 4));
        assertEquals(1, second.hits());
        second.close();
        journal.enter(hit("shop", "slow", "latency", 5));
        assertEquals(1, second.hits());
        journal.clear();
        assertEquals(1, second.hits(), "it has ended");
    }

    @Test
    void countsOfRemovedRulesAreBounded() {
        journal.enter(hit("shop", "stays", "reset", 1));
        for (int i = 0; i < 3_000; i++) {
            journal.keep("shop", Set.of("stays", "r" + i));
            journal.enter(hit("shop", "r" + i, "latency", 1));
        }
        journal.keep("shop", Set.of("stays"));
        assertEquals(1_001, journal.counted().size());
        assertEquals(1, journal.hits("shop", "stays"));
        assertEquals(0, journal.hits("shop", "r1999"));
        assertEquals(1, journal.hits("shop", "r2000"));
        assertEquals(1, journal.hits("shop", "r2999"), "of the last rule that went");
        assertEquals(3_000, journal.byType().get("latency"), "kinds are few and keep their counts");
    }

    @Test
    void aRuleThatComesBackKeepsItsCount() {
        journal.enter(hit("shop", "slow", "latency", 1));
        journal.keep("shop", Set.of());
        journal.keep("shop", Set.of("slow"));
        for (int i = 0; i < 2_000; i++) {
            journal.enter(hit("orders", "r" + i, "latency", 1));
        }
        journal.keep("orders", Set.of());
        assertEquals(1, journal.hits("shop", "slow"));
        assertEquals(1_001, journal.counted().size());
    }

    @Test
    void ofOneProxyItKnowsWhichRulesHit() {
        journal.enter(hit("shop", "slow", "latency", 1));
        journal.enter(hit("shop", "slow", "rate", 1)); // the rule was edited
        journal.enter(hit("shop", "cut", "reset", 1));
        journal.enter(hit("orders", "slow", "latency", 1));
        assertEquals(Map.of("slow", 2L, "cut", 1L), journal.byRule("shop"));
        assertEquals(Map.of(), journal.byRule("carts"));
        assertEquals(Set.of("orders", "shop"), journal.proxies());
        assertEquals(2, journal.hits("shop", "slow"));
        assertEquals(1, journal.hits(new Journal.Count("shop", "slow", "rate")));
        assertEquals(0, journal.hits(new Journal.Count("shop", "slow", "reset")));
    }

    @Test
    void clearingOneProxyLeavesTheOthers() {
        journal.enter(hit("shop", "slow", "latency", 1));
        journal.enter(hit("orders", "slow", "reset", 2));
        journal.clear("shop");
        assertEquals(List.of("orders"), journal.hits().stream().map(Hit::proxy).toList());
        assertEquals(Set.of(new Journal.Count("orders", "slow", "reset")), journal.counted());
    }

    /** A count that was cleared takes no place among the thousand of removed rules. */
    @Test
    void clearingForgetsRemovedRulesOfThisProxyAlone() {
        for (String proxy : List.of("shop", "orders")) {
            for (int i = 0; i < 600; i++) {
                journal.enter(hit(proxy, "r" + i, "latency", 1));
            }
        }
        journal.keep("shop", Set.of());
        journal.clear("shop");
        journal.keep("orders", Set.of());
        assertEquals(600, journal.byRule("orders").size());
        for (int i = 0; i < 600; i++) {
            journal.enter(hit("shop", "r" + i, "latency", 1));
        }
        journal.keep("shop", Set.of());
        assertEquals(400, journal.byRule("orders").size(), "those that went first went first");
        assertEquals(600, journal.byRule("shop").size());
    }

    @Test
    void clearingForgetsTheHitsOfAllRemovedRules() {
        Journal.Tally tally = journal.tally("shop", "r0");
        for (int i = 0; i < 1_500; i++) {
            journal.enter(hit("shop", "r" + i, "latency", 1));
        }
        journal.keep("shop", Set.of());
        assertEquals(Map.of("latency", 1_500L), journal.byType());
        assertEquals(1, tally.hits());
        journal.clear();
        assertEquals(Map.of(), journal.byType());
        assertEquals(0, tally.hits());
    }

    @Test
    void aNameThatWasNeverThereIsRefused() {
        journal.know("shop", Set.of("slow"));
        journal.keep("orders", Set.of("cut"));
        assertEquals(0, journal.hits("shop", "slow"));
        assertThrows(NoSuchElementException.class, () -> journal.hits("shop", "cut"));
        assertThrows(NoSuchElementException.class, () -> journal.await("shop", "cut", 1, Duration.ZERO));
        journal.enter(hit("shop", "cut", "reset", 1));
        assertEquals(1, journal.hits("shop", "cut"), "there are hits of it");
        assertThrows(NoSuchElementException.class, () -> journal.checkNames(Optional.of("carts"), Optional.empty()));
        assertThrows(
                NoSuchElementException.class, () -> journal.checkNames(Optional.of("orders"), Optional.of("slow")));
        assertThrows(NoSuchElementException.class, () -> journal.checkNames(Optional.empty(), Optional.of("narrow")));
        journal.checkNames(Optional.of("shop"), Optional.of("slow"));
        journal.checkNames(Optional.empty(), Optional.of("cut"));
    }

    @Test
    void awaitGivesUpAfterItsTime() throws InterruptedException {
        journal.know("shop", Set.of("slow"));
        assertFalse(journal.await("shop", "slow", 1, Duration.ofMillis(2)));
        assertTrue(journal.await("shop", "slow", 0, Duration.ZERO));
    }

    @Test
    void aTallyThatHasEndedMayBeClosedAgain() {
        Journal.Tally slow = journal.tally("shop", "slow");
        Journal.Tally cut = journal.tally("shop", "cut");
        slow.close();
        slow.close();
        journal.enter(hit("shop", "cut", "reset", 1));
        assertEquals(1, cut.hits(), "another one of the proxy goes on");
        cut.close();
        cut.close();
        journal.enter(hit("shop", "cut", "reset", 1));
        assertEquals(1, cut.hits());
    }

    /** Whatever one thread did, another one may use the journal afterwards. */
    @Test
    void noCallKeepsAnotherThreadOut() throws Throwable {
        journal.know("shop", Set.of("slow"));
        List<Executable> calls = List.of(
                () -> journal.tally("shop", "slow"),
                () -> journal.tally("shop", "slow").close(),
                () -> journal.enter(hit("shop", "slow", "latency", 1)),
                () -> journal.know("shop", Set.of("cut")),
                () -> journal.keep("shop", Set.of("slow")),
                journal::hits,
                () -> journal.hits("shop", "slow"),
                () -> journal.hits(new Journal.Count("shop", "slow", "latency")),
                () -> journal.checkNames(Optional.of("shop"), Optional.empty()),
                journal::counted,
                journal::proxies,
                () -> journal.byRule("shop"),
                journal::byType,
                () -> journal.await("shop", "slow", 1, Duration.ZERO),
                () -> journal.clear("shop"),
                () -> journal.clear());
        for (int i = 0; i < calls.size(); i++) {
            calls.get(i).execute();
            Future<List<Hit>> other = Together.start(journal::hits);
            assertDoesNotThrow(() -> Together.result(other), "after call " + i);
        }
    }
}
