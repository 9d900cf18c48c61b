package io.chaosproxy.control.web;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.InvalidConfigException;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpMediaType;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** JSON in and out of the control plane: the shape of the configuration file, parsed as JSON and never resolved. */
public final class Json {
    /** Upper bound for a request body in bytes; a configuration of thousands of rules stays below. */
    public static final int MAX_BODY = 1 << 20;

    private static final HttpMediaType JSON = HttpMediaType.create("application/json");
    private static final HttpMediaType PROBLEM = HttpMediaType.create("application/problem+json");

    private Json() {}

    /** The body as text; a longer one than {@link #MAX_BODY} is refused. */
    public static String text(ServerRequest request) {
        try (InputStream in = request.content().inputStream()) {
            byte[] bytes = in.readNBytes(MAX_BODY + 1);
            if (bytes.length > MAX_BODY) {
                throw new Problem(
                        Status.REQUEST_ENTITY_TOO_LARGE_413, "request body is larger than " + MAX_BODY + " bytes");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The body as JSON object; an empty body is an empty object. */
    public static Config object(ServerRequest request) {
        String text = text(request);
        try {
            return ConfigReader.json(text.isBlank() ? "{}" : text, "body");
        } catch (InvalidConfigException e) {
            throw problem(e);
        }
    }

    /**
     * What is wrong with a body, field by field.
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
        send(response, problem.status(), body, PROBLEM);
    }

    private static void send(ServerResponse response, Status status, Object value, HttpMediaType type) {
        response.status(status);
        response.headers().contentType(type);
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        response.send(JsonWriter.SORTED.write(value).getBytes(StandardCharsets.UTF_8));
    }
}
