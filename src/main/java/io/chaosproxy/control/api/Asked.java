package io.chaosproxy.control.api;

import io.chaosproxy.control.web.Problem;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.Proxy;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** What the path and the query of a request of the native API ask for. */
final class Asked {
    private Asked() {}

    /** A segment of the path, decoded. */
    static String name(ServerRequest request, String segment) {
        return request.path().pathParameters().get(segment);
    }

    /** The proxy that the path names; a problem if there is none. */
    static Proxy proxy(ServerRequest request, Fleet fleet) {
        String name = name(request, "proxy");
        return fleet.find(name).orElseThrow(() -> Problem.notFound("proxy", name));
    }

    /** Refuses a query with any other parameter: a slip would silently ask for something else. */
    static void only(ServerRequest request, String... known) {
        TreeSet<String> unknown = new TreeSet<>(request.query().names());
        unknown.removeAll(List.of(known));
        if (!unknown.isEmpty()) {
            throw new Problem(
                    Status.BAD_REQUEST_400,
                    "the query can't be taken as it is",
                    unknown.stream()
                            .map(name -> new Problem.Field(
                                    name, "unknown parameter; known here: " + String.join(", ", known)))
                            .toList());
        }
    }

    /** A parameter of the query. */
    static Optional<String> query(ServerRequest request, String parameter) {
        return request.query().first(parameter).asOptional();
    }

    /** A parameter that is a whole number of at least 0. */
    static int count(ServerRequest request, String parameter, int usual) {
        return query(request, parameter)
                .map(text -> {
                    if (!text.matches("\\d{1,9}")) {
                        throw wrong(parameter, "must be a whole number, not \"" + text + "\"");
                    }
                    return Integer.parseInt(text);
                })
                .orElse(usual);
    }

    /** A problem with one parameter. */
    static Problem wrong(String parameter, String message) {
        return new Problem(
                Status.BAD_REQUEST_400,
                "the query can't be taken as it is",
                List.of(new Problem.Field(parameter, message)));
    }
}
