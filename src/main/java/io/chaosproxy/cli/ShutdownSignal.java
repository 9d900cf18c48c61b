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
    private final AtomicReference<Hangups> hangups = new AtomicReference<>(Hangups.HANDLED);

    private enum Hangups {
        HANDLED,
        KEPT,
        ONE_KEPT
    }

    /** Sets an action that the first {@link #awaitFor} runs before it waits. */
    void beforeWait(Runnable action) {
        beforeWait.set(Optional.of(action));
    }

    /** Sets the action for SIGHUP; shutdown by default. */
    void onHangup(Runnable action) {
        onHangup = action;
    }

    /** A SIGHUP from now on waits for {@link #handleHangups}: what it is to do is not known yet. */
    void keepHangups() {
        hangups.set(Hangups.KEPT);
    }

    /** Does what a SIGHUP that was kept is to do, and the following ones at once. */
    void handleHangups() {
        if (hangups.getAndSet(Hangups.HANDLED) == Hangups.ONE_KEPT) {
            onHangup.run();
        }
    }

    void hangup() {
        boolean kept = hangups.compareAndSet(Hangups.KEPT, Hangups.ONE_KEPT);
        if (!kept && hangups.get() == Hangups.HANDLED) {
            onHangup.run();
        }
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
