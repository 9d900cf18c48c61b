package io.chaosproxy.control.toxiproxy;

import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.Upstream;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.observe.Traffic;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.BiFunction;

/** Toxiproxy's counters, under its names and labels; unlike there, counted while connections live. */
public final class ToxiproxyMetrics implements MultiCollector {
    private final ProxyRegistry proxies;

    /** Reads the counters of these proxies. */
    public ToxiproxyMetrics(ProxyRegistry proxies) {
        this.proxies = proxies;
    }

    @Override
    public MetricSnapshots collect() {
        return MetricSnapshots.of(
                counter("received", "Bytes that came from one end of a proxy's connections.", Traffic::received),
                counter("sent", "Bytes handed on to the other end of a proxy's connections.", Traffic::bytes));
    }

    private CounterSnapshot counter(String what, String help, BiFunction<Traffic, Direction, Long> count) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name("toxiproxy_proxy_" + what + "_bytes")
                .help(help);
        for (ProxyServer proxy : proxies.all()) {
            for (Direction direction : List.of(Direction.DOWN, Direction.UP)) {
                counter.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(labels(proxy, direction))
                        .value(count.apply(proxy.traffic(), direction))
                        .build());
            }
        }
        return counter.build();
    }

    private static Labels labels(ProxyServer proxy, Direction direction) {
        ProxySpec spec = proxy.spec();
        return Labels.of(
                "direction",
                direction == Direction.UP ? "upstream" : "downstream",
                "listener",
                Toxiproxy.listen(proxy),
                "proxy",
                spec.name(),
                "upstream",
                Upstream.text(spec));
    }
}
