package io.chaosproxy.bench.workload;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * How long exchanges took that were to be delayed.
 *
 * @param took in nanoseconds
 * @param ordered the delay that was configured
 */
public record Latencies(Histogram took, Duration ordered) {
    private static final double NANOS_PER_MILLI = 1e6;

    /** Milliseconds by which this percentile, 0 to 100, was above the configured delay. */
    public double errorMillis(double percentile) {
        return (took.getValueAtPercentile(percentile) - ordered.toNanos()) / NANOS_PER_MILLI;
    }

    /** How many exchanges there were. */
    public long count() {
        return took.getTotalCount();
    }

    /** Those of two rounds together. */
    public Latencies plus(Latencies other) {
        Histogram both = took.copy();
        both.add(other.took);
        return new Latencies(both, ordered);
    }
}
