package io.chaosproxy.inject;

import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.stream.OutageState;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The trials of a rule on one exchange or connection: one in all, or one for each second in which it carries bytes. */
final class TrialClock {
    private static final long SECOND = 1_000_000_000;

    /** Outcome of asking for a trial. */
    enum Outcome {
        HIT,
        MISS,
        /** The trial of this second, or the only one, has been before. */
        NOT_DUE
    }

    private final ActiveRule rule;
    private final Target target;
    private final boolean hits;
    private final boolean eachSecond;
    private final boolean mirrored;
    private final @Nullable OutageState together; // keeps the trials that several connections have in common
    private long number = -1;
    private long begun;
    private long second = -1;

    /**
     * No trial yet.
     *
     * @param mirrored for the way up under a rule for both directions: it has draws of its own, and those of the way down
     *     are what they are under a rule for one direction
     * @param stall of an outage: if it is that of several connections, one trial each second is for all of them
     */
    TrialClock(ActiveRule rule, Target target, boolean mirrored, OutageState stall) {
        this.mirrored = mirrored;
        this.rule = rule;
        this.target = target;
        this.hits = target.decide(rule);
        this.eachSecond = rule.rule().chance().per() == TrialUnit.SECOND;
        this.together = eachSecond
                        && rule.stalls()
                                .filter(scope -> scope != FaultScope.CONNECTION)
                                .isPresent()
                ? stall
                : null;
    }

    /** Whether they are those of other connections as well. */
    boolean areCommon() {
        return together != null;
    }

    /** The number of the last trial, from 0; before the first one, that of the first. */
    long number() {
        return Math.max(0, number);
    }

    /** Random draws of this trial. */
    RandomGenerator draws(long trial) {
        return areCommon() ? rule.drawsTogether(trial) : target.draws(rule, key(trial));
    }

    private long key(long trial) {
        return mirrored ? ~trial : trial;
    }

    /** One more trial of a rule that tries each second, due or not; a miss otherwise. */
    Outcome again() {
        return eachSecond ? tried() : Outcome.MISS;
    }

    Outcome next(long now) {
        if (together != null) {
            return nextOfAll(together, now);
        }
        if (second < 0) {
            begun = now;
        }
        long present = eachSecond ? (now - begun) / SECOND : 0;
        if (present == second) {
            return Outcome.NOT_DUE;
        }
        second = present;
        return tried();
    }

    private Outcome nextOfAll(OutageState stall, long now) {
        long due = hits ? stall.due(now) : OutageState.NOT_DUE;
        if (due == OutageState.NOT_DUE) {
            return Outcome.NOT_DUE;
        }
        number = due;
        return rule.commonTrial(due) ? Outcome.HIT : Outcome.MISS;
    }

    private Outcome tried() {
        number++;
        boolean hit = hits && (!eachSecond || target.trial(rule, key(number)));
        return hit ? Outcome.HIT : Outcome.MISS;
    }
}
