package io.chaosproxy.kit;

import io.chaosproxy.inject.Request;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request as tests write it; names of fields in lower case. */
public record Sent(String method, String path, String host, Map<String, String> fields) implements Request {
    /** A GET without header fields. */
    public static Sent get(String path) {
        return new Sent("GET", path, "shop.example", Map.of());
    }

    @Override
    public @Nullable String header(String name) {
        return fields.get(name.toLowerCase(Locale.ROOT));
    }
}
