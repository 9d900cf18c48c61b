package io.chaosproxy.cli;

import io.chaosproxy.terminal.Terminal;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Environment of a command.
 *
 * @param terminal terminal behind {@code out}, queried on each use; empty if output is not a capable terminal
 * @param logging log output
 * @param ending shutdown signal of a long-running command
 * @param serving callback for a started server: from then on output never blocks on its reader
 */
record Environment(
        PrintWriter out,
        PrintWriter err,
        Supplier<Optional<Terminal>> terminal,
        Logging logging,
        ShutdownSignal ending,
        Runnable serving) {}
