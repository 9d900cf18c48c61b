package io.chaosproxy.cli;

import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.terminal.Printable;
import io.chaosproxy.terminal.Style;
import io.chaosproxy.terminal.Table;
import io.chaosproxy.terminal.Terminal;
import io.chaosproxy.terminal.Units;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Renders a snapshot for a terminal.
 *
 * @param size available part of the terminal
 * @param zone time zone of the times shown
 * @param style style of headings
 */
record DashboardView(Terminal size, ZoneId zone, Style style) {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");
    private static final int FEWEST_HITS = 3;
    private static final int MOST_HITS = 10;
    /** Lines around the hits: heading, empty line, last line. */
    private static final int AROUND_HITS = 3;

    private static final int LONGEST_NAME = 16;
    /** Minimum width of a request in a line that exceeds the terminal. */
    private static final int SHORTEST_REQUEST = 12;

    /** One-line summary for output other than a terminal. */
    static String line(Snapshot now) {
        int open = now.proxies().stream().mapToInt(Snapshot.Row::open).sum();
        long connections =
                now.proxies().stream().mapToLong(Snapshot.Row::connections).sum();
        long exchanges =
                now.proxies().stream().mapToLong(Snapshot.Row::exchanges).sum();
        long up = now.proxies().stream().mapToLong(proxy -> proxy.up().now()).sum();
        long down =
                now.proxies().stream().mapToLong(proxy -> proxy.down().now()).sum();
        return "%s  %s (%d open), %s, %s up, %s down, hits: %s"
                .formatted(
                        Units.clock(now.running()),
                        Units.count(connections, "connection"),
                        open,
                        Units.count(exchanges, "exchange"),
                        Units.rate(up),
                        Units.rate(down),
                        Units.counts(now.hits()));
    }

    /** Lines for all rows but the last, which holds the cursor; more on a very small terminal. */
    List<String> render(Snapshot now) {
        List<String> lines = new ArrayList<>();
        lines.add(heading(apart("seed " + now.seed(), "running " + Units.clock(now.running()))));
        lines.addAll(proxies(now.proxies()));
        lines.add("");
        lines.addAll(counts(now.hits()));
        lines.add("");
        int room = Math.clamp(size.rows() - 1L - lines.size() - AROUND_HITS, FEWEST_HITS, MOST_HITS);
        lines.addAll(hits(now.last(), room, now.proxies().size() > 1));
        lines.add(heading("Ctrl-C ends it."));
        return lines;
    }

    private List<String> proxies(List<Snapshot.Row> proxies) {
        Table table = new Table("proxy", ">open", ">total", ">exchanges", ">      up now", ">    down now", "speed");
        for (Snapshot.Row proxy : proxies) {
            table.add(
                    Printable.cut(proxy.name(), LONGEST_NAME),
                    Integer.toString(proxy.open()),
                    Long.toString(proxy.connections()),
                    proxy.protocol() != Protocol.TCP ? Long.toString(proxy.exchanges()) : "-",
                    Units.rate(proxy.up().now()),
                    Units.rate(proxy.down().now()),
                    speed(proxy.up().limit(), proxy.down().limit()));
        }
        return finish(table);
    }

    private static String speed(Optional<RateLimit> up, Optional<RateLimit> down) {
        if (up.isEmpty() && down.isEmpty()) {
            return "not limited";
        }
        if (up.equals(down)) {
            return up.map(DashboardView::speed).orElseThrow() + " each way";
        }
        return up.map(rate -> speed(rate) + " up").orElse("")
                + (up.isPresent() && down.isPresent() ? ", " : "")
                + down.map(rate -> speed(rate) + " down").orElse("");
    }

    private static String speed(RateLimit rate) {
        return rate.min() == rate.max()
                ? Units.rate(rate.max())
                : Units.bytes(rate.min()) + " to " + Units.rate(rate.max());
    }

    /** Hit counts, wrapped to the width of the terminal. */
    private List<String> counts(Map<String, Long> hits) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder("hits ");
        for (Map.Entry<String, Long> each : hits.entrySet()) {
            String text = " " + each.getKey() + " " + each.getValue() + " ";
            if (line.length() + text.length() > size.columns()) {
                lines.add(Printable.cut(line.toString().stripTrailing(), size.columns()));
                line = new StringBuilder("     ");
            }
            line.append(text);
        }
        lines.add(Printable.cut(hits.isEmpty() ? "no hits yet" : line.toString().stripTrailing(), size.columns()));
        return lines;
    }

    private List<String> hits(List<Hit> last, int room, boolean severalProxies) {
        List<Hit> shown = last.subList(Math.max(0, last.size() - room), last.size());
        if (shown.isEmpty()) {
            return List.of();
        }
        int request = requestWidth(shown, severalProxies);
        List<String> lines = new ArrayList<>(finish(table(shown, severalProxies, request)));
        lines.add("");
        return lines;
    }

    /** Maximum width of requests that leaves room for the drawn value. */
    private int requestWidth(List<Hit> shown, boolean severalProxies) {
        int longest = shown.stream().mapToInt(hit -> whose(hit).length()).max().orElse(0);
        int tooLong = table(shown, severalProxies, longest).width() - size.columns();
        return Math.max(SHORTEST_REQUEST, longest - Math.max(0, tooLong));
    }

    private Table table(List<Hit> shown, boolean severalProxies, int requestWidth) {
        Table table = new Table("time", "exchange", "request", "rule", "drawn");
        for (Hit hit : shown) {
            String number = "#" + hit.connection() + (hit.exchange() > 0 ? "." + hit.exchange() : "");
            table.add(
                    TIME.format(hit.at().atZone(zone)),
                    severalProxies ? Printable.cut(hit.proxy(), LONGEST_NAME) + " " + number : number,
                    Printable.cut(whose(hit), requestWidth),
                    Printable.cut(hit.rule(), LONGEST_NAME),
                    hit.drawn().toString());
        }
        return table;
    }

    private static String whose(Hit hit) {
        return hit.request().isEmpty() ? "from " + hit.client() : hit.request();
    }

    private List<String> finish(Table table) {
        List<String> lines = new ArrayList<>();
        for (String line : table.lines()) {
            String fitting = Printable.cut(line, size.columns());
            lines.add(lines.isEmpty() ? heading(fitting) : fitting);
        }
        return lines;
    }

    private String heading(String text) {
        return style.heading(text);
    }

    private String apart(String left, String right) {
        int blanks = size.columns() - left.length() - right.length();
        return Printable.cut(left + " ".repeat(Math.max(2, blanks)) + right, size.columns());
    }
}
