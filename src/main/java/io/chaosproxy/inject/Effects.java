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

    private final ReentrantLock lock;
    private @Nullable ActiveRule
            first; // whose trial 0 is all that there is of most exchanges; guarded by the lock, as all below
    private boolean firstAllowed;
    private @Nullable Map<ActiveRule, TreeMap<Long, Boolean>> allowed; // all others, by rule and trial

    /** None yet, under this lock, which others may share. */
    Effects(ReentrantLock lock) {
        this.lock = lock;
    }

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
            Boolean before = known(rule, trial);
            if (before != null) {
                return before ? Effect.FURTHER : Effect.NONE;
            }
            boolean mayAct = spend.getAsBoolean();
            remember(rule, trial, mayAct);
            return mayAct ? Effect.FIRST : Effect.NONE;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Boolean known(ActiveRule rule, long trial) {
        if (first == rule && trial == 0) {
            return firstAllowed;
        }
        TreeMap<Long, Boolean> trials = allowed == null ? null : allowed.get(rule);
        return trials == null ? null : trials.get(trial);
    }

    private void remember(ActiveRule rule, long trial, boolean mayAct) {
        if (first == null && allowed == null && trial == 0) {
            first = rule;
            firstAllowed = mayAct;
            return;
        }
        if (first == rule) {
            put(rule, 0, firstAllowed);
            first = null;
        }
        put(rule, trial, mayAct);
    }

    private void put(ActiveRule rule, long trial, boolean mayAct) {
        Map<ActiveRule, TreeMap<Long, Boolean>> rules = allowed == null ? new HashMap<>(2) : allowed;
        allowed = rules;
        TreeMap<Long, Boolean> trials = rules.computeIfAbsent(rule, key -> new TreeMap<>());
        trials.put(trial, mayAct);
        if (trials.size() > TRIALS) {
            trials.pollFirstEntry();
        }
    }

    /** Forgets the effect of a trial that did not come about after all. */
    void undo(ActiveRule rule, long trial) {
        lock.lock();
        try {
            if (first == rule && trial == 0) {
                first = null;
            }
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
            if (first != null && !inForce.has(first)) {
                first = null;
            }
            if (allowed != null) {
                allowed.keySet().removeIf(rule -> !inForce.has(rule));
            }
        } finally {
            lock.unlock();
        }
    }
}
