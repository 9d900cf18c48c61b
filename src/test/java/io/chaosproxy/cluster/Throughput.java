package io.chaosproxy.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * A counter, looked at over some time.
 *
 * <p>A process that stood still for a while delivers late: seconds that begin then have more than was sent in them. So if the machine
 * had no time for this process, bytes that were outstanding at the beginning of a stretch don't count for it: those by which the
 * counter was further ahead of the expected rate at a moment of the second before.
 */
final class Throughput {
    private static final double SECOND = 1e9;
    private static final int TRIES = 5;

    private final double expected;
    private final List<Look> looks = new ArrayList<>();
    private boolean isDisturbed;

    private record Look(long nanos, long bytes) {}

    private Throughput(double expected) {
        this.expected = expected;
    }

    /** Looks at a counter about every 20 ms; {@code expected} is in bytes per second. */
    static Throughput of(LongSupplier counter, int seconds, double expected) throws InterruptedException {
        return ofMillis(counter, seconds * 1000L, expected);
    }

    static Throughput ofMillis(LongSupplier counter, long millis, double expected) throws InterruptedException {
        Throughput throughput = new Throughput(expected);
        try (Starvation starvation = new Starvation()) {
            long end = System.nanoTime() + millis * 1_000_000;
            do {
                throughput.look(counter);
                Thread.sleep(20);
            } while (System.nanoTime() < end);
            throughput.look(counter);
            throughput.isDisturbed = starvation.hasOccurred();
        }
        return throughput;
    }

    private void look(LongSupplier counter) {
        looks.add(new Look(System.nanoTime(), counter.getAsLong()));
    }

    /** A measurement of a counter over some time. */
    @FunctionalInterface
    interface Measurement {
        Throughput take() throws InterruptedException;
    }

    /** A measurement that is as it ought to be, or else the first one during which the machine had time for this process. */
    static Throughput undisturbed(Measurement measurement, Predicate<Throughput> good) throws InterruptedException {
        Throughput throughput = measurement.take();
        for (int i = 1; i < TRIES && throughput.isDisturbed && !good.test(throughput); i++) {
            throughput = measurement.take();
        }
        return throughput;
    }

    /** Bytes per second over some seconds, which ought to differ from what is expected by {@code most} at most. */
    static double rate(LongSupplier counter, int seconds, double expected, double most) throws InterruptedException {
        return undisturbed(
                        () -> of(counter, seconds, expected), measured -> Math.abs(measured.rate() - expected) <= most)
                .rate();
    }

    /** Bytes per second in all. */
    double rate() {
        Look first = looks.getFirst();
        Look last = looks.getLast();
        if (!isDisturbed || last.nanos() - first.nanos() < 2.5 * SECOND) {
            return rate(first, last);
        }
        return rate(
                furthestAhead(first.nanos(), first.nanos() + SECOND),
                furthestAhead(last.nanos() - SECOND, last.nanos()));
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
            Look begin = looks.get(from);
            if (to.nanos() - begin.nanos() >= SECOND) {
                worst = Math.max(worst, isDisturbed ? beyondOutstanding(begin, to) : rate(begin, to));
            }
        }
        return worst;
    }

    /** Bytes per second of a stretch of about a second without those that were outstanding at its beginning. */
    private double beyondOutstanding(Look begin, Look to) {
        double outstanding = ahead(furthestAhead(begin.nanos() - SECOND, begin.nanos())) - ahead(begin);
        return (to.bytes() - begin.bytes() - outstanding) * SECOND / (to.nanos() - begin.nanos());
    }

    private Look furthestAhead(double from, double to) {
        return looks.stream()
                .filter(look -> look.nanos() >= from && look.nanos() <= to)
                .max(Comparator.comparingDouble(this::ahead))
                .orElseThrow();
    }

    /** Bytes beyond those of the expected rate since the first look. */
    private double ahead(Look look) {
        Look first = looks.getFirst();
        return look.bytes() - first.bytes() - expected * (look.nanos() - first.nanos()) / SECOND;
    }

    private static double rate(Look from, Look to) {
        return (to.bytes() - from.bytes()) * SECOND / (to.nanos() - from.nanos());
    }
}
