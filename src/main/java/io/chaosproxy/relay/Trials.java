package io.chaosproxy.relay;

import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Per;
import io.chaosproxy.fault.Subject;

/** The trials of a rule on one exchange or connection: one in all, or one for each second in which it carries bytes. */
final class Trials {
    private static final long SECOND = 1_000_000_000;

    /** What asking for a trial gave. */
    enum Outcome {
        HIT,
        MISS,
        /** The trial of this second, or the only one, has been before. */
        NOT_DUE
    }

    private final ActiveRule rule;
    private final Subject subject;
    private final boolean hits;
    private final boolean eachSecond;
    private long number = -1;
    private long begun;
    private long second = -1;

    Trials(ActiveRule rule, Subject subject) {
        this.rule = rule;
        this.subject = subject;
        this.hits = subject.hitBy(rule);
        this.eachSecond = rule.rule().chance().per() == Per.SECOND;
    }

    /** The number of the last trial, from 0. */
    long number() {
        return number;
    }

    Outcome next(long now) {
        if (second < 0) {
            begun = now;
        }
        long present = eachSecond ? (now - begun) / SECOND : 0;
        if (present == second) {
            return Outcome.NOT_DUE;
        }
        second = present;
        number++;
        boolean hit = hits && (!eachSecond || subject.strikes(rule, number));
        return hit ? Outcome.HIT : Outcome.MISS;
    }
}
