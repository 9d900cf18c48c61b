package io.chaosproxy.ctl;

import java.io.IOException;
import picocli.CommandLine.Command;

/** {@code ctl reload}: reloads the configuration file. */
@Command(
        name = "reload",
        description = "Reloads the configuration file atomically, changed or not; reports all of its errors.",
        footer = {
            "",
            "Example:",
            "  chaos-proxy ctl reload",
            "",
            "Rules and proxies that were added at run time stay; reset removes them. Open",
            "HTTP exchanges keep the plan that they began with; a change applies to open tcp",
            "connections at once."
        })
final class ReloadCommand implements Action {
    private final Ctl ctl;

    ReloadCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        ReloadRequest.act(ctl, "reload", "taken over");
    }
}
