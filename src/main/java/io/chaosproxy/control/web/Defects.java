package io.chaosproxy.control.web;

import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Tells defects of the control plane, which are logged, from clients that left. Thread-safe. */
public final class Defects {
    private static final System.Logger LOG = System.getLogger("io.chaosproxy.control");

    private static final long ONE_MINUTE = Duration.ofMinutes(1).toNanos();

    private static final AtomicLong nextTrace = new AtomicLong(System.nanoTime());

    private Defects() {}

    /** Whether reading or writing failed because the client has gone or takes too long. */
    public static boolean isClientGone(Throwable failure) {
        return failure instanceof UncheckedIOException
                || failure instanceof CloseConnectionException
                || failure instanceof DataReader.InsufficientDataAvailableException;
    }

    /** Logs one line, with the stack once a minute. */
    public static void log(String request, Throwable defect) {
        long now = System.nanoTime();
        long next = nextTrace.get();
        if (now - next >= 0 && nextTrace.compareAndSet(next, now + ONE_MINUTE)) {
            LOG.log(Level.ERROR, request, defect);
        } else {
            LOG.log(Level.ERROR, request + ": " + defect);
        }
    }
}
