package io.chaosproxy.ctl;

import java.io.IOException;
import picocli.CommandLine.Command;

/** {@code ctl reset}: restores the state of the configuration file. */
@Command(
        name = "reset",
        description = "Restores everything to the configuration file: rules and proxies that were added at run time go,"
                + " rules that were changed or removed are back, and every proxy is on.",
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
