package io.chaosproxy.bench.report;

import io.chaosproxy.bench.workload.Figure;
import io.chaosproxy.bench.workload.Latencies;
import io.chaosproxy.bench.workload.Outcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Every round of every variant under every workload, in the order in which they were measured. */
public final class Results {
    private final Map<Entry, List<Outcome>> rounds = new LinkedHashMap<>();
    private final Map<Entry, String> failures = new LinkedHashMap<>();

    /** A variant under a workload. */
    public record Entry(String workload, String variant) {}

    /** Adds a round. */
    public void add(Entry entry, Outcome outcome) {
        rounds.computeIfAbsent(entry, first -> new ArrayList<>()).add(outcome);
    }

    /** It couldn't be measured, for this reason. */
    public void failed(Entry entry, String reason) {
        failures.put(entry, reason);
    }

    /** What couldn't be measured. */
    public Map<Entry, String> failures() {
        return failures;
    }

    /** All rounds. */
    public Map<Entry, List<Outcome>> rounds() {
        return rounds;
    }

    /** Who was measured under a workload. */
    public List<String> variants(String workload) {
        return rounds.keySet().stream()
                .filter(entry -> entry.workload().equals(workload))
                .map(Entry::variant)
                .toList();
    }

    /** What was measured under a workload. */
    public List<Figure> figures(String workload) {
        TreeSet<Figure> figures = new TreeSet<>();
        rounds.forEach((entry, measured) -> {
            if (entry.workload().equals(workload)) {
                measured.forEach(round -> figures.addAll(round.figures().keySet()));
            }
        });
        return List.copyOf(figures);
    }

    /** A figure over all rounds, if it was measured. */
    public Optional<Spread> spread(String workload, String variant, Figure figure) {
        return Spread.of(rounds.getOrDefault(new Entry(workload, variant), List.of()).stream()
                .map(Outcome::figures)
                .filter(round -> round.containsKey(figure))
                .mapToDouble(round -> round.get(figure))
                .toArray());
    }

    /** How far off the latencies of all rounds together were, if that was measured. */
    public Optional<Latencies> latencies(String workload, String variant) {
        return rounds.getOrDefault(new Entry(workload, variant), List.of()).stream()
                .flatMap(round -> round.latencies().stream())
                .reduce(Latencies::plus);
    }

    /** The median of a figure, if it was measured. */
    public Optional<Double> median(String workload, String variant, Figure figure) {
        return spread(workload, variant, figure).map(Spread::median);
    }
}
