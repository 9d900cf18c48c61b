package io.chaosproxy.control.api;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What one reader of events hasn't been told yet. Those who tell it never wait for the reader: what doesn't fit in is lost,
 * and counted.
 */
final class Subscriber {
    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<News> queue = new ArrayDeque<>();
    private long lost;
    private boolean open = true;

    /** What a reader is told. */
    sealed interface News {
        /** Something happened, as it is shown. */
        record Happened(String name, Map<String, Object> data) implements News {}

        /** So many events were lost at this point. */
        record Lost(long events) implements News {}

        /** Nothing for a while. */
        record Silence() implements News {}
    }

    Subscriber(int capacity) {
        this.capacity = capacity;
    }

    /** Tells of an event, as it is shown. */
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
     * Waits for the next thing to tell.
     *
     * @param patience how long until it is that there was nothing
     * @return empty when there is no more to come
     */
    Optional<News> next(Duration patience) throws InterruptedException {
        long left = patience.toNanos();
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

    /** There is no more to come. */
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
