package io.chaosproxy.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Witness of when the machine had no processor time for this process: a platform thread and a virtual one, which sleep briefly
 * again and again and see how late they are woken. It knows nothing of what is measured meanwhile, so it can't favour a result.
 */
final class Starvation implements AutoCloseable {
    private static final long PAUSE = 2; // milliseconds
    private static final long LATE = 5_000_000;

    private final Queue<Stall> stalls = new ConcurrentLinkedQueue<>();
    private final Thread platform = Thread.ofPlatform().name("platform witness").start(this::watch);
    private final Thread virtual = Thread.ofVirtual().name("virtual witness").start(this::watch);

    /** Time in which a thread that had to run didn't, by {@link System#nanoTime}. */
    record Stall(long begin, long end) {
        long length() {
            return end - begin;
        }
    }

    private void watch() {
        try {
            for (long before = System.nanoTime(); !Thread.interrupted(); ) {
                Thread.sleep(PAUSE);
                long now = System.nanoTime();
                if (now - before - PAUSE * 1_000_000 > LATE) {
                    stalls.add(new Stall(before, now));
                }
                before = now;
            }
        } catch (InterruptedException e) {
            return; // the end
        }
    }

    /** All of them in their order; those that overlap are one. */
    List<Stall> stalls() {
        List<Stall> merged = new ArrayList<>();
        stalls.stream().sorted(Comparator.comparingLong(Stall::begin)).forEach(stall -> {
            if (!merged.isEmpty() && merged.getLast().end() >= stall.begin()) {
                Stall last = merged.removeLast();
                merged.add(new Stall(last.begin(), Math.max(last.end(), stall.end())));
            } else {
                merged.add(stall);
            }
        });
        return merged;
    }

    @Override
    public void close() {
        platform.interrupt();
        virtual.interrupt();
    }
}
