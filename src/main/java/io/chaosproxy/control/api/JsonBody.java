package io.chaosproxy.control.api;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.JsonWriter;
import io.chaosproxy.control.web.Problem;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** Typed access to the fields of a request body. */
record JsonBody(Config fields) {
    /** Reads a body; unknown fields are rejected. */
    static JsonBody of(ServerRequest request, String... known) {
        Config fields = Json.object(request);
        for (String key : fields.root().keySet()) {
            if (!List.of(known).contains(key)) {
                throw wrong(key, "unknown key; known here: " + String.join(", ", known));
            }
        }
        return new JsonBody(fields);
    }

    Optional<String> text(String key) {
        return find(key, "text", Config::getString);
    }

    Optional<Boolean> flag(String key) {
        return find(key, "true or false", Config::getBoolean);
    }

    Optional<Duration> duration(String key) {
        return find(key, "a duration such as 200ms, 2s or 1m", Config::getDuration);
    }

    /** The value of a field that is there, as the client gave it. */
    Object value(String key) {
        return fields.getValue(key).unwrapped();
    }

    /** A whole number. */
    Optional<Integer> count(String key) {
        return find(key, "a whole number", (config, path) -> {
            if (config.getNumber(path).doubleValue() != config.getInt(path)) {
                throw new ConfigException.WrongType(config.origin(), path, "whole number", "fraction");
            }
            return config.getInt(path);
        });
    }

    /** An object of texts. */
    Optional<Map<String, String>> texts(String key) {
        return find(key, "an object of texts", (config, path) -> {
            Map<String, String> texts = new LinkedHashMap<>();
            config.getObject(path).forEach((name, value) -> {
                if (!(value.unwrapped() instanceof String text)) {
                    throw new ConfigException.WrongType(
                            value.origin(), name, "text", value.valueType().name());
                }
                texts.put(name, text);
            });
            return texts;
        });
    }

    private <T> Optional<T> find(String key, String what, BiFunction<Config, String, T> reader) {
        if (!fields.hasPath(key)) {
            return Optional.empty();
        }
        try {
            return Optional.of(reader.apply(fields, key));
        } catch (ConfigException e) {
            throw wrong(
                    key,
                    "must be " + what + ", not "
                            + JsonWriter.SORTED.write(fields.getValue(key).unwrapped()));
        }
    }

    /** A problem with one field. */
    static Problem wrong(String path, String message) {
        return new Problem(Status.BAD_REQUEST_400, "invalid request body", List.of(new Problem.Field(path, message)));
    }
}
