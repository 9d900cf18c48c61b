package io.chaosproxy.control.toxiproxy;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.Upstream;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.net.ListenException;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.text.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Toxiproxy 2.12's operations on proxies and toxics, on a registry; {@link ToxiproxyApi} speaks to its clients. A toxic is a
 * rule; rules that aren't never show here.
 *
 * <p>Any thread may call any method. Changes of toxics wait for {@link #SETTLE_TIMEOUT} at most.
 */
final class Toxiproxy {
    /** Upper bound for waiting until open connections have the new plan: clients test a toxic as soon as they have the response. */
    private static final Duration SETTLE_TIMEOUT = Duration.ofMillis(100);

    private final ProxyRegistry registry;
    private final ReentrantLock changing;
    private final ReentrantLock finding = new ReentrantLock();
    private final Map<ProxyServer, Toxics> toxics = new WeakHashMap<>(); // they go away with the proxy

    Toxiproxy(ProxyRegistry registry) {
        this.registry = registry;
        this.changing = registry.changing();
    }

    /**
     * Result of populating a list of proxies.
     *
     * @param failure what stopped it half-way
     */
    record Populated(List<Map<String, Object>> proxies, Optional<ApiError> failure) {}

    /** All proxies by name. */
    Map<String, Object> index() {
        Map<String, Object> proxies = new LinkedHashMap<>();
        registry.all().forEach(proxy -> proxies.put(proxy.name(), json(proxy)));
        return proxies;
    }

    Map<String, Object> show(String name) throws ApiError {
        return json(find(name));
    }

    Map<String, Object> create(GoJson.Value body) throws ApiError {
        NewProxy wanted = NewProxy.read(proxyStruct(body));
        wanted.check("");
        changing.lock();
        try {
            if (registry.find(wanted.name()).isPresent()) {
                throw alreadyExists();
            }
            return json(registry.add(registry.withCommonRules(wanted.spec()), wanted.enabled()));
        } catch (InvalidValueException e) {
            throw NewProxy.refusal(e);
        } catch (IOException e) {
            throw failure(e);
        } finally {
            changing.unlock();
        }
    }

    /** Creates proxies and replaces those that lead or listen elsewhere; all are checked before the first is touched. */
    Populated populate(GoJson.Value body) throws ApiError {
        List<NewProxy> wanted = NewProxy.readAll(body);
        List<Map<String, Object>> done = new ArrayList<>();
        changing.lock();
        try {
            for (NewProxy each : wanted) {
                done.add(json(addOrReplace(each)));
            }
            return new Populated(done, Optional.empty());
        } catch (ApiError e) {
            return new Populated(done, Optional.of(e));
        } finally {
            changing.unlock();
        }
    }

    private ProxyServer addOrReplace(NewProxy wanted) throws ApiError {
        ProxySpec spec = wanted.spec();
        Optional<ProxyServer> existing = registry.find(wanted.name());
        if (existing.isPresent() && !differs(existing.get(), spec)) {
            return existing.get();
        }
        try {
            return registry.replace(registry.withCommonRules(spec), wanted.enabled());
        } catch (InvalidValueException e) {
            throw NewProxy.refusal(e);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    Map<String, Object> update(String name, GoJson.Value body) throws ApiError {
        GoStruct given = proxyStruct(body);
        Optional<String> listen = given.text("listen");
        Optional<String> upstream = given.text("upstream");
        Optional<Boolean> enabled = given.flag("enabled");
        changing.lock();
        try {
            ProxyServer proxy = find(name);
            boolean on = enabled.orElse(proxy.isEnabled());
            ProxySpec spec = proxy.spec();
            ProxySpec wanted = upstream.isPresent() ? NewProxy.redirected(spec, upstream.get()) : spec;
            if (listen.isPresent()) {
                Address there = GoAddress.parse(listen.get());
                wanted = wanted.listeningOn(there.host(), there.port());
            }
            if (listen.isPresent() ? differs(proxy, wanted) : !isSameUpstream(spec, wanted)) {
                proxy.disable();
                proxy.redirect(wanted);
            }
            if (on) {
                proxy.enable();
            } else {
                proxy.disable();
            }
            return json(proxy);
        } catch (InvalidValueException e) {
            throw NewProxy.refusal(e);
        } catch (IOException e) {
            throw failure(e);
        } finally {
            changing.unlock();
        }
    }

    private static boolean isSameUpstream(ProxySpec spec, ProxySpec wanted) {
        return Upstream.text(spec).equals(Upstream.text(wanted));
    }

    private static boolean differs(ProxyServer proxy, ProxySpec wanted) throws ApiError {
        ProxySpec spec = proxy.spec();
        InetSocketAddress listen = GoAddress.resolve(wanted.listen());
        return spec.protocol() != wanted.protocol()
                || !isSameUpstream(spec, wanted)
                || !proxy.lastAddress()
                        .or(() -> GoAddress.find(spec.listen()))
                        .filter(present -> GoAddress.isSame(present, listen))
                        .isPresent();
    }

    void delete(String name) throws ApiError {
        changing.lock();
        try {
            if (!registry.remove(name)) {
                throw proxyNotFound();
            }
        } finally {
            changing.unlock();
        }
    }

    /** Starts what is off and removes all toxics; one proxy that can't start doesn't keep the others from it. */
    void reset() throws ApiError {
        Optional<ApiError> first = Optional.empty();
        changing.lock();
        try {
            for (ProxyServer proxy : registry.all()) {
                toxics(proxy).clear(proxy);
                try {
                    proxy.enable();
                } catch (IOException e) {
                    first = first.or(() -> Optional.of(failure(e)));
                }
            }
        } finally {
            changing.unlock();
        }
        registry.all().forEach(proxy -> proxy.settle(SETTLE_TIMEOUT));
        if (first.isPresent()) {
            throw first.get();
        }
    }

    List<Map<String, Object>> toxics(String name) throws ApiError {
        return toxicsJson(find(name));
    }

    Map<String, Object> toxic(String name, String toxic) throws ApiError {
        ProxyServer proxy = find(name);
        return toxics(proxy).get(proxy, toxic).json();
    }

    Map<String, Object> addToxic(String name, GoJson.Value body) throws ApiError {
        return changed(name, proxy -> toxics(proxy).add(proxy, body).json());
    }

    Map<String, Object> updateToxic(String name, String toxic, GoJson.Value body) throws ApiError {
        return changed(name, proxy -> toxics(proxy).update(proxy, toxic, body).json());
    }

    void removeToxic(String name, String toxic) throws ApiError {
        changed(name, proxy -> {
            toxics(proxy).remove(proxy, toxic);
            return Map.of();
        });
    }

    /** One change of a proxy's toxics. */
    @FunctionalInterface
    private interface Change {
        Map<String, Object> of(ProxyServer proxy) throws ApiError;
    }

    private Map<String, Object> changed(String name, Change change) throws ApiError {
        ProxyServer proxy;
        Map<String, Object> json;
        changing.lock();
        try {
            proxy = find(name);
            json = change.of(proxy);
        } finally {
            changing.unlock();
        }
        proxy.settle(SETTLE_TIMEOUT);
        return json;
    }

    /** Where a proxy listens, as Go prints it: the real address as soon as there is one, what was asked for until then. */
    static String listen(ProxyServer proxy) {
        return proxy.lastAddress()
                .map(HostPort::text)
                .orElseGet(() -> GoAddress.asAsked(proxy.spec().listen()));
    }

    /** {@code Logger} is there because the original has it; no client reads it. */
    private Map<String, Object> json(ProxyServer proxy) {
        ProxySpec spec = proxy.spec();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", spec.name());
        json.put("listen", listen(proxy));
        json.put("upstream", Upstream.text(spec));
        json.put("enabled", proxy.isEnabled());
        json.put("Logger", Map.of());
        json.put("toxics", toxicsJson(proxy));
        return json;
    }

    private List<Map<String, Object>> toxicsJson(ProxyServer proxy) {
        return toxics(proxy).all(proxy).stream().map(Toxic::json).toList();
    }

    private Toxics toxics(ProxyServer proxy) {
        finding.lock();
        try {
            return toxics.computeIfAbsent(proxy, key -> new Toxics());
        } finally {
            finding.unlock();
        }
    }

    /** There has to be a proxy of this name. */
    ProxyServer find(String name) throws ApiError {
        return registry.find(name).orElseThrow(Toxiproxy::proxyNotFound);
    }

    private static GoStruct proxyStruct(GoJson.Value body) throws ApiError {
        return GoStruct.of("Proxy", "toxiproxy.Proxy", body);
    }

    private static ApiError proxyNotFound() {
        return new ApiError(404, "proxy not found");
    }

    private static ApiError alreadyExists() {
        return new ApiError(409, "proxy already exists");
    }

    private static ApiError failure(IOException e) {
        return switch (e) {
            case ListenException cannot -> GoAddress.cannotListen(cannot);
            case ProxyRegistry.NameTaken taken -> alreadyExists();
            default -> new ApiError(500, String.valueOf(e.getMessage()));
        };
    }
}
