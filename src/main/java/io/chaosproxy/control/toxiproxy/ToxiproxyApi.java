package io.chaosproxy.control.toxiproxy;

import io.chaosproxy.control.web.Defects;
import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.PathSegments;
import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.RequestMemory;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.control.web.RouteTable;
import io.chaosproxy.inject.PlanMemoryException;
import io.chaosproxy.inject.ProxyClosedException;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.text.PercentEncoding;
import io.chaosproxy.text.PlainText;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Toxiproxy's HTTP API as 2.12 answers it: paths, status codes, header fields and texts that its clients depend on.
 *
 * <p>It takes whatever no other route does, since its rules for paths are its own: each segment is decoded, so {@code
 * redis:6379} and {@code redis%3A6379} are one name, and no slash too many is forgiven. Content types of requests don't
 * count; some clients call their JSON a form.
 */
public final class ToxiproxyApi implements Handler {
    /** Version that clients compare; those that ask want 2.6.0 or later. */
    static final String VERSION = "2.12.0";

    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain; charset=utf-8";

    private static final String PROXY = "/proxies/{proxy}";
    private static final String TOXICS = PROXY + "/toxics";
    private static final String TOXIC = TOXICS + "/{toxic}";

    private final Toxiproxy toxiproxy;
    private final RouteTable routes;
    private final Optional<Fleet> fleet;

    public ToxiproxyApi(ProxyRegistry registry) {
        fleet = registry.common().fleet();
        toxiproxy = new Toxiproxy(registry);
        routes = new RouteTable(List.of(
                Route.post("/reset", change(this::reset)),
                Route.get("/proxies", handler(this::index)),
                Route.post("/proxies", handler(this::create)),
                Route.post("/populate", handler(this::populate)),
                Route.get(PROXY, handler(this::show)),
                Route.post(PROXY, handler(this::update)),
                Route.patch(PROXY, handler(this::update)),
                Route.delete(PROXY, handler(this::delete)),
                Route.get(TOXICS, handler(this::toxics)),
                Route.post(TOXICS, change(this::addToxic)),
                Route.get(TOXIC, handler(this::toxic)),
                Route.post(TOXIC, change(this::updateToxic)),
                Route.patch(TOXIC, change(this::updateToxic)),
                Route.delete(TOXIC, change(this::removeToxic)),
                Route.get("/version", handler(this::version))));
    }

    private Handler handler(Action action) {
        return (request, response) -> send(response, answer(action, new Call(request), response));
    }

    /** A handler whose changes of toxics are made on all replicas of a cluster, if its settings say so. */
    private Handler change(Action action) {
        Handler handler = handler(action);
        Optional<Fleet> everywhere = fleet.filter(cluster -> cluster.settings().toxiproxy());
        return everywhere.isEmpty()
                ? handler
                : (request, response) ->
                        everywhere.get().everywhere((version, pending) -> {}, () -> handler.handle(request, response));
    }

    /** Request to a route: the names in the path, and the body. */
    private record Call(ServerRequest request) {
        String proxy() {
            return RouteTable.parameter(request, "proxy");
        }

        String toxic() {
            return RouteTable.parameter(request, "toxic");
        }

        GoJson.Value body() throws ApiError {
            try {
                return GoJson.read(Json.text(request));
            } catch (Problem refused) {
                throw new ApiError(refused.status().code(), String.valueOf(refused.getMessage()));
            }
        }
    }

    @FunctionalInterface
    private interface Action {
        Answer to(Call call) throws ApiError;
    }

    private record Answer(int status, String type, String body) {
        static final Answer NO_CONTENT = new Answer(204, "", "");

        static Answer json(int status, Object body) {
            return new Answer(status, JSON, GoJson.write(body));
        }

        /** As Go's http.Error sends it: a line of text, whatever it says. */
        static Answer error(ApiError error) {
            return error(error.status(), GoJson.write(error.json()));
        }

        static Answer error(int status, String text) {
            return new Answer(status, TEXT, text + "\n");
        }
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws Exception {
        String path;
        try {
            path = PercentEncoding.decode(request.prologue().uriPath().rawPath());
        } catch (IllegalArgumentException e) {
            send(response, Answer.error(400, "400 Bad Request"));
            return;
        }
        String clean = clean(path);
        if (!clean.equals(path)) {
            response.header(HeaderNames.LOCATION, location(clean, request));
            send(response, new Answer(301, "", ""));
            return;
        }
        PathSegments segments = PathSegments.ofDecoded(path);
        Optional<RouteTable.Match> match = routes.find(request.prologue().method(), segments);
        if (match.isPresent()) {
            match.get().handle(request, response);
        } else if (routes.methods(segments).isEmpty()) {
            send(response, Answer.error(404, "404 page not found"));
        } else {
            send(response, new Answer(405, "", ""));
        }
    }

    private static Answer answer(Action action, Call call, ServerResponse response) {
        response.header("X-Toxiproxy-Request-Id", requestId());
        if (call.request().headers().first(HeaderNames.USER_AGENT).orElse("").startsWith("Mozilla/")) {
            return Answer.error(403, "User agent not allowed");
        }
        try {
            return action.to(call);
        } catch (ApiError e) {
            return Answer.error(e);
        } catch (ProxyClosedException | Fleet.ConflictException e) {
            return Answer.error(new ApiError(409, String.valueOf(e.getMessage())));
        } catch (PlanMemoryException e) {
            return Answer.error(new ApiError(503, String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            if (Defects.isClientGone(e)) {
                throw e;
            }
            Defects.log(call.request().prologue().toString(), e);
            return Answer.error(new ApiError(500, "a defect of chaos-proxy: " + e));
        }
    }

    private static void send(ServerResponse response, Answer answer) {
        response.status(Status.create(answer.status()));
        if (!answer.type().isEmpty()) {
            response.header(HeaderNames.CONTENT_TYPE, answer.type());
        }
        if (answer.type().equals(TEXT)) {
            response.header("X-Content-Type-Options", "nosniff");
        }
        byte[] body = PlainText.escapedJson(answer.body()).getBytes(StandardCharsets.UTF_8);
        RequestMemory.send(body.length, () -> response.send(body));
    }

    private Answer reset(Call call) throws ApiError {
        toxiproxy.reset();
        return Answer.NO_CONTENT;
    }

    private Answer index(Call call) {
        return Answer.json(200, toxiproxy.index());
    }

    private Answer create(Call call) throws ApiError {
        return Answer.json(201, toxiproxy.create(call.body()));
    }

    /** Unlike anywhere else, errors are JSON here and say what was done before. */
    private Answer populate(Call call) {
        try {
            Toxiproxy.Populated populated = toxiproxy.populate(call.body());
            return populated
                    .failure()
                    .map(failure -> failed(failure, populated.proxies()))
                    .orElseGet(() -> Answer.json(201, Map.of("proxies", populated.proxies())));
        } catch (ApiError e) {
            return failed(e, List.of());
        }
    }

    private static Answer failed(ApiError failure, List<Map<String, Object>> done) {
        Map<String, @Nullable Object> body = new LinkedHashMap<>(failure.json());
        body.put("proxies", done.isEmpty() ? null : done);
        return Answer.json(failure.status(), body);
    }

    private Answer show(Call call) throws ApiError {
        return Answer.json(200, toxiproxy.show(call.proxy()));
    }

    private Answer update(Call call) throws ApiError {
        toxiproxy.find(call.proxy()); // an unknown proxy is reported before a malformed body
        return Answer.json(200, toxiproxy.update(call.proxy(), call.body()));
    }

    private Answer delete(Call call) throws ApiError {
        toxiproxy.delete(call.proxy());
        return Answer.NO_CONTENT;
    }

    private Answer toxics(Call call) throws ApiError {
        return Answer.json(200, toxiproxy.toxics(call.proxy()));
    }

    private Answer addToxic(Call call) throws ApiError {
        toxiproxy.find(call.proxy());
        return Answer.json(200, toxiproxy.addToxic(call.proxy(), call.body()));
    }

    private Answer toxic(Call call) throws ApiError {
        return Answer.json(200, toxiproxy.toxic(call.proxy(), call.toxic()));
    }

    private Answer updateToxic(Call call) throws ApiError {
        toxiproxy.toxic(call.proxy(), call.toxic());
        return Answer.json(200, toxiproxy.updateToxic(call.proxy(), call.toxic(), call.body()));
    }

    private Answer removeToxic(Call call) throws ApiError {
        toxiproxy.removeToxic(call.proxy(), call.toxic());
        return Answer.NO_CONTENT;
    }

    private Answer version(Call call) {
        return new Answer(200, "application/json;charset=utf-8", "{\"version\": \"" + VERSION + "\"}\n");
    }

    /** The path without empty and dotted segments; a slash at its end stays. */
    private static String clean(String path) {
        List<String> kept = new ArrayList<>();
        for (String segment : path.split("/", -1)) {
            if (segment.equals("..")) {
                if (!kept.isEmpty()) {
                    kept.removeLast();
                }
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                kept.add(segment);
            }
        }
        return "/" + String.join("/", kept) + (path.endsWith("/") && !kept.isEmpty() ? "/" : "");
    }

    private static String location(String path, ServerRequest request) {
        String query = request.prologue().query().rawValue();
        try {
            return new URI(null, null, path, null).toASCIIString() + (query.isEmpty() ? "" : "?" + query);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("a path that can't be written: " + path, e);
        }
    }

    /** Twenty characters of base 32, as xid makes them. */
    private static String requestId() {
        StringBuilder id = new StringBuilder(20);
        for (int i = 0; i < 20; i++) {
            id.append("0123456789abcdefghijklmnopqrstuv"
                    .charAt(ThreadLocalRandom.current().nextInt(32)));
        }
        return id.toString();
    }
}
