package io.chaosproxy.inject;

import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Sink;
import io.chaosproxy.fault.StreamFault;
import org.jspecify.annotations.Nullable;

/** Place of a rule in a chain; without a sink if the rule has nothing to do after all. */
record Stage(ActiveRule rule, RuleContext context, @Nullable Sink sink, CountingJoint after, boolean onPayload) {

    /** Whether it holds nothing at this moment. */
    boolean isEmpty() {
        return sink == null || sink.isEmpty();
    }

    /** Whether it may hold bytes that its writer has no longer. */
    boolean mayHold() {
        return sink != null && ((StreamFault) rule.rule().fault()).inMotion();
    }

    /** Whether this rule would be the edited version of the stage's rule. */
    boolean isSucceededBy(ActiveRule edited) {
        Rule before = rule.rule();
        return edited.rule().name().equals(before.name())
                && edited.rule().fault().getClass() == before.fault().getClass();
    }
}
