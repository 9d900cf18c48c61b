package io.chaosproxy.inject;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.HandClock;
import io.chaosproxy.kit.Sent;
import io.chaosproxy.stream.ConnectionAbort;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** In virtual time: a wait moves the clock. */
@Tag("fast")
final class InProcessExchangeTest {
    private static final Rule LATE = Rule.of("late", Latency.of(ofMillis(10)));

    private final HandClock clock = HandClock.running();
    private final Collector out = new Collector(clock);
    private InProcessInjector injector = injector(clock);
    private InProcessConnection connection = connection();

    private static InProcessInjector injector(TimeSource time) {
        return new InProcessInjector("shop", 1, time, plan -> {});
    }

    private InProcessConnection connection() {
        return new InProcessConnection(injector, 1, InetAddress.getLoopbackAddress(), new AtomicLong());
    }

    private void plan(Rule... rules) {
        injector.change(before -> new Plan(List.of(rules)));
    }

    private InProcessExchange begin() {
        return connection.begin(Sent.get("/"));
    }

    private List<String> hits() {
        return injector.journal().hits().stream()
                .map(hit -> hit.exchange() + " " + hit.rule())
                .toList();
    }

    @Test
    void eachHeadIsLateOnce() throws IOException {
        plan(LATE.way(Directions.BOTH));
        InProcessExchange exchange = begin();
        exchange.head(Direction.UP, 100);
        assertEquals(10, clock.millis());
        exchange.head(Direction.DOWN, 100);
        assertEquals(20, clock.millis());
        exchange.head(Direction.DOWN, 100); // that of an error in the place of the first
        assertEquals(20, clock.millis());
        assertEquals(List.of("1 late"), hits());
        Hit hit = injector.journal().hits().getFirst();
        assertEquals("shop", hit.proxy());
        assertEquals(ofMillis(10).toNanos(), hit.drawn().value());
    }

    @Test
    void onlyWhatIsAboutAllBytesTouchesABody() throws IOException {
        plan(LATE, Rule.of("first", Reset.atFirstByte()).probability(0));
        assertFalse(begin().touchesBody(Direction.DOWN));
        for (Rule rule :
                List.of(Rule.of("rate", Rate.of(1000)), Rule.of("body", Reset.inBody()), LATE.per(TrialUnit.SECOND))) {
            plan(rule);
            assertTrue(begin().touchesBody(Direction.DOWN), rule.name());
            plan(rule.when(Match.ANY.nth(2)));
            assertFalse(begin().touchesBody(Direction.DOWN), rule.name());
        }
        plan(Rule.of("outage", Outage.of(ofMillis(1))).when(Match.ANY.nth(2)));
        assertTrue(begin().touchesBody(Direction.DOWN), "the outage of another exchange");
    }

    @Test
    void aBodyComesOutAsTheRuleSays() throws IOException {
        plan(Rule.of("link", Rate.of(1_000_000)).way(Directions.DOWN));
        InProcessExchange exchange = begin();
        exchange.head(Direction.DOWN, 1000);
        FaultPipeline body = exchange.body(Direction.DOWN, out);
        body.write(Collector.bytes("x".repeat(1_000_000)));
        assertEquals(1_000_000, out.all().length);
        assertTrue(clock.millis() > 990 && clock.millis() < 1002, "" + clock.millis());
        assertEquals(1_001_000, exchange.bytes(Direction.DOWN));
    }

    /** As on a proxy, so that the client doesn't have all before the connection is cut. */
    @Test
    void whatHappensToABodyHappensBeforeAHeadWithoutOne() throws IOException {
        plan(Rule.of("cut", Reset.inBody()));
        InProcessExchange exchange = begin();
        assertThrows(ConnectionAbort.class, exchange::noBody);
        assertEquals(0, exchange.bytes(Direction.DOWN));
        assertEquals(List.of("1 cut"), hits());
    }

    @Test
    void aDirectionMeetsTheRulesThatAreInForceWhenItBegins() throws IOException {
        InProcessExchange exchange = begin();
        exchange.head(Direction.UP, 100);
        plan(LATE.way(Directions.BOTH));
        exchange.head(Direction.DOWN, 100);
        assertEquals(10, clock.millis());
    }

    @Test
    void aChangeAppliesToABodyUnderWay() throws IOException {
        plan(Rule.of("link", Rate.of(1_000_000)).way(Directions.DOWN));
        InProcessExchange exchange = begin();
        exchange.head(Direction.DOWN, 100);
        FaultPipeline body = exchange.body(Direction.DOWN, out);
        body.write(Collector.bytes("abc"));
        plan(Rule.of("cut", Reset.inBody()));
        assertThrows(ConnectionAbort.class, () -> body.write(Collector.bytes("def")));
        assertEquals("abc", new String(out.all(), ISO_8859_1));
        assertEquals(
                List.of("1 cut"),
                hits().stream().filter(hit -> hit.endsWith("cut")).toList());
    }

    /** Its first byte has gone. */
    @Test
    void aRuleForTheFirstByteComesTooLateForABodyUnderWay() throws IOException {
        plan(Rule.of("link", Rate.of(1_000_000_000)).way(Directions.DOWN));
        InProcessExchange exchange = begin();
        exchange.head(Direction.DOWN, 100);
        FaultPipeline body = exchange.body(Direction.DOWN, out);
        plan(LATE.when(Match.ANY.first(1)));
        body.write(Collector.bytes("abc"));
        assertTrue(clock.millis() < 1, "" + clock.millis());
        begin().head(Direction.DOWN, 100);
        assertEquals(List.of("1 link", "2 late"), hits());
    }

    @Test
    void exchangesOfAConnectionShareItsOutage() throws IOException {
        plan(Rule.of("out", Outage.of(ofMillis(100))).per(TrialUnit.EXCHANGE).when(Match.ANY.first(1)));
        InProcessExchange hit = begin();
        hit.head(Direction.UP, 100);
        hit.head(Direction.DOWN, 100);
        assertEquals(100, clock.millis());
        begin().head(Direction.DOWN, 100);
        assertEquals(100, clock.millis());
        assertEquals(List.of("1 out"), hits());
    }

    @Test
    void aFaultThatNeedsAThreadFailsLoudly() throws IOException {
        plan(Rule.of("silent", Timeout.of(ofSeconds(1))));
        InProcessExchange exchange = begin();
        assertThrows(IllegalStateException.class, () -> exchange.head(Direction.DOWN, 100));
    }

    @Test
    void aRuleThatGoesWakesAllItHolds() throws Exception {
        HandClock standing = HandClock.standing();
        injector = injector(standing);
        connection = connection();
        plan(Rule.of("long", Latency.of(ofSeconds(1000))));
        Thread[] threads = new Thread[3];
        for (int i = 0; i < threads.length; i++) {
            InProcessExchange exchange = begin();
            threads[i] = Thread.ofVirtual().start(() -> {
                try {
                    exchange.head(Direction.DOWN, 100);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
        }
        standing.awaitParked(3);
        plan(LATE);
        standing.settle(threads);
        standing.advance(ofMillis(10));
        for (Thread thread : threads) {
            assertTrue(thread.join(ofSeconds(60)));
        }
    }

    @Test
    void anInterruptedExchangeMeetsNoRuleAnyMore() throws IOException {
        plan(LATE.way(Directions.BOTH), Rule.of("link", Rate.of(1)));
        InProcessExchange exchange = begin();
        Thread.currentThread().interrupt();
        exchange.head(Direction.UP, 100_000);
        assertTrue(Thread.interrupted());
        plan(Rule.of("cut", Reset.atFirstByte()));
        exchange.head(Direction.DOWN, 100);
        assertThrows(ConnectionAbort.class, () -> begin().head(Direction.DOWN, 100));
    }
}
