package io.chaosproxy.ctl;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import io.chaosproxy.terminal.Printable;
import java.io.IOException;
import picocli.CommandLine.Command;

/** {@code ctl config}: the configuration in force. */
@Command(
        name = "config",
        description = "Prints the configuration in force as a configuration file.",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ctl config > now.conf",
            "  chaos-proxy ctl config -o yaml",
            "",
            "The token of the control plane is left out. Rules for all proxies are listed at",
            "each proxy."
        })
final class ConfigCommand implements Action {
    private final Ctl ctl;

    ConfigCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        String text = ctl.server().text("config");
        if (ctl.printsResponse()) {
            ctl.print(ConfigFactory.parseString(text).root().render(ConfigRenderOptions.concise()));
        } else {
            text.lines().map(Printable::of).forEach(ctl.console().out()::println);
        }
    }
}
