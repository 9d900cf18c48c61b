package io.chaosproxy.cli;

import io.chaosproxy.flow.OutOfMemory;
import io.chaosproxy.net.FdReserve;
import java.io.IOException;
import java.util.TimeZone;

/**
 * Sets up what a server needs of the JDK and what takes long at its first use, on a thread of its own while the command line is read.
 * The whole is as long as a quarter of a start.
 */
final class WarmUp {
    /** Name of its thread. */
    static final String NAME = "warm-up";

    private final Thread thread;

    private WarmUp(Thread thread) {
        this.thread = thread;
    }

    /** Installs the handlers for signals and log records, and what else is slow. */
    static WarmUp begin(Environment environment) {
        return new WarmUp(Thread.ofPlatform().daemon().name(NAME).start(() -> {
            environment.ending().keepHangups(); // until the server has been started
            Signals.ask(environment.ending());
            tryTo(environment.logging()::install); // looks into each jar of the class path for another logger
            tryTo(() -> TimeZone.getDefault().toZoneId()); // reads all of them
            tryTo(FdReserve::prepareWaiting);
        }));
    }

    private interface Step {
        void run() throws IOException;
    }

    /** A failure, as for want of descriptors, is not this thread's to tell: who needs the thing meets it again. */
    private static void tryTo(Step step) {
        try {
            step.run();
        } catch (IOException | RuntimeException | Error e) {
            OutOfMemory.passOn(e);
        }
    }

    /** Waits for the end of that. */
    void await() {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
