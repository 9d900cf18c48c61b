package io.chaosproxy.cli;

import io.chaosproxy.text.PlainText;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.jspecify.annotations.Nullable;

/** Log handler with one line per record. Thread-safe. Installed only by the program, never by the library. */
final class Logging {
    private volatile Consumer<String> to;
    private volatile boolean verbose;

    /** Strong reference, because java.util.logging drops an unreferenced logger along with its level. */
    private @Nullable Logger helidon;

    Logging(Consumer<String> to) {
        this.to = to;
    }

    /** Replaces the configured log handlers. */
    void install() {
        LogManager.getLogManager().reset();
        Logger.getLogger("").addHandler(new Lines());
        helidon = Logger.getLogger("io.helidon");
        helidon.setLevel(Level.WARNING);
    }

    /** Redirects the output. */
    void to(Consumer<String> other) {
        to = other;
    }

    /** Enables stack traces for all exceptions. */
    void verbose(boolean more) {
        verbose = more;
    }

    /** Such as {@code 12:34:56.789 WARNING the upstream can't be reached}. */
    String format(LogRecord entry) {
        String line = Time.FORMAT.format(entry.getInstant().atZone(ZoneId.systemDefault())) + " "
                + entry.getLevel().getName() + " " + PlainText.escaped(new SimpleFormatter().formatMessage(entry));
        Throwable thrown = entry.getThrown();
        if (thrown == null) {
            return line;
        }
        return verbose || entry.getLevel() == Level.SEVERE
                ? line + System.lineSeparator() + PlainText.escapedLines(trace(thrown))
                : line + ": " + PlainText.escaped(thrown.toString());
    }

    private static String trace(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return trace.toString().stripTrailing();
    }

    /** Made for the first record; most runs have none. */
    private static final class Time {
        static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);
    }

    private final class Lines extends Handler {
        @Override
        public void publish(LogRecord entry) {
            if (isLoggable(entry)) {
                to.accept(format(entry));
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
