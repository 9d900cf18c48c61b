package io.chaosproxy.inject;

import io.chaosproxy.fault.Rule;
import io.chaosproxy.stream.OutageState;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The outages of all proxies: one for each name of a rule, for as long as a proxy has that rule. Their proxies have the
 * trials in common as well, and the number of hits where their rules are equal. Any thread may use it.
 */
public final class SharedOutages {
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Entry> entries = new HashMap<>(2); // by the name of the rule; guarded by the lock

    private static final class Entry {
        final OutageState stall = new OutageState();
        final Map<PlanHolder, ActiveRule> members = new HashMap<>(2);
        Rule rule; // the last one that was put
        final Map<Rule, AtomicLong> hits = new HashMap<>(2);

        Entry(Rule rule) {
            this.rule = rule;
        }

        /** Equal rules count together; one that was edited on one proxy alone counts anew, and the others go on. */
        void enter(PlanHolder proxy, ActiveRule active) {
            members.put(proxy, active);
            active.countHitsIn(hits.computeIfAbsent(active.rule(), first -> new AtomicLong()));
        }

        void remove(PlanHolder proxy) {
            members.remove(proxy);
            forgetHits();
        }

        void forgetHits() {
            hits.keySet()
                    .removeIf(counted -> members.values().stream()
                            .noneMatch(active -> active.rule().equals(counted)));
        }

        /** An edit of the rule on one proxy ends the outage for all, and the same edit on the others does nothing more. */
        void restart(Rule edited) {
            rule = edited;
            stall.restart();
            members.keySet().forEach(PlanHolder::wake);
        }
    }

    /** Without outages. */
    public SharedOutages() {}

    /** The outage of a rule, made when the first connection meets the rule. */
    public OutageState of(PlanHolder proxy, ActiveRule active) {
        lock.lock();
        try {
            Entry entry = entries.computeIfAbsent(active.rule().name(), name -> new Entry(active.rule()));
            if (proxy.current().has(active)) { // an exchange may still go on under a rule that has been edited since
                adopt(entry, proxy, active);
            }
            return entry.stall;
        } finally {
            lock.unlock();
        }
    }

    /** The plan of a proxy has changed; it is in force already. */
    public void adopt(PlanHolder proxy, ActivePlan plan) {
        lock.lock();
        try {
            Map<String, ActiveRule> present = new HashMap<>(2);
            for (ActiveRule active : plan.inForce()) {
                if (active.isForAllProxies()) {
                    present.put(active.rule().name(), active);
                }
            }
            entries.forEach((name, entry) -> adopt(entry, proxy, present.get(name)));
            entries.values().removeIf(entry -> entry.members.isEmpty());
        } finally {
            lock.unlock();
        }
    }

    private static void adopt(Entry entry, PlanHolder proxy, @Nullable ActiveRule active) {
        if (active == null) {
            entry.remove(proxy);
            return;
        }
        boolean edited = entry.members.containsKey(proxy)
                && entry.members.get(proxy) != active
                && !entry.rule.equals(active.rule());
        entry.enter(proxy, active);
        entry.forgetHits();
        if (edited) {
            entry.restart(active.rule());
        }
    }

    /** A proxy has been closed. */
    public void leave(PlanHolder proxy) {
        lock.lock();
        try {
            entries.values().forEach(entry -> entry.remove(proxy));
            entries.values().removeIf(entry -> entry.members.isEmpty());
        } finally {
            lock.unlock();
        }
    }
}
