package io.chaosproxy.bench.workload;

import io.chaosproxy.bench.load.Downloads;
import io.chaosproxy.bench.variant.Running;
import io.chaosproxy.bench.variant.Setting;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * A total speed is ordered: do all downloads together get it, and how evenly? A round is at least so long that each of
 * many connections has several turns.
 */
public final class TotalSpeed implements Workload {
    private static final long RATE = 20_000_000;
    private static final Duration SHORTEST = Duration.ofSeconds(2);
    private static final Duration PER_CONNECTION = Duration.ofMillis(10);
    private static final double SECOND = 1e9;
    private static final int PERCENT = 100;

    private final int connections;

    public TotalSpeed(int connections) {
        this.connections = connections;
    }

    @Override
    public String name() {
        return "speed-" + connections;
    }

    @Override
    public String title() {
        return "20 MB/s ordered for all together, " + connections + (connections == 1 ? " download" : " downloads");
    }

    @Override
    public Setting setting() {
        return Setting.limited(RATE);
    }

    /** A link that is slow by order has no need of a hot JIT compiler; what was queued up is left to pass below. */
    @Override
    public boolean warmsUp() {
        return false;
    }

    @Override
    public Outcome round(Stand stand, Duration time) throws IOException {
        Running proxy = stand.kept(setting());
        try (Downloads downloads = Downloads.begin(endpoint(proxy), connections)) {
            downloads.run(
                    longest(SHORTEST, PER_CONNECTION.multipliedBy(connections).dividedBy(2)));
            long start = System.nanoTime();
            long[] got = downloads.run(longest(longest(time, SHORTEST), PER_CONNECTION.multipliedBy(connections)));
            double seconds = (System.nanoTime() - start) / SECOND;
            double total = Arrays.stream(got).sum();
            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            figures.put(Figure.TOTAL_ERROR, (total / (RATE * seconds) - 1) * PERCENT);
            figures.put(Figure.JAIN, jain(got));
            return Outcome.of(figures);
        }
    }

    private static Duration longest(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    /** 1 if all got the same, 1/n if one got everything: R. Jain et al., DEC-TR-301 (1984). */
    private static double jain(long[] got) {
        double sum = Arrays.stream(got).asDoubleStream().sum();
        double squares =
                Arrays.stream(got).asDoubleStream().map(one -> one * one).sum();
        return sum * sum / (got.length * squares);
    }
}
