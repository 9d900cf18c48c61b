package io.chaosproxy.ctl;

import java.io.IOException;
import picocli.CommandLine.Command;

/** {@code ctl reload}: reloads the configuration file. */
@Command(
        name = "reload",
        description = "Applies the configuration file again, changed or not, as a whole or not at all; says all that is"
                + " wrong with it.",
        footer = {
            "",
            "Example:",
            "  chaos-proxy ctl reload",
            "",
            "Rules and proxies that were added at run time stay; reset removes them. HTTP exchanges under way keep",
            "the plan that they began with; open tcp connections take the change on at once."
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
