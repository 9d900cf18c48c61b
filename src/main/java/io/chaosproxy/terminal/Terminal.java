package io.chaosproxy.terminal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Size of a terminal in characters. */
public record Terminal(int columns, int rows) {
    /** Default size, that of a VT100. */
    public static final Terminal DEFAULTS = new Terminal(80, 24);

    /** Terminal of the standard output; empty for a file, a pipe or a dumb terminal. */
    public static Optional<Terminal> ofOutput() {
        if ("dumb".equals(System.getenv("TERM")) || isElsewhere(Path.of("/proc/self/fd/1"))) {
            return Optional.empty();
        }
        try {
            // Only a child process can ask: it has the same standard output, and answers through its standard error.
            Process process = new ProcessBuilder("sh", "-c", "test -t 1 && stty size <&1 >&2")
                    .redirectOutput(Redirect.INHERIT)
                    .start();
            String size = new String(process.getErrorStream().readAllBytes(), US_ASCII);
            return process.waitFor() == 0 ? Optional.of(parse(size)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // no sh, no terminal that we know how to draw on
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** True if this link, which Linux has for an open file, leads to a file, a pipe, a socket or {@code /dev/null}. */
    static boolean isElsewhere(Path link) {
        try {
            Path target = Files.readSymbolicLink(link);
            return !target.isAbsolute() // "pipe:[123]"
                    || target.equals(Path.of("/dev/null"))
                    || Files.isRegularFile(link);
        } catch (IOException | UnsupportedOperationException e) {
            return false; // another system, or no /proc
        }
    }

    /** Parses {@code rows columns}; a terminal of unknown size reports 0 0. */
    public static Terminal parse(String size) {
        String[] parts = size.strip().split(" ", -1);
        try {
            int rows = Integer.parseInt(parts[0]);
            int columns = Integer.parseInt(parts[parts.length - 1]);
            return new Terminal(columns > 0 ? columns : DEFAULTS.columns, rows > 0 ? rows : DEFAULTS.rows);
        } catch (NumberFormatException e) {
            return DEFAULTS;
        }
    }
}
