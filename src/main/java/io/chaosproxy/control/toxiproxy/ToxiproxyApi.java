package io.chaosproxy.control.toxiproxy;

import io.chaosproxy.control.web.Json;
import io.chaosproxy.fault.PlainText;
import io.chaosproxy.inject.ProxyClosedException;
import io.chaosproxy.relay.ProxyRegistry;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
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
    /** What clients compare with; those that ask want 2.6.0 or later. */
    static final String VERSION = "2.12.0";

    private static final System.Logger LOG = System.getLogger("io.chaosproxy.control");
    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain; charset=utf-8";

    private final Toxiproxy toxiproxy;
    private final List<Endpoint> endpoints;

    public ToxiproxyApi(ProxyRegistry fleet) {
        toxiproxy = new Toxiproxy(fleet);
        endpoints = List.of(
                new Endpoint("/reset", Map.of("POST", this::reset)),
                new Endpoint("/proxies", Map.of("GET", this::index, "POST", this::create)),
                new Endpoint("/populate", Map.of("POST", this::populate)),
                new Endpoint(
                        "/proxies/{proxy}",
                        Map.of("GET", this::show, "POST", this::update, "PATCH", this::update, "DELETE", this::delete)),
                new Endpoint("/proxies/{proxy}/toxics", Map.of("GET", this::toxics, "POST", this::addToxic)),
                new Endpoint(
                        "/proxies/{proxy}/toxics/{toxic}",
                        Map.of(
                                "GET", this::toxic,
                                "POST", this::updateToxic,
                                "PATCH", this::updateToxic,
                                "DELETE", this::removeToxic)),
                new Endpoint("/version", Map.of("GET", this::version)));
    }

    /** What a route is asked: the names in the path, and the body. */
    private record Call(List<String> names, ServerRequest request) {
        String proxy() {
            return names.getFirst();
        }

        String toxic() {
            return names.getLast();
        }

        GoJson.Value body() throws ApiError {
            try (InputStream in = request.content().inputStream()) {
                byte[] bytes = in.readNBytes(Json.MAX_BODY + 1);
                if (bytes.length > Json.MAX_BODY) {
                    throw ApiError.badBody("http: request body too large");
                }
                return GoJson.read(new String(bytes, StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
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

    /** A path with what its methods do; {@code {name}} stands for one segment that isn't empty. */
    private record Endpoint(List<String> segments, Map<String, Action> actions) {
        Endpoint(String path, Map<String, Action> actions) {
            this(ToxiproxyApi.segments(path), actions);
        }

        /** The names in the path, if it is one of these. */
        Optional<List<String>> match(List<String> path) {
            if (path.size() != segments.size()) {
                return Optional.empty();
            }
            List<String> names = new ArrayList<>();
            for (int i = 0; i < path.size(); i++) {
                if (segments.get(i).startsWith("{") && !path.get(i).isEmpty()) {
                    names.add(path.get(i));
                } else if (!segments.get(i).equals(path.get(i))) {
                    return Optional.empty();
                }
            }
            return Optional.of(names);
        }
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        String path;
        try {
            path = decode(request.prologue().uriPath().rawPath());
        } catch (IllegalArgumentException e) {
            send(response, Answer.error(400, "400 Bad Request"));
            return;
        }
        String clean = clean(path);
        if (clean.equals(path)) {
            send(response, answer(path, request, response));
        } else {
            response.header(HeaderNames.LOCATION, location(clean, request));
            send(response, new Answer(301, "", ""));
        }
    }

    private Answer answer(String path, ServerRequest request, ServerResponse response) {
        List<String> segments = segments(path);
        for (Endpoint endpoint : endpoints) {
            Optional<List<String>> names = endpoint.match(segments);
            if (names.isPresent()) {
                Action action =
                        endpoint.actions().get(request.prologue().method().text());
                return action == null
                        ? new Answer(405, "", "")
                        : answer(action, new Call(names.get(), request), response);
            }
        }
        return Answer.error(404, "404 page not found");
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
        } catch (UncheckedIOException e) {
            throw e; // the client is gone
        } catch (ProxyClosedException e) {
            return Answer.error(new ApiError(409, String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, call.request().prologue().toString(), e);
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
        response.send(PlainText.escapedJson(answer.body()).getBytes(StandardCharsets.UTF_8));
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

    private static List<String> segments(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    private static String decode(String raw) {
        return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
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
