package io.chaosproxy.control;

import io.chaosproxy.fault.Plan;
import io.chaosproxy.relay.Address;
import io.chaosproxy.relay.CannotListen;
import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.Proxy;
import io.chaosproxy.relay.ProxySpec;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Proxies of the native API: there, changed, switched and gone. Changes follow one another. */
final class ProxiesApi {
    private static final String ALL = "/api/v1/proxies";
    private static final String ONE = ALL + "/{proxy}";

    private final Fleet fleet;
    private final Leases leases;
    private final ReentrantLock changing = new ReentrantLock();

    ProxiesApi(Fleet fleet, Leases leases) {
        this.fleet = fleet;
        this.leases = leases;
    }

    List<Route> routes() {
        return List.of(
                Route.get(ALL, this::index),
                Route.get(ONE, this::show),
                Route.put(ONE, this::put),
                Route.patch(ONE, this::patch),
                Route.delete(ONE, this::delete),
                Route.post(ONE + "/sever", this::sever),
                Route.post("/api/v1/clear", this::clear));
    }

    private void index(ServerRequest request, ServerResponse response) {
        Map<String, Object> proxies =
                fleet.all().stream().collect(Collectors.toMap(Proxy::name, Shown::proxy, (one, other) -> one));
        Json.send(response, Status.OK_200, Map.of("proxies", proxies));
    }

    private void show(ServerRequest request, ServerResponse response) {
        Json.send(response, Status.OK_200, Shown.proxy(Asked.proxy(request, fleet)));
    }

    private void put(ServerRequest request, ServerResponse response) {
        ProxyBody body = ProxyBody.read(request);
        ProxySpec wanted = body.spec(Asked.name(request, "proxy"));
        boolean on = body.enabled().orElse(true);
        boolean added;
        Proxy proxy;
        changing.lock();
        try {
            Optional<Proxy> present = fleet.find(wanted.name());
            added = present.isEmpty();
            proxy = added ? fleet.add(wanted, on) : change(present.get(), wanted, on);
            proxy.change(before -> wanted.plan());
            leases.release(wanted.name());
        } catch (IOException e) {
            throw conflict(e);
        } finally {
            changing.unlock();
        }
        Json.send(response, added ? Status.CREATED_201 : Status.OK_200, Shown.proxy(proxy));
    }

    private void patch(ServerRequest request, ServerResponse response) {
        ProxyBody body = ProxyBody.read(request);
        Proxy proxy;
        changing.lock();
        try {
            Proxy present = Asked.proxy(request, fleet);
            ProxySpec wanted = body.over(present.spec());
            proxy = change(present, wanted, body.enabled().orElse(present.isEnabled()));
            if (body.hasRules()) {
                UnaryOperator<Plan> merged =
                        before -> body.over(proxy.spec().with(before)).plan();
                proxy.change(merged);
            }
        } catch (IOException e) {
            throw conflict(e);
        } finally {
            changing.unlock();
        }
        Json.send(response, Status.OK_200, Shown.proxy(proxy));
    }

    /** Makes a proxy as it is wanted, its plan aside; if that can't be, it goes on as it was. */
    private Proxy change(Proxy proxy, ProxySpec wanted, boolean on) throws IOException {
        ProxySpec before = proxy.spec();
        boolean wasOn = proxy.isEnabled();
        try {
            if (before.protocol() != wanted.protocol()) {
                return fleet.replace(wanted, on);
            }
            if (!on) {
                proxy.disable();
            }
            ProxySpec there = keepingPort(before, wanted);
            if (isElsewhere(before, there)) {
                proxy.redirect(there);
            }
            if (on) {
                proxy.enable();
            }
            return proxy;
        } catch (IOException e) {
            restore(proxy, before, wasOn, e);
            throw e;
        }
    }

    /** Any port will do where none is asked for, the present one, too; so the same again changes nothing. */
    private static ProxySpec keepingPort(ProxySpec before, ProxySpec wanted) {
        Address listen = wanted.listen();
        return listen.port() == 0 && listen.host().equals(before.listen().host())
                ? new ProxySpec(
                        wanted.name(),
                        wanted.protocol(),
                        before.listen(),
                        wanted.upstream(),
                        wanted.plan(),
                        wanted.options())
                : wanted;
    }

    private static boolean isElsewhere(ProxySpec before, ProxySpec wanted) {
        return !before.listen().equals(wanted.listen())
                || !before.upstream().equals(wanted.upstream())
                || !before.options().equals(wanted.options());
    }

    private static void restore(Proxy proxy, ProxySpec before, boolean wasOn, IOException reason) {
        try {
            if (isElsewhere(proxy.spec(), before)) {
                proxy.redirect(before);
            }
            if (wasOn) {
                proxy.enable();
            }
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    private static Problem conflict(IOException e) {
        return switch (e) {
            case CannotListen cannot ->
                new Problem(
                        Status.CONFLICT_409,
                        String.valueOf(e.getMessage()),
                        List.of(new Problem.Field("listen", cannot.reason())));
            case Fleet.NameTaken taken -> new Problem(Status.CONFLICT_409, String.valueOf(e.getMessage()));
            default -> new Problem(Status.INTERNAL_SERVER_ERROR_500, String.valueOf(e.getMessage()));
        };
    }

    private void delete(ServerRequest request, ServerResponse response) {
        String name = Asked.name(request, "proxy");
        changing.lock();
        try {
            fleet.remove(name);
            leases.release(name);
        } finally {
            changing.unlock();
        }
        Json.noContent(response);
    }

    /** Resets the connections that are open now, and counts them. */
    private void sever(ServerRequest request, ServerResponse response) {
        Collection<Connection> open = Asked.proxy(request, fleet).connections();
        open.forEach(Connection::reset);
        Json.send(response, Status.OK_200, Map.of("severed", open.size()));
    }

    private void clear(ServerRequest request, ServerResponse response) {
        AtomicInteger removed = new AtomicInteger();
        for (Proxy proxy : fleet.all()) {
            proxy.change(before -> {
                removed.addAndGet(before.rules().size());
                return Plan.CLEAN;
            });
            leases.release(proxy.name());
        }
        Json.send(response, Status.OK_200, Map.of("removed", removed.get()));
    }
}
