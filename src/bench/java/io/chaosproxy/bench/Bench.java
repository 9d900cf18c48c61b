package io.chaosproxy.bench;

import io.chaosproxy.bench.origin.OriginProcess;
import io.chaosproxy.bench.report.Charts;
import io.chaosproxy.bench.report.JsonReport;
import io.chaosproxy.bench.report.Machine;
import io.chaosproxy.bench.report.Markdown;
import io.chaosproxy.bench.report.Participant;
import io.chaosproxy.bench.report.Results;
import io.chaosproxy.bench.report.Target;
import io.chaosproxy.bench.report.Targets;
import io.chaosproxy.bench.variant.Direct;
import io.chaosproxy.bench.variant.Variant;
import io.chaosproxy.bench.workload.Stand;
import io.chaosproxy.bench.workload.Workload;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The benchmark's program. It has to be run in the project's folder, after the package step. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Compares chaos-proxy with other ways to write a relay, side by side in one run.")
public final class Bench implements Callable<Integer> {
    private static final Path FOLDER = Path.of("target", "bench");

    @Mixin
    private Options options = new Options();

    public static void main(String[] args) {
        System.exit(new CommandLine(new Bench()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        List<Participant> participants = new ArrayList<>();
        List<Variant> present = new ArrayList<>();
        for (Variant variant : Catalogue.variants(options)) {
            if (variant.name().equals(Direct.NAME) || options.wantsVariant(variant.name())) {
                Participant participant = Participant.of(variant);
                participants.add(participant);
                if (participant.version().isPresent()) {
                    present.add(variant);
                }
            }
        }
        List<Workload> workloads = Catalogue.workloads(options).stream()
                .filter(workload -> options.wantsWorkload(workload.name()))
                .toList();
        Machine machine = Machine.here();
        Results results = measure(present, workloads);
        report(machine, participants, workloads, results);
        return results.failures().isEmpty() ? 0 : 1;
    }

    private Results measure(List<Variant> variants, List<Workload> workloads) throws IOException {
        try (OriginProcess origin = OriginProcess.start();
                Measurement measurement = new Measurement(options.rounds(), options.time(), options.warmUp())) {
            for (Variant variant : variants) {
                measurement.add(new Stand(variant, origin, FOLDER.resolve("run")));
            }
            workloads.forEach(measurement::measure);
            return measurement.results();
        }
    }

    private static void report(
            Machine machine, List<Participant> participants, List<Workload> workloads, Results results)
            throws IOException {
        List<Target> targets = Targets.of(results);
        String report = Markdown.report(machine, participants, workloads, results, targets);
        Files.writeString(FOLDER.resolve("report.md"), report);
        try (Writer json = Files.newBufferedWriter(FOLDER.resolve("report.json"))) {
            JsonReport.write(json, machine, participants, results, targets);
        }
        Charts.draw(results, FOLDER);
        System.out.println(report);
        System.out.println("written to " + FOLDER + ": report.md, report.json, charts");
    }
}
