package io.chaosproxy.ctl;

import io.chaosproxy.config.ConfigReader;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ctl replace}: replaces a rule on all proxies that have it. */
@Command(
        name = "replace",
        description = "Atomically replaces a rule on all proxies that have a rule of this name.",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ctl replace all-speed type=rate rate=1MiB",
            "  chaos-proxy ctl replace slow type=latency delay=2s",
            "",
            "KEY=VALUE are keys of the file's top level: a rate is shared by all proxies",
            "unless it has shared=proxy or shared=connection. A rule of the top level is also",
            "replaced for proxies that are added later, until the next reload.",
            "chaos-proxy ctl faults lists the types, and with a type its keys."
        })
final class ReplaceCommand implements Action {
    private final Ctl ctl;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "RULE", description = "Rule name.")
    private String rule = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "KEY=VALUE", description = "Fields of the rule.")
    private List<String> fields = List.of();

    ReplaceCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        String body = KeyValueArgs.json(spec, fields);
        ApiResponse answer = put(ctl.server(), body);
        List<String> proxies = answer.json().getStringList("proxies");
        List<String> bare = ConfigReader.bareOfRule(rule, ConfigReader.json(body, "words"));
        ctl.say(
                answer,
                "replaced " + rule + (proxies.isEmpty() ? " for proxies to come" : " on " + String.join(", ", proxies))
                        + AddCommand.understood(bare));
    }

    private ApiResponse put(ControlClient server, String body) throws IOException {
        try {
            return server.put(body, "rules", rule);
        } catch (ErrorResponseException e) {
            if (e.answer().status() == 404) {
                throw ProxyLookup.of(server).missingRule(rule);
            }
            throw e;
        }
    }
}
