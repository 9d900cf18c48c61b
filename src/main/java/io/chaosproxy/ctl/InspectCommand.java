package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import io.chaosproxy.terminal.Printable;
import io.chaosproxy.terminal.Table;
import java.io.IOException;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ctl inspect}: shows one proxy in detail. */
@Command(
        name = "inspect",
        description = "Shows a proxy and its rules in their order, with their fields and hits.",
        footer = {
            "",
            "Example:",
            "  chaos-proxy ctl inspect shop",
            "",
            "Not on a terminal, there is a line for each rule: name, type, hits, fields."
        })
final class InspectCommand implements Action {
    /** Keys that are not shown as fields. */
    private static final Set<String> OF_PROXY =
            Set.of("enabled", "protocol", "address", "listen", "upstream", "rules", "name");

    private static final Set<String> OF_RULE = Set.of("name", "type", "hits");

    private final Ctl ctl;

    @Parameters(paramLabel = "PROXY", description = "Proxy name.")
    private String name = "";

    InspectCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        ControlClient server = ctl.server();
        ProxyLookup.of(server).proxy(name);
        ApiResponse answer = server.get("proxies", name);
        Config proxy = answer.json();
        TabularOutput sheet = new TabularOutput("rule", "type", ">hits", "fields");
        for (Config rule : proxy.getConfigList("rules")) {
            sheet.add(
                    Cell.of(rule.getString("name")),
                    Cell.of(rule.getString("type")),
                    Cell.of(rule.getLong("hits")),
                    Cell.of(KeyValueArgs.words(rule, OF_RULE)));
        }
        if (ctl.printsTable()) {
            introduce(proxy);
        }
        ctl.show(answer, sheet, "no rules");
    }

    private void introduce(Config proxy) {
        wrap("%s  %s  %s  %s -> %s"
                .formatted(
                        name,
                        ListCommand.state(proxy),
                        proxy.getString("protocol"),
                        ListCommand.address(proxy),
                        ListCommand.upstream(proxy).shown()));
        String options = KeyValueArgs.words(proxy, OF_PROXY);
        if (!options.isEmpty()) {
            wrap(options);
        }
        ctl.console().out().println();
    }

    /** Prints a text in lines that fit the terminal. */
    private void wrap(String text) {
        Table lines = new Table("");
        lines.add(Printable.of(text));
        lines.lines(ctl.columns()).stream().skip(1).forEach(ctl.console().out()::println);
    }
}
