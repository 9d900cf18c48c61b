package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static io.chaosproxy.kit.Collector.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.flow.RateSchedule;
import io.chaosproxy.inject.SharedLimiters;
import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.FakeLine;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class RateTest {
    private final FakeLine line = FakeLine.down();
    private final Collector out = line.collector();

    private Sink attach(Rate rate) {
        line.link(new RateLimiter(line.clock(), schedule(rate, 1, "shop", "slow")));
        return line.attach(rate, out);
    }

    @Test
    void bytesFlowNoFasterThanTheRateAndSmoothly() throws IOException {
        byte[] data = new byte[100_000];
        new Random(1).nextBytes(data);
        Sink sink = attach(Rate.of(1_000_000));
        sink.write(ByteBuffer.wrap(data));
        sink.end();
        assertArrayEquals(data, out.all());
        for (int i = 0; i < 25; i++) { // 4 ms of the rate at a time
            Collector.Arrival arrival = out.arrivals().get(i);
            assertEquals(4000, arrival.what().length());
            assertEquals(4.0 * (i + 1), arrival.millis(), 0.001);
        }
        assertEquals(100, line.clock().millis(), 0.001);
    }

    @Test
    void theJournalHasItOnce() throws IOException {
        Sink sink = attach(Rate.of(1000));
        sink.write(bytes("a"));
        sink.write(bytes("b"));
        assertEquals(List.of("0"), line.hits());
    }

    @Test
    void aLiftedRateLetsTheRestGoAtOnce() throws IOException {
        line.liftAfter(Duration.ofMillis(6));
        Sink sink = attach(Rate.of(1_000_000));
        sink.write(ByteBuffer.allocate(100_000));
        List<Collector.Arrival> arrivals = out.arrivals();
        assertEquals(
                List.of(4000, 96_000),
                arrivals.stream().map(a -> a.what().length()).toList());
        assertEquals(4, arrivals.getFirst().millis(), 0.001);
        assertTrue(arrivals.getLast().millis() <= 8.001);
    }

    @Test
    void eachGrantIsAStepOfItsOwn() throws IOException {
        line.link(new RateLimiter(line.clock(), RateSchedule.constant(1_000_000)));
        Sink sink = Rate.of(1_000_000).attach(out, line);
        ByteBuffer bytes = ByteBuffer.allocate(10_000);
        sink.write(bytes);
        assertEquals(4000, bytes.position());
        assertEquals(10_000, bytes.limit());
    }

    @Test
    void whatWasGrantedAndNotTakenIsNotAskedForAgain() throws IOException {
        line.link(new RateLimiter(line.clock(), RateSchedule.constant(1000)));
        Sink sink = line.attach(Rate.of(1000), new OneByOne(out));
        sink.write(ByteBuffer.allocate(1000));
        assertEquals(1000, line.clock().millis(), 0.001);
        assertEquals(1000, out.arrivals().size());
    }

    @Test
    void aChangeOfThePlanCostsNoRoomOnTheLink() throws IOException {
        line.link(new RateLimiter(line.clock(), RateSchedule.constant(1000))).changeAfter(Duration.ofMillis(300));
        Sink sink = line.attach(Rate.of(1000), out);
        sink.write(ByteBuffer.allocate(1000));
        assertEquals(1000, line.clock().millis(), 0.001);
        assertEquals(List.of("0"), line.hits());
    }

    @Test
    void aRangeIsDrawnAnewEachTimeFromTheSeed() {
        Rate rate = new Rate(1000, 2000, Duration.ofMillis(100), FaultScope.PROXY);
        RateSchedule rates = schedule(rate, 42, "shop", "slow");
        assertEquals(Duration.ofMillis(100).toNanos(), rates.step());
        long[] drawn = LongStream.range(0, 10_000).map(rates.ofStep()).toArray();
        assertTrue(LongStream.of(drawn).allMatch(r -> r >= 1000 && r <= 2000));
        assertEquals(1500, LongStream.of(drawn).average().orElseThrow(), 10);
        assertEquals(1000, LongStream.of(drawn).min().orElseThrow());
        assertEquals(2000, LongStream.of(drawn).max().orElseThrow());
        RateSchedule again = schedule(rate, 42, "shop", "slow");
        assertArrayEquals(drawn, LongStream.range(0, 10_000).map(again.ofStep()).toArray());
        RateSchedule other = schedule(rate, 42, "shop", "other");
        assertTrue(LongStream.range(0, 100)
                        .filter(n -> other.ofStep().applyAsLong(n) == drawn[(int) n])
                        .count()
                < 5);
    }

    @Test
    void theWidestRangeThereIs() {
        RateSchedule rates = schedule(Rate.between(0, Long.MAX_VALUE), 1, "shop", "slow");
        assertTrue(rates.ofStep().applyAsLong(0) >= 0);
    }

    @Test
    void oneRateNeverChanges() {
        RateSchedule rates = schedule(Rate.of(7), 1, "shop", "slow");
        assertEquals(7, rates.ofStep().applyAsLong(0));
        assertEquals(7, rates.ofStep().applyAsLong(1_000_000));
    }

    @Test
    void usuallyBothWaysAndSharedByTheProxy() {
        assertEquals(Directions.BOTH, Rate.of(1).defaultDirections());
        assertEquals(FaultScope.PROXY, Rate.of(1).shared());
        assertEquals(Duration.ofSeconds(1), Rate.of(1).redraw());
        assertEquals(FaultScope.ALL, Rate.of(1).sharedBy(FaultScope.ALL).shared());
    }

    @Test
    void refusals() {
        refused("rate: must be 0 or more bytes per second, not -1", () -> Rate.of(-1));
        refused("min: must be 0 or more bytes per second, not -1", () -> Rate.between(-1, 5));
        refused("min: must not be above max", () -> Rate.between(6, 5));
        refused("redraw: must be at least 1 ms", () -> new Rate(0, 1, Duration.ofNanos(999_999), FaultScope.PROXY));
        refused(
                "redraw: must not be negative, not PT-1S",
                () -> new Rate(0, 1, Duration.ofSeconds(-1), FaultScope.PROXY));
        assertEquals(0, Rate.of(0).max());
        assertEquals(Rate.MIN_REDRAW, new Rate(0, 1, Rate.MIN_REDRAW, FaultScope.PROXY).redraw());
        assertThrows(IllegalArgumentException.class, () -> new RateSchedule(n -> 1, 0));
    }

    private static RateSchedule schedule(Rate rate, long seed, String proxy, String rule) {
        return SharedLimiters.schedule(rate.limit().orElseThrow(), seed, proxy, rule);
    }
}
