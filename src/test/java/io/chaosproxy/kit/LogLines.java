package io.chaosproxy.kit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What a proxy logs while this is open; it doesn't reach the console. */
public final class LogLines extends Handler implements AutoCloseable {
    private final Logger logger;
    private final SimpleFormatter format = new SimpleFormatter();
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private LogLines(Logger logger) {
        this.logger = logger;
    }

    /** Listens to the proxy of this name. */
    public static LogLines of(String proxy) {
        return of(Logger.getLogger("io.chaosproxy." + proxy));
    }

    /** Listens to all loggers, those of libraries included. */
    public static LogLines ofAll() {
        return of(Logger.getLogger(""));
    }

    private static LogLines of(Logger logger) {
        LogLines lines = new LogLines(logger);
        logger.addHandler(lines);
        logger.setUseParentHandlers(false);
        return lines;
    }

    /** Waits for a line that contains all of these words. */
    public void await(String... words) throws InterruptedException {
        TestProxy.await(
                "a line with " + List.of(words) + " in " + lines,
                () -> lines.stream().anyMatch(line -> List.of(words).stream().allMatch(line::contains)));
    }

    public List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void publish(LogRecord entry) {
        lines.add(format.formatMessage(entry) + (entry.getThrown() == null ? "" : " " + entry.getThrown()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(true);
    }
}
