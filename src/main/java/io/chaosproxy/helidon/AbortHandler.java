package io.chaosproxy.helidon;

import java.io.IOException;

/** Runs what faults do, and carries it out if they end the connection. */
@FunctionalInterface
interface AbortHandler {
    void run(Step step) throws IOException;

    /** A step through faults. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }
}
