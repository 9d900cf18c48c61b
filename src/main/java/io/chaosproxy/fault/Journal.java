package io.chaosproxy.fault;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/**
 * What was really done to whom: the last hits in full, and counts of all of them. Any thread may use it; entering a hit
 * never waits for a reader longer than a copy of the list takes.
 */
public final class Journal {
    /** Hits kept in full unless told otherwise: some megabytes. */
    public static final int USUAL_CAPACITY = 10_000;

    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition entered = lock.newCondition();
    private final ArrayDeque<Hit> last = new ArrayDeque<>();
    private final Map<String, Long> byType = new TreeMap<>();
    private final Map<Key, Long> byRule = new TreeMap<>();

    private record Key(String proxy, String rule) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byProxy = proxy.compareTo(other.proxy);
            return byProxy != 0 ? byProxy : rule.compareTo(other.rule);
        }
    }

    public Journal(int capacity) {
        Check.that(capacity >= 0, "journal", "must hold 0 or more hits, not " + capacity);
        this.capacity = capacity;
    }

    public void enter(Hit hit) {
        lock.lock();
        try {
            byType.merge(hit.type(), 1L, Long::sum);
            byRule.merge(new Key(hit.proxy(), hit.rule()), 1L, Long::sum);
            if (capacity > 0) {
                if (last.size() == capacity) {
                    last.removeFirst();
                }
                last.addLast(hit);
            }
            entered.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The last hits in the order in which they were entered. */
    public List<Hit> hits() {
        lock.lock();
        try {
            return new ArrayList<>(last);
        } finally {
            lock.unlock();
        }
    }

    /** How many hits of this rule there were on this proxy. */
    public long hits(String proxy, String rule) {
        lock.lock();
        try {
            return byRule.getOrDefault(new Key(proxy, rule), 0L);
        } finally {
            lock.unlock();
        }
    }

    /** The proxies that were hit, by name. */
    public Set<String> proxies() {
        lock.lock();
        try {
            return byRule.keySet().stream().map(Key::proxy).collect(Collectors.toCollection(TreeSet::new));
        } finally {
            lock.unlock();
        }
    }

    /** How many hits there were of each rule of this proxy, of rules that are gone, too. */
    public Map<String, Long> byRule(String proxy) {
        lock.lock();
        try {
            Map<String, Long> counts = new TreeMap<>();
            byRule.forEach((key, count) -> {
                if (key.proxy().equals(proxy)) {
                    counts.put(key.rule(), count);
                }
            });
            return counts;
        } finally {
            lock.unlock();
        }
    }

    /** How many hits there were of each kind of fault. */
    public Map<String, Long> byType() {
        lock.lock();
        try {
            return new TreeMap<>(byType);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until there were so many hits of a rule.
     *
     * @return false if there weren't within this time
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public boolean await(String proxy, String rule, long count, Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        lock.lock();
        try {
            while (byRule.getOrDefault(new Key(proxy, rule), 0L) < count) {
                if (left <= 0) {
                    return false;
                }
                left = entered.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets all hits and counts. */
    public void clear() {
        lock.lock();
        try {
            last.clear();
            byType.clear();
            byRule.clear();
        } finally {
            lock.unlock();
        }
    }
}
