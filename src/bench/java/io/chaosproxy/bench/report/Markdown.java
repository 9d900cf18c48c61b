package io.chaosproxy.bench.report;

import io.chaosproxy.bench.workload.Figure;
import io.chaosproxy.bench.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The report for people. */
public final class Markdown {
    private final StringBuilder text = new StringBuilder();

    private Markdown() {}

    /** The whole report. */
    public static String report(
            Machine machine,
            List<Participant> participants,
            List<? extends Workload> workloads,
            Results results,
            List<Target> targets) {
        Markdown markdown = new Markdown();
        markdown.machine(machine);
        markdown.targets(targets);
        markdown.participants(participants);
        workloads.forEach(workload -> markdown.workload(workload, results));
        markdown.failures(results);
        return markdown.text.toString();
    }

    private void machine(Machine machine) {
        text.append("# Benchmark\n\n");
        machine.facts()
                .forEach((fact, value) -> text.append("- ")
                        .append(fact)
                        .append(": ")
                        .append(value)
                        .append('\n'));
        text.append("\nEach figure is the median of its rounds, with the least and the most in parentheses.\n");
    }

    private void participants(List<Participant> participants) {
        heading("Who takes part");
        table(
                List.of("variant", "lines of code", "version"),
                participants.stream()
                        .map(one -> List.of(
                                one.name(),
                                one.lines() == 0 ? "" : Spread.number((double) one.lines(), 0),
                                one.version().orElse("missing on this machine")))
                        .toList());
    }

    private void targets(List<Target> targets) {
        heading("Measured against what it should be");
        table(
                List.of("", "should be", "measured", ""),
                targets.stream()
                        .filter(target -> target.measured().isPresent())
                        .map(target -> List.of(target.what(), target.should(), target.is(), target.verdict()))
                        .toList());
        text.append('\n')
                .append(targets.stream().filter(Target::isMet).count())
                .append(" met, ")
                .append(targets.stream()
                        .filter(target -> target.measured().isPresent() && !target.isMet())
                        .count())
                .append(" not met, ")
                .append(targets.stream()
                        .filter(target -> target.measured().isEmpty())
                        .count())
                .append(" not measured in this run.\n");
    }

    private void workload(Workload workload, Results results) {
        List<Figure> figures = results.figures(workload.name());
        if (figures.isEmpty()) {
            return;
        }
        heading(workload.name() + ": " + workload.title());
        List<String> columns = new ArrayList<>(List.of("variant"));
        figures.forEach(figure -> columns.add(figure.title()));
        List<List<String>> rows = new ArrayList<>();
        for (String variant : results.variants(workload.name())) {
            List<String> row = new ArrayList<>(List.of(variant));
            for (Figure figure : figures) {
                row.add(results.spread(workload.name(), variant, figure)
                        .map(spread -> spread.text(figure.digits()))
                        .orElse(""));
            }
            rows.add(row);
        }
        table(columns, rows);
        Bottleneck.of(workload.name(), results)
                .ifPresent(remark -> text.append('\n').append(remark).append('\n'));
    }

    private void failures(Results results) {
        if (results.failures().isEmpty()) {
            return;
        }
        heading("What could not be measured");
        table(
                List.of("workload", "variant", "reason"),
                results.failures().entrySet().stream()
                        .map(failure -> List.of(
                                failure.getKey().workload(),
                                failure.getKey().variant(),
                                failure.getValue().lines().limit(1).collect(Collectors.joining())))
                        .toList());
    }

    private void heading(String heading) {
        text.append("\n## ").append(heading).append("\n\n");
    }

    /** Columns as wide as their widest cell, so that it reads well unrendered, too. */
    private void table(List<String> columns, List<List<String>> rows) {
        List<Integer> widths = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            int column = i;
            widths.add(Math.max(
                    columns.get(i).length(),
                    rows.stream()
                            .mapToInt(row -> row.get(column).length())
                            .max()
                            .orElse(0)));
        }
        row(columns, widths);
        row(widths.stream().map("-"::repeat).toList(), widths);
        rows.forEach(row -> row(row, widths));
    }

    private void row(List<String> cells, List<Integer> widths) {
        text.append('|');
        for (int i = 0; i < cells.size(); i++) {
            text.append(' ')
                    .append(cells.get(i))
                    .repeat(" ", widths.get(i) - cells.get(i).length())
                    .append(" |");
        }
        text.append('\n');
    }
}
