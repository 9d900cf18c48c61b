package io.chaosproxy.control;

import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.Upstream;
import io.chaosproxy.control.reload.ConfigWatcher;
import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Health probes: {@code /health/live} is up as long as the server responds, {@code /health/ready} once every enabled proxy
 * listens.
 *
 * <p>Without the Redis of its cluster a replica is ready, but degraded: its traffic goes on, with the last plan and its last share of
 * the rates.
 *
 * <p>It isn't ready any more from the signal to end on, while proxies accept connections for the time of {@code shutdown-delay} and
 * drain afterwards: load balancers look elsewhere before connections are refused.
 *
 * <p>An unreachable upstream and a rejected configuration file are details and don't change the status: the proxies serve,
 * and taking them out of the traffic would be an unintended fault.
 */
final class Health {
    private final ProxyRegistry registry;
    private final Optional<ConfigWatcher> reloader;
    private final Reachability reachability = new Reachability();

    /** {@code reloader} is empty without a configuration file. */
    Health(ProxyRegistry registry, Optional<ConfigWatcher> reloader) {
        this.registry = registry;
        this.reloader = reloader;
    }

    List<Route> routes() {
        return List.of(Route.get("/health/live", this::live), Route.get("/health/ready", this::ready));
    }

    private void live(ServerRequest request, ServerResponse response) {
        Json.send(response, Status.OK_200, Map.of("status", "up"));
    }

    private void ready(ServerRequest request, ServerResponse response) {
        boolean ending = registry.isEnding();
        boolean ready = !ending && registry.all().stream().allMatch(Health::isReady);
        Map<String, Object> body = new LinkedHashMap<>();
        Optional<Fleet> fleet = registry.common().fleet();
        boolean degraded =
                fleet.filter(cluster -> !cluster.state().isConnected()).isPresent();
        body.put("status", !ready ? "down" : degraded ? "degraded" : "up");
        if (ending) {
            body.put("reason", "shutting down");
        }
        if (!AccessFilter.isUnauthenticated(request)) {
            body.put("proxies", proxies());
            fleet.ifPresent(cluster -> body.put("cluster", cluster(cluster.state())));
            reloader.ifPresent(file -> body.put("configuration", configuration(file.last())));
        }
        Json.send(response, ready ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503, body);
    }

    private static boolean isReady(ProxyServer proxy) {
        return proxy.isEnabled() || !proxy.isWanted();
    }

    private Map<String, Object> proxies() {
        Map<String, Object> details = new LinkedHashMap<>();
        List<ProxyServer> all = List.copyOf(registry.all());
        Map<ProxyServer, Reachability.State> upstreams = reachability.of(all);
        all.forEach(proxy -> details.put(proxy.name(), details(proxy, upstreams.get(proxy))));
        return details;
    }

    private static Map<String, Object> details(ProxyServer proxy, Reachability.@Nullable State state) {
        ProxySpec spec = proxy.spec();
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("listen", spec.listen().toString());
        details.put("state", proxy.isEnabled() ? "listening" : proxy.isWanted() ? "can't listen" : "off");
        if (state != null) {
            Map<String, Object> upstream = new LinkedHashMap<>();
            upstream.put("address", Upstream.text(spec));
            upstream.put("state", state.word());
            if (!state.reason().isEmpty()) {
                upstream.put("reason", state.reason());
            }
            details.put("upstream", upstream);
        }
        return details;
    }

    private static Map<String, Object> cluster(Fleet.State state) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("state", state.isConnected() ? "connected" : "redis unavailable");
        details.put("since", state.since().toString());
        state.problem().ifPresent(problem -> details.put("reason", problem));
        return details;
    }

    private static Map<String, Object> configuration(ConfigWatcher.Outcome last) {
        return Map.of("read", last.at().toString(), "taken", last.isTaken(), "mistakes", last.mistakes());
    }
}
