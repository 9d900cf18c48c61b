package io.chaosproxy.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** A counter, looked at over some time. */
final class Throughput {
    private static final double SECOND = 1e9;
    private static final int TRIES = 10;

    private final List<Look> looks = new ArrayList<>();

    private record Look(long nanos, long bytes) {}

    private Throughput() {}

    /** Looks at a counter about every 20 ms. */
    static Throughput of(LongSupplier counter, int seconds) throws InterruptedException {
        return ofMillis(counter, seconds * 1000L);
    }

    static Throughput ofMillis(LongSupplier counter, long millis) throws InterruptedException {
        Throughput throughput = new Throughput();
        long end = System.nanoTime() + millis * 1_000_000;
        do {
            throughput.looks.add(new Look(System.nanoTime(), counter.getAsLong()));
            Thread.sleep(20);
        } while (System.nanoTime() < end);
        throughput.looks.add(new Look(System.nanoTime(), counter.getAsLong()));
        return throughput;
    }

    /** A measurement of a counter over some time. */
    @FunctionalInterface
    interface Measurement {
        Throughput take() throws InterruptedException;
    }

    /**
     * A measurement that is as it ought to be, or else the first one during which the machine had time for this process. One that
     * stood still for a while delivers late, so some seconds have less and others more than was sent in them.
     */
    static Throughput undisturbed(Measurement measurement, Predicate<Throughput> good) throws InterruptedException {
        Throughput throughput;
        int tries = 0;
        boolean again;
        do {
            try (Starvation starvation = new Starvation()) {
                throughput = measurement.take();
                again = !good.test(throughput) && starvation.hasOccurred() && ++tries < TRIES;
            }
        } while (again);
        return throughput;
    }

    /** Bytes per second over some seconds, which ought to differ from what is expected by {@code most} at most. */
    static double rate(LongSupplier counter, int seconds, double expected, double most) throws InterruptedException {
        return undisturbed(() -> of(counter, seconds), measured -> Math.abs(measured.rate() - expected) <= most)
                .rate();
    }

    /** Bytes per second in all. */
    double rate() {
        return rate(looks.getFirst(), looks.getLast());
    }

    /** The highest rate of a stretch of a second. */
    double worstSecond() {
        double worst = 0;
        int from = 0;
        for (Look to : looks) {
            while (to.nanos()
                            - looks.get(from + 1 < looks.size() ? from + 1 : from)
                                    .nanos()
                    >= SECOND) {
                from++;
            }
            if (to.nanos() - looks.get(from).nanos() >= SECOND) {
                worst = Math.max(worst, rate(looks.get(from), to));
            }
        }
        return worst;
    }

    private static double rate(Look from, Look to) {
        return (to.bytes() - from.bytes()) * SECOND / (to.nanos() - from.nanos());
    }
}
