package io.chaosproxy.control.api;

import io.chaosproxy.control.load.LoadRequest;
import io.chaosproxy.control.load.LoadResult;
import io.chaosproxy.control.load.LoadRun;
import io.chaosproxy.control.load.LoadSummary;
import io.chaosproxy.control.web.JsonWriter;
import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.helidon.http.Status;
import io.helidon.http.sse.SseEvent;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.sse.SseSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Sends requests through a proxy and responds with a stream of what became of them. One run at a time; it ends with its reader.
 */
final class LoadApi implements AutoCloseable {
    private static final int COUNT = 50;
    private static final int CONCURRENCY = 5;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** A server that doesn't speak first would otherwise hold each connection for the whole timeout. */
    private static final Duration RAW_TIMEOUT = Duration.ofSeconds(2);

    /** Wait for a run whose reader has just left. */
    private static final Duration HANDOVER = Duration.ofSeconds(1);

    private final ProxyRegistry registry;

    private final Semaphore permit = new Semaphore(1);

    /** Name of the proxy that the last run goes through. */
    private volatile String running = "";

    private volatile boolean closed;

    LoadApi(ProxyRegistry registry) {
        this.registry = registry;
    }

    List<Route> routes() {
        return List.of(Route.post("/api/v1/proxies/{proxy}/try", this::run));
    }

    private void run(ServerRequest request, ServerResponse response) {
        ProxyServer proxy = RequestParams.proxy(request, registry);
        LoadRequest load = read(request, proxy);
        check(proxy);
        if (!isPermitted()) {
            throw new Problem(
                    Status.CONFLICT_409,
                    "requests are being sent through " + running
                            + " already; that ends with its reader, and after two minutes at the latest");
        }
        try {
            running = proxy.name();
            stream(new LoadRun(registry, proxy, load), response);
        } finally {
            permit.release();
        }
    }

    private boolean isPermitted() {
        try {
            return permit.tryAcquire(HANDOVER.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new CloseConnectionException("the control plane ends", e);
        }
    }

    private void stream(LoadRun run, ServerResponse response) {
        try {
            SseSink sink = response.sink(SseSink.TYPE);
            run.run(new Stream(sink), () -> closed);
            sink.emit(event("end", Map.of()));
            sink.close();
        } catch (UncheckedIOException e) {
            throw new CloseConnectionException("the reader of the results is gone", e);
        } catch (IOException e) {
            throw new CloseConnectionException("the twin of the proxy can't listen", e);
        } catch (InterruptedException e) {
            throw new CloseConnectionException("the control plane ends", e);
        }
    }

    private static void check(ProxyServer proxy) {
        if (proxy.protocol() == Protocol.FORWARD) {
            throw new Problem(
                    Status.CONFLICT_409,
                    proxy.name() + " is a forward proxy, whose clients name their targets; send through it by"
                            + " https_proxy or curl -x");
        }
        if (!proxy.isEnabled()) {
            throw new Problem(Status.CONFLICT_409, proxy.name() + " is off");
        }
        InetAddress loopback = InetAddress.getLoopbackAddress();
        if (proxy.options().proxyProtocol().acceptFrom().stream().anyMatch(network -> network.contains(loopback))) {
            throw new Problem(
                    Status.CONFLICT_409,
                    proxy.name() + " expects a PROXY protocol header from this machine, which is not sent here");
        }
    }

    private static LoadRequest read(ServerRequest request, ProxyServer proxy) {
        JsonBody body = JsonBody.of(request, "count", "concurrency", "timeout", "path", "headers", "send");
        Optional<String> send = body.text("send");
        Optional<String> path = body.text("path");
        Optional<Map<String, String>> headers = body.texts("headers");
        if (send.isPresent() && (path.isPresent() || headers.isPresent())) {
            throw JsonBody.wrong("send", "goes with neither path nor headers: those are of an HTTP request");
        }
        boolean raw = send.isPresent() || (proxy.protocol() == Protocol.TCP && path.isEmpty() && headers.isEmpty());
        try {
            return new LoadRequest(
                    body.count("count").orElse(COUNT),
                    body.count("concurrency").orElse(CONCURRENCY),
                    body.duration("timeout").orElse(raw ? RAW_TIMEOUT : TIMEOUT),
                    raw
                            ? new LoadRequest.Raw(send.orElse(""))
                            : new LoadRequest.Get(path.orElse("/"), headers.orElse(Map.of())));
        } catch (InvalidValueException e) {
            throw JsonBody.wrong(e.key(), e.reason());
        }
    }

    /** The progress of a run as server-sent events. */
    private record Stream(SseSink sink) implements LoadRun.Report {
        @Override
        public void begins(String leg) {
            sink.emit(event("leg", Map.of("leg", leg)));
        }

        @Override
        public void ended(String leg, List<LoadResult> results) {
            if (results.isEmpty()) { // so that a reader that has left is noticed
                sink.emit(SseEvent.builder().comment("").build());
            } else {
                List<Map<String, Object>> views =
                        results.stream().map(LoadApi::view).toList();
                sink.emit(event("results", Map.of("leg", leg, "results", views)));
            }
        }

        @Override
        public void over(LoadSummary summary) {
            sink.emit(event("summary", LoadApi.view(summary)));
        }
    }

    private static Map<String, Object> view(LoadResult result) {
        Map<String, Object> shown = new HashMap<>();
        shown.put("at-ms", millis(result.atNanos()));
        if (result.firstByteNanos() >= 0) {
            shown.put("first-byte-ms", millis(result.firstByteNanos()));
        }
        shown.put("total-ms", millis(result.totalNanos()));
        shown.put("bytes", result.bytes());
        if (result.status() > 0) {
            shown.put("status", result.status());
        }
        if (!result.failure().isEmpty()) {
            shown.put("failure", result.failure());
        }
        return shown;
    }

    private static Map<String, Object> view(LoadSummary summary) {
        Map<String, Object> shown = new HashMap<>();
        shown.put("leg", summary.leg());
        shown.put("asked", summary.asked());
        shown.put("ended", summary.results().size());
        shown.put("complete", summary.complete());
        shown.put("seconds", summary.time().toMillis() / 1e3);
        shown.put("per-second", rounded(summary.rate()));
        shown.put("bytes-per-second", Math.round(summary.byteRate()));
        put(shown, "first-byte-p50-ms", summary.firstByte(0.5));
        put(shown, "first-byte-p90-ms", summary.firstByte(0.9));
        put(shown, "first-byte-p99-ms", summary.firstByte(0.99));
        put(shown, "total-p50-ms", summary.total(0.5));
        put(shown, "total-p99-ms", summary.total(0.99));
        Map<String, Object> statuses = new HashMap<>();
        summary.statuses().forEach((status, count) -> statuses.put(status.toString(), count));
        shown.put("statuses", statuses);
        shown.put("failures", summary.failures());
        return shown;
    }

    private static void put(Map<String, Object> shown, String key, OptionalDouble millis) {
        millis.ifPresent(value -> shown.put(key, rounded(value)));
    }

    private static double millis(long nanos) {
        return rounded(nanos / 1e6);
    }

    private static double rounded(double value) {
        return Math.round(value * 1e3) / 1e3;
    }

    private static SseEvent event(String name, Map<String, Object> data) {
        return SseEvent.builder().name(name).data(JsonWriter.SORTED.write(data)).build();
    }

    /** Ends a run. */
    @Override
    public void close() {
        closed = true;
    }
}
