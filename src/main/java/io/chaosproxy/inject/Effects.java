package io.chaosproxy.inject;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * First effects of rules on one subject, each counted once: both directions of a rule act under the same one. Any thread may
 * use it.
 */
final class Effects {
    /** Trials of one rule that are remembered: two directions that began at different moments are seconds apart, not more. */
    private static final int TRIALS = 16;

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Map<ActiveRule, TreeMap<Long, Boolean>> allowed; // by rule and trial; guarded by the lock

    /** Permission of a rule to take effect now. */
    enum Effect {
        /** Act, and enter the journal. */
        FIRST,
        /** Act: this has been entered before. */
        FURTHER,
        /** Nothing: its hits are used up. */
        NONE
    }

    /** The effect of one trial; {@code spend} is asked at the first one whether a hit is left. */
    Effect of(ActiveRule rule, long trial, BooleanSupplier spend) {
        lock.lock();
        try {
            Map<ActiveRule, TreeMap<Long, Boolean>> rules = allowed == null ? new HashMap<>(2) : allowed;
            allowed = rules;
            TreeMap<Long, Boolean> trials = rules.computeIfAbsent(rule, first -> new TreeMap<>());
            Boolean before = trials.get(trial);
            if (before != null) {
                return before ? Effect.FURTHER : Effect.NONE;
            }
            boolean mayAct = spend.getAsBoolean();
            trials.put(trial, mayAct);
            if (trials.size() > TRIALS) {
                trials.pollFirstEntry();
            }
            return mayAct ? Effect.FIRST : Effect.NONE;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets the effect of a trial that did not come about after all. */
    void undo(ActiveRule rule, long trial) {
        lock.lock();
        try {
            TreeMap<Long, Boolean> trials = allowed == null ? null : allowed.get(rule);
            if (trials != null) {
                trials.remove(trial);
            }
        } finally {
            lock.unlock();
        }
    }

    void forgetAllBut(ActivePlan inForce) {
        lock.lock();
        try {
            if (allowed != null) {
                allowed.keySet().removeIf(rule -> !inForce.has(rule));
            }
        } finally {
            lock.unlock();
        }
    }
}
