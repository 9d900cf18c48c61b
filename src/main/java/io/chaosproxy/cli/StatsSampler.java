package io.chaosproxy.cli;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.server.RunningServer;
import io.chaosproxy.terminal.Pace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Samples statistics of a running server; keeps earlier samples as needed for rates. Confined to one thread. */
final class StatsSampler {
    /** Upper bound for the kept hits; more than a terminal shows. */
    private static final int LAST = 50;

    private final RunningServer server;
    private final TimeSource time;
    private final long start;
    private final Map<Way, Pace> paces = new HashMap<>();

    private record Way(String proxy, Direction direction) {}

    StatsSampler(RunningServer server, TimeSource time) {
        this.server = server;
        this.time = time;
        this.start = time.nanoTime();
    }

    Snapshot read() {
        long now = time.nanoTime();
        return new Snapshot(
                Duration.ofNanos(now - start),
                server.seed(),
                server.proxies().stream().map(proxy -> row(proxy, now)).toList(),
                server.journal().byType(),
                last(server.journal().hits()));
    }

    private Snapshot.Row row(ProxyServer proxy, long now) {
        return new Snapshot.Row(
                proxy.name(),
                proxy.spec().protocol(),
                proxy.connections().size(),
                proxy.traffic().connections(),
                proxy.traffic().exchanges(),
                lane(proxy, Direction.UP, now),
                lane(proxy, Direction.DOWN, now));
    }

    private Snapshot.Lane lane(ProxyServer proxy, Direction direction, long now) {
        Pace pace = paces.computeIfAbsent(new Way(proxy.name(), direction), way -> new Pace());
        return new Snapshot.Lane(pace.at(now, proxy.traffic().bytes(direction)), limit(proxy, direction));
    }

    private static Optional<RateLimit> limit(ProxyServer proxy, Direction direction) {
        return proxy.plan().rules().stream()
                .filter(rule -> rule.way().includes(direction))
                .map(rule -> rule.fault() instanceof StreamFault fault ? fault.limit() : Optional.<RateLimit>empty())
                .flatMap(Optional::stream)
                .min(Comparator.comparingLong(RateLimit::max));
    }

    /** Excludes hits of rates, which hit all traffic and would displace all others. */
    private static List<Hit> last(List<Hit> hits) {
        List<Hit> last = new ArrayList<>();
        for (Hit hit : hits.reversed()) {
            if (!hit.type().equals("rate")) {
                last.addFirst(hit);
            }
            if (last.size() == LAST) {
                break;
            }
        }
        return last;
    }
}
