package io.chaosproxy.bench.workload;

import io.chaosproxy.bench.load.Downloads;
import io.chaosproxy.bench.load.Endpoint;
import io.chaosproxy.bench.load.Probes;
import io.chaosproxy.bench.load.Probes.Probe;
import io.chaosproxy.bench.load.Request;
import io.chaosproxy.bench.variant.Running;
import io.chaosproxy.bench.variant.Setting;
import io.chaosproxy.bench.variant.Variant;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * Eight endless downloads at full speed, and beside them small exchanges: on a connection that is kept, on new connections,
 * and with the control API. The downloads are received on a thread of their own, so that they don't delay the exchanges
 * inside the load generator.
 */
public final class BesideBulk implements Workload {
    private static final int STREAMS = 8;
    private static final Duration SETTLING = Duration.ofMillis(500);
    private static final Duration INTERVAL = Duration.ofMillis(100);

    /** Fewer than 40 new connections say nothing about their slowest. */
    private static final Duration SHORTEST = Duration.ofSeconds(4);

    private static final double NANOS_PER_MILLI = 1e6;
    private static final double GIGA = 1e9;

    @Override
    public String name() {
        return "ping-beside-bulk";
    }

    @Override
    public String title() {
        return "small exchanges beside " + STREAMS
                + " downloads at full speed: one kept connection, a new connection every " + INTERVAL.toMillis()
                + " ms, a control request every " + INTERVAL.toMillis() + " ms";
    }

    @Override
    public Setting setting() {
        return Setting.CONTROLLED;
    }

    @Override
    public boolean suits(Variant variant) {
        return variant.can(setting()) && variant.largestBody() == Long.MAX_VALUE && !variant.showsRules();
    }

    @Override
    public Outcome round(Stand stand, Duration time) throws IOException {
        Running proxy = stand.kept(setting());
        try (Probes probes = new Probes()) {
            Probe ping = probes.ping(endpoint(proxy), Request.get("/small"));
            Probe fresh = probes.fresh(endpoint(proxy), Request.getOnce("/once"), INTERVAL);
            Optional<Probe> control = stand.variant()
                    .controlPath()
                    .map(path ->
                            probes.fresh(new Endpoint(proxy.controlAddress(), false), Request.getOnce(path), INTERVAL));
            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            try (Background bulk = new Background(endpoint(proxy))) {
                probes.run(SETTLING);
                Account account = Account.open(stand, proxy);
                long before = bulk.received();
                probes.run(time.compareTo(SHORTEST) > 0 ? time : SHORTEST);
                double gigabytes = (bulk.received() - before) / GIGA;
                Cost cost = account.close();
                figures.put(Figure.GIGABYTES, gigabytes / cost.wall());
                figures.put(Figure.OTHER_CPU_PER_GIGABYTE, cost.others() / gigabytes);
                if (cost.hasProxy()) {
                    figures.put(Figure.CPU_PER_GIGABYTE, cost.proxy() / gigabytes);
                }
            }
            times(figures, ping.times(), Figure.PING_P50, Figure.PING_P99, Figure.PING_MAX);
            times(figures, fresh.times(), Figure.CONNECT_P50, Figure.CONNECT_P99, Figure.CONNECT_MAX);
            control.ifPresent(
                    probe -> times(figures, probe.times(), Figure.CONTROL_P50, Figure.CONTROL_P99, Figure.CONTROL_MAX));
            int broken = ping.failures()
                    + fresh.failures()
                    + control.map(Probe::failures).orElse(0);
            figures.put(Figure.BROKEN, (double) broken);
            return Outcome.of(figures);
        }
    }

    private static void times(Map<Figure, Double> figures, Histogram times, Figure p50, Figure p99, Figure max) {
        if (times.getTotalCount() == 0) {
            return;
        }
        figures.put(p50, times.getValueAtPercentile(50) / NANOS_PER_MILLI);
        figures.put(p99, times.getValueAtPercentile(99) / NANOS_PER_MILLI);
        figures.put(max, times.getMaxValue() / NANOS_PER_MILLI);
    }

    /** The downloads, on a thread of their own. */
    private static final class Background implements AutoCloseable {
        private final AtomicBoolean done = new AtomicBoolean();
        private final AtomicLong received = new AtomicLong();
        private final FutureTask<Void> task;

        Background(Endpoint endpoint) {
            task = new FutureTask<>(() -> {
                try (Downloads downloads = Downloads.begin(endpoint, STREAMS)) {
                    downloads.run(() -> {
                        received.set(Arrays.stream(downloads.received()).sum());
                        return done.get();
                    });
                }
                return null;
            });
            Thread.ofPlatform().daemon().name("downloads").start(task);
        }

        /** Bytes of all together up to now. */
        long received() throws IOException {
            if (task.isDone()) {
                close();
                throw new IOException("the downloads ended");
            }
            return received.get();
        }

        /** Ends the downloads. */
        @Override
        public void close() throws IOException {
            done.set(true);
            try {
                task.get();
            } catch (ExecutionException e) {
                Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
                throw new IOException("downloads: " + cause.getMessage(), cause);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
