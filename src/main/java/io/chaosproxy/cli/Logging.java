package io.chaosproxy.cli;

import io.chaosproxy.fault.PlainText;
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

/** One line for each thing worth a note. Any thread may log; only the program installs this, never the library. */
final class Logging {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);

    /** Held on to: java.util.logging forgets a logger, and with it the level it was given, once nobody does. */
    private static final Logger HELIDON = Logger.getLogger("io.helidon");

    private volatile Consumer<String> to;
    private volatile boolean verbose;

    Logging(Consumer<String> to) {
        this.to = to;
    }

    /** Puts this in the place of whatever logging was configured. */
    void install() {
        LogManager.getLogManager().reset();
        Logger.getLogger("").addHandler(new Lines());
        HELIDON.setLevel(Level.WARNING);
    }

    /** Sends the lines elsewhere from now on. */
    void to(Consumer<String> other) {
        to = other;
    }

    /** Shows where exceptions come from, even those that are no mistake of the program. */
    void verbose(boolean more) {
        verbose = more;
    }

    /** Such as {@code 12:34:56.789 WARNING the upstream can't be reached}. */
    String format(LogRecord entry) {
        String line = TIME.format(entry.getInstant().atZone(ZoneId.systemDefault())) + " "
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
