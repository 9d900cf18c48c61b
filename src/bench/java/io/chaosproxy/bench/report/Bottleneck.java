package io.chaosproxy.bench.report;

import io.chaosproxy.bench.variant.Direct;
import io.chaosproxy.bench.workload.Figure;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Whether load generator and origin could have done much more than the fastest proxy let through. */
final class Bottleneck {
    private static final double CLEARLY_MORE = 1.3;

    private Bottleneck() {}

    /** A sentence on a workload that measures throughput, if it was run without a proxy, too. */
    static Optional<String> of(String workload, Results results) {
        for (Figure figure : List.of(Figure.REQUESTS, Figure.GIGABYTES)) {
            Optional<Double> direct = results.median(workload, Direct.NAME, figure);
            Optional<Double> fastest = results.variants(workload).stream()
                    .filter(variant -> !variant.equals(Direct.NAME))
                    .flatMap(variant -> results.median(workload, variant, figure).stream())
                    .max(Comparator.naturalOrder());
            if (direct.isPresent() && fastest.isPresent()) {
                return Optional.of(remark(direct.get() / fastest.get()));
            }
        }
        return Optional.empty();
    }

    private static String remark(double headroom) {
        String measured = "Without a proxy, load generator and origin reach " + Spread.number(headroom, 1)
                + " times what the fastest proxy does";
        return headroom < CLEARLY_MORE
                ? measured + ": they are part of the bottleneck; go by the processor time of the proxy."
                : measured + ".";
    }
}
