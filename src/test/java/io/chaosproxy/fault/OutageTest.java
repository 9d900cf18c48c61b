package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static io.chaosproxy.kit.Collector.bytes;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.FakeLine;
import io.chaosproxy.kit.HandClock;
import io.chaosproxy.kit.Together;
import io.chaosproxy.stream.OutageState;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class OutageTest {
    private final FakeLine line = FakeLine.down();
    private final Collector out = line.collector();

    @Test
    void nothingMovesForTheTimeThenAllContinues() throws IOException {
        Sink sink = line.trials(true, false, false).attach(Outage.of(ofMillis(200)), out);
        sink.write(bytes("a"));
        sink.write(bytes("b"));
        sink.end();
        assertEquals(List.of("200 a", "200 b", "200 END"), out.log());
        assertEquals(List.of("0 outage 200.000 ms"), line.hits());
    }

    @Test
    void aTrialThatMissesDoesNothing() throws IOException {
        Sink sink = line.trials(false, true).attach(Outage.of(ofMillis(200)), out);
        sink.write(bytes("a"));
        sink.write(bytes("b"));
        assertEquals(List.of("0 a", "200 b"), out.log());
    }

    @Test
    void itStrikesAgainLater() throws IOException {
        Sink sink = line.trials(true, true).attach(Outage.of(ofMillis(200)), out);
        sink.write(bytes("a"));
        line.clock().advance(ofMillis(800));
        sink.write(bytes("b"));
        assertEquals(List.of("200 a", "1200 b"), out.log());
        assertEquals(List.of("0 outage 200.000 ms", "1000 outage 200.000 ms"), line.hits());
    }

    @Test
    void itHoldsBothWaysButOnlyTheResponseTries() throws IOException {
        Outage outage = Outage.of(ofMillis(200));
        FakeLine upLine = line.twin().trials(true, true);
        Collector upstream = upLine.collector();
        Sink up = upLine.attach(outage, upstream);
        Sink down = line.trials(true).attach(outage, out);
        up.write(bytes("request"));
        assertEquals(List.of("0 request"), upstream.log());

        down.write(bytes("response"));
        assertEquals(List.of("200 response"), out.log());
        line.clock().advance(ofMillis(-150)); // back into the outage, of which the way down has sat out all
        up.write(bytes("more"));
        assertEquals(List.of("0 request", "200 more"), upstream.log());
        up.end();
        assertEquals(List.of("0 request", "200 more", "200 END"), upstream.log());
        assertEquals(List.of(), upLine.hits());
    }

    @Test
    void anUploadIsTriedEachSecondAfterTheFirst() throws IOException {
        FakeLine upLine = line.twin().trials(true, false, true);
        Collector upstream = upLine.collector();
        Sink up = upLine.attach(Outage.of(ofMillis(200)), upstream);
        for (int i = 0; i < 10; i++) { // at 0, 500 and so on; the outage at 1000 makes the third one late
            up.write(bytes("" + i));
            line.clock().advance(ofMillis(500));
        }
        assertEquals(List.of("1000 outage 200.000 ms", "3200 outage 200.000 ms"), upLine.hits());
    }

    @Test
    void bytesOfTheResponseTakeTheTrialsOfAnUploadOver() throws IOException {
        Outage outage = Outage.of(ofMillis(200));
        FakeLine upLine = line.twin().trials(true, true);
        Sink up = upLine.attach(outage, upLine.collector());
        Sink down = line.attach(outage, out);
        up.write(bytes("a"));
        line.clock().advance(ofMillis(1500));
        down.write(bytes("b"));
        up.write(bytes("c"));
        line.clock().advance(ofMillis(900));
        up.write(bytes("d"));
        assertEquals(List.of(), upLine.hits());
        line.clock().advance(ofMillis(100));
        up.write(bytes("e"));
        assertEquals(List.of("2500 outage 200.000 ms"), upLine.hits());
    }

    @Test
    void theEndWaitsAsWell() throws IOException {
        Outage outage = Outage.of(ofMillis(200));
        FakeLine upLine = line.twin();
        Collector upstream = upLine.collector();
        Sink up = upLine.attach(outage, upstream);
        line.trials(true).attach(outage, out).write(bytes("a"));
        line.clock().advance(ofMillis(-200));
        up.end();
        assertEquals(List.of("200 END"), upstream.log());
    }

    @Test
    void aLiftedOutageIsOver() throws IOException {
        Sink sink = line.trials(true).liftAfter(ofMillis(300)).attach(Outage.of(ofSeconds(2)), out);
        sink.write(bytes("a"));
        sink.end();
        assertEquals(List.of("300 a", "300 END"), out.log());
    }

    @Test
    void aChangeOfThePlanLeavesARunningOutageAsLongAsItWasAndTriesNotAgain() throws IOException {
        line.changeAfter(ofMillis(1500)).trials(true, true);
        Sink sink = line.attach(Outage.of(ofSeconds(2)), out);
        sink.write(bytes("a"));
        assertEquals(List.of("2000 a"), out.log());
        assertEquals(List.of("0 outage 2000.000 ms"), line.hits());
    }

    @Test
    void aHitStallsTheOtherConnectionsOfTheProxyAndAllResumeTogether() throws IOException {
        Outage outage = Outage.of(ofMillis(200)).scope(FaultScope.PROXY);
        FakeLine other = line.neighbour().trials(true);
        Collector otherOut = other.collector();
        Sink otherSink = other.attach(outage, otherOut);
        Sink sink = line.trials(true).attach(outage, out);
        sink.write(bytes("a"));
        line.clock().advance(ofMillis(-150)); // back into the outage
        otherSink.write(bytes("b"));
        otherSink.write(bytes("c"));
        otherSink.end();
        assertEquals(List.of("200 a"), out.log());
        assertEquals(List.of("200 b", "200 c", "200 END"), otherOut.log());
        assertEquals(List.of("0 outage 200.000 ms"), line.hits());
        assertEquals(List.of(), other.hits()); // its trial came due during the outage
    }

    @Test
    void anOutageOfOneConnectionLeavesTheOthersAlone() throws IOException {
        FakeLine other = FakeLine.down(line.clock()).trials(false);
        Collector otherOut = other.collector();
        line.trials(true).attach(Outage.of(ofMillis(200)), out).write(bytes("a"));
        line.clock().advance(ofMillis(-150));
        other.attach(Outage.of(ofMillis(200)), otherOut).write(bytes("b"));
        assertEquals(List.of("50 b"), otherOut.log());
    }

    @Test
    void trialsInCommonAreOneEachSecondAndNoneDuringAnOutage() {
        OutageState stall = new OutageState();
        long second = 1_000_000_000;
        long begun = Long.MAX_VALUE - second; // the clock runs over
        assertEquals(0, stall.due(begun));
        assertEquals(OutageState.NOT_DUE, stall.due(begun + second - 1));
        assertEquals(1, stall.due(begun + second));
        assertEquals(OutageState.NOT_DUE, stall.due(begun + second));
        assertEquals(OutageState.NOT_DUE, stall.due(begun), "a thread that looked at the clock before");
        assertEquals(2, stall.due(begun + 5 * second));
        stall.begin(begun + 5 * second, 2 * second, begins -> true);
        stall.begin(begun + 6 * second, 20 * second, begins -> true); // left out
        assertEquals(OutageState.NOT_DUE, stall.due(begun + 7 * second - 1));
        assertEquals(3, stall.due(begun + 7 * second));
        stall.begin(begun + 8 * second, second, begins -> false);
        assertEquals(0, Math.max(0, stall.left(begun + 8 * second)));
        stall.begin(begun + 8 * second, second, begins -> true);
        assertEquals(second, stall.left(begun + 8 * second));
        stall.restart();
        assertEquals(0, Math.max(0, stall.left(begun + 8 * second)));
        assertEquals(4, stall.due(begun + 8 * second));
        assertEquals(OutageState.NOT_DUE, stall.due(begun + 8 * second));
        stall.restart();
        assertEquals(5, stall.due(begun + 8 * second));
    }

    @Test
    void whereTheClockStandsDoesNotMatter() throws IOException {
        FakeLine early = FakeLine.down(HandClock.running().from(-5_000_000_000L));
        Collector sink = early.collector();
        early.attach(Outage.of(ofMillis(200)), sink).write(bytes("a"));
        assertEquals(List.of("0 a"), sink.log());
    }

    @Test
    void aRangeIsDrawnFrom() throws IOException {
        Sink sink = line.trials(true).attach(new Outage(ofMillis(200), ofSeconds(2)), out);
        sink.write(bytes("a"));
        double at = out.arrivals().getFirst().millis();
        assertTrue(at >= 200 && at <= 2000, () -> "at " + at);
        assertEquals(List.of("0 outage %.3f ms".formatted(at)), line.hits());
    }

    @Test
    void usuallyEachSecondAndBothWays() {
        Rule rule = Rule.of("lift", Outage.of(ofMillis(200)));
        assertEquals(TrialUnit.SECOND, rule.chance().per());
        assertEquals(Directions.BOTH, rule.way());
    }

    @Test
    void refusals() {
        refused("min: must not be above max", () -> new Outage(ofMillis(2), ofMillis(1)));
        refused("min: must not be negative, not PT-0.001S", () -> new Outage(ofMillis(-1), ofMillis(1)));
        refused("max: must not be negative, not PT-0.001S", () -> new Outage(ofMillis(0), ofMillis(-1)));
        refused(
                "max: must not be longer than 365 days, not PT8760H0.001S",
                () -> new Outage(ofMillis(0), ofDays(365).plusMillis(1)));
    }

    @Test
    void theBreakOfAStreamWaitsAsWellAndThenGoesOn() throws IOException {
        line.stall().begin(line.now(), 200_000_000, begins -> true);
        HeldBack held = new HeldBack(out, line.clock(), ofMillis(30));
        held.write(bytes("held"));
        Outage.of(ofMillis(200)).attach(held, line).breakOff();
        assertEquals(List.of("230 held"), out.log());
    }

    @Test
    void aTrialOfAConnectionComesAfterAnOutageUnderWay() throws IOException {
        line.stall().begin(line.now(), 100_000_000, begins -> true);
        line.trials(true).attach(Outage.of(ofMillis(200)), out).write(bytes("a"));
        assertEquals(List.of("300 a"), out.log());
        assertEquals(List.of("100 outage 200.000 ms"), line.hits());
    }

    @Test
    void anOutageOfNoTimeIsNoHit() throws IOException {
        line.trials(true).attach(Outage.of(Duration.ZERO), out).write(bytes("a"));
        assertEquals(List.of("0 a"), out.log());
        assertEquals(List.of(), line.hits());
    }

    @Test
    void aHitOfARuleThatIsUsedUpStallsNothing() throws IOException {
        line.usedUp().trials(true).attach(Outage.of(ofMillis(200)), out).write(bytes("a"));
        assertEquals(List.of("0 a"), out.log());
    }

    @Test
    void aStallIsFreshUntilItsFirstOutageAndAfterARestart() {
        OutageState stall = new OutageState();
        assertTrue(stall.isFresh());
        stall.begin(0, 1, begins -> true);
        assertFalse(stall.isFresh());
        stall.restart();
        assertTrue(stall.isFresh());
    }

    @Test
    void noCallKeepsAnotherThreadOut() throws Exception {
        OutageState stall = new OutageState();
        List<Runnable> calls = List.of(() -> stall.begin(0, 1, begins -> true), stall::restart);
        for (Runnable call : calls) {
            call.run();
            Together.result(Together.start(() -> {
                stall.restart();
                return true;
            }));
        }
    }
}
