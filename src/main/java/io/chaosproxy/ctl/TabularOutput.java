package io.chaosproxy.ctl;

import io.chaosproxy.terminal.Printable;
import io.chaosproxy.terminal.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Rows in two formats: a table with headings for humans, tab-separated lines for programs. */
final class TabularOutput {
    private final Table table;
    private final List<String> lines = new ArrayList<>();

    /** Creates an output with headings as in {@link Table}. */
    TabularOutput(String... headings) {
        table = new Table(headings);
    }

    void add(Cell... cells) {
        table.add(Stream.of(cells).map(cell -> Printable.of(cell.shown())).toArray(String[]::new));
        lines.add(Stream.of(cells).map(cell -> Printable.of(cell.raw())).collect(Collectors.joining("\t")));
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    /** Headings first. */
    List<String> table() {
        return table.lines();
    }

    /** Headings first; lines of at most this many characters, as far as columns can be cut. */
    List<String> table(int columns) {
        return table.lines(columns);
    }

    /** Width of the table. */
    int width() {
        return table.width();
    }

    List<String> tabbed() {
        return lines;
    }
}
