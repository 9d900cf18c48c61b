package io.chaosproxy.control.api;

import io.chaosproxy.observe.Event;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;

/**
 * Times to first byte of the exchanges of each proxy, over the last samples of one reader. Exists while a reader does, so that
 * nothing is counted otherwise.
 *
 * <p>Times are counted in buckets that are 9 % wide, 1 µs to 67 s: 10 KB for each proxy, however many exchanges it has. Any
 * thread may tell it of events; one thread samples.
 */
final class FirstBytes implements Consumer<Event> {
    private static final int PER_OCTAVE = 8;
    private static final int BUCKETS = 26 * PER_OCTAVE + 1;

    /** Number of samples that quantiles are of. */
    private static final int WINDOW = 10;

    private final Map<String, Histogram> proxies = new ConcurrentHashMap<>();

    /** Buckets since the last sample, and those of the samples of the window. */
    private static final class Histogram {
        private final AtomicIntegerArray current = new AtomicIntegerArray(BUCKETS);
        private final int[][] samples = new int[WINDOW][BUCKETS];
        private final int[] sum = new int[BUCKETS];
        private int next;

        void roll() {
            int[] oldest = samples[next];
            for (int i = 0; i < BUCKETS; i++) {
                int taken = current.getAndSet(i, 0);
                sum[i] += taken - oldest[i];
                oldest[i] = taken;
            }
            next = (next + 1) % WINDOW;
        }

        OptionalDouble quantile(double share) {
            long count = 0;
            for (int each : sum) {
                count += each;
            }
            long rank = (long) Math.ceil(share * count);
            long seen = 0;
            for (int i = 0; i < BUCKETS; i++) {
                seen += sum[i];
                if (seen >= rank && seen > 0) {
                    return OptionalDouble.of(millisOf(i));
                }
            }
            return OptionalDouble.empty();
        }
    }

    @Override
    public void accept(Event event) {
        if (event instanceof Event.Ended ended) {
            ended.exchange()
                    .firstByte()
                    .ifPresent(time -> of(ended.exchange().id().proxy()).current.incrementAndGet(bucket(time)));
        } else if (event instanceof Event.Removed removed) {
            proxies.remove(removed.proxy());
        }
    }

    private Histogram of(String proxy) {
        return proxies.computeIfAbsent(proxy, name -> new Histogram());
    }

    private static int bucket(Duration time) {
        double octaves = Math.log(Math.max(1, time.toNanos() / 1e3)) / Math.log(2);
        return Math.min(BUCKETS - 1, (int) Math.round(octaves * PER_OCTAVE));
    }

    private static double millisOf(int bucket) {
        return Math.round(Math.pow(2, (double) bucket / PER_OCTAVE)) / 1e3;
    }

    /** Ends a sample. */
    void sample() {
        proxies.values().forEach(Histogram::roll);
    }

    /**
     * A quantile in milliseconds over the window; empty if no exchange ended in it.
     *
     * @param share 0 to 1
     */
    OptionalDouble quantile(String proxy, double share) {
        Histogram times = proxies.get(proxy);
        return times == null ? OptionalDouble.empty() : times.quantile(share);
    }
}
