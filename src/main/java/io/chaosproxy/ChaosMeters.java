package io.chaosproxy;

import io.chaosproxy.control.meters.ProxyMeters;
import io.chaosproxy.fault.Check;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * The meters of a server's proxies, in any registry of Micrometer: the metrics that the control plane shows to Prometheus.
 * Those of a proxy come and go with it. Needs {@code io.micrometer:micrometer-core}. Thread-safe.
 *
 * {@snippet :
 * try (ChaosServer server = ChaosServer.start(config);
 *         ChaosMeters meters = new ChaosMeters(server)) {
 *     meters.bindTo(registry);
 * }
 * }
 */
public final class ChaosMeters implements MeterBinder, AutoCloseable {
    private final ProxyMeters meters;

    /**
     * Meters of all proxies that the server has, and will have.
     *
     * @param server server whose proxies have the meters
     */
    public ChaosMeters(ChaosServer server) {
        Check.given("server", server);
        this.meters = new ProxyMeters(server.registry());
    }

    /** Registers the meters, and keeps them in step with the proxies until this is closed. */
    @Override
    public void bindTo(MeterRegistry registry) {
        Check.given("registry", registry);
        meters.bindTo(registry);
    }

    /** Removes all meters from all registries. */
    @Override
    public void close() {
        meters.close();
    }
}
