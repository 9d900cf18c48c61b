package io.chaosproxy.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.flow.RateSchedule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.inject.ClusterLink;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a replica does with the leases that Redis answers. */
final class RateSharesTest {
    private static final RateLimit WHOLE =
            new RateLimit(1_000_000, 1_000_000, Duration.ofSeconds(1), FaultScope.CLUSTER);

    private final RateShares shares = new RateShares(1);
    private final ClusterLink link = new ClusterLink(
            "all-speed", Direction.DOWN, WHOLE, new RateLimiter(TimeSource.SYSTEM, RateSchedule.constant(1_000_000)));

    private void answer(String lease, String capacity) {
        shares.arguments(List.of(link));
        shares.adopt(List.of(link), System.nanoTime(), 1, 2, List.of(lease, capacity));
    }

    @Test
    void aLeaseIsInForceAtOnce() {
        answer("300000.000", "1000000.000");
        assertEquals(300_000, link.limiter().rate());
    }

    /** While replicas make up for a debt, their leases are half of what is theirs; without Redis that would stay so. */
    @Test
    void withoutRedisTheFairShareStaysWithoutTheCorrectionOfTheMoment() {
        answer("250000.000", "500000.000");
        assertEquals(250_000, link.limiter().rate());
        shares.keep(List.of(link));
        assertEquals(500_000, link.limiter().rate());
    }

    @Test
    void withoutCapacityNothingIsKept() {
        answer("0.000", "0.000");
        shares.keep(List.of(link));
        assertEquals(0, link.limiter().rate());
    }
}
