package io.chaosproxy.fault;

import static io.chaosproxy.kit.Collector.bytes;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.FakeLine;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class LatencyTest {
    private final FakeLine line = FakeLine.down();
    private final Collector out = line.collector();

    @Test
    void theFirstByteIsLateOnceAndTheRestNot() throws IOException {
        Sink sink = line.attach(Latency.of(ofMillis(100)), out);
        line.clock().advance(ofMillis(7)); // the response takes its time: the delay counts from its first byte
        sink.write(bytes("a"));
        sink.write(bytes("b"));
        line.clock().advance(ofMillis(5));
        sink.write(bytes("c"));
        sink.end();
        assertEquals(List.of("107 a", "107 b", "112 c", "112 END"), out.log());
        assertEquals(List.of("7 delay 100.000 ms"), line.hits());
    }

    @Test
    void aResponseThatHasBegunIsNotLate() throws IOException {
        assertSame(out, Latency.of(ofMillis(100)).attach(out, line.midway()));
        assertNotSame(out, Latency.of(ofMillis(100)).onStream().attach(out, line));
    }

    @Test
    void anEndWithoutBytesIsNotLate() throws IOException {
        line.attach(Latency.of(ofMillis(100)), out).end();
        assertEquals(List.of("0 END"), out.log());
        assertEquals(List.of(), line.hits());
    }

    @Test
    void aLiftedLatencyLetsTheFirstByteGoAtOnce() throws IOException {
        Sink sink = line.liftAfter(ofMillis(30)).attach(Latency.of(ofMillis(100)), out);
        sink.write(bytes("a"));
        sink.write(bytes("b"));
        assertEquals(List.of("30 a", "30 b"), out.log());
    }

    @Test
    void aChangeOfThePlanNeitherCutsTheDelayShortNorBeginsItAnew() throws IOException {
        Sink sink = line.changeAfter(ofMillis(30)).attach(Latency.of(ofMillis(100)), out);
        sink.write(bytes("a"));
        assertEquals(List.of("100 a"), out.log());
        assertEquals(List.of("0 delay 100.000 ms"), line.hits());
    }

    @Test
    void aRangeDrawsFromItsEndsAndWhatIsBetween() throws IOException {
        Sink sink = line.attach(Latency.between(ofMillis(100), ofMillis(300)), out);
        sink.write(bytes("a"));
        double at = out.arrivals().getFirst().millis();
        assertTrue(at >= 100 && at <= 300, () -> "at " + at);
        assertEquals(List.of("0 delay %.3f ms".formatted(at)), line.hits());
        Latency exact = Latency.between(ofNanos(5), ofNanos(5));
        assertEquals(5, exact.delay().draw(line.random()));
    }

    @Test
    void onTheStreamEveryByteIsLateAndTheThroughputStays() throws IOException {
        Sink sink = line.attach(Latency.of(ofMillis(100)).onStream(), out);
        for (int i = 0; i < 5; i++) {
            sink.write(bytes("" + i));
            line.clock().advance(ofMillis(1));
        }
        assertEquals(List.of(), out.log());
        line.runSpawned();
        assertEquals(List.of("100 0", "101 1", "102 2", "103 3", "104 4"), out.log());
    }

    @Test
    void onTheStreamEachPieceDrawsItsDelayAndNoneOvertakes() throws IOException {
        Latency jittery = new Latency(new Distribution.Uniform(ofMillis(10), ofMillis(50)), Latency.Scope.STREAM);
        Sink sink = line.seed(3).attach(jittery, out);
        double[] due = new double[20];
        FakeLine same = FakeLine.down().seed(3);
        double latest = 0;
        for (int i = 0; i < due.length; i++) {
            latest = Math.max(latest, i + jittery.delay().draw(same.random()) / 1e6);
            due[i] = latest;
            sink.write(bytes("" + (char) ('a' + i)));
            line.clock().advance(ofMillis(1));
        }
        line.clock().advance(ofMillis(-20));
        line.runSpawned();
        for (int i = 0; i < due.length; i++) {
            assertEquals(
                    new Collector.Arrival(due[i], "" + (char) ('a' + i)),
                    out.arrivals().get(i));
        }
    }

    @Test
    void aStreamOnWhichNothingMovedWasNotHit() throws IOException {
        Sink sink = line.attach(Latency.of(ofMillis(100)).onStream(), out);
        assertEquals(List.of(), line.hits());
        line.clock().advance(ofMillis(5));
        sink.write(bytes("a"));
        sink.write(bytes("b"));
        assertEquals(List.of("5 delay 100.000 ms"), line.hits());
    }

    @Test
    void noDelayIsNoHit() throws IOException {
        line.attach(Latency.of(Duration.ZERO), out).write(bytes("a"));
        line.attach(Latency.of(Duration.ZERO).onStream(), out).write(bytes("b"));
        line.runSpawned();
        assertEquals(List.of("0 a", "0 b"), out.log());
        assertEquals(List.of(), line.hits());
    }
}
