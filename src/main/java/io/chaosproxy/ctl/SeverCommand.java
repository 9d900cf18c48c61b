package io.chaosproxy.ctl;

import io.chaosproxy.terminal.Units;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ctl sever}: resets open connections. */
@Command(
        name = "sever",
        description = "Resets the connections of a proxy that are open now; new ones go through.",
        footer = {"", "Example:", "  chaos-proxy ctl sever shop"})
final class SeverCommand implements Action {
    private final Ctl ctl;

    @Parameters(paramLabel = "PROXY", description = "Proxy name.")
    private String proxy = "";

    SeverCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        ControlClient server = ctl.server();
        ProxyLookup.of(server).proxy(proxy);
        ApiResponse answer = server.post("proxies", proxy, "sever");
        ctl.say(answer, "severed " + Units.count(answer.json().getLong("severed"), "connection") + " of " + proxy);
    }
}
