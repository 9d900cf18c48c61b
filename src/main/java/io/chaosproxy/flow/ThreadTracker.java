package io.chaosproxy.flow;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** Tracks the live threads of one owner so that its close can await them. Thread-safe. */
public final class ThreadTracker {
    /** Nanoseconds until a thread that is about to start is looked at again. */
    private static final long ABOUT_TO_START = 100_000;

    private final Set<Thread> living = ConcurrentHashMap.newKeySet();

    /** Without threads. */
    public ThreadTracker() {}

    /** Starts a thread. */
    public Thread start(Thread.Builder builder, Runnable task) {
        Thread thread = builder.unstarted(() -> {
            try {
                task.run();
            } finally {
                living.remove(Thread.currentThread());
            }
        });
        living.add(thread);
        try {
            thread.start();
        } catch (RuntimeException | Error e) {
            living.remove(thread);
            throw e;
        }
        return thread;
    }

    /**
     * Waits until all have ended but the one that asks, those included that they start meanwhile.
     *
     * @return false if one still lives after this time
     * @throws InterruptedException if the calling thread is interrupted
     */
    public boolean awaitEnd(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (true) {
            List<Thread> others = living.stream()
                    .filter(thread -> thread != Thread.currentThread())
                    .toList();
            if (others.isEmpty()) {
                return true;
            }
            for (Thread thread : others) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                if (thread.getState() == Thread.State.NEW) {
                    LockSupport.parkNanos(this, ABOUT_TO_START); // one can't join it yet
                } else if (!thread.join(Duration.ofNanos(left))) {
                    return false;
                }
            }
        }
    }
}
