package io.chaosproxy.control.api;

import com.typesafe.config.Config;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.InvalidConfigException;
import io.chaosproxy.config.JavaCode;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.helidon.http.HttpMediaTypes;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Rules of the native API: one at a time, for good or for as long as a lease. */
final class RulesApi {
    private static final String ALL = "/api/v1/proxies/{proxy}/rules";
    private static final String ONE = ALL + "/{rule}";
    private static final String EVERYWHERE = "/api/v1/rules/{rule}";

    private final ProxyRegistry registry;
    private final Leases leases;

    RulesApi(ProxyRegistry registry, Leases leases) {
        this.registry = registry;
        this.leases = leases;
    }

    List<Route> routes() {
        return List.of(
                Route.get(ALL, this::index),
                Route.get(ONE, this::show),
                Route.get(ONE + "/java", this::showJava),
                Route.put(ONE, this::put).query("lease", FleetApi.SCOPE),
                Route.patch(ONE, this::patch).query(FleetApi.SCOPE),
                Route.delete(ONE, this::delete).query(FleetApi.SCOPE),
                Route.put(EVERYWHERE, this::putEverywhere).query(FleetApi.SCOPE));
    }

    private void index(ServerRequest request, ServerResponse response) {
        Json.send(response, Status.OK_200, Map.of("rules", JsonViews.rules(RequestParams.proxy(request, registry))));
    }

    private void show(ServerRequest request, ServerResponse response) {
        ProxyServer proxy = RequestParams.proxy(request, registry);
        Json.send(response, Status.OK_200, JsonViews.rule(proxy, rule(request, proxy)));
    }

    private void showJava(ServerRequest request, ServerResponse response) {
        ProxyServer proxy = RequestParams.proxy(request, registry);
        String code = JavaCode.of(rule(request, proxy));
        response.headers().contentType(HttpMediaTypes.PLAINTEXT_UTF_8);
        response.send(code);
    }

    private static Rule rule(ServerRequest request, ProxyServer proxy) {
        String name = RequestParams.name(request, "rule");
        return proxy.plan().rule(name).orElseThrow(() -> Problem.notFound("rule", name));
    }

    private void put(ServerRequest request, ServerResponse response) {
        RequestParams.proxy(request, registry); // an unknown proxy is reported before a malformed body
        Config body = ProxyBody.rule(RequestParams.name(request, "rule"), Json.object(request));
        Optional<String> lease = RequestParams.query(request, "lease");
        boolean added;
        Map<String, Object> shown;
        registry.changing().lock();
        try {
            ProxyServer proxy = RequestParams.proxy(request, registry);
            String name = RequestParams.name(request, "rule");
            Rule rule =
                    read(name, () -> ConfigReader.rule(name, body, proxy.spec().protocol()));
            proxy.spec().check(rule); // by its own keys; as a part of the plan it would be named by its path there
            added = proxy.plan().rule(name).isEmpty();
            leases.change(lease, proxy, before -> before.with(rule));
            shown = JsonViews.rule(proxy, rule);
        } finally {
            registry.changing().unlock();
        }
        Json.send(response, added ? Status.CREATED_201 : Status.OK_200, shown);
    }

    /** Lays fields over a rule that is there; the type may be left out, and one that differs makes another rule of it. */
    private void patch(ServerRequest request, ServerResponse response) {
        RequestParams.proxy(request, registry);
        Config body = ProxyBody.rule(RequestParams.name(request, "rule"), Json.object(request));
        Map<String, Object> shown;
        registry.changing().lock();
        try {
            ProxyServer proxy = RequestParams.proxy(request, registry);
            Rule present = rule(request, proxy);
            Plan before = proxy.plan();
            ProxySpec spec = proxy.spec();
            ProxySpec changed = ProxyBody.ofRule(present, body).over(spec, "faults", present.name());
            proxy.change(inForce -> inForce.withChange(spec.plan(), changed.plan()));
            proxy.written(changed.written());
            leases.follow(proxy, before);
            shown = JsonViews.rule(proxy, rule(request, proxy));
        } finally {
            registry.changing().unlock();
        }
        Json.send(response, Status.OK_200, shown);
    }

    /**
     * Replaces a rule on all proxies that have one of this name, as one change: a rate that they share can't differ. One of the
     * rules that hold for all proxies is replaced for proxies that are added later as well.
     */
    private void putEverywhere(ServerRequest request, ServerResponse response) {
        String name = RequestParams.name(request, "rule");
        Config body = ProxyBody.rule(name, Json.object(request));
        Rule rule = read(
                name,
                () -> ConfigReader.commonRule(
                        name, body, registry.common().fleet().isPresent()));
        List<String> changed;
        registry.changing().lock();
        try {
            List<ProxyServer> holders = registry.all().stream()
                    .filter(proxy -> proxy.plan().rule(name).isPresent())
                    .toList();
            boolean common = registry.commonRules().rule(name).isPresent();
            if (holders.isEmpty() && !common) {
                throw Problem.notFound("rule", name);
            }
            registry.change(holders, before -> before.with(rule));
            if (common) {
                registry.commonRules(registry.commonRules().with(rule));
            }
            changed = holders.stream().map(ProxyServer::name).toList();
            changed.forEach(proxy -> leases.release(proxy, name));
        } finally {
            registry.changing().unlock();
        }
        Json.send(response, Status.OK_200, Map.of("proxies", changed));
    }

    private static Rule read(String name, Supplier<Rule> reader) {
        try {
            return reader.get();
        } catch (InvalidConfigException e) {
            throw Json.problem(e, "faults", name);
        }
    }

    private void delete(ServerRequest request, ServerResponse response) {
        String proxy = RequestParams.name(request, "proxy");
        String rule = RequestParams.name(request, "rule");
        registry.changing().lock();
        try {
            registry.find(proxy).ifPresent(found -> found.change(before -> before.without(rule)));
            leases.release(proxy, rule);
        } finally {
            registry.changing().unlock();
        }
        Json.noContent(response);
    }
}
