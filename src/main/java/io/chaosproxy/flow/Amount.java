package io.chaosproxy.flow;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Bytes and times as people read them, the same in every locale: about three digits, and a unit. */
public final class Amount {
    private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Amount() {}

    /** Such as {@code 512 B}, {@code 1.5 KiB} or {@code 64 MiB}. */
    public static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < BINARY.length - 1) {
            value /= 1024;
            unit++;
        }
        return number(value) + " " + BINARY[unit];
    }

    /** Such as {@code 0.25 ms}, {@code 300 ms}, {@code 2.5 s} or {@code 3 min 20 s}. */
    public static String time(long nanos) {
        double millis = nanos / 1e6;
        if (millis < 999.5) {
            return number(millis) + " ms";
        } else if (millis < 59_950) {
            return number(millis / 1000) + " s";
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(nanos + 500_000_000);
        return seconds / 60 + " min" + (seconds % 60 == 0 ? "" : " " + seconds % 60 + " s");
    }

    /** Such as {@code 1 hit} or {@code 4 hits}. */
    public static String count(long count, String one) {
        return count + " " + one + (count == 1 ? "" : "s");
    }

    private static String number(double value) {
        String digits = String.format(Locale.ROOT, value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : "%.2f", value);
        return digits.indexOf('.') < 0 ? digits : digits.replaceFirst("\\.?0+$", "");
    }
}
