package io.chaosproxy.ctl;

import io.chaosproxy.terminal.Units;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ctl clear}: removes rules. */
@Command(
        name = "clear",
        description = "Removes all rules, including those from the file, of all proxies or of one.",
        footer = {"", "Examples:", "  chaos-proxy ctl clear", "  chaos-proxy ctl clear shop"})
final class ClearCommand implements Action {
    private final Ctl ctl;

    @Parameters(arity = "0..1", paramLabel = "PROXY", description = "Proxy to clear.")
    private @Nullable String proxy;

    ClearCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        ControlClient server = ctl.server();
        if (proxy == null) {
            ApiResponse answer = server.post("clear");
            ctl.say(answer, "removed " + Units.count(answer.json().getLong("removed"), "rule"));
        } else {
            int rules = ProxyLookup.of(server).proxy(proxy).getList("rules").size();
            ApiResponse answer = server.patch("{\"faults\":null}", "proxies", proxy);
            ctl.say(answer, "removed " + Units.count(rules, "rule") + " from " + proxy);
        }
    }
}
