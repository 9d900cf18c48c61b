package io.chaosproxy.bench.workload;

import io.chaosproxy.bench.load.ClosedLoop;
import io.chaosproxy.bench.load.OpenLoop;
import io.chaosproxy.bench.load.Request;
import io.chaosproxy.bench.variant.ProcessTree;
import io.chaosproxy.bench.variant.Running;
import io.chaosproxy.bench.variant.Setting;
import io.chaosproxy.bench.variant.Variant;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Connections that have had one exchange and stand idle: what memory each occupies; and what becomes of all of them when
 * they ask again. In a new process, which has served a few exchanges before.
 */
public final class IdleConnections implements Workload {
    private static final int USUAL = 64;
    private static final Duration REST = Duration.ofSeconds(1);
    private static final Duration INTERVAL = Duration.ofSeconds(2);
    private static final Request REQUEST = Request.get("/small");
    private static final double NANOS_PER_MILLI = 1e6;

    private final String name;
    private final Setting setting;
    private final int connections;

    private IdleConnections(String name, Setting setting, int connections) {
        this.name = name;
        this.setting = setting;
        this.connections = connections;
    }

    /** In the clear. */
    public static Workload plain(int connections) {
        return new IdleConnections("idle", Setting.PLAIN, connections);
    }

    /** Inside TLS. */
    public static Workload tls(int connections) {
        return new IdleConnections("tls-idle", Setting.TLS, connections);
    }

    @Override
    public Setting setting() {
        return setting;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String title() {
        return connections + " idle connections" + (setting.tls() ? " inside TLS" : "") + ", which then ask every "
                + INTERVAL.toMillis() + " ms (open loop)";
    }

    @Override
    public boolean suits(Variant variant) {
        return variant.can(setting()) && !variant.showsRules();
    }

    @Override
    public boolean warmsUp() {
        return false;
    }

    /** Memory varies little, and a round is long. */
    @Override
    public int rounds(int wanted) {
        return Math.min(wanted, 1);
    }

    @Override
    public Outcome round(Stand stand, Duration time) throws IOException {
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        try (Running proxy = stand.fresh(setting()).awaitReady()) {
            try (ClosedLoop few = ClosedLoop.kept(endpoint(proxy), USUAL, REQUEST)) {
                few.run(time);
            }
            measure(proxy, time, figures);
        }
        return Outcome.of(figures);
    }

    private void measure(Running proxy, Duration time, Map<Figure, Double> figures) throws IOException {
        rest();
        Optional<ProcessTree> processes = proxy.processes();
        long before = resident(processes);
        OptionalLong heap;
        try (OpenLoop load = OpenLoop.connect(endpoint(proxy), connections, REQUEST)) {
            load.run(INTERVAL, INTERVAL);
            rest();
            long after = resident(processes);
            heap = processes.map(Heap::afterCollection).orElse(OptionalLong.empty());
            if (processes.isPresent()) {
                figures.put(Figure.IDLE, (double) (after - before) / connections);
            }
            Duration busy = time.compareTo(INTERVAL) > 0 ? time : INTERVAL;
            figures.put(Figure.BUSY_P99, load.run(busy, INTERVAL).getValueAtPercentile(99) / NANOS_PER_MILLI);
            figures.put(Figure.BROKEN, (double) load.failures());
        }
        if (heap.isPresent()) {
            rest();
            long without = Heap.afterCollection(processes.orElseThrow()).orElseThrow();
            figures.put(Figure.IDLE_HEAP, (double) (heap.getAsLong() - without) / connections);
        }
    }

    private static long resident(Optional<ProcessTree> processes) throws IOException {
        return processes.isPresent() ? processes.get().residentKib() : 0;
    }

    private static void rest() {
        try {
            TimeUnit.NANOSECONDS.sleep(REST.toNanos());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
