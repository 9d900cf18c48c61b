package io.chaosproxy.ctl;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ctl remove}: removes a rule or a proxy. */
@Command(
        name = "remove",
        description = "Removes a rule; without a rule, the proxy itself with its connections.",
        footer = {"", "Examples:", "  chaos-proxy ctl remove shop slow", "  chaos-proxy ctl remove shop"})
final class RemoveCommand implements Action {
    private final Ctl ctl;

    @Parameters(index = "0", paramLabel = "PROXY", description = "Proxy name.")
    private String proxy = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "RULE", description = "Rule to remove.")
    private @Nullable String rule;

    RemoveCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        ControlClient server = ctl.server();
        ProxyLookup known = ProxyLookup.of(server); // DELETE of an absent rule succeeds, so check first
        if (rule == null) {
            known.proxy(proxy);
            ctl.say(server.delete("proxies", proxy), "removed " + proxy);
        } else {
            known.rule(proxy, rule);
            ctl.say(server.delete("proxies", proxy, "rules", rule), "removed " + rule + " from " + proxy);
        }
    }
}
