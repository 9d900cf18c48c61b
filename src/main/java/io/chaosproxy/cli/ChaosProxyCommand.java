package io.chaosproxy.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.MissingLibrary;
import io.chaosproxy.cluster.Cluster;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.control.ControlPlane;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.UnusableSettingsException;
import io.chaosproxy.terminal.Units;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** Commands that read a file; see {@link ProxyCommand} for those without. Each returns the exit code. */
final class ChaosProxyCommand implements Callable<Integer> {
    private static final String[] FOOTER = {
        "",
        "Examples:",
        "  chaos-proxy demo conf/chaos-proxy.conf",
        "  chaos-proxy run chaos-proxy.conf -D proxies.shop.latency=2s --seed 7",
        "  chaos-proxy check chaos-proxy.conf",
        "  chaos-proxy http --listen :8080 --upstream http://shop:80 --latency 100",
        "  chaos-proxy tcp --listen :15432 --upstream db:5432 --speed 64KiB",
        "  chaos-proxy ctl add shop slow type=latency delay=2s",
        "",
        "Exit codes: 0 after a graceful shutdown, 1 if it can't run,",
        "2 for invalid usage or an invalid configuration, 3 if Java has no memory left."
    };

    /** Commands that have the options of {@link Overrides}. */
    private static final Set<String> OVERRIDING = Set.of("run", "check", "demo");

    private static final Config EMPTY = ConfigFactory.parseString("chaos-proxy {}");

    private final Environment environment;

    /** Commands that have help. */
    private static final class CommandNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Program.names().iterator();
        }
    }

    private final Overrides overrides = new Overrides();
    private final CommandSpec spec;
    private final OptionSpec verbose;

    /** Its specification is not read from annotations: each kind of those takes Java milliseconds at each start. */
    ChaosProxyCommand(Environment environment) {
        this.environment = environment;
        this.verbose =
                inherited("Print stack traces of failures.", "-v", "--verbose").build();
        this.spec = CommandSpec.wrapWithoutInspection(this)
                .name("chaos-proxy")
                .scopeType(ScopeType.INHERIT)
                .versionProvider(new Version())
                .addOption(inherited("Show this help message and exit.", "-h", "--help")
                        .usageHelp(true)
                        .build())
                .addOption(inherited("Print version information and exit.", "-V", "--version")
                        .versionHelp(true)
                        .build())
                .addOption(verbose);
        spec.usageMessage()
                .description("A fault-injecting TCP and HTTP proxy.")
                .synopsisSubcommandLabel("COMMAND")
                .commandListHeading("%nCommands:%n")
                .footer(FOOTER);
    }

    private static OptionSpec.Builder inherited(String description, String... names) {
        return OptionSpec.builder(names)
                .type(boolean.class)
                .arity("0")
                .scopeType(ScopeType.INHERIT)
                .description(description);
    }

    CommandSpec spec() {
        return spec;
    }

    boolean verbose() {
        return Boolean.TRUE.equals(verbose.getValue());
    }

    /** Names of the commands that are methods, hidden ones aside. */
    static Stream<String> methods() {
        return Stream.of(ChaosProxyCommand.class.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Command.class)
                        && !method.getAnnotation(Command.class).hidden())
                .map(Method::getName);
    }

    /** Adds all commands that are methods, by name. */
    void addMethods(CommandLine line) {
        Stream.of(ChaosProxyCommand.class.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Command.class))
                .sorted(Comparator.comparing(Method::getName))
                .forEach(method -> add(method, line));
    }

    /** Adds one of them. */
    void add(Method method, CommandLine line) {
        CommandLine command = new CommandLine(method);
        if (OVERRIDING.contains(method.getName())) {
            overrides.addTo(command.getCommandSpec());
        }
        line.addSubcommand(method.getName(), command);
    }

    /** The command of this name that is a method. */
    static Optional<Method> method(String name) {
        return Stream.of(ChaosProxyCommand.class.getDeclaredMethods())
                .filter(method -> method.getName().equals(name) && method.isAnnotationPresent(Command.class))
                .findFirst();
    }

    /** Prints the usage if no command was given. */
    @Override
    public Integer call() {
        Program.commandLine(environment).usage(environment.err());
        return ExitCode.USAGE;
    }

    @Command(
            description = "Runs the proxies of a file until shutdown.",
            footer = {
                "",
                "Examples:",
                "  chaos-proxy run chaos-proxy.conf",
                "  chaos-proxy run chaos-proxy.conf --seed 7 -D proxies.shop.latency=2s",
                "  chaos-proxy run --control 127.0.0.1:8474",
                "",
                "A changed file is reloaded atomically while it runs; SIGHUP forces a reload.",
                "Ctrl-C and SIGTERM shut it down gracefully: it stops accepting, and open",
                "exchanges may complete within the drain time. A second Ctrl-C exits at once."
            })
    int run(
            @Parameters(
                            paramLabel = "FILE",
                            arity = "0..1",
                            description =
                                    "Configuration file. Without one only the control plane runs, as toxiproxy-server"
                                            + " does.")
                    @Nullable
                    Path file)
            throws IOException, InterruptedException {
        if (file == null) {
            ChaosConfig config = overrides.over(EMPTY);
            return RunSession.run(config, environment, Optional.of(Control.of(config)));
        }
        Config text = overrides.load(file);
        ChaosConfig config = overrides.read(text);
        try {
            return RunSession.run(config, environment, Optional.of(Control.of(config, file, overrides.values(), text)));
        } catch (UnusableSettingsException e) {
            throw Program.located(e, error -> ConfigReader.located(text, error));
        }
    }

    @Command(
            description = "Reports all errors of a file, with line and key.",
            footer = {"", "Example:", "  chaos-proxy check chaos-proxy.conf"})
    int check(@Parameters(paramLabel = "FILE", description = "Configuration file.") Path file) throws IOException {
        Config text = overrides.load(file);
        ChaosConfig config = overrides.read(text);
        checkNamed(file, text, config);
        environment.out().println(file + ": OK (" + Units.count(config.proxies().size(), "proxy", "proxies") + ")");
        return ExitCode.OK;
    }

    /** Reports all unusable files and variables at once. */
    private static void checkNamed(Path file, Config text, ChaosConfig config) throws IOException {
        List<String> errors = new ArrayList<>();
        if (config.cluster().isPresent()) {
            MissingLibrary.checkCluster();
            try {
                Cluster.check(config.cluster().get());
            } catch (UnusableSettingsException e) {
                errors.add(located(text, e));
            }
        }
        Optional<ControlSettings> control =
                config.control().filter(settings -> settings.tls().isPresent());
        if (control.isPresent()) { // else the control plane's libraries aren't needed
            try {
                ControlPlane.check(control.get());
            } catch (IOException e) {
                errors.add(file + ": " + e.getMessage());
            }
        }
        try {
            ProxyServer.checkFiles(config.proxies());
        } catch (UnusableSettingsException e) {
            errors.add(located(text, e));
        }
        if (!errors.isEmpty()) {
            throw new IOException(String.join("\n", errors));
        }
    }

    private static String located(Config text, UnusableSettingsException unusable) {
        return String.valueOf(Program.located(unusable, error -> ConfigReader.located(text, error))
                .getMessage());
    }

    @Command(
            description = "Runs the proxies of a file with a demo server behind them, and shows live statistics.",
            footer = {
                "",
                "Example:",
                "  chaos-proxy demo conf/chaos-proxy.conf",
                "",
                "A small HTTP server starts at the upstream address of the first http proxy."
            })
    int demo(@Parameters(paramLabel = "FILE", description = "Configuration file.") Path file)
            throws IOException, InterruptedException {
        Config text = overrides.load(file);
        ChaosConfig config = overrides.read(text);
        try {
            return new Demo(environment).run(config, overrides.controlOf(config));
        } catch (UnusableSettingsException e) {
            throw Program.located(e, error -> ConfigReader.located(text, error));
        } catch (NoClassDefFoundError e) {
            throw new IOException(
                    "the demo needs what isn't on the class path; add io.helidon.webserver:helidon-webserver,"
                            + " io.helidon.webserver:helidon-webserver-sse and"
                            + " io.helidon.webserver:helidon-webserver-websocket",
                    e);
        }
    }

    @Command(
            description = "Prints a script that completes commands, options and the fields of rules in a shell.",
            footer = {
                "",
                "Examples:",
                "  source <(chaos-proxy completion bash)",
                "  chaos-proxy completion bash > /etc/bash_completion.d/chaos-proxy",
                "  chaos-proxy completion zsh > \"$fpath[1]/_chaos-proxy\"",
                "  chaos-proxy completion fish > ~/.config/fish/completions/chaos-proxy.fish"
            })
    int completion(
            @Parameters(
                            paramLabel = "SHELL",
                            arity = "0..1",
                            defaultValue = "bash",
                            description = "bash, zsh or fish; default ${DEFAULT-VALUE}.")
                    Shell shell) {
        environment.out().print(shell.script(Program.commandLine(environment)));
        environment.out().flush();
        return ExitCode.OK;
    }

    /** Shells whose completion is known. */
    enum Shell {
        bash,
        zsh,
        fish;

        String script(CommandLine line) {
            return switch (this) {
                case bash -> CompletionScript.of(line);
                case zsh -> ZshCompletion.of(line);
                case fish -> FishCompletion.of(line);
            };
        }
    }

    @Command(
            description = "Prints the help of a command, as its option --help does.",
            footer = {"", "Examples:", "  chaos-proxy help tcp", "  chaos-proxy help ctl add"})
    int help(
            @Parameters(
                            paramLabel = "COMMAND",
                            arity = "0..*",
                            description = "Command, and its subcommand.",
                            completionCandidates = CommandNames.class)
                    @Nullable
                    List<String> names) {
        CommandLine line = Program.commandLine(environment);
        for (String name : names == null ? List.<String>of() : names) {
            CommandLine command = line.getSubcommands().get(name);
            if (command == null) {
                throw new UnmatchedArgumentException(line, List.of(name));
            }
            line = command;
        }
        line.usage(environment.out());
        return ExitCode.OK;
    }

    @Command(hidden = true, description = "Writes manual pages and completion scripts, as packages have them.")
    int share(@Parameters(paramLabel = "FOLDER", description = "Becomes share of the package.") Path folder)
            throws IOException {
        ShareFolder.write(folder, Program.commandLine(environment));
        return ExitCode.OK;
    }
}
