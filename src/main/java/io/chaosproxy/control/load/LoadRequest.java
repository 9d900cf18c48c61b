package io.chaosproxy.control.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.chaosproxy.fault.Check;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run sends, and how much of it. Each request has a connection of its own.
 *
 * @param count requests of each leg, 1 to 1,000
 * @param concurrency requests under way at once, 1 to 64
 * @param timeout for one request, from its connection to its last byte; 10 ms to 30 s
 * @param content what is sent, and what is waited for
 */
public record LoadRequest(int count, int concurrency, Duration timeout, Content content) {
    public static final int MAX_COUNT = 1_000;
    public static final int MAX_CONCURRENCY = 64;
    private static final Duration MIN_TIMEOUT = Duration.ofMillis(10);
    private static final Duration MAX_TIMEOUT = Duration.ofSeconds(30);

    /** Rejects values out of range. */
    public LoadRequest {
        Check.that(count >= 1 && count <= MAX_COUNT, "count", "must be from 1 to " + MAX_COUNT + ", not " + count);
        Check.that(
                concurrency >= 1 && concurrency <= MAX_CONCURRENCY,
                "concurrency",
                "must be from 1 to " + MAX_CONCURRENCY + ", not " + concurrency);
        Check.that(
                timeout.compareTo(MIN_TIMEOUT) >= 0 && timeout.compareTo(MAX_TIMEOUT) <= 0,
                "timeout",
                "must be from 10ms to 30s");
    }

    /** What one connection is used for. */
    public sealed interface Content {}

    /**
     * A GET request and its whole response.
     *
     * @param path origin form of the target, with its query
     * @param headers fields besides those that frame the message
     */
    public record Get(String path, Map<String, String> headers) implements Content {
        private static final int MAX_PATH = 4096;
        private static final int MAX_HEADERS = 8192;

        /** Fields that the client decides. */
        private static final List<String> OWN =
                List.of("connection", "content-length", "transfer-encoding", "upgrade", "expect");

        /** Rejects what is no target, and fields that would frame or end the message. */
        public Get {
            Check.that(
                    path.startsWith("/")
                            && path.length() <= MAX_PATH
                            && path.chars().allMatch(c -> c > ' ' && c < 127),
                    "path",
                    "must begin with /, without blanks and encoded as in a URL");
            headers = Map.copyOf(headers);
            headers.forEach(Get::check);
            Check.that(
                    headers.entrySet().stream()
                                    .mapToInt(field -> field.getKey().length()
                                            + field.getValue().length())
                                    .sum()
                            <= MAX_HEADERS,
                    "headers",
                    "must have at most " + MAX_HEADERS + " characters");
        }

        private static void check(String name, String value) {
            String key = "headers." + name;
            Check.that(name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+"), key, "is no name of a field");
            Check.that(!OWN.contains(name.toLowerCase(Locale.ROOT)), key, "can't be set");
            Check.that(value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c < 127)), key, "has control characters");
        }

        byte[] head(String authority) {
            Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            fields.putAll(Map.of("Host", authority, "User-Agent", "chaos-proxy-try", "Accept", "*/*"));
            fields.putAll(headers);
            StringBuilder text = new StringBuilder("GET " + path + " HTTP/1.1\r\n");
            fields.forEach((name, value) ->
                    text.append(name).append(": ").append(value).append("\r\n"));
            return text.append("Connection: close\r\n\r\n").toString().getBytes(ISO_8859_1);
        }
    }

    /**
     * Bytes that are sent as they are, after which the first byte from the other side is waited for.
     *
     * @param text may be empty, for servers that speak first
     */
    public record Raw(String text) implements Content {
        private static final int MAX_TEXT = 8192;

        /** Rejects long text. */
        public Raw {
            Check.that(text.length() <= MAX_TEXT, "send", "must have at most " + MAX_TEXT + " characters");
        }

        byte[] bytes() {
            return text.getBytes(UTF_8);
        }
    }
}
