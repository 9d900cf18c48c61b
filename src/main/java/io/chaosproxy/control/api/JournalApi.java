package io.chaosproxy.control.api;

import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.observe.Traffic;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeMap;

/** Journal and statistics of the native API. */
final class JournalApi {
    /** Default for {@code last}: hits in a response. */
    static final int DEFAULT_LAST = 1000;

    private final ProxyRegistry registry;
    private final Instant start = Instant.now();

    JournalApi(ProxyRegistry registry) {
        this.registry = registry;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/api/v1/journal", this::journal).query("proxy", "rule", "last"),
                Route.get("/api/v1/stats", this::stats));
    }

    private void journal(ServerRequest request, ServerResponse response) {
        Optional<String> proxy = RequestParams.query(request, "proxy");
        Optional<String> rule = RequestParams.query(request, "rule");
        int last = RequestParams.count(request, "last", DEFAULT_LAST);
        try {
            registry.common().journal().checkNames(proxy, rule);
        } catch (NoSuchElementException e) {
            throw new Problem(Status.NOT_FOUND_404, String.valueOf(e.getMessage()));
        }
        List<Hit> hits = registry.common().journal().hits().stream()
                .filter(hit -> proxy.map(hit.proxy()::equals).orElse(true)
                        && rule.map(hit.rule()::equals).orElse(true))
                .toList();
        Json.sendAll(
                response,
                "hits",
                hits.subList(Math.max(0, hits.size() - last), hits.size()),
                JsonViews::hit,
                Map.of("seed", registry.common().seed(), "counts", counts(proxy, rule)));
    }

    /** By proxy and rule, of all hits, those that the journal no longer keeps in full, too. */
    private Map<String, Object> counts(Optional<String> proxy, Optional<String> rule) {
        Map<String, Object> counts = new TreeMap<>();
        for (String name : registry.common().journal().proxies()) {
            Map<String, Long> byRule = registry.common().journal().byRule(name);
            rule.ifPresent(only -> byRule.keySet().retainAll(List.of(only)));
            if (proxy.map(name::equals).orElse(true) && !byRule.isEmpty()) {
                counts.put(name, byRule);
            }
        }
        return counts;
    }

    private void stats(ServerRequest request, ServerResponse response) {
        Map<String, Object> proxies = new TreeMap<>();
        registry.all().forEach(proxy -> proxies.put(proxy.name(), stats(proxy)));
        Json.send(
                response,
                Status.OK_200,
                Map.of(
                        "seed", registry.common().seed(),
                        "uptime-ms", Duration.between(start, Instant.now()).toMillis(),
                        "hits-by-type", registry.common().journal().byType(),
                        "proxies", proxies));
    }

    /** Counters of a proxy. */
    static Map<String, Object> stats(ProxyServer proxy) {
        Traffic traffic = proxy.traffic();
        Journal journal = proxy.common().journal();
        return Map.of(
                "enabled", proxy.isEnabled(),
                "open", proxy.connections().size(),
                "connections", traffic.connections(),
                "exchanges", traffic.exchanges(),
                "up", traffic.bytes(Direction.UP),
                "down", traffic.bytes(Direction.DOWN),
                "dial-failures", traffic.dialFailures(),
                "hits", journal.byRule(proxy.name()));
    }
}
