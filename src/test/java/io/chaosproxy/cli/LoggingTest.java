package io.chaosproxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class LoggingTest {
    private final Logging logging = new Logging(line -> {});

    @Test
    void isOneLine() {
        assertEquals("12:34:56.789 WARNING no upstream", logging.format(entry(Level.WARNING)));
    }

    @Test
    void namesAFailureAndTellsMoreIfAsked() {
        LogRecord entry = entry(Level.WARNING);
        entry.setThrown(new IOException("broken"));

        assertEquals("12:34:56.789 WARNING no upstream: java.io.IOException: broken", logging.format(entry));
        logging.verbose(true);
        assertTrue(logging.format(entry).contains("\tat " + LoggingTest.class.getName()));
    }

    @Test
    void tellsAllOfAMistakeOfTheProgram() {
        LogRecord entry = entry(Level.SEVERE);
        entry.setThrown(new IllegalStateException("impossible"));

        assertTrue(logging.format(entry).contains("\tat " + LoggingTest.class.getName()));
    }

    private static LogRecord entry(Level level) {
        LogRecord entry = new LogRecord(level, "no upstream");
        entry.setInstant(LocalDateTime.parse("2026-01-02T12:34:56.789")
                .atZone(ZoneId.systemDefault())
                .toInstant());
        return entry;
    }
}
