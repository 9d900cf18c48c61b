package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import io.chaosproxy.fault.Sample;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ctl journal}: shows the latest hits. */
@Command(
        name = "journal",
        description = "Shows the last hits: which rule did what to which exchange.",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ctl journal --last 50",
            "  chaos-proxy ctl journal --proxy shop --rule slow",
            "",
            "Not on a terminal: moment (UTC), proxy, connection, exchange (0 on a tcp proxy),",
            "client, request, rule, type, and what was drawn: its name, value and unit."
        })
final class JournalCommand implements Action {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);

    private final Ctl ctl;

    @Option(names = "--proxy", paramLabel = "NAME", description = "Hits of this proxy only.")
    private @Nullable String proxy;

    @Option(names = "--rule", paramLabel = "NAME", description = "Hits of rules of this name only.")
    private @Nullable String rule;

    @Option(
            names = "--last",
            paramLabel = "N",
            defaultValue = "20",
            description = "Number of latest hits to show; default ${DEFAULT-VALUE}.")
    private int last;

    JournalCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        ControlClient server = ctl.server();
        ApiResponse answer = journal(server);
        Config journal = answer.json();
        TabularOutput sheet =
                new TabularOutput("!time", "proxy", "exchange", "client", "request", "rule", "type", "drawn");
        TabularOutput full = new TabularOutput("", "", "", "", "", "", "", "", "", "", "");
        boolean isTable = ctl.printsTable();
        journal.getConfigList("hits").forEach(hit -> {
            if (isTable) {
                sheet.add(shown(hit));
            } else {
                full.add(raw(hit));
            }
        });
        ctl.show(answer, isTable ? sheet : full, "no hits yet");
    }

    private ApiResponse journal(ControlClient server) throws IOException {
        try {
            return server.get(
                    Map.of(
                            "proxy", Optional.ofNullable(proxy),
                            "rule", Optional.ofNullable(rule),
                            "last", Optional.of(Integer.toString(last))),
                    "journal");
        } catch (ErrorResponseException e) {
            if (proxy != null && e.answer().status() == 404) {
                ProxyLookup.of(server).proxy(proxy); // names the one that was meant, if it's the proxy
            }
            throw e;
        }
    }

    private static Cell[] shown(Config hit) {
        Instant at = Instant.parse(hit.getString("at"));
        long exchange = hit.getLong("exchange");
        return new Cell[] {
            Cell.of(TIME.format(at.atZone(ZoneId.systemDefault()))),
            Cell.of(hit.getString("proxy")),
            Cell.of("#" + hit.getLong("connection") + (exchange > 0 ? "." + exchange : "")),
            Cell.of(hit.getString("client")),
            Cell.of(hit.getString("request")),
            Cell.of(hit.getString("rule")),
            Cell.of(hit.getString("type")),
            Cell.of(drawn(hit).toString())
        };
    }

    private static Cell[] raw(Config hit) {
        Sample drawn = drawn(hit);
        boolean nothing = drawn.equals(Sample.NOTHING);
        return new Cell[] {
            Cell.of(hit.getString("at")),
            Cell.of(hit.getString("proxy")),
            Cell.of(hit.getLong("connection")),
            Cell.of(hit.getLong("exchange")),
            Cell.of(hit.getString("client")),
            Cell.of(hit.getString("request")),
            Cell.of(hit.getString("rule")),
            Cell.of(hit.getString("type")),
            Cell.of(drawn.what()),
            Cell.of(nothing ? "" : Long.toString(drawn.value())),
            Cell.of(nothing ? "" : drawn.unit().name().toLowerCase(Locale.ROOT))
        };
    }

    private static Sample drawn(Config hit) {
        if (!hit.hasPath("drawn")) {
            return Sample.NOTHING;
        }
        Config drawn = hit.getConfig("drawn");
        String unit = drawn.getString("unit").toUpperCase(Locale.ROOT);
        return new Sample(drawn.getString("what"), drawn.getLong("value"), Sample.Unit.valueOf(unit));
    }
}
