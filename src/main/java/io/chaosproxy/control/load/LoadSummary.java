package io.chaosproxy.control.load;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * What a leg came to.
 *
 * @param leg its name
 * @param asked requests that were to be sent
 * @param results those of the requests that ended, in the order in which they did
 * @param time from its begin to its end
 */
public record LoadSummary(String leg, int asked, List<LoadResult> results, Duration time) {
    static LoadSummary of(String leg, int asked, List<LoadResult> results, Duration time) {
        return new LoadSummary(leg, asked, List.copyOf(results), time);
    }

    /** A quantile of the times to first byte, in milliseconds; empty if no request had one. */
    public OptionalDouble firstByte(double share) {
        return quantile(LoadResult::firstByteNanos, share);
    }

    /** A quantile of the times to the last byte of complete requests, in milliseconds. */
    public OptionalDouble total(double share) {
        return quantile(result -> result.failure().isEmpty() ? result.totalNanos() : -1, share);
    }

    private OptionalDouble quantile(ToLongFunction<LoadResult> time, double share) {
        long[] times = results.stream()
                .mapToLong(time)
                .filter(nanos -> nanos >= 0)
                .sorted()
                .toArray();
        if (times.length == 0) {
            return OptionalDouble.empty();
        }
        int rank = (int) Math.ceil(share * times.length);
        return OptionalDouble.of(times[Math.max(0, rank - 1)] / 1e6);
    }

    /** Requests that are complete. */
    public long complete() {
        return results.stream().filter(result -> result.failure().isEmpty()).count();
    }

    /** Complete requests a second. */
    public double rate() {
        return complete() / seconds();
    }

    /** Bytes that came, a second. */
    public double byteRate() {
        return results.stream().mapToLong(LoadResult::bytes).sum() / seconds();
    }

    /** Without the wait for the report after the last one. */
    private double seconds() {
        return Math.max(1, results.stream().mapToLong(LoadResult::atNanos).max().orElse(time.toNanos())) / 1e9;
    }

    /** How often each status came. */
    public Map<Integer, Long> statuses() {
        return results.stream()
                .filter(result -> result.status() > 0)
                .collect(Collectors.groupingBy(LoadResult::status, TreeMap::new, Collectors.counting()));
    }

    /** How often requests failed in each way. */
    public Map<String, Long> failures() {
        return results.stream()
                .filter(result -> !result.failure().isEmpty())
                .collect(Collectors.groupingBy(LoadResult::failure, TreeMap::new, Collectors.counting()));
    }
}
