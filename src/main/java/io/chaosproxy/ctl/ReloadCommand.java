package io.chaosproxy.ctl;

import io.chaosproxy.terminal.Printable;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code ctl reload}: the configuration file is taken over again. */
@Command(
        name = "reload",
        description = "Takes the configuration file over again, whole or not at all; says all that is wrong with it.",
        footer = {"", "Example:", "  chaos-proxy ctl reload"})
final class ReloadCommand implements Action {
    private static final int MISTAKES = 422;

    private final Ctl ctl;

    ReloadCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        try {
            ctl.say(ctl.server().post("reload"), "taken over");
        } catch (Refusal refusal) {
            List<String> mistakes =
                    refusal.answer().errors().stream().map(Printable::of).toList();
            if (refusal.answer().status() != MISTAKES || mistakes.isEmpty()) {
                throw refusal;
            }
            String all = String.join(System.lineSeparator(), mistakes);
            throw new IOException(refusal.answer().detail() + System.lineSeparator() + all, refusal);
        }
    }
}
