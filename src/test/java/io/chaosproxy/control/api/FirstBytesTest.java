package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.ClientProtocol;
import io.chaosproxy.observe.Event;
import io.chaosproxy.observe.ExchangeId;
import io.chaosproxy.observe.ExchangeInfo;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FirstBytesTest {
    private final FirstBytes times = new FirstBytes();

    private void ended(Optional<Duration> firstByte) {
        times.accept(new Event.Ended(new ExchangeInfo(
                new ExchangeId("web", 1, 1, Instant.EPOCH),
                InetAddress.getLoopbackAddress(),
                ClientProtocol.UNKNOWN,
                "GET / HTTP/1.1",
                "",
                "",
                200,
                0,
                firstByte,
                Duration.ZERO,
                List.of())));
    }

    private void endedAfter(Duration firstByte) {
        ended(Optional.of(firstByte));
    }

    @Test
    void withoutExchangesThereIsNoTime() {
        times.sample();
        assertTrue(times.quantile("web", 0.5).isEmpty());
        ended(Optional.empty());
        times.sample();
        assertTrue(times.quantile("web", 0.5).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(longs = {1_000, 17_000, 950_000, 100_000_000, 2_000_000_000L, 60_000_000_000L})
    void aTimeIsKeptToFivePercent(long nanos) {
        endedAfter(Duration.ofNanos(nanos));
        times.sample();
        assertEquals(nanos / 1e6, times.quantile("web", 0.99).orElseThrow(), nanos / 1e6 * 0.05);
    }

    @Test
    void timesBeyondTheBucketsAreInTheOuterOnes() {
        endedAfter(Duration.ZERO);
        times.sample();
        assertEquals(0.001, times.quantile("web", 1).orElseThrow());
        endedAfter(Duration.ofDays(1));
        times.sample();
        assertEquals(67_108, times.quantile("web", 1).orElseThrow(), 1);
    }

    @Test
    void quantilesAreOfTheLastTenSamples() {
        for (int i = 0; i < 98; i++) {
            endedAfter(Duration.ofMillis(1));
        }
        times.sample();
        endedAfter(Duration.ofMillis(100));
        endedAfter(Duration.ofMillis(100));
        times.sample();
        assertEquals(1, times.quantile("web", 0.5).orElseThrow(), 0.05);
        assertEquals(100, times.quantile("web", 0.99).orElseThrow(), 5);
        for (int i = 0; i < 9; i++) {
            times.sample();
        }
        assertEquals(100, times.quantile("web", 0.5).orElseThrow(), 5); // the first sample has left
        times.sample();
        assertTrue(times.quantile("web", 0.5).isEmpty());
    }

    @Test
    void aProxyThatWasRemovedIsForgotten() {
        endedAfter(Duration.ofMillis(1));
        times.accept(new Event.Removed("web"));
        times.sample();
        assertTrue(times.quantile("web", 0.5).isEmpty());
    }
}
