package io.chaosproxy.control.api;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Bounded event queue of one reader. Thread-safe. Producers never block: an event that doesn't fit is dropped and counted.
 */
final class Subscriber {
    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<News> queue = new ArrayDeque<>();
    private long lost;
    private boolean open = true;

    /** Element of the queue. */
    sealed interface News {
        /** An event as JSON data. */
        record Happened(String name, Map<String, Object> data) implements News {}

        /** Number of events dropped at this point. */
        record Lost(long events) implements News {}

        /** No event until the timeout. */
        record Silence() implements News {}
    }

    Subscriber(int capacity) {
        this.capacity = capacity;
    }

    /** Queues an event, or counts it as dropped. */
    void add(String name, Map<String, Object> data) {
        lock.lock();
        try {
            if (queue.size() >= capacity) {
                lost++;
                return;
            }
            if (lost > 0) {
                queue.add(new News.Lost(lost));
                lost = 0;
            }
            queue.add(new News.Happened(name, data));
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the next element.
     *
     * @param timeout after which {@link News.Silence} is returned
     * @return empty after {@link #end}
     */
    Optional<News> next(Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        lock.lock();
        try {
            while (open && queue.isEmpty() && lost == 0) {
                if (left <= 0) {
                    return Optional.of(new News.Silence());
                }
                left = changed.awaitNanos(left);
            }
            if (!open) {
                return Optional.empty();
            }
            return Optional.of(queue.isEmpty() ? loss() : queue.remove());
        } finally {
            lock.unlock();
        }
    }

    private News loss() {
        long events = lost;
        lost = 0;
        return new News.Lost(events);
    }

    /** Ends the queue; a waiting reader returns. */
    void end() {
        lock.lock();
        try {
            open = false;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }
}
