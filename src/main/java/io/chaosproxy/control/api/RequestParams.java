package io.chaosproxy.control.api;

import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.RouteTable;
import io.chaosproxy.control.web.Utf8;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import java.util.ArrayList;
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
    static ProxyServer proxy(ServerRequest request, ProxyRegistry registry) {
        String name = name(request, "proxy");
        return registry.find(name).orElseThrow(() -> Problem.notFound("proxy", name));
    }

    /** Rejects a path or query whose encoded bytes are no UTF-8, rather than take another name for the one that was meant. */
    static void checkEncoding(ServerRequest request) {
        if (!Utf8.isEncoded(request.prologue().uriPath().rawPath())) {
            throw new Problem(Status.BAD_REQUEST_400, "the path is not UTF-8");
        }
        if (!Utf8.isEncoded(request.query().rawValue())) {
            throw new Problem(Status.BAD_REQUEST_400, "the query is not UTF-8");
        }
    }

    /** Rejects query parameters that are unknown or given twice, so that none is silently ignored. */
    static void checkQuery(ServerRequest request, List<String> known) {
        List<Problem.Field> errors = new ArrayList<>();
        for (String name : new TreeSet<>(request.query().names())) {
            if (!known.contains(name)) {
                errors.add(new Problem.Field(name, "unknown parameter; " + known(known)));
            } else if (request.query().all(name).size() > 1) {
                errors.add(new Problem.Field(name, "is given more than once"));
            }
        }
        if (!errors.isEmpty()) {
            throw new Problem(Status.BAD_REQUEST_400, "invalid query", errors);
        }
    }

    private static String known(List<String> names) {
        return names.isEmpty() ? "there are none here" : "known here: " + String.join(", ", names);
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
                        throw wrong(parameter, "must be a whole number from 0 to 999999999, not \"" + text + "\"");
                    }
                    return Integer.parseInt(text);
                })
                .orElse(defaultValue);
    }

    /** A parameter that is true or false; false if it is absent. */
    static boolean flag(ServerRequest request, String parameter) {
        return query(request, parameter)
                .map(text -> {
                    if (!text.equals("true") && !text.equals("false")) {
                        throw wrong(parameter, "must be true or false, not \"" + text + "\"");
                    }
                    return text.equals("true");
                })
                .orElse(false);
    }

    /** A problem with one parameter. */
    static Problem wrong(String parameter, String message) {
        return new Problem(Status.BAD_REQUEST_400, "invalid query", List.of(new Problem.Field(parameter, message)));
    }
}
