package io.chaosproxy.terminal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Text table with headings and columns sized to their content. */
public final class Table {
    private static final String GAP = "  ";

    /** A column is cut to no less than this, as long as that is enough. */
    private static final int LEAST = 6;

    /** A column is cut to no less than this. */
    private static final int VERY_LEAST = 3;

    /** The last column is wrapped in no less than this. */
    private static final int LEAST_LAST = 20;

    private final boolean[] right;
    private final boolean[] whole;
    private final List<String[]> rows = new ArrayList<>();

    /**
     * Creates a table; {@code >} before a heading right-aligns its column, {@code !} before that has it cut only if others can't be cut
     * further, and spaces widen it.
     */
    public Table(String... headings) {
        right = new boolean[headings.length];
        whole = new boolean[headings.length];
        String[] row = new String[headings.length];
        for (int i = 0; i < headings.length; i++) {
            String heading = headings[i];
            whole[i] = heading.startsWith("!");
            heading = whole[i] ? heading.substring(1) : heading;
            right[i] = heading.startsWith(">");
            row[i] = right[i] ? heading.substring(1) : heading;
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

    /**
     * Lines of at most this many characters, if there is room for the columns at all: the last column is wrapped at blanks, and
     * the longest others are cut; those to be kept whole go last.
     */
    public List<String> lines(int columns) {
        if (width() <= columns) {
            return lines();
        }
        int[] widths = widths();
        int last = widths.length - 1;
        int gaps = GAP.length() * last;
        widths[last] = Math.min(widths[last], LEAST_LAST);
        int over = Arrays.stream(widths).sum() + gaps - columns;
        for (int least : new int[] {LEAST, VERY_LEAST}) {
            for (int next = next(widths, least); over > 0 && next >= 0; next = next(widths, least)) {
                widths[next]--;
                over--;
            }
        }
        widths[last] = Math.max(
                widths[last], columns - gaps - Arrays.stream(widths, 0, last).sum());
        return rows.stream().flatMap(row -> wrapped(row, widths)).toList();
    }

    /** Column to make narrower: the longest, then the last one, then one to be kept whole; negative if none is longer than the least. */
    private int next(int[] widths, int least) {
        int next = longest(widths, least, false);
        if (next >= 0) {
            return next;
        }
        int last = widths.length - 1;
        int kept = longest(widths, least, true);
        boolean isLastCut = (kept >= 0 || least < LEAST) && widths[last] > LEAST;
        return isLastCut ? last : kept;
    }

    /** Longest of the columns that can be cut; negative if there is none. */
    private int longest(int[] widths, int least, boolean isWhole) {
        int longest = -1;
        for (int i = 0; i < widths.length - 1; i++) {
            if (whole[i] == isWhole && widths[i] > least && (longest < 0 || widths[i] > widths[longest])) {
                longest = i;
            }
        }
        return longest;
    }

    private Stream<String> wrapped(String[] row, int[] widths) {
        int last = row.length - 1;
        String[] cells = new String[row.length];
        for (int i = 0; i < last; i++) {
            cells[i] = Printable.cut(row[i], widths[i]);
        }
        List<String> lines = new ArrayList<>();
        for (String part : parts(row[last], widths[last])) {
            cells[last] = part;
            lines.add(line(cells, widths));
            Arrays.fill(cells, 0, last, "");
        }
        return lines.stream();
    }

    /** A text in lines of this width, broken at blanks, or within words that are longer than a line. */
    private static List<String> parts(String text, int width) {
        List<String> parts = new ArrayList<>();
        String rest = text;
        while (rest.length() > width) {
            int blank = rest.lastIndexOf(' ', width);
            int end = blank > 0 ? blank : width;
            parts.add(rest.substring(0, end));
            rest = rest.substring(end).stripLeading();
        }
        parts.add(rest);
        return parts;
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
