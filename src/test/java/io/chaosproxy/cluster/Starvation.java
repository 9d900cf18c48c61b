package io.chaosproxy.cluster;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Witness of whether the machine had no processor time for this process: a platform thread and a virtual one, which sleep briefly
 * again and again and see how late they are woken.
 */
final class Starvation implements AutoCloseable {
    /** A link catches up on what it missed; so much of it is a fiftieth of a second's bytes. */
    private static final long LATE = 20_000_000;

    private static final long PAUSE = 2;

    private final AtomicLong longest = new AtomicLong();
    private final Thread platform = Thread.ofPlatform().name("platform witness").start(this::watch);
    private final Thread virtual = Thread.ofVirtual().name("virtual witness").start(this::watch);

    private void watch() {
        try {
            for (long before = System.nanoTime(); !Thread.interrupted(); ) {
                Thread.sleep(PAUSE);
                long now = System.nanoTime();
                longest.accumulateAndGet(now - before - PAUSE * 1_000_000, Math::max);
                before = now;
            }
        } catch (InterruptedException e) {
            return; // the end
        }
    }

    /** Whether a thread was so late that what was measured meanwhile says more about the machine than about the program. */
    boolean hasOccurred() {
        return longest.get() > LATE;
    }

    @Override
    public void close() {
        platform.interrupt();
        virtual.interrupt();
    }
}
