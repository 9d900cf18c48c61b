package io.chaosproxy.cli;

import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.RateLimit;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Statistics at one moment.
 *
 * @param running uptime
 * @param hits number of hits by fault type
 * @param last latest hits, oldest first
 */
record Snapshot(Duration running, long seed, List<Row> proxies, Map<String, Long> hits, List<Hit> last) {

    /**
     * One proxy.
     *
     * @param open open connections
     * @param connections accepted connections in total
     * @param exchanges started exchanges in total; 0 for tcp
     */
    record Row(String name, Protocol protocol, int open, long connections, long exchanges, Lane up, Lane down) {}

    /**
     * One direction of a proxy.
     *
     * @param now current rate in bytes per second
     * @param limit narrowest active rate
     */
    record Lane(long now, Optional<RateLimit> limit) {}
}
