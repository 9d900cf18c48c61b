package io.chaosproxy.control;

import io.chaosproxy.control.meters.FleetMeters;
import io.chaosproxy.control.meters.ProxyMeters;
import io.chaosproxy.control.reload.ConfigWatcher;
import io.chaosproxy.control.toxiproxy.ToxiproxyMetrics;
import io.chaosproxy.control.web.RequestMemory;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.relay.ProxyRegistry;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** {@code /metrics} in Prometheus' text format: the registry's meters, those of JVM and process, and Toxiproxy's. */
final class Metrics implements AutoCloseable {
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final ProxyRegistry proxies;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final ProxyMeters meters;
    private final Optional<FleetMeters> fleet;
    private final JvmGcMetrics collections = new JvmGcMetrics();

    /** {@code reloader} is empty without a configuration file. */
    Metrics(ProxyRegistry proxies, Optional<ConfigWatcher> reloader) {
        this.proxies = proxies;
        this.meters = new ProxyMeters(proxies);
        meters.bindTo(registry);
        this.fleet = proxies.common().fleet().map(FleetMeters::new);
        fleet.ifPresent(each -> each.bindTo(registry));
        reloader.ifPresent(file -> {
            count(file, "taken", ConfigWatcher::taken);
            count(file, "refused", ConfigWatcher::refused);
        });
        collections.bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
    }

    private void count(ConfigWatcher file, String result, ToDoubleFunction<ConfigWatcher> value) {
        FunctionCounter.builder("chaos.reloads", file, value)
                .description("How often the configuration file was read again.")
                .tag("result", result)
                .register(registry);
    }

    /** Counts lines that a file has lost. */
    void watch(String name, AsyncLineWriter<?> file) {
        FunctionCounter.builder("chaos.lost.lines", file, AsyncLineWriter::lost)
                .description("Lines that could not be written to a file.")
                .tag("file", name)
                .register(registry);
    }

    /** It answers whatever the method, as Toxiproxy's does. */
    List<Route> routes() {
        return Stream.of(Method.GET, Method.HEAD, Method.POST, Method.PUT, Method.PATCH, Method.DELETE, Method.OPTIONS)
                .map(method -> Route.of(method, "/metrics", this::send))
                .toList();
    }

    private void send(ServerRequest request, ServerResponse response) {
        response.header(HeaderNames.CONTENT_TYPE, TEXT);
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        if (request.prologue().method().equals(Method.HEAD)) {
            response.send();
        } else {
            fleet.ifPresent(FleetMeters::update);
            byte[] text = (registry.scrape() + ToxiproxyMetrics.text(proxies)).getBytes(StandardCharsets.UTF_8);
            RequestMemory.send(text.length, () -> response.send(text));
        }
    }

    @Override
    public void close() {
        meters.close();
        collections.close();
        registry.close();
    }
}
