package io.chaosproxy.cli;

import io.chaosproxy.config.ConfigError;
import io.chaosproxy.config.InvalidConfigException;
import io.chaosproxy.ctl.Console;
import io.chaosproxy.ctl.Ctl;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.relay.UnusableSettingsException;
import io.chaosproxy.terminal.Terminal;
import io.chaosproxy.text.PlainText;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.RunLast;

/** Entry point of the program: commands, signals, error messages and exit codes. */
public final class Program {
    /** Timeout for flushing the output at shutdown. */
    private static final Duration LAST_OUTPUT = Duration.ofSeconds(1);

    private static final List<String> LACK_OF_FILES = List.of(
            "Too many open files",
            "Error loading java.security file",
            "[in thread \"" + WarmUp.NAME + "\"]"); // where the first use of the class failed; the reason is lost then

    private static final String TOO_FEW_FILES = "too few files may be open (ulimit -n) to start";

    /** Commands that are a proxy; {@link ProxyOptions} knows them too, but what it needs is read from the schemas first. */
    private static final Set<String> PROTOCOLS = Set.of("http", "tcp", "auto", "forward");

    /** Commands that are neither methods of {@link ChaosProxyCommand} nor a proxy. */
    private static final Set<String> OTHERS = Set.of("ca", "ctl");

    /** Options that need no command. */
    private static final Set<String> VERSION = Set.of("-V", "--version");

    /** Commands that end soon. */
    private static final Set<String> BRIEF = Set.of("ca", "completion", "ctl", "help");

    private Program() {}

    /** Runs a command line; returns the exit code. Call once per process, because it installs signal and log handlers. */
    public static int run(String... arguments) {
        HeapExhausted.install();
        QueuedWriter out = new QueuedWriter(System.out, "output");
        QueuedWriter errors = new QueuedWriter(System.err, "errors");
        PrintWriter err = new PrintWriter(errors, true);
        Environment environment = new Environment(
                new PrintWriter(out, true),
                err,
                Terminal::ofOutput,
                new Logging(err::println),
                new ShutdownSignal(),
                () -> {
                    out.neverWait();
                    errors.neverWait();
                });
        boolean isBrief = isBrief(arguments); // then it may be ended at any time until it watches something
        Optional<WarmUp> warmUp = isBrief ? Optional.empty() : Optional.of(WarmUp.begin(environment));
        if (isBrief) {
            environment.ending().beforeWait(() -> Signals.ask(environment.ending()));
            out.onFailure(environment.ending()::ask);
        }
        try {
            CommandLine line = commandLine(environment, arguments);
            IExecutionStrategy strategy = line.getExecutionStrategy();
            line.setExecutionStrategy(parsed -> {
                warmUp.ifPresent(WarmUp::await);
                return strategy.execute(parsed);
            });
            int code = line.execute(arguments);
            out.drain(LAST_OUTPUT);
            if (out.hasFailed()) {
                err.println("the output can't be written");
                return ExitCode.SOFTWARE;
            }
            return code;
        } catch (Error e) {
            if (!lacksFiles(e)) {
                throw e;
            }
            err.println(TOO_FEW_FILES);
            return ExitCode.SOFTWARE;
        } finally {
            out.drain(LAST_OUTPUT);
            errors.drain(LAST_OUTPUT);
        }
    }

    /** True for a command that ends soon, runs no server and logs nothing; its start is to be short. */
    public static boolean isBrief(String... arguments) {
        return arguments.length > 0
                && (BRIEF.contains(arguments[0]) || (arguments.length == 1 && arguments[0].startsWith("-")));
    }

    /** Names of all commands that are not hidden. */
    static List<String> names() {
        return Stream.of(ChaosProxyCommand.methods(), PROTOCOLS.stream(), OTHERS.stream())
                .flatMap(names -> names)
                .sorted()
                .toList();
    }

    /** With all commands. */
    static CommandLine commandLine(Environment environment) {
        return commandLine(environment, new String[0]);
    }

    /**
     * Without the commands that the arguments don't name, if the first of them is a command, and without any for the version: to read
     * the annotations of all would take a third of the time that a start takes.
     */
    static CommandLine commandLine(Environment environment, String... arguments) {
        ChaosProxyCommand command = new ChaosProxyCommand(environment);
        CommandLine line = new CommandLine(command.spec());
        Optional<String> first = Stream.of(arguments).findFirst();
        Optional<Method> method = first.flatMap(ChaosProxyCommand::method);
        if (method.isPresent()) {
            command.add(method.get(), line);
        } else if (arguments.length != 1 || !VERSION.contains(arguments[0])) {
            Optional<String> only = first.filter(name -> PROTOCOLS.contains(name) || OTHERS.contains(name));
            if (only.isEmpty()) {
                command.addMethods(line);
            }
            addOthers(line, environment, only, List.of(arguments));
        }
        return line.setUsageHelpAutoWidth(true)
                .setOut(environment.out())
                .setErr(environment.err())
                .setExecutionStrategy(parsed -> {
                    environment.logging().verbose(command.verbose());
                    return new RunLast().execute(parsed);
                })
                .setParameterExceptionHandler(Program::misused)
                .setExecutionExceptionHandler(
                        (failure, failed, parsed) -> failed(failure, environment, command.verbose()));
    }

    /** All commands but those of the annotated methods, or that one of them that the arguments begin with. */
    private static void addOthers(
            CommandLine line, Environment environment, Optional<String> only, List<String> arguments) {
        if (only.isEmpty() || PROTOCOLS.contains(only.get())) {
            addProxies(line, environment, only);
        }
        if (only.orElse("ca").equals("ca")) {
            line.addSubcommand(new CaCommand(environment));
        }
        if (only.orElse("ctl").equals("ctl")) {
            Console console = new Console(
                    environment.out(), environment.terminal(), environment.ending()::awaitFor, System.getenv());
            line.addSubcommand(
                    Ctl.commandLine(console, only.isEmpty() ? List.of() : arguments.subList(1, arguments.size())));
        }
    }

    private static void addProxies(CommandLine line, Environment environment, Optional<String> only) {
        for (Protocol protocol : new Protocol[] {Protocol.HTTP, Protocol.TCP, Protocol.AUTO, Protocol.FORWARD}) {
            String name = ProxyOptions.word(protocol);
            if (only.orElse(name).equals(name)) {
                line.addSubcommand(name, new ProxyCommand(protocol, environment).spec());
            }
        }
    }

    /** Whether a class of the JDK could not be set up for want of a descriptor, of which the JDK speaks in several ways. */
    private static boolean lacksFiles(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            String message = String.valueOf(each.getMessage());
            if (each instanceof Error && LACK_OF_FILES.stream().anyMatch(message::contains)) {
                return true;
            }
        }
        return false;
    }

    private static int misused(ParameterException wrong, String... arguments) {
        CommandLine command = wrong.getCommandLine();
        PrintWriter err = command.getErr();
        Misuse.lines(wrong, arguments).forEach(line -> err.println(shown(line)));
        err.println("More: " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    private static int failed(Exception failure, Environment environment, boolean verbose) {
        PrintWriter err = environment.err();
        if (lacksFiles(failure)) {
            err.println(TOO_FEW_FILES);
            return ExitCode.SOFTWARE;
        }
        if (failure instanceof InvalidConfigException refused) {
            refused.errors().forEach(mistake -> err.println(PlainText.escapedLines(line(mistake))));
        } else if (failure instanceof IOException) {
            err.println(shown(String.valueOf(failure.getMessage())));
        }
        boolean ours = !(failure instanceof InvalidConfigException || failure instanceof IOException);
        if (verbose || ours) {
            failure.printStackTrace(err);
        }
        return failure instanceof InvalidConfigException ? ExitCode.USAGE : ExitCode.SOFTWARE;
    }

    /** Message for the terminal; options may contain passwords. */
    private static String shown(String message) {
        return PlainText.escapedLines(PlainText.withoutUsers(message));
    }

    /** Says where files that can't be used are named. */
    static IOException located(UnusableSettingsException unusable, UnaryOperator<ConfigError> place) {
        return new IOException(
                unusable.settings().stream()
                        .map(setting -> line(place.apply(setting.error())))
                        .collect(Collectors.joining("\n")),
                unusable);
    }

    /** Omits the path for an option, whose origin already names the key, unless the mistake is another key that lacks beside it. */
    private static String line(ConfigError mistake) {
        boolean isNamed = mistake.origin().startsWith("--") || mistake.origin().endsWith(mistake.path());
        return mistake.origin().startsWith("-") && isNamed
                ? mistake.origin() + ": " + mistake.message()
                : mistake.toString();
    }
}
