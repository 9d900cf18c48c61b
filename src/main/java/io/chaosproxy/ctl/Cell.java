package io.chaosproxy.ctl;

import io.chaosproxy.terminal.Units;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Cell of a row, in two formats.
 *
 * @param shown human-readable text
 * @param raw machine-readable text
 */
record Cell(String shown, String raw) {
    static Cell of(String text) {
        return new Cell(text, text);
    }

    static Cell of(long count) {
        return of(Long.toString(count));
    }

    static Cell bytes(long bytes) {
        return new Cell(Units.bytes(bytes), Long.toString(bytes));
    }

    /** Rate in bytes per second. */
    static Cell rate(long bytes) {
        return new Cell(Units.rate(bytes), Long.toString(bytes));
    }

    /** Such as {@code latency 12, reset 1}, and {@code latency=12 reset=1}. */
    static Cell counts(Map<String, Long> counts) {
        String raw = counts.entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue())
                .collect(Collectors.joining(" "));
        return new Cell(Units.counts(counts), raw);
    }
}
