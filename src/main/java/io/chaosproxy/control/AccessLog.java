package io.chaosproxy.control;

import io.chaosproxy.fault.Request;
import io.chaosproxy.fault.Subject;
import io.chaosproxy.relay.Event;
import io.chaosproxy.relay.Events;
import io.chaosproxy.relay.Served;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A line for each HTTP exchange once it is over: Apache's combined format in UTC, and behind it the exchange as the journal
 * names it, the seconds to the first byte and to the end, and the rules that hit it.
 *
 * <pre>{@code
 * 127.0.0.1 - - [21/Nov/2026:01:37:01 +0000] "GET /cart HTTP/1.1" 200 13 "-" "curl/8.5" shop#7.2 0.213 0.214 "slow,modem"
 * }</pre>
 *
 * <p>Bytes are those that went to the client behind the head. The status is 000 where there was no response, the first byte
 * {@code -}.
 */
final class AccessLog implements AutoCloseable {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss xx", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final Events events;
    private final LineFile<Entry> file;
    private final Consumer<Event> listener = this::accept;

    /** An exchange that is over, without the whole head of its request and its connection, which may be large. */
    record Entry(
            InetAddress client,
            Instant began,
            String requestLine,
            int status,
            long bytes,
            String referer,
            String userAgent,
            String proxy,
            long connection,
            long exchange,
            Optional<Duration> firstByte,
            Duration time,
            List<String> hits) {
        private static final int USUAL_LENGTH = 150;

        static Entry of(Served served) {
            Subject subject = served.subject();
            Request request = subject.request();
            return new Entry(
                    subject.client(),
                    served.began(),
                    served.requestLine(),
                    served.status(),
                    served.bytes(),
                    field(request, "Referer"),
                    field(request, "User-Agent"),
                    served.connection().proxy().name(),
                    subject.connection(),
                    subject.exchange(),
                    served.firstByte(),
                    served.time(),
                    subject.hits());
        }

        private static String field(@Nullable Request request, String name) {
            String value = request == null ? null : request.header(name);
            return value == null ? "" : value;
        }

        int length() {
            return USUAL_LENGTH + requestLine.length() + referer.length() + userAgent.length();
        }
    }

    /** Writes what is told from now on. */
    AccessLog(Events events, Path path) {
        this.events = events;
        this.file = LineFile.open(path, AccessLog::line, Entry::length);
        events.add(listener);
    }

    LineFile<Entry> file() {
        return file;
    }

    private void accept(Event event) {
        if (event instanceof Event.Ended ended) {
            file.add(Entry.of(ended.exchange()));
        }
    }

    private static String line(Entry of) {
        return String.format(
                Locale.ROOT,
                "%s - - [%s] %s %03d %d %s %s %s#%d.%d %s %s %s",
                of.client().getHostAddress(),
                TIME.format(of.began()),
                quoted(of.requestLine()),
                of.status(),
                of.bytes(),
                quoted(of.referer()),
                quoted(of.userAgent()),
                escaped(of.proxy()).replace(" ", "\\x20"),
                of.connection(),
                of.exchange(),
                of.firstByte().map(AccessLog::seconds).orElse("-"),
                seconds(of.time()),
                quoted(String.join(",", of.hits())));
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.3f", time.toNanos() / 1e9);
    }

    private static String quoted(String text) {
        return '"' + (text.isEmpty() ? "-" : escaped(text)) + '"';
    }

    /** What could end the field or the line, or isn't ASCII, as {@code \xHH}; longer characters as {@code \}{@code uHHHH}. */
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
