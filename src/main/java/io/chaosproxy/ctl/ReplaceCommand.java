package io.chaosproxy.ctl;

import io.chaosproxy.config.ConfigReader;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ctl replace}: a rule that several proxies have, on all of them. */
@Command(
        name = "replace",
        description = "Replaces a rule on all proxies that have one of its name, as one change.",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ctl replace all-speed type=rate rate=1MiB",
            "  chaos-proxy ctl replace slow type=latency delay=2s",
            "",
            "KEY=VALUE are the words of the file's top level: a rate is shared by all proxies",
            "unless it says shared=proxy or shared=connection. A rule that stands there is",
            "replaced for proxies that are added later, too, until the next reload."
        })
final class ReplaceCommand implements Action {
    private final Ctl ctl;

    @Parameters(index = "0", paramLabel = "RULE", description = "Its name.")
    private String rule = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "KEY=VALUE", description = "Fields of the rule.")
    private List<String> fields = List.of();

    ReplaceCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        String body = Pairs.json(fields);
        Answer answer = put(ctl.server(), body);
        List<String> proxies = answer.json().getStringList("proxies");
        List<String> bare = ConfigReader.bareOfRule(rule, ConfigReader.json(body, "words"));
        ctl.say(
                answer,
                "replaced " + rule + (proxies.isEmpty() ? " for proxies to come" : " on " + String.join(", ", proxies))
                        + AddCommand.understood(bare));
    }

    private Answer put(Server server, String body) throws IOException {
        try {
            return server.put(body, "rules", rule);
        } catch (Refusal e) {
            if (e.answer().status() == 404) {
                throw Known.of(server).missingRule(rule);
            }
            throw e;
        }
    }
}
