package io.chaosproxy.observe;

import java.util.concurrent.atomic.LongAdder;

/** Counts of times by fixed upper bounds. Thread-safe; recording allocates nothing. */
public final class TimeHistogram {
    private static final long[] BOUNDS =
            millis(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000);

    private final LongAdder[] counts = new LongAdder[BOUNDS.length + 1];
    private final LongAdder sum = new LongAdder();

    /** Empty. */
    public TimeHistogram() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    private static long[] millis(long... bounds) {
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] *= 1_000_000;
        }
        return bounds;
    }

    /** Counts a time in nanoseconds. */
    public void record(long nanos) {
        int i = 0;
        while (i < BOUNDS.length && nanos > BOUNDS[i]) {
            i++;
        }
        counts[i].increment();
        sum.add(nanos);
    }

    /** Upper bounds in seconds, the last one infinite. */
    public static double[] bounds() {
        double[] seconds = new double[BOUNDS.length + 1];
        for (int i = 0; i < BOUNDS.length; i++) {
            seconds[i] = BOUNDS[i] / 1e9;
        }
        seconds[BOUNDS.length] = Double.POSITIVE_INFINITY;
        return seconds;
    }

    /** Number of times up to each of the bounds and above the one before. */
    public long[] counts() {
        long[] all = new long[counts.length];
        for (int i = 0; i < counts.length; i++) {
            all[i] = counts[i].sum();
        }
        return all;
    }

    /** Sum of all times in seconds. */
    public double sum() {
        return sum.sum() / 1e9;
    }
}
