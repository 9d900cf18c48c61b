package io.chaosproxy.cli;

import io.chaosproxy.terminal.Terminal;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a command works with.
 *
 * @param terminal what {@code out} leads to, asked each time anew; empty if nothing can be drawn there
 * @param logging where log lines go
 * @param ending what a command that stays waits for
 * @param serving to be run when a server runs: from then on no output waits for its reader
 */
record Environment(
        PrintWriter out,
        PrintWriter err,
        Supplier<Optional<Terminal>> terminal,
        Logging logging,
        Ending ending,
        Runnable serving) {}
