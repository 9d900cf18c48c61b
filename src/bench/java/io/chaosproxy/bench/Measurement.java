package io.chaosproxy.bench;

import io.chaosproxy.bench.report.Results;
import io.chaosproxy.bench.workload.Outcome;
import io.chaosproxy.bench.workload.Stand;
import io.chaosproxy.bench.workload.Workload;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs workloads. The variants take turns in each round, so that what the machine does besides hits all of them alike; a
 * variant that fails is left out of the rest of that workload and named in the report.
 */
final class Measurement implements AutoCloseable {
    private final int rounds;
    private final Duration time;
    private final Duration warmUp;
    private final List<Stand> stands = new ArrayList<>();
    private final Results results = new Results();

    Measurement(int rounds, Duration time, Duration warmUp) {
        this.rounds = rounds;
        this.time = time;
        this.warmUp = warmUp;
    }

    void add(Stand stand) {
        stands.add(stand);
    }

    Results results() {
        return results;
    }

    void measure(Workload workload) {
        System.out.println(workload.name() + ": " + workload.title());
        long start = System.nanoTime();
        List<Stand> taking =
                stands.stream().filter(stand -> workload.suits(stand.variant())).toList();
        if (workload.warmsUp()) {
            taking = taking.stream().filter(stand -> warmUp(workload, stand)).toList();
        }
        for (int round = 1; round <= workload.rounds(rounds); round++) {
            int number = round;
            taking = taking.stream()
                    .filter(stand -> round(workload, stand, time, number))
                    .toList();
        }
        System.out.println(
                "  took " + Duration.ofNanos(System.nanoTime() - start).toSeconds() + " s");
    }

    /**
     * Rounds that aren't counted, until the JIT compiler is done: half the time where the process has run another workload
     * before, a quarter where there is no such compiler. Returns whether they went well.
     */
    private boolean warmUp(Workload workload, Stand stand) {
        int part = !stand.variant().isJava() ? 4 : stand.isRunning(workload.setting()) ? 2 : 1;
        Duration lasting = warmUp.dividedBy(part);
        long start = System.nanoTime();
        boolean well = round(workload, stand, lasting, 0);
        while (well && System.nanoTime() - start < lasting.toNanos()) {
            well = round(workload, stand, lasting, 0);
        }
        return well;
    }

    /** One round; number 0 isn't counted. Returns whether it went well. */
    private boolean round(Workload workload, Stand stand, Duration lasting, int number) {
        Results.Entry entry = new Results.Entry(workload.name(), stand.variant().name());
        try {
            Outcome outcome = workload.round(stand, lasting);
            if (number > 0) {
                results.add(entry, outcome);
                System.out.println("  round " + number + ", " + entry.variant() + ": " + outcome.figures());
            }
            return true;
        } catch (IOException | RuntimeException e) {
            results.failed(entry, String.valueOf(e.getMessage()));
            System.out.println("  " + entry.variant() + " failed: " + e);
            stand.close();
            return false;
        }
    }

    @Override
    public void close() {
        stands.forEach(Stand::close);
    }
}
