package io.chaosproxy.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Shutdown and reload requests to a long-running command. Thread-safe. */
final class ShutdownSignal {
    private final CountDownLatch asked = new CountDownLatch(1);

    private volatile Runnable onHangup = this::ask;

    /** Sets the action for SIGHUP; shutdown by default. */
    void onHangup(Runnable action) {
        onHangup = action;
    }

    void hangup() {
        onHangup.run();
    }

    void ask() {
        asked.countDown();
    }

    boolean isAsked() {
        return asked.getCount() == 0;
    }

    void await() throws InterruptedException {
        asked.await();
    }

    /** Waits up to {@code time}; true if shutdown was requested. */
    boolean awaitFor(Duration time) throws InterruptedException {
        return asked.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }
}
