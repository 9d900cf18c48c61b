package io.chaosproxy.control.api;

import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.config.NetworkProfile;
import io.chaosproxy.control.reload.ConfigWatcher;
import io.chaosproxy.control.web.PathSegments;
import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.control.web.RouteTable;
import io.chaosproxy.relay.ProxyRegistry;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The native API of the control plane, {@code /api/v1}: everything that the configuration file can say, said at run time in
 * the same words, and what the proxies have done.
 *
 * <p>Its routes run on virtual threads of the web server. None waits for traffic.
 */
public final class NativeApi implements AutoCloseable {
    private final Leases leases;
    private final EventsApi events;
    private final LoadApi load;
    private final ExchangesApi exchanges;
    private final List<Route> routes;

    /** {@code reloader} is empty without a configuration file. */
    public NativeApi(ProxyRegistry registry, ControlSettings settings, Optional<ConfigWatcher> reloader) {
        leases = new Leases(registry);
        events = new EventsApi(registry);
        load = new LoadApi(registry);
        exchanges = new ExchangesApi(registry);
        routes = Stream.of(
                        new ProxiesApi(registry, leases).routes(),
                        new RulesApi(registry, leases).routes(),
                        new ConnectionsApi(registry).routes(),
                        exchanges.routes(),
                        new JournalApi(registry).routes(),
                        new ConfigApi(registry, leases, settings, reloader).routes(),
                        new LeasesApi(leases).routes(),
                        new ProfilesApi(registry, leases, NetworkProfile.all()).routes(),
                        events.routes(),
                        new FleetApi(registry.common().fleet()).routes(),
                        load.routes(),
                        new OpenApi().routes())
                .flatMap(List::stream)
                .map(route -> FleetApi.scoped(route, registry.common().fleet()))
                .map(NativeApi::checked)
                .toList();
    }

    /** The route with a check of path and query before all else. */
    private static Route checked(Route route) {
        return route.handler((request, response) -> {
            RequestParams.checkEncoding(request);
            RequestParams.checkQuery(request, route.query());
            route.handler().handle(request, response);
        });
    }

    public List<Route> routes() {
        return routes;
    }

    /** Responds 404 or 405 to other requests below {@code /api/}; passes the rest on. */
    public Handler before(Handler otherwise) {
        RouteTable table = new RouteTable(routes);
        return (request, response) -> {
            String path = request.path().path();
            if (!path.startsWith("/api/")) {
                otherwise.handle(request, response);
                return;
            }
            Set<String> methods = table.methods(
                    PathSegments.ofRaw(request.prologue().uriPath().rawPath()));
            if (methods.isEmpty()) {
                throw new Problem(Status.NOT_FOUND_404, "there is nothing at " + path + "; see /api/v1/openapi.json");
            }
            String allowed = String.join(", ", methods);
            response.header(HeaderNames.ALLOW, allowed);
            throw new Problem(Status.METHOD_NOT_ALLOWED_405, "this path takes " + allowed);
        };
    }

    /** Ends the leases, the streams of events, and a run of requests. */
    @Override
    public void close() {
        load.close();
        events.close();
        exchanges.close();
        leases.close();
    }
}
