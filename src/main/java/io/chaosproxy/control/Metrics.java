package io.chaosproxy.control;

import io.chaosproxy.control.meters.FirstByteCollector;
import io.chaosproxy.control.meters.FleetMeters;
import io.chaosproxy.control.meters.ProxyMeters;
import io.chaosproxy.control.reload.ConfigWatcher;
import io.chaosproxy.control.toxiproxy.ToxiproxyMetrics;
import io.chaosproxy.control.web.RequestMemory;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.text.ProgramVersion;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpMediaType;
import io.helidon.http.Method;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.TimeGauge;
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
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** {@code /metrics} in Prometheus' text format, or in that of OpenMetrics for clients that accept it: the registry's meters, those of JVM and process, and Toxiproxy's. */
final class Metrics implements AutoCloseable {
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String VERSION = "1.0.0";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=" + VERSION + "; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final ProxyMeters meters;
    private final Optional<FleetMeters> fleet;
    private final JvmGcMetrics collections = new JvmGcMetrics();

    /** {@code reloader} is empty without a configuration file. */
    Metrics(ProxyRegistry proxies, Optional<ConfigWatcher> reloader) {
        this.meters = new ProxyMeters(proxies);
        meters.bindTo(registry);
        registry.getPrometheusRegistry().register(new FirstByteCollector(proxies));
        registry.getPrometheusRegistry().register(new ToxiproxyMetrics(proxies));
        this.fleet = proxies.common()
                .fleet()
                .map(each -> new FleetMeters(each, each.settings().name()));
        fleet.ifPresent(each -> each.bindTo(registry));
        reloader.ifPresent(file -> {
            count(file, "taken", ConfigWatcher::taken);
            count(file, "refused", ConfigWatcher::refused);
            last(file);
        });
        Gauge.builder("chaos.build.info", () -> 1)
                .description("1; the labels are the versions of the program and of Java.")
                .tag("version", ProgramVersion.TEXT)
                .tag("java", Runtime.version().toString())
                .register(registry);
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

    /** Names as Prometheus has them for its own configuration. */
    private void last(ConfigWatcher file) {
        Gauge.builder(
                        "chaos.config.last.reload.successful",
                        file,
                        each -> each.last().isTaken() ? 1 : 0)
                .description("1 if the configuration file was applied when it was last read, at the start included.")
                .register(registry);
        TimeGauge.builder(
                        "chaos.config.last.reload.success.timestamp",
                        file,
                        TimeUnit.MILLISECONDS,
                        each -> each.lastTaken().toEpochMilli())
                .description("When the configuration file was last applied, in seconds since 1970.")
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
        String type = wantsOpenMetrics(request) ? OPEN_METRICS : TEXT;
        response.header(HeaderNames.CONTENT_TYPE, type);
        response.header(HeaderNames.VARY, "Accept");
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        if (request.prologue().method().equals(Method.HEAD)) {
            response.send();
        } else {
            fleet.ifPresent(FleetMeters::update);
            byte[] text = registry.scrape(type).getBytes(StandardCharsets.UTF_8);
            RequestMemory.send(text.length, () -> response.send(text));
        }
    }

    /** The format with the higher weight (RFC 9110, section 12.5.1); OpenMetrics if the weights are equal. */
    private static boolean wantsOpenMetrics(ServerRequest request) {
        double openMetrics = 0;
        double text = 0;
        for (HttpMediaType type : request.headers().acceptedTypes()) {
            if (type.type().equals("application") && type.subtype().equals("openmetrics-text")) {
                if (type.parameters().getOrDefault("version", VERSION).equals(VERSION)) {
                    openMetrics = Math.max(openMetrics, type.qualityFactor());
                }
            } else if (type.type().equals("text") && type.subtype().equals("plain")) {
                text = Math.max(text, type.qualityFactor());
            }
        }
        return openMetrics > 0 && openMetrics >= text;
    }

    @Override
    public void close() {
        meters.close();
        collections.close();
        registry.close();
    }
}
