package io.chaosproxy.control.api;

import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.inject.Trace;
import io.chaosproxy.inject.Traces;
import io.chaosproxy.observe.Event;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Records of the last exchanges and connections in the native API. They are made from the first request for them on, until there
 * has been none for {@link #KEPT_FOR}, and while a stream of {@code exchange} events is open.
 */
final class ExchangesApi implements AutoCloseable {
    /** How long a request makes the proxies record. */
    static final Duration KEPT_FOR = Duration.ofSeconds(15);

    private static final String ALL = "/api/v1/exchanges";

    private final ProxyRegistry registry;
    private final Traces traces;
    private final Consumer<Event> forgetting = this::forget;

    ExchangesApi(ProxyRegistry registry) {
        this.registry = registry;
        this.traces = registry.common().traces();
        registry.common().events().addWithoutTraffic(forgetting);
    }

    private void forget(Event event) {
        if (event instanceof Event.Removed removed) {
            traces.forget(removed.proxy());
        }
    }

    List<Route> routes() {
        return List.of(
                Route.get(ALL, this::index).query("proxy", "last"),
                Route.get(ALL + "/{proxy}/{connection}/{exchange}", this::one));
    }

    private void index(ServerRequest request, ServerResponse response) {
        ProxyServer proxy = RequestParams.query(request, "proxy")
                .map(name -> registry.find(name).orElseThrow(() -> Problem.notFound("proxy", name)))
                .orElse(null);
        int last = RequestParams.count(request, "last", Traces.KEPT);
        boolean before = traces.isRecording();
        traces.keep(KEPT_FOR);
        List<String> names =
                proxy == null ? registry.all().stream().map(ProxyServer::name).toList() : List.of(proxy.name());
        List<Trace> found = names.stream()
                .flatMap(name -> traces.of(name).stream())
                .sorted((one, other) -> one.began().compareTo(other.began()))
                .toList();
        Json.sendAll(
                response,
                "exchanges",
                found.subList(Math.max(0, found.size() - last), found.size()),
                TraceView::summary,
                Map.of(
                        "recording",
                        before,
                        "left-out",
                        names.stream().mapToLong(traces::leftOut).sum()));
    }

    private void one(ServerRequest request, ServerResponse response) {
        String proxy = RequestParams.proxy(request, registry).name();
        String connection = RequestParams.name(request, "connection");
        String exchange = RequestParams.name(request, "exchange");
        traces.keep(KEPT_FOR);
        Trace trace = traces.of(proxy).stream()
                .filter(each -> String.valueOf(each.connection()).equals(connection)
                        && String.valueOf(each.exchange()).equals(exchange))
                .findFirst()
                .orElseThrow(() -> new Problem(
                        Status.NOT_FOUND_404,
                        "there is no record of exchange " + exchange + " of connection " + connection
                                + "; records are made while they are asked for, and the last " + Traces.KEPT
                                + " of a proxy are kept"));
        Json.send(response, Status.OK_200, TraceView.whole(trace));
    }

    @Override
    public void close() {
        registry.common().events().remove(forgetting);
    }
}
