package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static io.chaosproxy.kit.Collector.bytes;
import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.FakeLine;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class SlowCloseTest {
    private final FakeLine line = FakeLine.down();
    private final Collector out = line.collector();

    @Test
    void theEndArrivesLateAndTheBytesDoNot() throws IOException {
        Sink sink = line.attach(new SlowClose(ofMillis(300)), out);
        sink.write(bytes("a"));
        line.clock().advance(ofMillis(5));
        sink.write(bytes("b"));
        assertEquals(List.of(), line.hits());
        sink.end();
        assertEquals(List.of("0 a", "5 b", "305 END"), out.log());
        assertEquals(List.of("5 delay 300.000 ms"), line.hits());
    }

    @Test
    void aLiftedRuleEndsAtOnce() throws IOException {
        line.liftAfter(ofMillis(40)).attach(new SlowClose(ofMillis(300)), out).end();
        assertEquals(List.of("40 END"), out.log());
    }

    @Test
    void aChangeOfThePlanNeitherCutsTheDelayShortNorBeginsItAnew() throws IOException {
        line.changeAfter(ofMillis(40)).attach(new SlowClose(ofMillis(300)), out).end();
        assertEquals(List.of("300 END"), out.log());
        assertEquals(List.of("0 delay 300.000 ms"), line.hits());
    }

    @Test
    void refusals() {
        refused("delay: must not be negative, not PT-1S", () -> new SlowClose(Duration.ofSeconds(-1)));
    }
}
