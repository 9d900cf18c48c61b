package io.chaosproxy.inject;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Decisions about one target, rule by rule, each made once. Every exchange has one, so it is two numbers with a bit
 * for each rule; rules beyond those, on a proxy that has been changed often, are in a map. Any thread may use it.
 */
final class Decisions {
    private static final int BITS = Long.SIZE;

    private final ReentrantLock deciding;
    private volatile long decided;
    private volatile long hits; // written before the bit in decided
    private @Nullable Map<ActiveRule, Boolean> others; // guarded by the lock

    /** None yet, under this lock, which others may share. */
    Decisions(ReentrantLock deciding) {
        this.deciding = deciding;
    }

    /** Whether the rule hits the subject, decided by the first call. */
    boolean once(ActiveRule rule, Target target) {
        if (rule.place() < BITS && isSet(decided, rule)) {
            return isSet(hits, rule);
        }
        return evaluate(rule, target);
    }

    private boolean evaluate(ActiveRule rule, Target target) {
        deciding.lock();
        try {
            if (rule.place() >= BITS) {
                Map<ActiveRule, Boolean> map = others == null ? new HashMap<>() : others;
                others = map;
                return map.computeIfAbsent(rule, target::evaluate);
            }
            if (!isSet(decided, rule)) {
                long bit = 1L << rule.place();
                hits = target.evaluate(rule) ? hits | bit : hits;
                decided = decided | bit;
            }
            return isSet(hits, rule);
        } finally {
            deciding.unlock();
        }
    }

    /** Whether it has been decided that the rule hits. */
    boolean hasHit(ActiveRule rule) {
        if (rule.place() < BITS) {
            return isSet(hits, rule);
        }
        deciding.lock();
        try {
            return others != null && others.getOrDefault(rule, false);
        } finally {
            deciding.unlock();
        }
    }

    /** Forgets rules that are no longer in force; their bits are not read again. */
    void forgetAllBut(ActivePlan inForce) {
        deciding.lock();
        try {
            if (others != null) {
                others.keySet().removeIf(rule -> !inForce.has(rule));
            }
        } finally {
            deciding.unlock();
        }
    }

    private static boolean isSet(long bits, ActiveRule rule) {
        return (bits >>> rule.place() & 1) != 0;
    }
}
