package io.chaosproxy.ctl;

import io.chaosproxy.terminal.Terminal;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Environment of {@code ctl} commands.
 *
 * @param terminal terminal behind {@code out}, queried on each use; empty if output is not a capable terminal
 * @param ending signal that ends a long-running command
 * @param variables environment variables of the process
 */
public record Console(
        PrintWriter out, Supplier<Optional<Terminal>> terminal, ShutdownSignal ending, Map<String, String> variables) {

    /** Shutdown signal for long-running commands. */
    @FunctionalInterface
    public interface ShutdownSignal {
        /** Waits up to {@code time}; true if shutdown was requested. */
        boolean awaitFor(Duration time) throws InterruptedException;
    }
}
