package io.chaosproxy.cli;

import io.chaosproxy.net.FdReserve;
import java.io.IOException;
import java.util.TimeZone;

/**
 * Sets up what a server needs of the JDK and what takes long at its first use, on a thread of its own while the command line is read.
 * The whole is as long as a quarter of a start.
 */
final class WarmUp {
    private final Thread thread;

    private WarmUp(Thread thread) {
        this.thread = thread;
    }

    /** Installs the handlers for signals and log records, and what else is slow. */
    static WarmUp begin(Environment environment) {
        return new WarmUp(Thread.ofPlatform().daemon().name("warm-up").start(() -> {
            Signals.ask(environment.ending());
            environment.logging().install(); // looks into each jar of the class path for another logger
            TimeZone.getDefault().toZoneId(); // reads all of them
            try {
                FdReserve.prepareWaiting();
            } catch (IOException e) {
                // who needs it tries again, and says so
            }
        }));
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
