package io.chaosproxy.control.api;

import io.chaosproxy.config.NetworkProfile;
import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Named networks of the native API: which there are, and which a proxy is to be. */
final class ProfilesApi {
    private static final String OF_PROXY = "/api/v1/proxies/{proxy}/profile";

    private final ProxyRegistry registry;
    private final Leases leases;
    private final List<NetworkProfile> profiles;

    ProfilesApi(ProxyRegistry registry, Leases leases, List<NetworkProfile> profiles) {
        this.registry = registry;
        this.leases = leases;
        this.profiles = profiles;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/api/v1/profiles", this::index),
                Route.put(OF_PROXY, this::put).query("lease", FleetApi.SCOPE),
                Route.delete(OF_PROXY, this::delete).query(FleetApi.SCOPE));
    }

    private void index(ServerRequest request, ServerResponse response) {
        Json.send(
                response,
                Status.OK_200,
                Map.of("profiles", profiles.stream().map(ProfilesApi::shown).toList()));
    }

    private static Map<String, Object> shown(NetworkProfile profile) {
        Map<String, Object> shown = new HashMap<>(profile.fields().root().unwrapped());
        shown.put("name", profile.name());
        return shown;
    }

    private void put(ServerRequest request, ServerResponse response) {
        RequestParams.proxy(request, registry); // an unknown proxy is reported before a malformed body
        JsonBody body = JsonBody.of(request, "name", "only");
        NetworkProfile profile =
                profile(body.text("name").orElseThrow(() -> JsonBody.wrong("name", "is missing; it must be text")));
        boolean only = body.flag("only").orElse(false);
        Optional<String> lease = RequestParams.query(request, "lease");
        Map<String, Object> shown;
        registry.changing().lock();
        try {
            ProxyServer proxy = RequestParams.proxy(request, registry);
            leases.change(lease, proxy, only ? profile::aloneIn : profile::in);
            shown = JsonViews.proxy(proxy);
        } finally {
            registry.changing().unlock();
        }
        Json.send(response, Status.OK_200, shown);
    }

    private static NetworkProfile profile(String name) {
        try {
            return NetworkProfile.named(name);
        } catch (InvalidValueException e) {
            throw JsonBody.wrong("name", e.reason());
        }
    }

    private void delete(ServerRequest request, ServerResponse response) {
        registry.changing().lock();
        try {
            registry.find(RequestParams.name(request, "proxy"))
                    .ifPresent(proxy -> leases.change(Optional.empty(), proxy, NetworkProfile::without));
        } finally {
            registry.changing().unlock();
        }
        Json.noContent(response);
    }
}
