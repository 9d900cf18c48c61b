package io.chaosproxy.inject;

import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Sample;

/** Counts the hits of rules and enters them into a journal. Thread-safe. */
public interface HitRecorder {
    /** Name of the proxy, or of the filter or client service: part of each hit. */
    String name();

    /** Adds an entry to the journal. */
    void journal(Hit hit);

    /**
     * A rule is about to take effect.
     *
     * @param before run before the journal gets its entry, if it gets one
     * @return false if its hits are used up, so that it has to let pass
     */
    default boolean hit(Target target, ActiveRule rule, long trial, Sample drawn, Runnable before) {
        return target.acts(rule, trial, () -> {
            before.run();
            enter(target, rule.rule(), drawn);
        });
    }

    /** A hit of a rule with one trial that draws nothing. */
    default boolean hit(Target target, ActiveRule rule) {
        return hit(target, rule, 0, Sample.NOTHING, () -> {});
    }

    /** Enters a hit into the journal without counting it. */
    default void enter(Target target, Rule rule, Sample drawn) {
        journal(target.struck(name(), rule, drawn));
    }
}
