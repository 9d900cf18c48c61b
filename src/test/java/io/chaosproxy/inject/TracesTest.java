package io.chaosproxy.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.HandClock;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class TracesTest {
    private static final Rule SLOW = Rule.of("slow", Latency.of(Duration.ofMillis(1)));

    private final HandClock clock = HandClock.standing();
    private final Traces traces = new Traces(clock);

    private static Target target(long number) {
        return Target.connection(
                number, InetAddress.getLoopbackAddress(), ActivePlan.first(Plan.of(SLOW), 1, "web", 0));
    }

    private Trace begin(long number) {
        Trace trace = traces.begin("web", target(number));
        assertNotNull(trace);
        return trace;
    }

    @Test
    void theyAreMadeWhileTheyAreAskedFor() {
        assertNull(traces.begin("web", target(1)));
        traces.keep(Duration.ofSeconds(15));
        begin(2);
        clock.advance(Duration.ofSeconds(15));
        assertTrue(traces.isRecording());
        begin(3);
        clock.advance(Duration.ofMillis(1));
        assertFalse(traces.isRecording());
        assertNull(traces.begin("web", target(4)));
        assertEquals(List.of(), traces.of("web"));
    }

    /** The thread that hands a request on may be late for the account of it. A server that speaks first was asked for nothing. */
    @Test
    void aRequestIsCountedThoughItsResponseWasFaster() {
        for (int exchange : List.of(0, 1)) {
            Trace trace = new Trace(clock, "web", 1, exchange, "", "GET /", List.of(), List.of());
            trace.offered(Direction.DOWN);
            trace.moved(Direction.UP, 5);
            assertEquals(exchange > 0, trace.state().lastUp().isPresent());
        }
    }

    @Test
    void aReaderThatStaysKeepsThem() {
        traces.stay();
        clock.advance(Duration.ofDays(1));
        begin(1);
        traces.leave(Duration.ofSeconds(15));
        clock.advance(Duration.ofSeconds(15));
        begin(2);
        clock.advance(Duration.ofMillis(1));
        assertNull(traces.begin("web", target(3)));
    }

    @Test
    void aBusyProxyLeavesSomeOutAndOnlyTheLastAreKept() {
        traces.keep(Duration.ofDays(1));
        for (int i = 0; i < Traces.PER_SECOND; i++) {
            begin(i);
        }
        assertNull(traces.begin("web", target(99)));
        assertNotNull(traces.begin("other", target(1)));
        assertEquals(1, traces.leftOut("web"));
        for (int i = 0; i < Traces.KEPT; i++) {
            clock.advance(Duration.ofSeconds(1));
            begin(1000 + i);
        }
        assertEquals(Traces.KEPT, traces.of("web").size());
        assertEquals(1000, traces.of("web").getFirst().connection());
        traces.forget("web");
        assertEquals(List.of(), traces.of("web"));
        assertEquals(1, traces.of("other").size());
    }

    @Test
    void aRecordStaysSmallHoweverLongItLasts() {
        traces.keep(Duration.ofDays(1));
        Trace trace = begin(1);
        for (int i = 0; i < 10_000; i++) {
            trace.moved(Direction.DOWN, 3);
            Trace.OpenWait wait = trace.waits(SLOW, Direction.DOWN);
            clock.advance(Duration.ofMillis(5));
            trace.ends(wait);
            clock.advance(Duration.ofMillis(5));
        }
        Trace.State state = trace.state();
        assertEquals(Trace.MAX_ENTRIES, state.waits().size());
        assertEquals(10_000 - Trace.MAX_ENTRIES, state.left());
        assertTrue(state.points().size() <= Trace.MAX_POINTS, state.points().toString());
        assertTrue(state.points().size() >= Trace.MAX_POINTS / 4, state.points().toString());
        assertEquals(0, state.points().getFirst().at());
        assertEquals(30_000, state.points().getLast().down());
        for (int i = 1; i < state.points().size(); i++) {
            assertTrue(state.points().get(i - 1).at() < state.points().get(i).at());
        }
    }

    @Test
    void waitsOfARuleThatFollowEachOtherAreOne() {
        traces.keep(Duration.ofDays(1));
        Trace trace = begin(1);
        for (int i = 0; i < 10; i++) {
            Trace.OpenWait wait = trace.waits(SLOW, Direction.DOWN);
            clock.advance(Duration.ofMillis(10));
            trace.ends(wait);
        }
        Trace.Wait wait = trace.state().waits().getFirst();
        assertEquals(1, trace.state().waits().size());
        assertEquals(Duration.ofMillis(100).toNanos(), wait.to() - wait.from());
    }

    @Test
    void nothingIsAddedBehindTheEnd() {
        traces.keep(Duration.ofDays(1));
        Trace trace = begin(1);
        trace.waits(SLOW, Direction.DOWN);
        clock.advance(Duration.ofMillis(7));
        trace.over(200, "completed");
        clock.advance(Duration.ofMillis(7));
        trace.over(0, "defect");
        trace.moved(Direction.DOWN, 3);
        Trace.State state = trace.state();
        assertEquals("completed", state.end());
        assertEquals(200, state.status());
        assertEquals(0, state.down());
        assertEquals(Duration.ofMillis(7).toNanos(), state.now());
        assertEquals(Duration.ofMillis(7).toNanos(), state.waits().getFirst().to());
    }
}
