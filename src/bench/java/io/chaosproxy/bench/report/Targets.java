package io.chaosproxy.bench.report;

import io.chaosproxy.bench.workload.Figure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What chaos-proxy should show on two shared cores, mostly as ratios to others in the same run. */
public final class Targets {
    private static final String HTTP = "ours-http";
    private static final String TCP = "ours-tcp";
    private static final List<String> BOTH = List.of(HTTP, TCP);

    private final Results results;
    private final List<Target> targets = new ArrayList<>();

    private Targets(Results results) {
        this.results = results;
    }

    /** All of them, whether or not they were measured. */
    public static List<Target> of(Results results) {
        Targets targets = new Targets(results);
        targets.exchanges();
        targets.bulk();
        targets.idle();
        targets.latency();
        targets.speed();
        targets.start();
        targets.armed();
        targets.tls();
        return targets.targets;
    }

    private void exchanges() {
        ratioAtLeast(0.9, "small-64", Figure.REQUESTS, HTTP, "nginx");
        ratioAtLeast(1.5, "small-64", Figure.REQUESTS, HTTP, "vertx");
        ratioAtLeast(1.2, "small-64", Figure.REQUESTS, HTTP, "toxiproxy");
        ratioAtLeast(3, "small-64", Figure.REQUESTS, HTTP, "helidon");
        ratioAtLeast(0.9, "small-64", Figure.REQUESTS, TCP, "haproxy-tcp");
        ratioAtLeast(1.25, "small-64", Figure.REQUESTS, TCP, "toxiproxy");
        ratioAtLeast(1.1, "small-64", Figure.REQUESTS, TCP, "netty");
        ratioAtMost(1.3, "small-64", Figure.CPU_PER_REQUEST, HTTP, "nginx");
        ratioAtLeast(1, "small-1000", Figure.REQUESTS, HTTP, "nginx");
        ratioAtLeast(0.95, "small-1000", Figure.REQUESTS, TCP, "haproxy-tcp");
        ratioAtLeast(1, "fresh", Figure.REQUESTS, HTTP, "nginx");
        ratioAtLeast(1, "fresh", Figure.REQUESTS, TCP, "haproxy-tcp");
    }

    private void bulk() {
        for (String workload : List.of("bulk-down", "bulk-up")) {
            ratioAtLeast(1.1, workload, Figure.GIGABYTES, TCP, "haproxy-tcp");
            ratioAtLeast(2, workload, Figure.GIGABYTES, TCP, "toxiproxy");
            ratioAtLeast(2, workload, Figure.GIGABYTES, HTTP, "nginx");
            ratioAtMost(1, workload, Figure.CPU_PER_GIGABYTE, TCP, "haproxy-tcp");
        }
        for (Figure figure : List.of(Figure.PING_P99, Figure.CONNECT_P99)) {
            ratioAtMost(2, "ping-beside-bulk", figure, HTTP, "haproxy-http");
            ratioAtMost(2, "ping-beside-bulk", figure, TCP, "haproxy-tcp");
        }
    }

    private void idle() {
        for (String ours : BOTH) {
            atMost(12, "idle", Figure.IDLE, ours);
            atMost(0, "idle", Figure.BROKEN, ours);
        }
    }

    private void latency() {
        for (String ours : BOTH) {
            atMost(1, "latency-1000", Figure.ERROR_P50, ours);
            atMost(15, "latency-1000", Figure.ERROR_P99, ours);
            ratioAtMost(1, "latency-1000", Figure.ERROR_P99, ours, "toxiproxy");
        }
    }

    private void speed() {
        for (String ours : BOTH) {
            for (int connections : List.of(1, 10, 100, 1000)) {
                String workload = "speed-" + connections;
                targets.add(Target.atMost(
                        1,
                        ours + ", " + workload + ": deviation of the total, %",
                        results.median(workload, ours, Figure.TOTAL_ERROR).map(Math::abs)));
            }
            atLeast(0.99, "speed-100", Figure.JAIN, ours);
            atLeast(0.97, "speed-1000", Figure.JAIN, ours);
        }
    }

    private void start() {
        boolean cached = Files.isRegularFile(Path.of("target", "chaos-proxy", "lib", "server.jsa"));
        for (String ours : BOTH) {
            atMost(cached ? 0.25 : 1, "start", Figure.FIRST_BYTE, ours);
            atMost(cached ? 70 : 90, "start", Figure.RESIDENT, ours);
        }
    }

    private void armed() {
        ratioAtLeast(0.97, "armed", Figure.REQUESTS, "armed-http", "unarmed-http");
        ratioAtLeast(0.97, "armed", Figure.REQUESTS, "armed-tcp", "unarmed-tcp");
    }

    private void tls() {
        for (String protocol : List.of("http", "tcp")) {
            String ours = "ours-" + protocol;
            String haproxy = "haproxy-" + protocol;
            ratioAtLeast(0.8, "tls-small-64", Figure.REQUESTS, ours, haproxy);
            ratioAtLeast(0.7, "tls-bulk-64", Figure.GIGABYTES, ours, haproxy);
            ratioAtLeast(0.5, "tls-fresh", Figure.REQUESTS, ours, haproxy);
            atMost(40, "tls-idle", Figure.IDLE, ours);
        }
    }

    private void ratioAtLeast(double limit, String workload, Figure figure, String ours, String other) {
        targets.add(
                Target.atLeast(limit, ratioName(workload, figure, ours, other), ratio(workload, figure, ours, other)));
    }

    private void ratioAtMost(double limit, String workload, Figure figure, String ours, String other) {
        targets.add(
                Target.atMost(limit, ratioName(workload, figure, ours, other), ratio(workload, figure, ours, other)));
    }

    private static String ratioName(String workload, Figure figure, String ours, String other) {
        return ours + " to " + other + ", " + workload + ": " + figure.title();
    }

    private Optional<Double> ratio(String workload, Figure figure, String ours, String other) {
        return results.median(workload, ours, figure)
                .flatMap(one -> results.median(workload, other, figure).map(two -> one / two));
    }

    private void atLeast(double limit, String workload, Figure figure, String ours) {
        targets.add(Target.atLeast(
                limit, ours + ", " + workload + ": " + figure.title(), results.median(workload, ours, figure)));
    }

    private void atMost(double limit, String workload, Figure figure, String ours) {
        targets.add(Target.atMost(
                limit, ours + ", " + workload + ": " + figure.title(), results.median(workload, ours, figure)));
    }
}
