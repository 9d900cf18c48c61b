package io.chaosproxy.http;

import io.chaosproxy.inject.Target;
import io.chaosproxy.relay.Connection;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The fields of a response that tell its client what hit it: {@code X-Chaos-Exchange} with proxy, connection and exchange as
 * the journal has them, and, if there are any, {@code X-Chaos-Hits} with the names of rules.
 *
 * <p>The head goes before most faults are done, so it names what had been decided by then: an outage that a later second
 * brings isn't among them, and a fault of the body is, even if the body turns out too short for it.
 */
final class HitHeaders {
    private static final String EXCHANGE = "X-Chaos-Exchange";
    private static final String HITS = "X-Chaos-Hits";

    private HitHeaders() {}

    /** Whether the configuration asks for them. */
    static boolean areWanted(Connection connection) {
        return connection.proxy().common().hitHeaders();
    }

    /** None unless the configuration asks for them. */
    static Map<String, String> of(Connection connection, Target target) {
        if (!areWanted(connection)) {
            return Map.of();
        }
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put(EXCHANGE, encode(connection.proxy().name()) + "#" + target.connection() + "." + target.exchange());
        List<String> hits = target.expectedHits();
        if (!hits.isEmpty()) {
            fields.put(HITS, hits.stream().map(HitHeaders::encode).collect(Collectors.joining(", ")));
        }
        return fields;
    }

    /** Percent-encodes characters that can't stand in a list of a field, in the manner of URIs. */
    private static String encode(String name) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            if (b > ' ' && b < 127 && b != ',' && b != '%') {
                encoded.append((char) b);
            } else {
                encoded.append('%').append("%02X".formatted(b));
            }
        }
        return encoded.toString();
    }
}
