package io.chaosproxy.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What a command that stays has been asked from outside: to end, or to read its file again. Any thread may ask. */
final class Ending {
    private final CountDownLatch asked = new CountDownLatch(1);

    private volatile Runnable onHangup = this::ask;

    /** What the loss of the terminal, or a request to read the configuration again, does from now on. */
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

    /** Waits so long at the most; true if it was asked. */
    boolean awaitFor(Duration time) throws InterruptedException {
        return asked.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }
}
