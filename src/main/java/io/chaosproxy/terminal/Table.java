package io.chaosproxy.terminal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Text table with headings and columns sized to their content. */
public final class Table {
    private static final String GAP = "  ";

    private final boolean[] right;
    private final List<String[]> rows = new ArrayList<>();

    /** Creates a table; {@code >} before a heading right-aligns its column, and spaces widen it. */
    public Table(String... headings) {
        right = new boolean[headings.length];
        String[] row = new String[headings.length];
        for (int i = 0; i < headings.length; i++) {
            right[i] = headings[i].startsWith(">");
            row[i] = right[i] ? headings[i].substring(1) : headings[i];
        }
        rows.add(row);
    }

    public void add(String... cells) {
        rows.add(cells.clone());
    }

    public List<String> lines() {
        int[] widths = widths();
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    /** Lines without the headings. */
    public List<String> body() {
        List<String> lines = lines();
        return lines.subList(1, lines.size());
    }

    /** Width of the longest line. */
    public int width() {
        return Arrays.stream(widths()).sum() + GAP.length() * (right.length - 1);
    }

    private int[] widths() {
        int[] widths = new int[right.length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        return widths;
    }

    private String line(String[] row, int[] widths) {
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < row.length; i++) {
            String blanks = " ".repeat(widths[i] - row[i].length());
            cells.add(right[i] ? blanks + row[i] : row[i] + blanks);
        }
        return String.join(GAP, cells).stripTrailing();
    }
}
