package io.chaosproxy.control.api;

import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.RouteTable;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** Path and query parameters of a request. */
final class RequestParams {
    private RequestParams() {}

    /** A decoded path parameter. */
    static String name(ServerRequest request, String segment) {
        return RouteTable.parameter(request, segment);
    }

    /** The proxy named in the path. */
    static ProxyServer proxy(ServerRequest request, ProxyRegistry fleet) {
        String name = name(request, "proxy");
        return fleet.find(name).orElseThrow(() -> Problem.notFound("proxy", name));
    }

    /** Rejects unknown query parameters, so that a misspelt one is not silently ignored. */
    static void only(ServerRequest request, String... known) {
        TreeSet<String> unknown = new TreeSet<>(request.query().names());
        unknown.removeAll(List.of(known));
        if (!unknown.isEmpty()) {
            throw new Problem(
                    Status.BAD_REQUEST_400,
                    "invalid query",
                    unknown.stream()
                            .map(name -> new Problem.Field(
                                    name, "unknown parameter; known here: " + String.join(", ", known)))
                            .toList());
        }
    }

    /** A parameter of the query; a problem if it is empty. */
    static Optional<String> query(ServerRequest request, String parameter) {
        Optional<String> value = request.query().first(parameter).asOptional();
        if (request.query().contains(parameter) && value.orElse("").isBlank()) {
            throw wrong(parameter, "must not be empty");
        }
        return value;
    }

    /** A parameter that is a whole number of at least 0. */
    static int count(ServerRequest request, String parameter, int defaultValue) {
        return query(request, parameter)
                .map(text -> {
                    if (!text.matches("\\d{1,9}")) {
                        throw wrong(parameter, "must be a whole number, not \"" + text + "\"");
                    }
                    return Integer.parseInt(text);
                })
                .orElse(defaultValue);
    }

    /** A problem with one parameter. */
    static Problem wrong(String parameter, String message) {
        return new Problem(Status.BAD_REQUEST_400, "invalid query", List.of(new Problem.Field(parameter, message)));
    }
}
