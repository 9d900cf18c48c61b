package io.chaosproxy.control.web;

import io.helidon.http.Method;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Finds the route for a method and a path. Cleaning a path, and the response if there is no route, are up to each API. Thread-safe.
 */
public final class RouteTable {
    private final List<Route> routes;

    public RouteTable(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    /**
     * A route that matches.
     *
     * @param parameters of its path
     */
    public record Match(Route route, Map<String, String> parameters) {
        /** Runs the route's handler, which reads the parameters with {@link RouteTable#parameter}. */
        public void handle(ServerRequest request, ServerResponse response) throws Exception {
            request.context().register(new Parameters(parameters));
            route.handler().handle(request, response);
        }
    }

    private record Parameters(Map<String, String> values) {}

    /** The first route with this method whose path matches. */
    public Optional<Match> find(Method method, PathSegments path) {
        for (Route route : routes) {
            if (route.method().equals(method)) {
                Optional<Match> match = route.path().match(path).map(parameters -> new Match(route, parameters));
                if (match.isPresent()) {
                    return match;
                }
            }
        }
        return Optional.empty();
    }

    /** The methods allowed at a path; none if no route's path matches. */
    public SortedSet<String> methods(PathSegments path) {
        SortedSet<String> methods = new TreeSet<>();
        for (Route route : routes) {
            if (route.path().match(path).isPresent()) {
                methods.add(route.method().text());
            }
        }
        return methods;
    }

    /** A parameter of the path of the route that handles the request. */
    public static String parameter(ServerRequest request, String name) {
        String value =
                request.context().get(Parameters.class).orElseThrow().values().get(name);
        if (value == null) {
            throw new IllegalArgumentException("the path has no parameter " + name);
        }
        return value;
    }
}
