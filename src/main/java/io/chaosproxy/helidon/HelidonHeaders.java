package io.chaosproxy.helidon;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.inject.HeaderEdits;
import io.chaosproxy.inject.InProcessExchange;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.WritableHeaders;
import java.util.List;

/** Applies the rules for header fields to a head of Helidon's. */
final class HelidonHeaders {
    private HelidonHeaders() {}

    /** The edits that the rules in force make. */
    static HeaderEdits of(InProcessExchange exchange, Direction message, Headers head) {
        HeaderEdits edits = new HeaderEdits(name -> values(head, HeaderNames.create(name)));
        edits.apply(exchange.active(), message, exchange.target(), rule -> exchange.hit(exchange.target(), rule));
        return edits;
    }

    private static List<String> values(Headers head, HeaderName name) {
        return head.contains(name) ? head.get(name).allValues() : List.of();
    }

    static void apply(HeaderEdits edits, WritableHeaders<?> head) {
        edits.set().forEach((name, value) -> head.set(HeaderValues.create(name, value)));
        edits.removed().forEach(name -> head.remove(HeaderNames.create(name)));
    }
}
