package io.chaosproxy.control;

import io.chaosproxy.observe.Event;
import io.chaosproxy.observe.EventBus;
import io.chaosproxy.observe.ExchangeInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * A line for each HTTP exchange once it is over: Apache's combined format in UTC, and behind it the exchange as the journal
 * names it, the seconds to the first byte and to the end, the rules that hit it, and, if TLS of the client is terminated, its version,
 * cipher suite and server name.
 *
 * <pre>{@code
 * 127.0.0.1 - - [21/Nov/2026:01:37:01 +0000] "GET /cart HTTP/1.1" 200 13 "-" "curl/8.5" shop#7.2 0.213 0.214 "slow,modem" TLSv1.3 TLS_AES_256_GCM_SHA384 "shop.example.com"
 * }</pre>
 *
 * <p>Bytes are those that went to the client behind the head. The status is 000 where there was no response, the first byte
 * {@code -}.
 */
final class AccessLog implements AutoCloseable {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss xx", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    /** Characters of a line without what the request brought. */
    private static final int BASE_LENGTH = 200;

    private final EventBus events;
    private final AsyncLineWriter<ExchangeInfo> file;
    private final Consumer<Event> listener = this::accept;

    /** Writes each exchange that ends from now on. */
    AccessLog(EventBus events, Path path) {
        this.events = events;
        this.file = AsyncLineWriter.open(path, AccessLog::line, AccessLog::length);
        events.add(listener);
    }

    AsyncLineWriter<ExchangeInfo> file() {
        return file;
    }

    private void accept(Event event) {
        if (event instanceof Event.Ended ended) {
            file.add(ended.exchange());
        }
    }

    private static int length(ExchangeInfo exchange) {
        return BASE_LENGTH
                + exchange.requestLine().length()
                + exchange.referer().length()
                + exchange.userAgent().length()
                + exchange.spoken().serverName().length();
    }

    private static String line(ExchangeInfo exchange) {
        return String.format(
                Locale.ROOT,
                "%s - - [%s] %s %03d %d %s %s %s#%d.%d %s %s %s %s %s %s",
                exchange.client().getHostAddress(),
                TIME.format(exchange.id().began()),
                quoted(exchange.requestLine()),
                exchange.status(),
                exchange.bytes(),
                quoted(exchange.referer()),
                quoted(exchange.userAgent()),
                escaped(exchange.id().proxy()).replace(" ", "\\x20"),
                exchange.id().connection(),
                exchange.id().number(),
                exchange.firstByte().map(AccessLog::seconds).orElse("-"),
                seconds(exchange.time()),
                quoted(String.join(",", exchange.hits())),
                orDash(exchange.spoken().tls()),
                orDash(exchange.spoken().cipher()),
                quoted(exchange.spoken().serverName()));
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.3f", time.toNanos() / 1e9);
    }

    private static String orDash(String word) {
        return word.isEmpty() ? "-" : word;
    }

    private static String quoted(String text) {
        return '"' + (text.isEmpty() ? "-" : escaped(text)) + '"';
    }

    /** Escapes characters that could end the field or the line, or aren't ASCII, as {@code \xHH}; longer characters as {@code \}{@code uHHHH}. */
    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c < 127 && c != '"' && c != '\\') {
                escaped.append(c);
            } else {
                escaped.append(String.format(c < 256 ? "\\x%02X" : "\\u%04X", (int) c));
            }
        }
        return escaped.toString();
    }

    @Override
    public void close() {
        events.remove(listener);
        file.close();
    }
}
