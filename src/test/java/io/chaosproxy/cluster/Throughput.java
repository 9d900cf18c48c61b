package io.chaosproxy.cluster;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * A counter of bytes, looked at over some time: one measurement, which is never repeated and of which nothing is left out.
 *
 * <p>A process that gets no processor for a while delivers late, and a link catches up on a tenth of a second and no more. So
 * where {@link Starvation} has seen that threads stood still, a second that begins in such a time counts from its beginning, since
 * it has what was outstanding then, and what was beyond a tenth of a second is no time in which bytes could be expected. On a
 * machine with time for its processes the bounds are the plain ones.
 *
 * <p>If threads stood still for longer than a link catches up on, the figures say nothing about it: then the test is aborted before
 * they are looked at. {@link LeaseScriptTest} has the same figures in virtual time.
 */
final class Throughput {
    private static final double SECOND = 1e9;

    /** What a link catches up on, less some for what else is late after a pause. */
    private static final double CAUGHT_UP = 0.08 * SECOND;

    /** After a pause, what was outstanding comes by way of several threads and two sockets. */
    private static final long DELIVERY = 30_000_000;

    private final List<Look> looks = new ArrayList<>();
    private List<Starvation.Stall> stalls = List.of();

    private record Look(long nanos, long bytes) {}

    private Throughput() {}

    /** Looks at a counter about every 20 ms. */
    static Throughput of(LongSupplier counter, int seconds) throws InterruptedException {
        return ofMillis(counter, seconds * 1000L);
    }

    static Throughput ofMillis(LongSupplier counter, long millis) throws InterruptedException {
        Throughput throughput = new Throughput();
        try (Starvation starvation = new Starvation()) {
            long end = System.nanoTime() + millis * 1_000_000;
            do {
                throughput.look(counter);
                Thread.sleep(20);
            } while (System.nanoTime() < end);
            throughput.look(counter);
            throughput.stalls = starvation.stalls();
        }
        return throughput;
    }

    private void look(LongSupplier counter) {
        looks.add(new Look(System.nanoTime(), counter.getAsLong()));
    }

    /** Aborts the test if the machine had no time for this process. */
    void assumeTime() {
        assumeTrue(
                stalls.stream().noneMatch(stall -> stall.length() > CAUGHT_UP),
                () -> "the machine had no time for this measurement; " + this);
    }

    /** Bytes per second in all. */
    double rate() {
        return bytes() * SECOND / time();
    }

    private double bytes() {
        return looks.getLast().bytes() - looks.getFirst().bytes();
    }

    private double time() {
        return looks.getLast().nanos() - looks.getFirst().nanos();
    }

    /** Holds if the rate differs by {@code most} at most; all in bytes per second. */
    void assertRate(double expected, double most) {
        assumeTime();
        double lost = stalls.stream()
                .mapToDouble(stall -> Math.max(0, stall.length() - CAUGHT_UP))
                .sum();
        double least = (expected - most) * (time() - lost) / SECOND;
        double upper = (expected + most)
                * (looks.getLast().nanos() - begin(looks.getFirst().nanos()))
                / SECOND;
        assertTrue(least <= bytes() && bytes() <= upper, () -> Math.round(rate()) + " B/s; " + this);
    }

    /** Holds if no second has more than {@code most} bytes. */
    void assertEachSecond(double most) {
        assumeTime();
        assertTrue(worstSecond() <= most, () -> Math.round(worstSecond()) + " B in a second; " + this);
    }

    private double worstSecond() {
        double worst = 0;
        int from = 0;
        for (Look to : looks) {
            while (to.nanos() - looks.get(Math.min(from + 1, looks.size() - 1)).nanos() >= SECOND) {
                from++;
            }
            Look first = looks.get(from);
            if (to.nanos() - first.nanos() >= SECOND) {
                worst = Math.max(worst, (to.bytes() - first.bytes()) * SECOND / (to.nanos() - begin(first.nanos())));
            }
        }
        return worst;
    }

    /** When bytes that came after a moment had to come at the earliest. */
    private long begin(long moment) {
        long begin = moment;
        for (Starvation.Stall stall : stalls.reversed()) {
            if (stall.begin() < begin && begin <= stall.end() + DELIVERY) {
                begin = stall.begin();
            }
        }
        return begin;
    }

    @Override
    public String toString() {
        return "threads stood still "
                + stalls.stream()
                        .map(stall -> stall.length() / 1_000_000 + " ms")
                        .toList();
    }
}
