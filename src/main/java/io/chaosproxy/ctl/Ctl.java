package io.chaosproxy.ctl;

import io.chaosproxy.terminal.Printable;
import io.chaosproxy.terminal.Terminal;
import io.chaosproxy.text.PlainText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code ctl}: options shared by its commands: server, credentials and output format. */
@Command(
        name = "ctl",
        description = "Inspects and changes a running chaos-proxy through its control port.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ctl list",
            "  chaos-proxy ctl add shop slow type=latency delay=2s probability=0.5 ttl=5m",
            "  chaos-proxy ctl watch --url http://10.0.0.7:8474",
            "",
            "Exit codes: 0 if it was done, 1 if not (one line says why), 2 for wrong use."
        })
public final class Ctl implements Callable<Integer> {
    private static final String USUAL_URL = "http://127.0.0.1:8474";
    private static final Map<String, Function<Ctl, Action>> COMMANDS = commands();

    /** Commands that may change rules, and so may do it on all replicas of a cluster. */
    private static final Set<String> CHANGING_RULES = Set.of("add", "replace", "remove", "toggle", "clear", "profile");

    private final Console console;
    private final Duration timeout;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--url",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            description = "URL of the control plane; default CHAOS_PROXY_URL, else " + USUAL_URL + ".")
    private @Nullable String url;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            scope = ScopeType.INHERIT,
            description = "Value of control.token. Prefer CHAOS_PROXY_TOKEN: every user of this machine"
                    + " can read the arguments of a running program.")
    private @Nullable String token;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Certificates (PEM) to trust with https, in place of those that Java trusts.")
    private @Nullable Path authority;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            scope = ScopeType.INHERIT,
            description = "${COMPLETION-CANDIDATES}. Default: a table as wide as the terminal; not on a terminal,"
                    + " tab-separated lines without headings.")
    private @Nullable OutputFormat output;

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "Print the server's JSON response unchanged, as -o json does.")
    private boolean json;

    @Option(
            names = "--cluster",
            scope = ScopeType.INHERIT,
            description = "With a command that changes rules: on all replicas of the server's cluster, not on this one"
                    + " alone.")
    private boolean everywhere;

    private boolean hasAsked; // for the terminal
    private @Nullable Terminal terminal;

    private Ctl(Console console, Duration timeout) {
        this.console = console;
        this.timeout = timeout;
    }

    /** Command line with all subcommands. */
    public static CommandLine commandLine(Console console) {
        return commandLine(console, ControlClient.TIMEOUT, COMMANDS.keySet());
    }

    /**
     * Command line for arguments, of which the first may be the name of a subcommand: it then has that one alone, because to read the
     * annotations of all takes longer than to carry one out.
     */
    public static CommandLine commandLine(Console console, List<String> arguments) {
        boolean isOne = !arguments.isEmpty() && COMMANDS.containsKey(arguments.getFirst());
        return commandLine(console, ControlClient.TIMEOUT, isOne ? Set.of(arguments.getFirst()) : COMMANDS.keySet());
    }

    /** Command line with another timeout. */
    static CommandLine commandLine(Console console, Duration timeout) {
        return commandLine(console, timeout, COMMANDS.keySet());
    }

    private static CommandLine commandLine(Console console, Duration timeout, Set<String> names) {
        Ctl ctl = new Ctl(console, timeout);
        CommandLine line = new CommandLine(ctl);
        COMMANDS.forEach((name, command) -> {
            if (names.contains(name)) {
                CommandLine one = new CommandLine(command.apply(ctl));
                line.addSubcommand(name, one);
                if (!CHANGING_RULES.contains(name)) {
                    hide(one.getCommandSpec(), "--cluster");
                }
            }
        });
        return line;
    }

    /** Leaves an option out of the help and of completion; it is understood for the sake of its error message. */
    private static void hide(CommandSpec command, String option) {
        OptionSpec shown = command.findOption(option);
        command.remove(shown);
        command.addOption(OptionSpec.builder(shown).hidden(true).build());
    }

    /** All subcommands by name, in the order of the help. */
    private static Map<String, Function<Ctl, Action>> commands() {
        Map<String, Function<Ctl, Action>> all = new LinkedHashMap<>();
        all.put("list", ListCommand::new);
        all.put("inspect", InspectCommand::new);
        all.put("add", AddCommand::new);
        all.put("replace", ReplaceCommand::new);
        all.put("remove", RemoveCommand::new);
        all.put("toggle", ToggleCommand::new);
        all.put("clear", ClearCommand::new);
        all.put("sever", SeverCommand::new);
        all.put("connections", ConnectionsCommand::new);
        all.put("journal", JournalCommand::new);
        all.put("events", EventsCommand::new);
        all.put("watch", WatchCommand::new);
        all.put("profile", ProfileCommand::new);
        all.put("faults", FaultsCommand::new);
        all.put("fleet", FleetCommand::new);
        all.put("config", ConfigCommand::new);
        all.put("apply", ApplyCommand::new);
        all.put("reload", ReloadCommand::new);
        all.put("reset", ResetCommand::new);
        return Collections.unmodifiableMap(all);
    }

    /** Prints the usage if no command was given. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    Console console() {
        return console;
    }

    /** The format that was asked for. */
    Optional<OutputFormat> output() {
        return json ? Optional.of(OutputFormat.json) : Optional.ofNullable(output);
    }

    /** True if the server's response is printed, in place of what is made of it for humans. */
    boolean printsResponse() {
        return output().filter(format -> !format.isTable()).isPresent();
    }

    /** True if tables are printed, with headings. */
    boolean printsTable() {
        return output().map(OutputFormat::isTable).orElseGet(() -> terminal().isPresent());
    }

    /** Characters for a line. */
    int columns() {
        return output().equals(Optional.of(OutputFormat.wide))
                ? Integer.MAX_VALUE
                : terminal().map(Terminal::columns).orElse(Integer.MAX_VALUE);
    }

    /** To ask takes a process, so it is asked once. */
    private Optional<Terminal> terminal() {
        if (!hasAsked) {
            terminal = console.terminal().get().orElse(null);
            hasAsked = true;
        }
        return Optional.ofNullable(terminal);
    }

    /** Client for the selected server. */
    ControlClient server() throws IOException {
        checkCluster();
        try {
            return ControlClient.at(
                            given(url, "CHAOS_PROXY_URL").orElse(USUAL_URL),
                            given(token, "CHAOS_PROXY_TOKEN"),
                            Optional.ofNullable(authority),
                            timeout)
                    .everywhere(everywhere);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private void checkCluster() {
        String command =
                spec.commandLine().getParseResult().subcommand().commandSpec().name();
        if (everywhere && !CHANGING_RULES.contains(command)) {
            throw new ParameterException(
                    spec.commandLine().getSubcommands().get(command),
                    "ctl " + command + " changes no rules of a cluster, so it takes no --cluster");
        }
    }

    /** An empty variable is as good as none: that is how many a script unsets it. A file that it came from has a last line end. */
    private Optional<String> given(@Nullable String option, String variable) {
        return Optional.ofNullable(option)
                .or(() -> Optional.ofNullable(console.variables().get(variable)))
                .map(String::strip)
                .filter(text -> !text.isEmpty());
    }

    /** Prints the response if it was asked for, else a confirmation. */
    void say(ApiResponse answer, String line) {
        console.out().println(printsResponse() ? printed(raw(answer)) : Printable.of(line));
    }

    /**
     * Prints the response if it was asked for, else rows.
     *
     * @param none text for humans if there are no rows
     */
    void show(ApiResponse answer, TabularOutput sheet, String none) {
        show(raw(answer), sheet, none);
    }

    void show(String raw, TabularOutput sheet, String none) {
        if (printsResponse()) {
            console.out().println(printed(raw));
        } else if (!printsTable()) {
            sheet.tabbed().forEach(console.out()::println);
        } else if (sheet.isEmpty()) {
            console.out().println(none);
        } else {
            sheet.table(columns()).forEach(console.out()::println);
        }
    }

    /** One of several responses, as rows or as {@link #printOne} has it. */
    void showOne(ApiResponse answer, TabularOutput sheet) {
        if (printsResponse()) {
            printOne(raw(answer));
        } else {
            show(answer, sheet, "");
        }
    }

    /** Prints JSON in the format that was asked for. */
    void print(String json) {
        console.out().println(printed(json));
    }

    /** One of several responses: a line of JSON, or a document of YAML. */
    void printOne(String json) {
        if (output().equals(Optional.of(OutputFormat.yaml))) {
            console.out().println("---");
        }
        print(json);
    }

    private String printed(String raw) {
        return output().orElse(OutputFormat.json).of(raw);
    }

    /** An answer without a body is an object without fields. */
    private static String raw(ApiResponse answer) {
        return answer.body().isEmpty() ? "{}" : PlainText.escapedJson(answer.body());
    }
}
