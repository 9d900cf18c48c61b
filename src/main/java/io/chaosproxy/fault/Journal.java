package io.chaosproxy.fault;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Effects of rules on connections and exchanges: the last hits in full, and counts of all of them. Thread-safe; entering a hit
 * never waits for a reader longer than a copy of the list takes.
 */
public final class Journal {
    /** Hits kept in full unless told otherwise: some megabytes. */
    public static final int DEFAULT_CAPACITY = 10_000;

    /** Counts of rules that are gone: enough for any test, and a bound for a program that runs for months. */
    private static final int MAX_REMOVED = 1_000;

    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition entered = lock.newCondition();
    private final ArrayDeque<Hit> last = new ArrayDeque<>();
    private final TreeMap<Count, AtomicLong> counts = new TreeMap<>();
    private @Nullable Count latest; // of the last hit, since the next one is often of the same rule
    private final LinkedHashSet<Count> removed =
            new LinkedHashSet<>(); // counts of rules that are gone, the first gone first
    private final TreeMap<String, Long> forgotten =
            new TreeMap<>(); // hits of counts that were removed, by kind of fault
    private final Map<String, Map<String, Tally>> tallies = new HashMap<>(); // by proxy and rule
    private final RuleNames names = new RuleNames();

    /**
     * The hits of one rule from a moment on, until it is closed or the next tally of this rule begins. Any thread may use it.
     */
    public final class Tally implements AutoCloseable {
        private final String proxy;
        private final String rule;
        private final AtomicLong hits = new AtomicLong();

        private Tally(String proxy, String rule) {
            this.proxy = proxy;
            this.rule = rule;
        }

        /** {@return how many there were} It is 0 again after the journal was cleared. */
        public long hits() {
            return hits.get();
        }

        /** Ends the count. */
        @Override
        public void close() {
            lock.lock();
            try {
                Map<String, Tally> ofProxy = tallies.get(proxy);
                if (ofProxy != null && ofProxy.remove(rule, this) && ofProxy.isEmpty()) {
                    tallies.remove(proxy);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Begins to count the hits of a rule; a tally of the same rule that runs ends here.
     *
     * @param proxy name of the proxy
     * @param rule name of the rule
     * @return the count, from 0
     */
    public Tally tally(String proxy, String rule) {
        lock.lock();
        try {
            Tally tally = new Tally(proxy, rule);
            tallies.computeIfAbsent(proxy, key -> new HashMap<>()).put(rule, tally);
            return tally;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Key of a count of hits; it has the type, since a rule may have changed its type.
     *
     * @param proxy name of the proxy
     * @param rule name of the rule
     * @param type type of the fault
     */
    public record Count(String proxy, String rule, String type) implements Comparable<Count> {
        private boolean isOf(Hit hit) {
            return proxy.equals(hit.proxy()) && rule.equals(hit.rule()) && type.equals(hit.type());
        }

        @Override
        public int compareTo(Count other) {
            int byProxy = proxy.compareTo(other.proxy);
            int byRule = byProxy != 0 ? byProxy : rule.compareTo(other.rule);
            return byRule != 0 ? byRule : type.compareTo(other.type);
        }
    }

    /**
     * An empty journal.
     *
     * @param capacity upper bound for the hits that are kept in full, above 0
     */
    public Journal(int capacity) {
        Check.that(capacity >= 0, "journal", "must hold 0 or more hits, not " + capacity);
        this.capacity = capacity;
    }

    /**
     * Adds a hit, and wakes waiting threads.
     *
     * @param hit effect of a rule
     */
    public void enter(Hit hit) {
        lock.lock();
        try {
            count(hit).incrementAndGet();
            Tally tally = tallies.getOrDefault(hit.proxy(), Map.of()).get(hit.rule());
            if (tally != null) {
                tally.hits.incrementAndGet();
            }
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

    private AtomicLong count(Hit hit) {
        Count of = latest;
        if (of == null || !of.isOf(hit)) {
            of = new Count(hit.proxy(), hit.rule(), hit.type());
            latest = of;
        }
        AtomicLong count = counts.get(of);
        if (count == null) {
            count = new AtomicLong();
            counts.put(of, count);
        }
        return count;
    }

    /**
     * Tells of the rules that a proxy begins with, so that {@link #hits(String, String)} knows their names.
     *
     * @param proxy name of the proxy
     * @param rules names of its rules
     */
    public void know(String proxy, Set<String> rules) {
        lock.lock();
        try {
            names.add(proxy, rules);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Tells which rules a proxy has from now on: of rules that are gone, on all proxies together, only the last thousand keep
     * their counts.
     *
     * @param proxy name of the proxy
     * @param rules names of its rules
     */
    public void keep(String proxy, Set<String> rules) {
        lock.lock();
        try {
            names.add(proxy, rules);
            for (Count count : counts.tailMap(new Count(proxy, "", "")).keySet()) {
                if (!count.proxy().equals(proxy)) {
                    break;
                }
                if (rules.contains(count.rule())) {
                    removed.remove(count);
                } else {
                    removed.add(count);
                }
            }
            while (removed.size() > MAX_REMOVED) {
                Count first = removed.removeFirst();
                AtomicLong hits = counts.remove(first);
                if (hits != null) {
                    forgotten.merge(first.type(), hits.get(), Long::sum);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** {@return the last hits in the order in which they were entered} */
    public List<Hit> hits() {
        lock.lock();
        try {
            return new ArrayList<>(last);
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@return how many hits of this rule there were on this proxy}
     *
     * @param proxy name of the proxy
     * @param rule name of the rule
     * @throws java.util.NoSuchElementException naming the rules that the proxy has and had if none of them has this name
     */
    public long hits(String proxy, String rule) {
        lock.lock();
        try {
            long hits = sum(proxy, rule);
            if (hits == 0) {
                names.check(proxy, rule);
            }
            return hits;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Refuses names that nothing in this journal can have: a slip would look like a rule without hits.
     *
     * @param proxy empty for any
     * @param rule empty for any
     * @throws java.util.NoSuchElementException naming the proxies, or the rules, that there are and were
     */
    public void checkNames(Optional<String> proxy, Optional<String> rule) {
        lock.lock();
        try {
            proxy.ifPresent(names::checkProxy);
            rule.ifPresent(
                    name -> proxy.ifPresentOrElse(owner -> names.check(owner, name), () -> names.checkRule(name)));
        } finally {
            lock.unlock();
        }
    }

    private long sum(String proxy, String rule) {
        return counts
                .subMap(new Count(proxy, rule, ""), new Count(proxy, rule + '\0', "")) // of any kind
                .values()
                .stream()
                .mapToLong(AtomicLong::get)
                .sum();
    }

    /**
     * {@return how many hits there were of this rule while it was of this kind}
     *
     * @param of proxy, rule and type
     */
    public long hits(Count of) {
        lock.lock();
        try {
            AtomicLong hits = counts.get(of);
            return hits == null ? 0 : hits.get();
        } finally {
            lock.unlock();
        }
    }

    /** {@return what there were hits of} */
    public Set<Count> counted() {
        lock.lock();
        try {
            return new TreeSet<>(counts.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** {@return the proxies that were hit, by name} */
    public Set<String> proxies() {
        lock.lock();
        try {
            return counts.keySet().stream().map(Count::proxy).collect(Collectors.toCollection(TreeSet::new));
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@return how many hits there were of each rule of this proxy, of rules that are gone, too}
     *
     * @param proxy name of the proxy
     */
    public Map<String, Long> byRule(String proxy) {
        lock.lock();
        try {
            Map<String, Long> byRule = new TreeMap<>();
            counts.forEach((count, hits) -> {
                if (count.proxy().equals(proxy)) {
                    byRule.merge(count.rule(), hits.get(), Long::sum);
                }
            });
            return byRule;
        } finally {
            lock.unlock();
        }
    }

    /** {@return how many hits there were of each kind of fault} */
    public Map<String, Long> byType() {
        lock.lock();
        try {
            Map<String, Long> byType = new TreeMap<>(forgotten);
            counts.forEach((count, hits) -> byType.merge(count.type(), hits.get(), Long::sum));
            return byType;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until a rule has had this number of hits.
     *
     * @param proxy name of the proxy
     * @param rule name of the rule
     * @param count number of hits to wait for
     * @param timeout upper bound of the wait
     * @return false if there weren't within this time
     * @throws java.util.NoSuchElementException as {@link #hits(String, String)} does, without waiting
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public boolean await(String proxy, String rule, long count, Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        lock.lock();
        try {
            if (sum(proxy, rule) == 0) {
                names.check(proxy, rule);
            }
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

    /**
     * Forgets the hits and counts of one proxy.
     *
     * @param proxy name of the proxy
     */
    public void clear(String proxy) {
        lock.lock();
        try {
            last.removeIf(hit -> hit.proxy().equals(proxy));
            counts.keySet().removeIf(count -> count.proxy().equals(proxy));
            removed.removeIf(count -> count.proxy().equals(proxy));
            tallies.getOrDefault(proxy, Map.of()).values().forEach(tally -> tally.hits.set(0));
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
            removed.clear();
            forgotten.clear();
            tallies.values().forEach(ofProxy -> ofProxy.values().forEach(tally -> tally.hits.set(0)));
        } finally {
            lock.unlock();
        }
    }
}
