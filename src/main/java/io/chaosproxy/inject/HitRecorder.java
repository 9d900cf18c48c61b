package io.chaosproxy.inject;

import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.fault.Target;

/** Counts what rules do against their hits, and enters it into a journal. Thread-safe. */
public interface HitRecorder {
    /** Name of the proxy, or of what stands in its place: part of each hit. */
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

    /** The same for a rule that tries once and draws nothing. */
    default boolean hit(Target target, ActiveRule rule) {
        return hit(target, rule, 0, Sample.NOTHING, () -> {});
    }

    /** Enters into the journal what a rule did. */
    default void enter(Target target, Rule rule, Sample drawn) {
        journal(target.struck(name(), rule, drawn));
    }
}
