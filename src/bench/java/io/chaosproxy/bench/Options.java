package io.chaosproxy.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** What the command line says. */
final class Options {
    private static final Set<String> QUICK =
            Set.of("small-64", "armed", "bulk-down", "ping-beside-bulk", "latency-1000", "speed-100", "start", "idle");

    private static final List<String> NOT_QUICK = List.of("platform", "haproxy-http", "async-channels", "tornado");

    @Option(
            names = "--quick",
            description = "One short round of some workloads and variants, some minutes: figures for orientation.")
    private boolean quick;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "WORKLOAD",
            description = "Only workloads whose names begin so, such as small,bulk-down.")
    private List<String> only = List.of();

    @Option(
            names = "--variants",
            split = ",",
            paramLabel = "VARIANT",
            description = "Only variants whose names begin so, such as ours,nginx; direct always takes part.")
    private List<String> variants = List.of();

    @Option(names = "--rounds", paramLabel = "N", description = "How many of each are counted; 3, quick: 1.")
    private int rounds;

    @Option(names = "--seconds", paramLabel = "N", description = "How long a round lasts; 2, quick: 1.")
    private double seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description = "How long each is warmed up before its first round; 4, quick: 2.")
    private double warmUp;

    @Option(names = "--toxiproxy", paramLabel = "PATH", description = "toxiproxy-server, if it isn't on the PATH.")
    private Path toxiproxy = Path.of("toxiproxy-server");

    boolean quick() {
        return quick;
    }

    boolean wantsWorkload(String name) {
        return (only.isEmpty() && quick) ? QUICK.contains(name) : matches(only, name);
    }

    boolean wantsVariant(String name) {
        return (variants.isEmpty() && quick) ? !matches(NOT_QUICK, name) : matches(variants, name);
    }

    private static boolean matches(List<String> beginnings, String name) {
        return beginnings.isEmpty() || beginnings.stream().anyMatch(name::startsWith);
    }

    int rounds() {
        return rounds > 0 ? rounds : quick ? 1 : 3;
    }

    Duration time() {
        return duration(seconds > 0 ? seconds : quick ? 1 : 2);
    }

    Duration warmUp() {
        return duration(warmUp > 0 ? warmUp : quick ? 2 : 4);
    }

    private static Duration duration(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    Path toxiproxy() {
        return toxiproxy;
    }
}
