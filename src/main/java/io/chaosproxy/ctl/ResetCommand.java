package io.chaosproxy.ctl;

import java.io.IOException;
import picocli.CommandLine.Command;

/** {@code ctl reset}: restores the state of the configuration file. */
@Command(
        name = "reset",
        description = "Restores the state of the configuration file: removes rules and proxies that were added at run"
                + " time, restores those that were changed or removed, and switches every proxy on.",
        footer = {"", "Example:", "  chaos-proxy ctl reset"})
final class ResetCommand implements Action {
    private final Ctl ctl;

    ResetCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        ReloadRequest.act(ctl, "reset", "everything is as the file says");
    }
}
