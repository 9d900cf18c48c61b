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
    private final TreeMap<Count, Long> counts = new TreeMap<>();

    /** What hits are counted by: a rule may have changed its kind. */
    public record Count(String proxy, String rule, String type) implements Comparable<Count> {
        @Override
        public int compareTo(Count other) {
            int byProxy = proxy.compareTo(other.proxy);
            int byRule = byProxy != 0 ? byProxy : rule.compareTo(other.rule);
            return byRule != 0 ? byRule : type.compareTo(other.type);
        }
    }

    public Journal(int capacity) {
        Check.that(capacity >= 0, "journal", "must hold 0 or more hits, not " + capacity);
        this.capacity = capacity;
    }

    public void enter(Hit hit) {
        lock.lock();
        try {
            counts.merge(new Count(hit.proxy(), hit.rule(), hit.type()), 1L, Long::sum);
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
            return sum(proxy, rule);
        } finally {
            lock.unlock();
        }
    }

    private long sum(String proxy, String rule) {
        return counts
                .subMap(new Count(proxy, rule, ""), new Count(proxy, rule + '\0', "")) // of any kind
                .values()
                .stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** How many hits there were of this rule while it was of this kind. */
    public long hits(Count of) {
        lock.lock();
        try {
            return counts.getOrDefault(of, 0L);
        } finally {
            lock.unlock();
        }
    }

    /** What there were hits of. */
    public Set<Count> counted() {
        lock.lock();
        try {
            return new TreeSet<>(counts.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** The proxies that were hit, by name. */
    public Set<String> proxies() {
        lock.lock();
        try {
            return counts.keySet().stream().map(Count::proxy).collect(Collectors.toCollection(TreeSet::new));
        } finally {
            lock.unlock();
        }
    }

    /** How many hits there were of each rule of this proxy, of rules that are gone, too. */
    public Map<String, Long> byRule(String proxy) {
        lock.lock();
        try {
            Map<String, Long> byRule = new TreeMap<>();
            counts.forEach((count, hits) -> {
                if (count.proxy().equals(proxy)) {
                    byRule.merge(count.rule(), hits, Long::sum);
                }
            });
            return byRule;
        } finally {
            lock.unlock();
        }
    }

    /** How many hits there were of each kind of fault. */
    public Map<String, Long> byType() {
        lock.lock();
        try {
            Map<String, Long> byType = new TreeMap<>();
            counts.forEach((count, hits) -> byType.merge(count.type(), hits, Long::sum));
            return byType;
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
            while (sum(proxy, rule) < count) {
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

    /** Forgets the hits and counts of one proxy. */
    public void clear(String proxy) {
        lock.lock();
        try {
            last.removeIf(hit -> hit.proxy().equals(proxy));
            counts.keySet().removeIf(count -> count.proxy().equals(proxy));
        } finally {
            lock.unlock();
        }
    }

    /** Forgets all hits and counts. */
    public void clear() {
        lock.lock();
        try {
            last.clear();
            counts.clear();
        } finally {
            lock.unlock();
        }
    }
}
