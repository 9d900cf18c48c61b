package io.chaosproxy.bench;

import io.chaosproxy.bench.variant.Direct;
import io.chaosproxy.bench.variant.HaProxy;
import io.chaosproxy.bench.variant.JavaRival;
import io.chaosproxy.bench.variant.MockServer;
import io.chaosproxy.bench.variant.Nginx;
import io.chaosproxy.bench.variant.Ours;
import io.chaosproxy.bench.variant.PythonRival;
import io.chaosproxy.bench.variant.Toxiproxy;
import io.chaosproxy.bench.variant.Variant;
import io.chaosproxy.bench.workload.AddedLatency;
import io.chaosproxy.bench.workload.BesideBulk;
import io.chaosproxy.bench.workload.Bulk;
import io.chaosproxy.bench.workload.Exchanges;
import io.chaosproxy.bench.workload.IdleConnections;
import io.chaosproxy.bench.workload.SlowOrigin;
import io.chaosproxy.bench.workload.Start;
import io.chaosproxy.bench.workload.TotalSpeed;
import io.chaosproxy.bench.workload.Workload;
import io.chaosproxy.fault.Protocol;
import java.util.List;

/** All variants and all workloads, in the order of the report. */
final class Catalogue {
    private static final long MIB = 1024 * 1024;

    private Catalogue() {}

    static List<Variant> variants(Options options) {
        return List.of(
                new Direct(),
                new Ours(Protocol.HTTP, Ours.Kind.PLAIN),
                new Ours(Protocol.TCP, Ours.Kind.PLAIN),
                new Ours(Protocol.HTTP, Ours.Kind.UNARMED),
                new Ours(Protocol.TCP, Ours.Kind.UNARMED),
                new Ours(Protocol.HTTP, Ours.Kind.ARMED),
                new Ours(Protocol.TCP, Ours.Kind.ARMED),
                new Ours(Protocol.HTTP, Ours.Kind.PLATFORM),
                new Ours(Protocol.TCP, Ours.Kind.PLATFORM),
                JavaRival.netty(),
                JavaRival.vertx(),
                JavaRival.helidon(),
                JavaRival.asyncChannels(),
                new MockServer(),
                new Nginx(),
                new HaProxy(Protocol.HTTP),
                new HaProxy(Protocol.TCP),
                new Toxiproxy(options.toxiproxy()),
                PythonRival.gevent(),
                PythonRival.tornado());
    }

    static List<Workload> workloads(Options options) {
        long body = (options.quick() ? 25 : 100) * MIB;
        return List.of(
                Exchanges.small(1),
                Exchanges.small(64),
                Exchanges.small(1000),
                Exchanges.fresh(),
                Exchanges.armed(),
                Bulk.download(body),
                Bulk.upload(body),
                new BesideBulk(),
                new SlowOrigin(),
                new AddedLatency(100),
                new AddedLatency(1000),
                new TotalSpeed(1),
                new TotalSpeed(10),
                new TotalSpeed(100),
                new TotalSpeed(1000),
                new Start(),
                IdleConnections.plain(options.quick() ? 1000 : 5000),
                Exchanges.tlsSmall(64),
                Bulk.tlsDownload(64, body / 8),
                Exchanges.tlsFresh(),
                IdleConnections.tls(2000));
    }
}
