package io.chaosproxy.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import picocli.CommandLine;

/** The command line of the program, to look at and to parse with. */
final class AllCommands {
    private AllCommands() {}

    static CommandLine line() {
        return line(new String[0]);
    }

    /** That of a run with these arguments. */
    static CommandLine line(String... arguments) {
        PrintWriter out = new PrintWriter(new StringWriter());
        return Program.commandLine(
                new Environment(out, out, Optional::empty, new Logging(text -> {}), new ShutdownSignal(), () -> {}),
                arguments);
    }
}
