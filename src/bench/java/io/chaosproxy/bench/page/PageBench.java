package io.chaosproxy.bench.page;

import static java.util.Objects.requireNonNull;

import io.chaosproxy.bench.load.ClosedLoop;
import io.chaosproxy.bench.load.Endpoint;
import io.chaosproxy.bench.load.Request;
import io.chaosproxy.bench.origin.OriginProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Measures the dashboard in Chromium: frames per second with the processor throttled while many proxies are busy, and what the
 * relay loses while the page is open.
 *
 * <p>The second part takes turns, so that what the machine does besides hits all states alike. A page in a browser on the same
 * machine takes processor time from everything; so the state {@code stream} reads the same events as the page does without a
 * browser, and the processor time of the proxy for each exchange stands beside the rate.
 */
public final class PageBench {
    private static final int CONNECTIONS = 64;
    private static final int THROTTLE = 4;
    private static final Duration SETTLE = Duration.ofSeconds(5);

    private final Size size;

    /** How much is measured. */
    private record Size(int proxies, int connections, int hits, Duration view, int rounds, Duration slice) {
        private static final Size FULL = new Size(100, 10_000, 1_000, Duration.ofSeconds(15), 7, Duration.ofSeconds(4));
        private static final Size QUICK = new Size(100, 2_000, 1_000, Duration.ofSeconds(5), 3, Duration.ofSeconds(2));
    }

    /** Who looks while the relay is measured. */
    private enum Looking {
        NONE,
        STREAM,
        PAGE
    }

    private PageBench(Size size) {
        this.size = size;
    }

    /** With {@code quick}, fewer connections and shorter. */
    public static void main(String[] args) throws IOException, InterruptedException {
        new PageBench(List.of(args).contains("quick") ? Size.QUICK : Size.FULL).run();
    }

    private void run() throws IOException, InterruptedException {
        try (OriginProcess origin = OriginProcess.start();
                Server server = Server.start(size.proxies, origin.port());
                Page page = Page.start(server)) {
            System.out.printf(
                    Locale.ROOT,
                    "%d proxies, %d connections, %d hits/s; Chromium's processor throttled by %d%n%n",
                    size.proxies,
                    size.connections,
                    size.hits,
                    THROTTLE);
            frames(server, page);
            relay(server, page);
        }
    }

    private void frames(Server server, Page page) throws IOException, InterruptedException {
        System.out.println("| view | frames/s | longest frame | frames above 50 ms | main thread busy |");
        System.out.println("|---|---:|---:|---:|---:|");
        page.throttle(THROTTLE);
        try (Load load = Load.start(server, size.connections, size.hits)) {
            for (String view : List.of("#/", "#/proxies/" + server.name(0), "#/journal")) {
                page.open(view);
                Thread.sleep(SETTLE);
                Page.Frames frames = page.frames(size.view);
                System.out.printf(
                        Locale.ROOT,
                        "| `%s` | %.1f | %.0f ms | %d of %d | %.0f %% |%n",
                        view,
                        frames.perSecond(),
                        frames.longest(),
                        frames.above(50),
                        frames.count(),
                        frames.busy() * 100);
            }
            System.out.printf(Locale.ROOT, "%n%s%n%n", load.account(server));
        } finally {
            page.throttle(1);
        }
    }

    private void relay(Server server, Page page) throws IOException, InterruptedException {
        Map<Looking, List<Double>> rates = new EnumMap<>(Looking.class);
        Map<Looking, List<Double>> costs = new EnumMap<>(Looking.class);
        for (Looking each : Looking.values()) {
            rates.put(each, new ArrayList<>());
            costs.put(each, new ArrayList<>());
        }
        try (ClosedLoop load =
                ClosedLoop.kept(new Endpoint(server.plain(), false), CONNECTIONS, Request.get("/small"))) {
            load.run(SETTLE);
            for (int round = 0; round < size.rounds; round++) {
                for (Looking each : Looking.values()) {
                    AutoCloseable open = look(each, server, page);
                    try {
                        measure(server, load, of(rates, each), of(costs, each));
                    } finally {
                        leave(open);
                    }
                }
            }
        }
        System.out.println("| dashboard | exchanges/s | of none | processor time of the proxy, each | of none |");
        System.out.println("|---|---:|---:|---:|---:|");
        for (Looking each : Looking.values()) {
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.0f | %.3f | %.1f µs | %.3f |%n",
                    each.name().toLowerCase(Locale.ROOT),
                    median(of(rates, each)),
                    ratio(of(rates, each), of(rates, Looking.NONE)),
                    median(of(costs, each)),
                    ratio(of(costs, each), of(costs, Looking.NONE)));
        }
    }

    private void measure(Server server, ClosedLoop load, List<Double> rates, List<Double> costs) throws IOException {
        load.run(Duration.ofSeconds(1)); // until it has settled
        double cpu = server.processes().cpuSeconds();
        long began = System.nanoTime();
        long exchanges = load.run(size.slice);
        rates.add(exchanges / ((System.nanoTime() - began) / 1e9));
        costs.add((server.processes().cpuSeconds() - cpu) / exchanges * 1e6);
    }

    private static List<Double> of(Map<Looking, List<Double>> measured, Looking how) {
        return requireNonNull(measured.get(how));
    }

    private static void leave(AutoCloseable open) throws IOException {
        try {
            open.close();
        } catch (Exception e) {
            throw new IOException("what looks at the server can't be closed", e);
        }
    }

    private static AutoCloseable look(Looking how, Server server, Page page) throws IOException {
        return switch (how) {
            case NONE -> () -> {};
            case STREAM -> server.events();
            case PAGE -> {
                page.open("#/");
                yield page::leave;
            }
        };
    }

    /** Median of the ratios of the same round, which is steadier than that of the medians on a machine whose speed varies. */
    private static double ratio(List<Double> some, List<Double> others) {
        return median(IntStream.range(0, some.size())
                .mapToObj(i -> some.get(i) / others.get(i))
                .toList());
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
