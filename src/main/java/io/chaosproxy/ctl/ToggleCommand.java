package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ctl toggle}: a proxy is switched on or off. */
@Command(
        name = "toggle",
        description = "Switches a proxy off if it is on, and on if it is off; its connections end with it.",
        footer = {"", "Examples:", "  chaos-proxy ctl toggle shop", "  chaos-proxy ctl toggle shop --off"})
final class ToggleCommand implements Action {
    private final Ctl ctl;

    @Parameters(paramLabel = "PROXY", description = "Its name.")
    private String proxy = "";

    @ArgGroup
    private @Nullable Wanted wanted;

    /** What it is to be whatever it is now. */
    private static final class Wanted {
        @Option(names = "--on", description = "On, whatever it is now.")
        private boolean on;

        @Option(names = "--off", description = "Off, whatever it is now.")
        @SuppressWarnings("unused") // that it was given is known from the other
        private boolean off;
    }

    ToggleCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        Server server = ctl.server();
        Config present = Known.of(server).proxy(proxy);
        boolean on = wanted == null ? !present.getBoolean("enabled") : wanted.on;
        Answer answer = server.patch("{\"enabled\":" + on + "}", "proxies", proxy);
        ctl.say(answer, proxy + " is " + ListCommand.state(answer.json()));
    }
}
