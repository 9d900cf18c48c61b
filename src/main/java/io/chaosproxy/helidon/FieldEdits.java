package io.chaosproxy.helidon;

import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.inject.InProcessExchange;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.WritableHeaders;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What the rules for header fields make of a head; as in a proxy, a field that any of them sets isn't removed by a later one. */
final class FieldEdits {
    private final InProcessExchange exchange;
    private final WritableHeaders<?> fields;
    private final Set<String> set = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    private FieldEdits(InProcessExchange exchange, WritableHeaders<?> fields) {
        this.exchange = exchange;
        this.fields = fields;
    }

    static void apply(List<ActiveRule> rules, InProcessExchange exchange, WritableHeaders<?> fields) {
        FieldEdits edits = new FieldEdits(exchange, fields);
        rules.forEach(edits::apply);
    }

    /** A rule that changes nothing is no hit. */
    private void apply(ActiveRule rule) {
        Headers edit = (Headers) rule.rule().fault();
        Set<String> kept = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        kept.addAll(set);
        kept.addAll(edit.set().keySet());
        List<HeaderName> removed = edit.remove().stream()
                .filter(name -> !kept.contains(name))
                .map(HeaderNames::create)
                .filter(fields::contains)
                .toList();
        boolean sets = edit.set().entrySet().stream().anyMatch(field -> !has(field.getKey(), field.getValue()));
        if ((sets || !removed.isEmpty()) && exchange.hit(exchange.target(), rule)) {
            edit.set().forEach((name, value) -> fields.set(HeaderValues.create(name, value)));
            set.addAll(edit.set().keySet());
            removed.forEach(fields::remove);
        }
    }

    private boolean has(String name, String value) {
        HeaderName known = HeaderNames.create(name);
        return fields.contains(known) && fields.get(known).allValues().equals(List.of(value));
    }
}
