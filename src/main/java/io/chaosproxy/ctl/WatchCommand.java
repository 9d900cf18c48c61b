package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import io.chaosproxy.terminal.Pace;
import io.chaosproxy.terminal.Printable;
import io.chaosproxy.terminal.Screen;
import io.chaosproxy.terminal.Style;
import io.chaosproxy.terminal.Terminal;
import io.chaosproxy.terminal.Units;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Command;

/** {@code ctl watch}: live statistics, updated every second. */
@Command(
        name = "watch",
        description = "Shows live statistics, updated every second, until Ctrl-C.",
        footer = {
            "",
            "Example:",
            "  chaos-proxy ctl watch",
            "",
            "Not on a terminal: a line for each proxy and second with moment (UTC), proxy, on",
            "or off, open connections, all connections, exchanges, bytes per second up and",
            "down, hits of its rules. With --json, the statistics of the server, in one line",
            "each second."
        })
final class WatchCommand implements Action {
    private static final Duration FRAME = Duration.ofSeconds(1);

    private final Ctl ctl;
    private final Map<String, Pace> paces = new HashMap<>();

    WatchCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException, InterruptedException {
        ControlClient server = ctl.server();
        Console console = ctl.console();
        Optional<Terminal> terminal = console.terminal().get();
        if (terminal.isPresent() && ctl.printsTable()) {
            draw(server, terminal.get());
            return;
        }
        do {
            ApiResponse answer = server.get("stats");
            TabularOutput sheet = new TabularOutput(
                    "time", "proxy", "state", ">open", ">total", ">exchanges", ">up", ">down", "hits");
            Cell now = Cell.of(Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
            rows(answer.json()).forEach(row -> {
                row.addFirst(now);
                sheet.add(row.toArray(Cell[]::new));
            });
            ctl.showOne(answer, sheet);
        } while (!console.ending().awaitFor(FRAME));
    }

    private void draw(ControlClient server, Terminal first) throws IOException, InterruptedException {
        Console console = ctl.console();
        Config stats = server.get("stats").json(); // fail before drawing if the server is unreachable
        Terminal size = first;
        try (Screen screen = new Screen(console.out())) {
            while (true) {
                screen.draw(frame(server, stats, size));
                if (console.ending().awaitFor(FRAME)) {
                    return;
                }
                Terminal now = console.terminal().get().orElse(Terminal.DEFAULTS);
                if (!now.equals(size)) {
                    screen.clear(); // the terminal has rewrapped the lines, so they can't be overwritten in place
                    size = now;
                }
                stats = server.get("stats").json();
            }
        }
    }

    /** Fills all rows but the last, which holds the cursor. */
    private List<String> frame(ControlClient server, Config stats, Terminal size) {
        TabularOutput sheet =
                new TabularOutput("proxy", "state", ">open", ">total", ">exchanges", ">      up", ">    down", "hits");
        rows(stats).forEach(row -> sheet.add(row.toArray(Cell[]::new)));
        List<String> lines = new ArrayList<>();
        Duration running = Duration.ofMillis(stats.getLong("uptime-ms"));
        lines.add(server.url() + "  seed " + stats.getLong("seed") + "  running " + Units.clock(running));
        lines.addAll(sheet.table());
        int room = Math.max(1, size.rows() - 3);
        List<String> frame = new ArrayList<>(lines.subList(0, Math.min(lines.size(), room)));
        frame.add("hits " + Units.counts(counts(stats.getObject("hits-by-type"))));
        Style style = Style.ofOutput();
        frame.add("Ctrl-C ends it.");
        for (int i = 0; i < frame.size(); i++) {
            String line = Printable.cut(frame.get(i), size.columns());
            boolean heading = i < 2 || i == frame.size() - 1;
            frame.set(i, heading ? style.heading(line) : line);
        }
        return frame;
    }

    private List<List<Cell>> rows(Config stats) {
        long now = System.nanoTime();
        List<List<Cell>> rows = new ArrayList<>();
        new TreeMap<>(stats.getObject("proxies")).forEach((name, value) -> {
            Config proxy = ((ConfigObject) value).toConfig();
            rows.add(new ArrayList<>(List.of(
                    Cell.of(name),
                    Cell.of(ListCommand.state(proxy)),
                    Cell.of(proxy.getLong("open")),
                    Cell.of(proxy.getLong("connections")),
                    Cell.of(proxy.getLong("exchanges")),
                    Cell.rate(pace(name + " up").at(now, proxy.getLong("up"))),
                    Cell.rate(pace(name + " down").at(now, proxy.getLong("down"))),
                    Cell.counts(counts(proxy.getObject("hits"))))));
        });
        return rows;
    }

    private Pace pace(String which) {
        return paces.computeIfAbsent(which, key -> new Pace());
    }

    private static Map<String, Long> counts(ConfigObject counts) {
        Map<String, Long> sorted = new TreeMap<>();
        counts.forEach((name, count) -> sorted.put(name, ((Number) count.unwrapped()).longValue()));
        return sorted;
    }
}
