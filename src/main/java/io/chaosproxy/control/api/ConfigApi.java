package io.chaosproxy.control.api;

import com.typesafe.config.ConfigObject;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ClusterSettings;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ConfigWriter;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.control.reload.ConfigWatcher;
import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.RequestMemory;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.ProxyChange;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpMediaType;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The configuration in the native API: what is in force as a file would say it, and the file put in force again. */
final class ConfigApi {
    private static final HttpMediaType JSON = HttpMediaType.create("application/json");
    private static final HttpMediaType TEXT = HttpMediaType.create("text/plain; charset=utf-8");

    private static final String PRUNE = "prune";
    private static final String FORMAT = "format";
    private static final Set<String> FORMATS = Set.of("hocon", "json");

    private final ProxyRegistry registry;
    private final Leases leases;
    private final ControlSettings settings;
    private final Optional<ConfigWatcher> reloader;

    /** {@code reloader} is empty if there is no file. */
    ConfigApi(ProxyRegistry registry, Leases leases, ControlSettings settings, Optional<ConfigWatcher> reloader) {
        this.registry = registry;
        this.leases = leases;
        this.settings = settings;
        this.reloader = reloader;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/api/v1/config", this::show).query(FORMAT),
                Route.put("/api/v1/config", this::put).query(PRUNE),
                Route.post("/api/v1/reload", this::reload),
                Route.post("/api/v1/reset", this::reset));
    }

    private void show(ServerRequest request, ServerResponse response) {
        boolean isJson = isJson(request);
        response.headers().contentType(isJson ? JSON : TEXT);
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        byte[] text = (isJson ? ConfigWriter.json(inForce()) : text()).getBytes(StandardCharsets.UTF_8);
        RequestMemory.send(text.length, () -> response.send(text));
    }

    /** JSON is what {@link #put} takes. */
    private static boolean isJson(ServerRequest request) {
        String format = RequestParams.query(request, FORMAT).orElse("hocon");
        if (!FORMATS.contains(format)) {
            throw RequestParams.wrong(FORMAT, "must be hocon or json, not \"" + format + "\"");
        }
        return format.equals("json");
    }

    private String text() {
        String off = registry.all().stream()
                .filter(proxy -> !proxy.isEnabled())
                .map(ProxyServer::name)
                .collect(Collectors.joining(", "));
        Optional<ClusterSettings> cluster = registry.common().fleet().map(Fleet::settings);
        boolean hasPassword =
                cluster.filter(present -> present.redis().hasPassword()).isPresent();
        return (settings.token().isPresent() ? "# control.token is set, and not shown\n" : "")
                + (hasPassword ? "# cluster.redis has a password, which is not shown\n" : "")
                + (off.isEmpty() ? "" : "# switched off: " + off + "\n")
                + ConfigWriter.hocon(inForce());
    }

    /** Common rules are listed with each proxy. The token, and user and password of Redis, are left out. */
    private ConfigObject inForce() {
        return ConfigWriter.write(
                registry.common().seed(),
                settings.withoutToken(),
                registry.common().fleet().map(Fleet::settings).map(ClusterSettings::withoutSecrets),
                registry.all().stream().map(ProxyServer::spec).toList());
    }

    /** Makes the proxies that a body names as it says, each with its rules; the others stay, or go. */
    private void put(ServerRequest request, ServerResponse response) {
        ChaosConfig wanted = ConfigReader.read(Json.object(request));
        boolean prune = RequestParams.flag(request, PRUNE);
        Set<String> changed = new TreeSet<>();
        Set<String> added = new TreeSet<>();
        Set<String> removed = new TreeSet<>();
        registry.changing().lock();
        try {
            Set<String> gone = prune ? unnamed(wanted) : Set.of();
            List<ProxyChange> targets = wanted.proxies().stream()
                    .map(spec -> target(spec.with(wanted.planOf(spec))))
                    .toList();
            Map<String, ProxySpec> before = specs();
            registry.apply(targets, gone);
            Map<String, ProxySpec> after = specs();
            after.forEach((name, spec) -> {
                if (!spec.equals(before.get(name))) {
                    changed.add(name);
                }
            });
            changed.addAll(gone);
            removed.addAll(gone);
            added.addAll(after.keySet());
            added.removeAll(before.keySet());
            changed.forEach(leases::release);
        } catch (IOException e) {
            throw ProxiesApi.conflict(e);
        } finally {
            registry.changing().unlock();
        }
        Json.send(response, Status.OK_200, Map.of("changed", changed, "added", added, "removed", removed));
    }

    private Set<String> unnamed(ChaosConfig wanted) {
        Set<String> gone = new TreeSet<>(specs().keySet());
        wanted.proxies().forEach(spec -> gone.remove(spec.name()));
        return gone;
    }

    private Map<String, ProxySpec> specs() {
        return registry.all().stream().map(ProxyServer::spec).collect(Collectors.toMap(ProxySpec::name, spec -> spec));
    }

    private ProxyChange target(ProxySpec spec) {
        Optional<ProxyServer> present = registry.find(spec.name());
        Optional<UnaryOperator<Plan>> plan =
                present.filter(proxy -> !proxy.plan().equals(spec.plan())).map(proxy -> inForce -> spec.plan());
        return new ProxyChange(spec, present.map(ProxyServer::isWanted).orElse(true), plan, true);
    }

    private void reload(ServerRequest request, ServerResponse response) {
        answer(response, reloader().reload());
    }

    private void reset(ServerRequest request, ServerResponse response) {
        answer(response, reloader().reset());
    }

    private ConfigWatcher reloader() {
        return reloader.orElseThrow(() -> new Problem(Status.CONFLICT_409, "there is no configuration file to reload"));
    }

    private static void answer(ServerResponse response, ConfigWatcher.Outcome outcome) {
        if (!outcome.isTaken()) {
            throw new Problem(
                    outcome.exhausted() ? Status.SERVICE_UNAVAILABLE_503 : Status.UNPROCESSABLE_CONTENT_422,
                    "configuration file rejected; the previous configuration stays in force"
                            + (outcome.lost().isEmpty() ? "" : " except for " + String.join(", ", outcome.lost())),
                    outcome.mistakes().stream()
                            .map(mistake -> new Problem.Field("", mistake))
                            .toList());
        }
        Json.send(
                response,
                Status.OK_200,
                Map.of("taken", true, "at", outcome.at().toString(), "ignored", outcome.ignored()));
    }
}
