package io.chaosproxy.control.api;

import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.PlanVersion;
import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.relay.Fleet;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The cluster in the native API: its replicas, and changes of plans that are made on all of them. */
final class FleetApi {
    /** Query parameter of the operations that change plans: {@code replica}, which is the default, or {@code cluster}. */
    static final String SCOPE = "scope";

    private final Optional<Fleet> fleet;

    /** {@code fleet} is empty if the configuration has no cluster. */
    FleetApi(Optional<Fleet> fleet) {
        this.fleet = fleet;
    }

    List<Route> routes() {
        return List.of(Route.get("/api/v1/fleet", this::show));
    }

    private static Fleet given(Optional<Fleet> fleet) {
        return fleet.orElseThrow(() -> new Problem(
                Status.CONFLICT_409, "this process belongs to no cluster; the file has no section cluster"));
    }

    private void show(ServerRequest request, ServerResponse response) {
        Fleet cluster = given(fleet);
        Fleet.State state = cluster.state();
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("cluster", cluster.settings().name());
        shown.put("replica", cluster.replica());
        shown.put("redis", redis(cluster, state));
        shown.put("plan", Map.of("version", state.planVersion(), "pending", state.isPlanPending()));
        shown.put("replicas", cluster.replicas().stream().map(FleetApi::shown).toList());
        Json.send(response, Status.OK_200, shown);
    }

    private static Map<String, Object> redis(Fleet cluster, Fleet.State state) {
        Map<String, Object> redis = new LinkedHashMap<>();
        redis.put("address", cluster.settings().redis().toString());
        redis.put("state", state.isConnected() ? "connected" : "unavailable");
        redis.put("since", state.since().toString());
        state.problem().ifPresent(problem -> redis.put("problem", problem));
        return redis;
    }

    private static Map<String, Object> shown(Fleet.Replica replica) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("name", replica.name());
        shown.put("alive", replica.isAlive());
        shown.put("last-seen", replica.lastSeen().toString());
        shown.put("version", replica.version());
        shown.put("plan-version", replica.planVersion());
        List<Fleet.Share> shares = replica.isAlive() ? replica.shares() : List.of(); // those of others by now
        shown.put("shares", shares.stream().map(FleetApi::shown).toList());
        return shown;
    }

    private static Map<String, Object> shown(Fleet.Share share) {
        return Map.of(
                "rule",
                share.rule(),
                "direction",
                share.direction().name().toLowerCase(Locale.ROOT),
                "rate",
                share.rate(),
                "whole",
                share.whole());
    }

    /** Whether a request wants its changes on all replicas. */
    static boolean isForAll(ServerRequest request) {
        return RequestParams.query(request, SCOPE).filter("cluster"::equals).isPresent();
    }

    /** The route with its parameter {@code scope} heeded, if it has that. */
    static Route scoped(Route route, Optional<Fleet> fleet) {
        if (!route.query().contains(SCOPE)) {
            return route;
        }
        return route.handler((request, response) -> {
            String scope = RequestParams.query(request, SCOPE).orElse("replica");
            switch (scope) {
                case "replica" -> route.handler().handle(request, response);
                case "cluster" -> {
                    if (request.query().contains("lease")) {
                        throw RequestParams.wrong(
                                "lease", "does not go with scope=cluster; a rule with ttl removes itself");
                    }
                    given(fleet)
                            .everywhere(
                                    (version, pending) -> PlanVersion.say(response, version, pending),
                                    () -> route.handler().handle(request, response));
                }
                default -> throw RequestParams.wrong(SCOPE, "must be replica or cluster, not \"" + scope + "\"");
            }
        });
    }
}
