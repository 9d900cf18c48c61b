package io.chaosproxy.cli;

import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is going on at one moment.
 *
 * @param running since the start
 * @param hits how many of each kind of fault, so far
 * @param last the last few hits, oldest first
 */
record Snapshot(Duration running, long seed, List<Row> proxies, Map<String, Long> hits, List<Hit> last) {

    /**
     * One proxy.
     *
     * @param open connections at this moment
     * @param connections accepted so far
     * @param exchanges begun so far; always 0 with tcp
     */
    record Row(String name, Protocol protocol, int open, long connections, long exchanges, Lane up, Lane down) {}

    /**
     * One direction of a proxy.
     *
     * @param now bytes a second
     * @param limit the narrowest rate in force
     */
    record Lane(long now, Optional<Rate> limit) {}
}
