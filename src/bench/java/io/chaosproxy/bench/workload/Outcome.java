package io.chaosproxy.bench.workload;

import java.util.Map;
import java.util.Optional;

/**
 * What a round measured.
 *
 * @param latencies how far off the latencies were, of workloads that measure this
 */
public record Outcome(Map<Figure, Double> figures, Optional<Latencies> latencies) {
    static Outcome of(Map<Figure, Double> figures) {
        return new Outcome(figures, Optional.empty());
    }
}
