package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import io.chaosproxy.terminal.Units;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ctl connections}: lists open connections, or closes one. */
@Command(
        name = "connections",
        description = "Lists the open connections of all proxies or of one; or closes a connection.",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ctl connections",
            "  chaos-proxy ctl connections shop --reset 42",
            "",
            "Not on a terminal: proxy, number, client, age in ms, bytes up, bytes down,",
            "number of threads that wait in a fault, exchange, rules in force, protocol, TLS",
            "version, cipher suite, server name of the client's TLS."
        })
final class ConnectionsCommand implements Action {
    private static final List<String> HEADINGS =
            List.of("proxy", ">number", "!client", ">age", ">up", ">down", ">waits", ">exchange", "rules");

    /** Shown on a terminal that is wide enough. */
    private static final List<String> FACTS = List.of("protocol", "target", "tls", "cipher", "server name");

    private final Ctl ctl;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "0..1", paramLabel = "PROXY", description = "Proxy name.")
    private @Nullable String proxy;

    @ArgGroup
    private @Nullable End end;

    /** How to end a connection. */
    private static final class End {
        @Option(names = "--close", paramLabel = "N", description = "Close connection N gracefully.")
        private @Nullable Long close;

        @Option(names = "--reset", paramLabel = "N", description = "Reset connection N.")
        private @Nullable Long reset;
    }

    ConnectionsCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        if (end == null) {
            list(ctl.server());
        } else if (proxy == null) {
            throw new ParameterException(spec.commandLine(), "Name the PROXY whose connection is to end");
        } else if (end.close != null) {
            end(proxy, end.close, "close", "closed");
        } else if (end.reset != null) {
            end(proxy, end.reset, "reset", "reset");
        }
    }

    private void end(String name, long number, String how, String done) throws IOException {
        ControlClient server = ctl.server();
        ProxyLookup.of(server).proxy(name);
        ApiResponse answer = server.delete(Map.of("how", Optional.of(how)), "connections", name, Long.toString(number));
        ctl.say(answer, done + " connection " + number + " of " + name);
    }

    private void list(ControlClient server) throws IOException {
        if (proxy != null) {
            ProxyLookup.of(server).proxy(proxy);
        }
        ApiResponse answer = server.get(Map.of("proxy", Optional.ofNullable(proxy)), "connections");
        TabularOutput narrow = new TabularOutput(HEADINGS.toArray(String[]::new));
        TabularOutput wide = new TabularOutput(
                Stream.concat(HEADINGS.stream(), FACTS.stream()).toArray(String[]::new));
        for (Config connection : answer.json().getConfigList("connections")) {
            List<Cell> cells = new ArrayList<>(cells(connection));
            narrow.add(cells.toArray(Cell[]::new));
            cells.addAll(facts(connection));
            wide.add(cells.toArray(Cell[]::new));
        }
        boolean fits = !ctl.printsTable() || wide.width() <= ctl.columns();
        ctl.show(answer, fits ? wide : narrow, "no open connections");
    }

    private static List<Cell> cells(Config connection) {
        return List.of(
                Cell.of(connection.getString("proxy")),
                Cell.of(connection.getLong("number")),
                Cell.of(connection.getString("client")),
                age(connection.getLong("age-ms")),
                Cell.bytes(connection.getLong("up")),
                Cell.bytes(connection.getLong("down")),
                Cell.of(connection.getLong("waiting")),
                connection.hasPath("exchange") ? Cell.of(connection.getLong("exchange")) : new Cell("-", ""),
                Cell.of(String.join(",", connection.getStringList("rules"))));
    }

    private static List<Cell> facts(Config connection) {
        return Stream.of("protocol", "target", "tls.version", "tls.cipher", "server-name")
                .map(key -> connection.hasPath(key) ? Cell.of(connection.getString(key)) : new Cell("-", ""))
                .toList();
    }

    private static Cell age(long millis) {
        return new Cell(Units.clock(Duration.ofMillis(millis)), Long.toString(millis));
    }
}
