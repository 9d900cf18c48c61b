package io.chaosproxy.bench.workload;

import io.chaosproxy.bench.load.OpenLoop;
import io.chaosproxy.bench.load.Request;
import io.chaosproxy.bench.variant.Running;
import io.chaosproxy.bench.variant.Setting;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** A latency of 100 ms is ordered: how far from it are the answers? Asked in an open loop, well below saturation. */
public final class AddedLatency implements Workload {
    private static final Duration ORDERED = Duration.ofMillis(100);
    private static final Duration INTERVAL = Duration.ofMillis(500);

    /** Connections that are accepted by the kernel still wait for the proxy and its upstream: their first turns don't count. */
    private static final Duration SETTLING = INTERVAL.multipliedBy(2);

    private final int connections;

    public AddedLatency(int connections) {
        this.connections = connections;
    }

    @Override
    public String name() {
        return "latency-" + connections;
    }

    @Override
    public String title() {
        return ORDERED.toMillis() + " ms ordered, " + connections + " connections, each asks every "
                + INTERVAL.toMillis() + " ms (open loop)";
    }

    @Override
    public Setting setting() {
        return Setting.delayed(ORDERED);
    }

    @Override
    public Outcome round(Stand stand, Duration time) throws IOException {
        Running proxy = stand.kept(setting());
        try (OpenLoop load = OpenLoop.connect(endpoint(proxy), connections, Request.get("/small"))) {
            load.run(SETTLING, INTERVAL);
            Latencies latencies = new Latencies(load.run(time, INTERVAL), ORDERED);
            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            figures.put(Figure.ERROR_P50, latencies.errorMillis(50));
            figures.put(Figure.ERROR_P99, latencies.errorMillis(99));
            figures.put(Figure.ERROR_P999, latencies.errorMillis(99.9));
            figures.put(Figure.BROKEN, (double) load.failures());
            return new Outcome(figures, Optional.of(latencies));
        }
    }
}
