package io.chaosproxy.ctl;

import io.chaosproxy.terminal.Units;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ctl clear}: rules go, proxies stay. */
@Command(
        name = "clear",
        description = "Removes every rule of every proxy, those of the file, too; or of one proxy.",
        footer = {"", "Examples:", "  chaos-proxy ctl clear", "  chaos-proxy ctl clear shop"})
final class ClearCommand implements Action {
    private final Ctl ctl;

    @Parameters(arity = "0..1", paramLabel = "PROXY", description = "The one whose rules go.")
    private @Nullable String proxy;

    ClearCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        Server server = ctl.server();
        if (proxy == null) {
            Answer answer = server.post("clear");
            ctl.say(answer, "removed " + Units.count(answer.json().getLong("removed"), "rule"));
        } else {
            int rules = Known.of(server).proxy(proxy).getList("rules").size();
            Answer answer = server.patch("{\"faults\":null}", "proxies", proxy);
            ctl.say(answer, "removed " + Units.count(rules, "rule") + " from " + proxy);
        }
    }
}
