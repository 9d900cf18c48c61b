package io.chaosproxy.ctl;

import io.chaosproxy.fault.PlainText;
import io.chaosproxy.terminal.Printable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code ctl}: which server its commands speak to, and how they print. */
@Command(
        name = "ctl",
        mixinStandardHelpOptions = true,
        description = "Sees and changes a chaos-proxy that runs, through its control port.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ctl list",
            "  chaos-proxy ctl add shop slow type=latency delay=2s probability=0.5 ttl=5m",
            "  chaos-proxy ctl watch --url http://10.0.0.7:8474",
            "",
            "On a terminal it prints tables, elsewhere tab-separated lines without headings.",
            "Exit codes: 0 if it was done, 1 if not (one line says why), 2 for wrong use."
        })
public final class Ctl implements Callable<Integer> {
    private static final String USUAL_URL = "http://127.0.0.1:8474";

    private final Console console;
    private final Duration patience;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--url",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            description = "Where the control plane is; else CHAOS_PROXY_URL, else " + USUAL_URL + ".")
    private @Nullable String url;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            scope = ScopeType.INHERIT,
            description = "What it was given as control.token. Better in CHAOS_PROXY_TOKEN: every user of this machine"
                    + " can read the arguments of a running program.")
    private @Nullable String token;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Certificates (PEM) to trust with https, in place of those that Java trusts.")
    private @Nullable Path authority;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Prints the server's answer as it came.")
    private boolean json;

    private Ctl(Console console, Duration patience) {
        this.console = console;
        this.patience = patience;
    }

    /** The command with all that are below it. */
    public static CommandLine commandLine(Console console) {
        return commandLine(console, Server.PATIENCE);
    }

    /** With another patience for servers that keep silent. */
    static CommandLine commandLine(Console console, Duration patience) {
        Ctl ctl = new Ctl(console, patience);
        CommandLine line = new CommandLine(ctl);
        List.of(
                        new ListCommand(ctl),
                        new InspectCommand(ctl),
                        new AddCommand(ctl),
                        new ReplaceCommand(ctl),
                        new RemoveCommand(ctl),
                        new ToggleCommand(ctl),
                        new ClearCommand(ctl),
                        new SeverCommand(ctl),
                        new ConnectionsCommand(ctl),
                        new JournalCommand(ctl),
                        new WatchCommand(ctl),
                        new ProfileCommand(ctl),
                        new ReloadCommand(ctl),
                        new ResetCommand(ctl))
                .forEach(line::addSubcommand);
        return line;
    }

    /** Without a command there is nothing to do. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    Console console() {
        return console;
    }

    boolean wantsJson() {
        return json;
    }

    /** The server that was asked for. */
    Server server() throws IOException {
        return Server.at(
                given(url, "CHAOS_PROXY_URL").orElse(USUAL_URL),
                given(token, "CHAOS_PROXY_TOKEN"),
                Optional.ofNullable(authority),
                patience);
    }

    /** An empty variable is as good as none: that is how many a script unsets it. A file that it came from has a last line end. */
    private Optional<String> given(@Nullable String option, String variable) {
        return Optional.ofNullable(option)
                .or(() -> Optional.ofNullable(console.variables().get(variable)))
                .map(String::strip)
                .filter(text -> !text.isEmpty());
    }

    /** Prints the answer if that was asked for, else a line that says what was done. */
    void say(Answer answer, String line) {
        console.out().println(json ? raw(answer) : Printable.of(line));
    }

    /**
     * Prints the answer if that was asked for, else rows.
     *
     * @param none says to people that there are no rows
     */
    void show(Answer answer, Sheet sheet, String none) {
        if (json) {
            console.out().println(raw(answer));
        } else if (console.terminal().get().isEmpty()) {
            sheet.tabbed().forEach(console.out()::println);
        } else if (sheet.isEmpty()) {
            console.out().println(none);
        } else {
            sheet.table().forEach(console.out()::println);
        }
    }

    /** An answer without a body is an object without fields. */
    private static String raw(Answer answer) {
        return answer.body().isEmpty() ? "{}" : PlainText.escapedJson(answer.body());
    }
}
