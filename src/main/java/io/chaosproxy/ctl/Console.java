package io.chaosproxy.ctl;

import io.chaosproxy.terminal.Terminal;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where commands print, and what they are told by.
 *
 * @param terminal what {@code out} leads to, asked each time anew; empty if nothing can be drawn there
 * @param ending ends a command that stays
 * @param variables of the process's environment
 */
public record Console(
        PrintWriter out, Supplier<Optional<Terminal>> terminal, Ending ending, Map<String, String> variables) {

    /** Says when a command that stays has been told to end. */
    @FunctionalInterface
    public interface Ending {
        /** Waits so long at the most; true if it has been told. */
        boolean awaitFor(Duration time) throws InterruptedException;
    }
}
