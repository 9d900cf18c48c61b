package io.chaosproxy.control.api;

import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.net.ListenException;
import io.chaosproxy.relay.ProxyChange;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.UnusableSettingsException;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Proxies of the native API: there, changed, switched and gone. Each change is made under the lock of the registry. */
final class ProxiesApi {
    private static final String ALL = "/api/v1/proxies";
    private static final String ONE = ALL + "/{proxy}";

    private final ProxyRegistry registry;
    private final Leases leases;
    private final ReentrantLock changing;

    ProxiesApi(ProxyRegistry registry, Leases leases) {
        this.registry = registry;
        this.leases = leases;
        this.changing = registry.changing();
    }

    List<Route> routes() {
        return List.of(
                Route.get(ALL, this::index),
                Route.get(ONE, this::show),
                Route.put(ONE, this::put),
                Route.patch(ONE, this::patch).query(FleetApi.SCOPE),
                Route.delete(ONE, this::delete),
                Route.post(ONE + "/sever", this::sever),
                Route.post("/api/v1/clear", this::clear).query(FleetApi.SCOPE));
    }

    private void index(ServerRequest request, ServerResponse response) {
        Map<String, Supplier<Map<String, Object>>> proxies = new HashMap<>();
        registry.all().forEach(proxy -> proxies.putIfAbsent(proxy.name(), () -> JsonViews.proxy(proxy)));
        Json.send(response, Status.OK_200, Map.of("proxies", proxies));
    }

    private void show(ServerRequest request, ServerResponse response) {
        Json.send(response, Status.OK_200, JsonViews.proxy(RequestParams.proxy(request, registry)));
    }

    private void put(ServerRequest request, ServerResponse response) {
        ProxyBody body = ProxyBody.read(request);
        String name = RequestParams.name(request, "proxy");
        boolean on = body.enabled().orElse(true);
        boolean added;
        Map<String, Object> shown;
        changing.lock();
        try {
            Optional<ProxySpec> present = registry.find(name).map(ProxyServer::spec);
            ProxySpec wanted = registry.withCommonRules(body.spec(name, present));
            added = registry.find(wanted.name()).isEmpty();
            ProxyServer proxy = change(wanted, on, Optional.of(before -> wanted.plan()));
            leases.release(wanted.name());
            shown = JsonViews.proxy(proxy);
        } catch (IOException e) {
            throw conflict(e);
        } finally {
            changing.unlock();
        }
        Json.send(response, added ? Status.CREATED_201 : Status.OK_200, shown);
    }

    private void patch(ServerRequest request, ServerResponse response) {
        ProxyBody body = ProxyBody.read(request);
        Map<String, Object> shown;
        changing.lock();
        try {
            ProxyServer present = RequestParams.proxy(request, registry);
            Plan before = present.plan();
            if (FleetApi.isForAll(request) && !body.hasOnlyRules()) {
                throw new Problem(
                        Status.BAD_REQUEST_400,
                        "scope=cluster is for rules; addresses and options are those of each replica's configuration");
            }
            ProxyServer proxy = patched(present, body);
            leases.follow(proxy, before);
            shown = JsonViews.proxy(proxy);
        } catch (IOException e) {
            throw conflict(e);
        } finally {
            changing.unlock();
        }
        Json.send(response, Status.OK_200, shown);
    }

    private ProxyServer patched(ProxyServer present, ProxyBody body) throws IOException {
        ProxySpec before = present.spec();
        ProxySpec changed = body.over(before);
        UnaryOperator<Plan> plan = inForce -> inForce.withChange(before.plan(), changed.plan());
        if (body.hasOnlyRules()) { // also of a proxy that can't listen at present
            present.change(plan);
            present.written(changed.written());
            return present;
        }
        return change(
                changed,
                body.enabled().orElse(present.isWanted()),
                body.hasRules() ? Optional.of(plan) : Optional.empty());
    }

    /** Makes a proxy as it is wanted, or leaves it as it is. */
    private ProxyServer change(ProxySpec wanted, boolean on, Optional<UnaryOperator<Plan>> plan) throws IOException {
        registry.apply(List.of(new ProxyChange(wanted, on, plan, false)), Set.of());
        return registry.find(wanted.name()).orElseThrow();
    }

    /** The problem of a change that can't be made; then nothing is changed. */
    static Problem conflict(IOException e) {
        return switch (e) {
            case UnusableSettingsException unusable ->
                new Problem(
                        Status.BAD_REQUEST_400,
                        String.valueOf(e.getMessage()),
                        unusable.settings().stream()
                                .map(setting -> new Problem.Field(setting.key(), setting.reason()))
                                .toList());
            case ListenException cannot ->
                new Problem(
                        cannot.isForWantOfDescriptors() ? Status.SERVICE_UNAVAILABLE_503 : Status.CONFLICT_409,
                        String.valueOf(e.getMessage()),
                        List.of(new Problem.Field("listen", cannot.reason())));
            default -> new Problem(Status.INTERNAL_SERVER_ERROR_500, String.valueOf(e.getMessage()));
        };
    }

    private void delete(ServerRequest request, ServerResponse response) {
        String name = RequestParams.name(request, "proxy");
        changing.lock();
        try {
            registry.remove(name);
            leases.release(name);
        } finally {
            changing.unlock();
        }
        Json.noContent(response);
    }

    /** Resets the connections that are open now, and counts them. */
    private void sever(ServerRequest request, ServerResponse response) {
        int severed = RequestParams.proxy(request, registry).sever();
        Json.send(response, Status.OK_200, Map.of("severed", severed));
    }

    private void clear(ServerRequest request, ServerResponse response) {
        int removed = 0;
        changing.lock();
        try {
            registry.checkTogether(registry.all(), before -> Plan.CLEAN); // one version of the plan of a cluster
            for (ProxyServer proxy : registry.all()) {
                removed += proxy.plan().rules().size();
                proxy.plan(Plan.CLEAN);
                leases.release(proxy.name());
            }
        } finally {
            changing.unlock();
        }
        Json.send(response, Status.OK_200, Map.of("removed", removed));
    }
}
