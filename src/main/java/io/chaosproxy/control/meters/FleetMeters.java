package io.chaosproxy.control.meters;

import io.chaosproxy.relay.Fleet;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The meters of a replica of a cluster. */
public final class FleetMeters implements MeterBinder {
    private final Fleet fleet;
    private final Tags cluster;
    private @Nullable MultiGauge shares; // both null until this is bound
    private @Nullable MultiGauge wholes;

    /** Meters with the name of the cluster as their label. */
    public FleetMeters(Fleet fleet, String cluster) {
        this.fleet = fleet;
        this.cluster = Tags.of("cluster", cluster);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("chaos.cluster.connected", fleet, each -> each.state().isConnected() ? 1 : 0)
                .description("1 if the Redis of the cluster answers.")
                .tags(cluster)
                .register(registry);
        Gauge.builder("chaos.cluster.replicas", fleet, each -> each.state().replicas())
                .description("Live replicas of the cluster.")
                .tags(cluster)
                .register(registry);
        Gauge.builder("chaos.cluster.plan.version", fleet, each -> each.state().planVersion())
                .description("Version of the cluster's plan that is in force here.")
                .tags(cluster)
                .register(registry);
        Gauge.builder("chaos.cluster.plan.pending", fleet, each -> each.state().isPlanPending() ? 1 : 0)
                .description("1 if changes of the plan wait for Redis.")
                .tags(cluster)
                .register(registry);
        FunctionCounter.builder(
                        "chaos.cluster.failures", fleet, each -> each.state().failures())
                .description("Exchanges with Redis that failed.")
                .tags(cluster)
                .register(registry);
        shares = MultiGauge.builder("chaos.cluster.share")
                .description("What this replica may use of a rate that all share.")
                .baseUnit("bytes_per_second")
                .register(registry);
        wholes = MultiGauge.builder("chaos.cluster.rate")
                .description("A rate that all replicas share.")
                .baseUnit("bytes_per_second")
                .register(registry);
    }

    /** Rates come and go with rules; to be called before each scrape. */
    public void update() {
        List<Fleet.Share> present = fleet.shares();
        if (shares != null && wholes != null) {
            shares.register(
                    present.stream()
                            .<MultiGauge.Row<?>>map(share -> MultiGauge.Row.of(tags(share), share.rate()))
                            .toList(),
                    true);
            wholes.register(
                    present.stream()
                            .<MultiGauge.Row<?>>map(share -> MultiGauge.Row.of(tags(share), share.whole()))
                            .toList(),
                    true);
        }
    }

    private Tags tags(Fleet.Share share) {
        return cluster.and(
                "rule", share.rule(), "direction", share.direction().name().toLowerCase(Locale.ROOT));
    }
}
