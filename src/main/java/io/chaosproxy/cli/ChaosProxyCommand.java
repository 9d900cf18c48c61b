package io.chaosproxy.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.control.ControlPlane;
import io.chaosproxy.terminal.Units;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/** The commands that read a file; {@link ProxyCommand} has those without one. Each returns the exit code. */
@Command(
        name = "chaos-proxy",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        scope = ScopeType.INHERIT,
        description = "A TCP and HTTP proxy that makes a good network bad on purpose.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy demo conf/chaos-proxy.conf",
            "  chaos-proxy run chaos-proxy.conf -D proxies.shop.latency=2s --seed 7",
            "  chaos-proxy check chaos-proxy.conf",
            "  chaos-proxy http --listen :8080 --upstream http://shop:80 --latency 100",
            "  chaos-proxy tcp --listen :15432 --upstream db:5432 --speed 64KiB",
            "  chaos-proxy ctl add shop slow type=latency delay=2s",
            "",
            "Exit codes: 0 after an orderly end, 1 if it can't run,",
            "2 for wrong use or a wrong configuration."
        })
final class ChaosProxyCommand implements Callable<Integer> {
    private static final Config EMPTY = ConfigFactory.parseString("chaos-proxy {}");

    private final Environment environment;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Shows where failures come from.")
    private boolean verbose;

    ChaosProxyCommand(Environment environment) {
        this.environment = environment;
    }

    boolean verbose() {
        return verbose;
    }

    /** Without a command there is nothing to do. */
    @Override
    public Integer call() {
        Program.commandLine(environment).usage(environment.err());
        return ExitCode.USAGE;
    }

    @Command(
            description = "Runs the proxies of a file until it is told to end.",
            footer = {
                "",
                "Examples:",
                "  chaos-proxy run chaos-proxy.conf",
                "  chaos-proxy run chaos-proxy.conf --seed 7 -D proxies.shop.latency=2s",
                "  chaos-proxy run --control 127.0.0.1:8474",
                "",
                "A changed file is taken over while it runs, whole or not at all; SIGHUP asks for it.",
                "Ctrl-C and SIGTERM end it in order: nothing new is accepted, and what is under",
                "way goes on for its drain time. A second Ctrl-C ends it at once."
            })
    int run(
            @Parameters(
                            paramLabel = "FILE",
                            arity = "0..1",
                            description =
                                    "The configuration. Without one the control plane runs alone, as toxiproxy-server"
                                            + " does.")
                    @Nullable
                    Path file,
            @Mixin Overrides overrides)
            throws IOException, InterruptedException {
        if (file == null) {
            ChaosConfig config = ConfigReader.read(EMPTY, overrides.values());
            return Session.run(config, environment, Optional.of(Control.of(config)));
        }
        Config text = ConfigReader.load(file, overrides.values());
        ChaosConfig config = ConfigReader.read(text);
        return Session.run(config, environment, Optional.of(Control.of(config, file, overrides.values(), text)));
    }

    @Command(
            description = "Says all that is wrong with a file, with line and key.",
            footer = {"", "Example:", "  chaos-proxy check chaos-proxy.conf"})
    int check(
            @Parameters(paramLabel = "FILE", description = "The configuration.") Path file, @Mixin Overrides overrides)
            throws IOException {
        ChaosConfig config = ConfigReader.read(file, overrides.values());
        if (config.control()
                .flatMap(ControlSettings::tls)
                .isPresent()) { // else the control plane's libraries aren't needed
            ControlPlane.check(config.control().get());
        }
        environment
                .out()
                .println(file + ": good, " + Units.count(config.proxies().size(), "proxy", "proxies"));
        return ExitCode.OK;
    }

    @Command(
            description =
                    "Runs the proxies of a file with something behind them to try out, and shows what is going on.",
            footer = {
                "",
                "Example:",
                "  chaos-proxy demo conf/chaos-proxy.conf",
                "",
                "A small HTTP server starts at the upstream address of the first http proxy."
            })
    int demo(@Parameters(paramLabel = "FILE", description = "The configuration.") Path file, @Mixin Overrides overrides)
            throws IOException, InterruptedException {
        ChaosConfig config = ConfigReader.read(file, overrides.values());
        try {
            return new Demo(environment).run(config, overrides.controlOf(config));
        } catch (NoClassDefFoundError e) {
            throw new IOException(
                    "the demo needs what isn't on the class path; add io.helidon.webserver:helidon-webserver and"
                            + " io.helidon.webserver:helidon-webserver-sse",
                    e);
        }
    }
}
