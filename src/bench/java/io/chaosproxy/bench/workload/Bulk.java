package io.chaosproxy.bench.workload;

import io.chaosproxy.bench.load.ClosedLoop;
import io.chaosproxy.bench.load.Request;
import io.chaosproxy.bench.variant.Running;
import io.chaosproxy.bench.variant.Setting;
import io.chaosproxy.bench.variant.Variant;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** Eight large bodies at once, again until the time is over. */
public final class Bulk implements Workload {
    private static final int FEW = 8;
    private static final double GIGA = 1e9;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final String name;
    private final String title;
    private final int streams;
    private final Setting setting;
    private final Request request;
    private final long bytes;

    private Bulk(String name, String title, int streams, Setting setting, Request request, long bytes) {
        this.name = name;
        this.title = title;
        this.streams = streams;
        this.setting = setting;
        this.request = request;
        this.bytes = bytes;
    }

    /** From the origin to the clients, so many bytes each. */
    public static Workload download(long bytes) {
        return new Bulk(
                "bulk-down", FEW + " downloads at once", FEW, Setting.PLAIN, Request.get("/bytes/" + bytes), bytes);
    }

    /** From the clients to the origin. */
    public static Workload upload(long bytes) {
        return new Bulk("bulk-up", FEW + " uploads at once", FEW, Setting.PLAIN, Request.post("/sink", bytes), bytes);
    }

    /** Downloads of this many bytes each, from the origin to clients inside TLS. */
    public static Workload tlsDownload(int streams, long bytes) {
        return new Bulk(
                "tls-bulk-" + streams,
                streams + " downloads at once inside TLS",
                streams,
                Setting.TLS,
                Request.get("/bytes/" + bytes),
                bytes);
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
    public Setting setting() {
        return setting;
    }

    @Override
    public boolean suits(Variant variant) {
        return variant.can(setting()) && variant.largestBody() >= bytes && !variant.showsRules();
    }

    @Override
    public Outcome round(Stand stand, Duration time) throws IOException {
        Running proxy = stand.kept(setting());
        try (ClosedLoop load = ClosedLoop.kept(endpoint(proxy), streams, request)) {
            Account account = Account.open(stand, proxy);
            long start = System.nanoTime();
            int times = 0;
            while (times == 0 || System.nanoTime() - start < time.toNanos()) {
                load.once(PATIENCE);
                times++;
            }
            Cost cost = account.close();
            double gigabytes = (double) times * streams * bytes / GIGA;
            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            figures.put(Figure.GIGABYTES, gigabytes / cost.wall());
            figures.put(Figure.OTHER_CPU_PER_GIGABYTE, cost.others() / gigabytes);
            figures.put(Figure.BROKEN, (double) load.failures());
            if (cost.hasProxy()) {
                figures.put(Figure.CPU_PER_GIGABYTE, cost.proxy() / gigabytes);
            }
            return Outcome.of(figures);
        }
    }
}
