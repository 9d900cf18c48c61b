package io.chaosproxy.bench.report;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** One figure over several rounds. */
public record Spread(double median, double least, double most, int rounds) {
    static Optional<Spread> of(double[] values) {
        if (values.length == 0) {
            return Optional.empty();
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
        return Optional.of(new Spread(median, sorted[0], sorted[sorted.length - 1], sorted.length));
    }

    /** The median, and behind it the range if there is one. */
    String text(int digits) {
        String value = number(median, digits);
        return rounds == 1 || number(least, digits).equals(number(most, digits))
                ? value
                : value + " (" + number(least, digits) + ".." + number(most, digits) + ")";
    }

    static String number(double value, int digits) {
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }
}
