package io.chaosproxy.control.meters;

import io.chaosproxy.observe.TimeHistogram;
import io.chaosproxy.observe.Traffic;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.function.Function;

/** Times to the first byte of HTTP responses, read on each scrape: a timer of Micrometer would cost each exchange an event. */
public final class FirstByteCollector implements MultiCollector {
    private final ProxyRegistry proxies;

    /** Reads the histograms of these proxies. */
    public FirstByteCollector(ProxyRegistry proxies) {
        this.proxies = proxies;
    }

    @Override
    public MetricSnapshots collect() {
        return MetricSnapshots.of(
                histogram(
                        "chaos_upstream_first_byte_seconds",
                        "Time from the head of a request until the head of the response came from the upstream.",
                        Traffic::upstreamFirstByte),
                histogram(
                        "chaos_client_first_byte_seconds",
                        "Time from the head of a request until the client was sent the first byte of the response.",
                        Traffic::clientFirstByte));
    }

    private HistogramSnapshot histogram(String name, String help, Function<Traffic, TimeHistogram> of) {
        HistogramSnapshot.Builder histogram =
                HistogramSnapshot.builder().name(name).help(help);
        for (ProxyServer proxy : proxies.all()) {
            TimeHistogram times = of.apply(proxy.traffic());
            histogram.dataPoint(HistogramDataPointSnapshot.builder()
                    .labels(Labels.of("proxy", proxy.name()))
                    .classicHistogramBuckets(ClassicHistogramBuckets.of(TimeHistogram.bounds(), times.counts()))
                    .sum(times.sum())
                    .build());
        }
        return histogram.build();
    }
}
