package io.chaosproxy.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Shutdown and reload requests to a long-running command. Thread-safe. */
final class ShutdownSignal {
    private final CountDownLatch asked = new CountDownLatch(1);

    private final AtomicReference<Optional<Runnable>> beforeWait = new AtomicReference<>(Optional.empty());
    private volatile Runnable onHangup = this::ask;

    /** Sets an action that the first {@link #awaitFor} runs before it waits. */
    void beforeWait(Runnable action) {
        beforeWait.set(Optional.of(action));
    }

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
        beforeWait.getAndSet(Optional.empty()).ifPresent(Runnable::run);
        return asked.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }
}
