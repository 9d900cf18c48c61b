package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigSyntax;
import io.chaosproxy.ctl.EventStream.ServerEvent;
import io.chaosproxy.terminal.Printable;
import io.chaosproxy.terminal.Units;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ctl events}: what happens, as it happens. */
@Command(
        name = "events",
        description = "Shows the last hits; with -f also connections, hits and changes from now on, until Ctrl-C.",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ctl events -f",
            "  chaos-proxy ctl events -f --types hit,exchange --json",
            "",
            "Not on a terminal: moment (UTC), type of the event, proxy, what happened. With",
            "--json a line for each: the event and its data. Events are dropped if the reader",
            "is too slow; a line \"lost\" has their number."
        })
final class EventsCommand implements Action {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);
    private static final Duration LOOK = Duration.ofMillis(100);
    private static final String LAST = "20";

    private final Ctl ctl;

    /** Hits of the journal, which the stream may have as well. */
    private final Set<String> shown = new HashSet<>();

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with what happens from now on.")
    private boolean follow;

    @Option(
            names = "--types",
            paramLabel = "TYPE",
            split = ",",
            description = "Only these, with commas between them: ${COMPLETION-CANDIDATES};"
                    + " by default all but exchange and stats.")
    private @Nullable List<Type> types;

    /** Events by name. */
    private enum Type {
        connection,
        exchange,
        hit,
        plan,
        proxy,
        stats
    }

    EventsCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException, InterruptedException {
        ControlClient server = ctl.server();
        if (!follow) {
            past(server);
            return;
        }
        Optional<String> wanted = Optional.ofNullable(types)
                .map(these -> these.stream().map(Type::name).collect(Collectors.joining(",")));
        try (EventStream stream = server.events(Map.of("types", wanted))) {
            if (types == null || types.contains(Type.hit)) {
                past(server);
            }
            follow(server, stream);
        }
    }

    private void past(ControlClient server) throws IOException {
        ApiResponse answer = server.get(Map.of("last", Optional.of(LAST)), "journal");
        for (Config hit : answer.json().getConfigList("hits")) {
            shown.add(compact(hit));
            show("hit", hit, compact(hit));
        }
    }

    /** Shows events until the server ends, or Ctrl-C. */
    private void follow(ControlClient server, EventStream stream) throws IOException, InterruptedException {
        AtomicBoolean ends = new AtomicBoolean();
        Thread ending = Thread.ofPlatform().daemon().name("ctl ending").start(() -> closeAtTheEnd(stream, ends));
        try {
            for (Optional<ServerEvent> next = stream.next(); next.isPresent(); next = stream.next()) {
                Config event = json(next.get().data());
                if (!shown.remove(compact(event))) {
                    show(next.get().name(), event, next.get().data());
                }
            }
        } catch (IOException e) {
            if (!ends.get()) {
                throw new IOException(server.url() + " has ended the stream: " + e.getMessage(), e);
            }
        } finally {
            ending.interrupt();
        }
        if (!ends.get()) {
            throw new IOException(server.url() + " has ended the stream");
        }
    }

    private void closeAtTheEnd(EventStream stream, AtomicBoolean ends) {
        try {
            while (!ctl.console().ending().awaitFor(LOOK)) {
                // still wanted
            }
            ends.set(true);
            stream.close();
        } catch (InterruptedException | IOException e) {
            // the stream has ended before
        }
    }

    private static Config json(String data) {
        return ConfigFactory.parseString(data, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
    }

    private void show(String name, Config event, String data) {
        if (ctl.printsResponse()) {
            ctl.printOne("{\"event\":\"" + name + "\",\"data\":" + data + "}");
            return;
        }
        Instant at = event.hasPath("at") ? Instant.parse(event.getString("at")) : Instant.now();
        String proxy = event.hasPath("proxy") ? event.getString("proxy") : "";
        boolean isTable = ctl.printsTable();
        String line = isTable
                ? "%s  %-10s  %-12s  %s"
                        .formatted(
                                TIME.format(ZonedDateTime.ofInstant(at, ZoneId.systemDefault())),
                                name,
                                proxy,
                                text(name, event))
                : String.join("\t", at.truncatedTo(ChronoUnit.MILLIS).toString(), name, proxy, text(name, event));
        ctl.console().out().println(isTable ? Printable.cut(line, ctl.columns()) : printable(line));
    }

    /** Tabs separate; within a field there are none, as {@link #text} has none. */
    private static String printable(String line) {
        return List.of(line.split("\t", -1)).stream().map(Printable::of).collect(Collectors.joining("\t"));
    }

    /** What happened, in words. */
    private static String text(String name, Config event) {
        try {
            return switch (name) {
                case "hit" ->
                    event.getString("rule") + " (" + event.getString("type") + ") hits #" + number(event)
                            + of(event, "request", " ") + of(event, "client", " from ");
                case "connection" ->
                    "#" + event.getLong("number") + " " + event.getString("what") + of(event, "client", " from ")
                            + of(event, "cause", ": ");
                case "exchange" ->
                    "#" + number(event) + of(event, "request", " ") + of(event, "status", ": ")
                            + of(event, "bytes", ", ") + " bytes" + of(event, "time-ms", ", ") + " ms";
                case "plan" -> "version " + event.getLong("version") + ": " + rules(event.getStringList("rules"));
                case "proxy" ->
                    event.hasPath("connections")
                            ? "severed " + Units.count(event.getLong("connections"), "connection")
                            : event.getString("what");
                case "lost" -> event.getLong("events") + " events are lost";
                default -> compact(event);
            };
        } catch (ConfigException e) {
            return compact(event); // of another version of the server
        }
    }

    private static String rules(List<String> names) {
        return names.isEmpty() ? "no rules" : String.join(", ", names);
    }

    private static String number(Config event) {
        long exchange = event.getLong("exchange");
        return event.getLong("connection") + (exchange > 0 ? "." + exchange : "");
    }

    private static String of(Config event, String key, String before) {
        return event.hasPath(key) && !KeyValueArgs.text(event.getValue(key)).isEmpty()
                ? before + KeyValueArgs.text(event.getValue(key))
                : "";
    }

    private static String compact(Config event) {
        return event.root().render(ConfigRenderOptions.concise());
    }
}
