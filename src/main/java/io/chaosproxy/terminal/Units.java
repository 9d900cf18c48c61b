package io.chaosproxy.terminal;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Human-readable numbers, independent of the locale. */
public final class Units {
    private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Units() {}

    /** Such as {@code 512 B}, {@code 1.5 KiB} or {@code 64 MiB}: about two digits, with a decimal only if significant. */
    public static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < BINARY.length - 1) {
            value /= 1024;
            unit++;
        }
        boolean decimal = value < 9.95 && value != Math.rint(value);
        return String.format(Locale.ROOT, decimal ? "%.1f %s" : "%.0f %s", value, BINARY[unit]);
    }

    /** Rate per second, such as {@code 1.5 KiB/s}. */
    public static String rate(long bytesPerSecond) {
        return bytes(bytesPerSecond) + "/s";
    }

    /** Such as {@code 1:02:03}. */
    public static String clock(Duration time) {
        return String.format(Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
    }

    /** Such as {@code 1 rule} or {@code 4 rules}. */
    public static String count(long count, String one) {
        return count(count, one, one + "s");
    }

    /** Such as {@code 1 proxy} or {@code 4 proxies}. */
    public static String count(long count, String one, String many) {
        return count + " " + (count == 1 ? one : many);
    }

    /** Such as {@code latency 12, reset 1}; {@code none} of nothing. */
    public static String counts(Map<String, Long> counts) {
        return counts.isEmpty()
                ? "none"
                : counts.entrySet().stream()
                        .map(each -> each.getKey() + " " + each.getValue())
                        .collect(Collectors.joining(", "));
    }
}
