package io.chaosproxy.bench.report;

import java.util.Optional;

/**
 * Something that a figure, or the ratio of two, should be.
 *
 * @param limit at least so much, or at most
 * @param measured empty if the run had no such figure
 */
public record Target(String what, boolean atLeast, double limit, Optional<Double> measured) {
    private static final int DIGITS = 2;

    static Target atLeast(double limit, String what, Optional<Double> measured) {
        return new Target(what, true, limit, measured);
    }

    static Target atMost(double limit, String what, Optional<Double> measured) {
        return new Target(what, false, limit, measured);
    }

    /** Whether it was measured, and is as it should be. */
    public boolean isMet() {
        return measured.isPresent() && (atLeast ? measured.get() >= limit : measured.get() <= limit);
    }

    String should() {
        return (atLeast ? "at least " : "at most ") + Spread.number(limit, DIGITS);
    }

    String is() {
        return measured.map(value -> Spread.number(value, DIGITS)).orElse("");
    }

    String verdict() {
        return measured.isEmpty() ? "not measured" : isMet() ? "met" : "NOT MET";
    }
}
