package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ctl toggle}: switches a proxy on or off. */
@Command(
        name = "toggle",
        description = "Switches a proxy off if it is on, and on if it is off; its connections end with it.",
        footer = {"", "Examples:", "  chaos-proxy ctl toggle shop", "  chaos-proxy ctl toggle shop --off"})
final class ToggleCommand implements Action {
    private final Ctl ctl;

    @Parameters(paramLabel = "PROXY", description = "Proxy name.")
    private String proxy = "";

    @ArgGroup
    private @Nullable Wanted wanted;

    /** Explicit state. */
    private static final class Wanted {
        @Option(names = "--on", description = "Switch on, even if it is on.")
        private boolean on;

        @Option(names = "--off", description = "Switch off, even if it is off.")
        @SuppressWarnings("unused") // that it was given is known from the other
        private boolean off;
    }

    ToggleCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        ControlClient server = ctl.server();
        Config present = ProxyLookup.of(server).proxy(proxy);
        boolean on = wanted == null ? !present.getBoolean("enabled") : wanted.on;
        ApiResponse answer = server.patch("{\"enabled\":" + on + "}", "proxies", proxy);
        ctl.say(answer, proxy + " is " + ListCommand.state(answer.json()));
    }
}
