package io.chaosproxy.relay;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The threads of one proxy that live, so that whoever closes it can see the last of them leave. Any thread may use it. */
final class Crew {
    private final Set<Thread> living = ConcurrentHashMap.newKeySet();

    /** Starts a thread with what the builder says and this to do. */
    Thread start(Thread.Builder builder, Runnable task) {
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
     * @return false if one still lives after so long
     * @throws InterruptedException if the calling thread is interrupted
     */
    boolean awaitEnd(Duration atMost) throws InterruptedException {
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
                if (left <= 0 || !thread.join(Duration.ofNanos(left))) {
                    return false;
                }
            }
        }
    }
}
