package io.chaosproxy.bench.workload;

import io.chaosproxy.bench.load.ClosedLoop;
import io.chaosproxy.bench.load.Request;
import io.chaosproxy.bench.variant.Running;
import io.chaosproxy.bench.variant.Variant;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** Eight large bodies at once, again until the time is over. */
public final class Bulk implements Workload {
    private static final int STREAMS = 8;
    private static final double GIGA = 1e9;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final String name;
    private final String title;
    private final Request request;
    private final long bytes;

    private Bulk(String name, String title, Request request, long bytes) {
        this.name = name;
        this.title = title;
        this.request = request;
        this.bytes = bytes;
    }

    /** From the origin to the clients, so many bytes each. */
    public static Workload download(long bytes) {
        return new Bulk("bulk-down", STREAMS + " downloads at once", Request.get("/bytes/" + bytes), bytes);
    }

    /** From the clients to the origin. */
    public static Workload upload(long bytes) {
        return new Bulk("bulk-up", STREAMS + " uploads at once", Request.post("/sink", bytes), bytes);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public boolean suits(Variant variant) {
        return variant.can(setting()) && !variant.showsRules();
    }

    @Override
    public Map<Figure, Double> round(Stand stand, Duration time) throws IOException {
        Running proxy = stand.kept(setting());
        try (ClosedLoop load = ClosedLoop.kept(proxy.address(), STREAMS, request)) {
            Account account = Account.open(stand, proxy);
            long start = System.nanoTime();
            int times = 0;
            while (times == 0 || System.nanoTime() - start < time.toNanos()) {
                load.once(PATIENCE);
                times++;
            }
            Cost cost = account.close();
            double gigabytes = (double) times * STREAMS * bytes / GIGA;
            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            figures.put(Figure.GIGABYTES, gigabytes / cost.wall());
            figures.put(Figure.OTHER_CPU_PER_GIGABYTE, cost.others() / gigabytes);
            figures.put(Figure.BROKEN, (double) load.failures());
            if (cost.hasProxy()) {
                figures.put(Figure.CPU_PER_GIGABYTE, cost.proxy() / gigabytes);
            }
            return figures;
        }
    }
}
