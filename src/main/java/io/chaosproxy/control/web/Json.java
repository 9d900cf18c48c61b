package io.chaosproxy.control.web;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.InvalidConfigException;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpMediaType;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** JSON in and out of the control plane: the shape of the configuration file, parsed as JSON and never resolved. */
public final class Json {
    /** Upper bound for a request body in bytes; a proxy with a thousand rules stays below. */
    public static final int MAX_BODY = 256 * 1024;

    /** Heap of a hit or a connection that an answer keeps when nothing else does any more, about. */
    private static final long HELD_EACH = 640;

    private static final HttpMediaType JSON = HttpMediaType.create("application/json");
    private static final HttpMediaType PROBLEM = HttpMediaType.create("application/problem+json");

    private Json() {}

    /** The body as text, as of {@link #bytes}. What is no UTF-8 is replaced by U+FFFD. */
    public static String text(ServerRequest request) {
        return new String(bytes(request), StandardCharsets.UTF_8);
    }

    /**
     * The body.
     *
     * @throws Problem if it is longer than {@link #MAX_BODY}, before it is read if its length is announced; or if the heap
     *     for bodies is in use
     * @throws CloseConnectionException if the client leaves meanwhile
     */
    private static byte[] bytes(ServerRequest request) {
        long length = request.headers().contentLength().orElse(request.content().hasEntity() ? MAX_BODY : 0);
        checkLength(length);
        RequestMemory.takeForBody(request, length);
        byte[] bytes = read(request);
        checkLength(bytes.length);
        RequestMemory.takeForObjects(request, bytes.length);
        return bytes;
    }

    private static void checkLength(long length) {
        if (length > MAX_BODY) {
            throw new Problem(
                    Status.REQUEST_ENTITY_TOO_LARGE_413, "request body is larger than " + MAX_BODY + " bytes");
        }
    }

    private static byte[] read(ServerRequest request) {
        try (InputStream in = request.content().inputStream()) {
            return in.readNBytes(MAX_BODY + 1);
        } catch (IOException e) {
            throw new CloseConnectionException("the body can't be read", e);
        } catch (RuntimeException e) {
            if (Defects.isClientGone(e)) {
                throw new CloseConnectionException("the client left within its body", e);
            }
            throw e;
        }
    }

    /** The body as JSON object in UTF-8; an empty body is an empty object. */
    public static Config object(ServerRequest request) {
        String text = Utf8.decode(bytes(request))
                .orElseThrow(() -> new Problem(Status.BAD_REQUEST_400, "request body is not UTF-8"));
        try {
            return ConfigReader.json(text.isBlank() ? "{}" : text, "body");
        } catch (InvalidConfigException e) {
            throw problem(e);
        }
    }

    /**
     * Errors of a body, field by field.
     *
     * @param prefix the keys that lead to the body in a configuration; left out of the paths of its fields
     */
    public static Problem problem(InvalidConfigException mistakes, String... prefix) {
        List<Problem.Field> fields = mistakes.errors().stream()
                .map(mistake -> new Problem.Field(within(mistake.path(), prefix), mistake.message()))
                .toList();
        return new Problem(Status.BAD_REQUEST_400, "invalid request body", fields);
    }

    private static String within(String path, String... prefix) {
        List<String> keys = path.isEmpty() ? List.of() : ConfigUtil.splitPath(path);
        return keys.size() > prefix.length && keys.subList(0, prefix.length).equals(List.of(prefix))
                ? ConfigUtil.joinPath(keys.subList(prefix.length, keys.size()))
                : path;
    }

    public static void noContent(ServerResponse response) {
        response.status(Status.NO_CONTENT_204).send();
    }

    public static void send(ServerResponse response, Status status, Object value) {
        send(response, status, value, JSON);
    }

    /**
     * Sends a list of values, each made into JSON just before it is sent.
     *
     * @param member name of the list
     * @param others further members
     */
    public static <T> void sendAll(
            ServerResponse response,
            String member,
            List<T> values,
            Function<T, Map<String, Object>> view,
            Map<String, Object> others) {
        Map<String, Object> shown = new HashMap<>(others);
        Iterable<Object> views = () -> values.stream()
                .<Object>map(value -> (Supplier<Object>) () -> view.apply(value))
                .iterator();
        shown.put(member, views);
        RequestMemory.send(values.size() * HELD_EACH, () -> send(response, Status.OK_200, shown));
    }

    public static void send(ServerResponse response, Problem problem) {
        Map<String, Object> body = Map.of(
                "type", "about:blank",
                "title", problem.status().reasonPhrase(),
                "status", problem.status().code(),
                "detail", String.valueOf(problem.getMessage()),
                "errors",
                        problem.errors().stream()
                                .map(field -> Map.of("path", field.path(), "message", field.message()))
                                .toList());
        if (problem.status().equals(Status.SERVICE_UNAVAILABLE_503)) {
            response.header(HeaderNames.RETRY_AFTER, "1");
        }
        send(response, problem.status(), body, PROBLEM);
    }

    private static void send(ServerResponse response, Status status, Object value, HttpMediaType type) {
        response.status(status);
        response.headers().contentType(type);
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        AnswerStream body = new AnswerStream(response);
        try {
            Writer out = new OutputStreamWriter(body, StandardCharsets.UTF_8);
            JsonWriter.SORTED.write(value, out);
            out.flush();
            body.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
