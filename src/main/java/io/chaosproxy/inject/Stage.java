package io.chaosproxy.inject;

import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.stream.Sink;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Place of a rule in a chain; without a sink if the rule has nothing to do after all. */
record Stage(ActiveRule rule, RuleContext context, @Nullable Sink sink, CountingJoint after, boolean onPayload) {

    /** Whether it holds nothing at this moment. */
    boolean isEmpty() {
        return sink == null || sink.isEmpty();
    }

    /** Whether none of them holds anything at this moment. */
    static boolean areEmpty(List<Stage> stages) {
        for (int i = 0; i < stages.size(); i++) {
            if (!stages.get(i).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** Whether one of them may hold bytes that its writer has no longer. */
    static boolean mayHold(List<Stage> stages) {
        for (int i = 0; i < stages.size(); i++) {
            if (stages.get(i).mayHold()) {
                return true;
            }
        }
        return false;
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

    /**
     * A chain with the stages that hold bytes though their rules went. Each stays in front of those that stood behind it: so its
     * bytes meet each of the others once, and rules that are new behind those as well.
     *
     * @param chain of the rules in force
     * @param before the chain until now
     * @param drains whether a stage of that holds bytes and has no rule any more
     */
    static List<Stage> withDraining(List<Stage> chain, List<Stage> before, Predicate<Stage> drains) {
        List<Stage> all = new ArrayList<>(chain);
        for (int i = before.size() - 1; i >= 0; i--) {
            Stage stage = before.get(i);
            if (drains.test(stage)) {
                int place = all.size();
                for (Stage behind : before.subList(i + 1, before.size())) {
                    int there = all.indexOf(behind);
                    place = there >= 0 ? Math.min(place, there) : place;
                }
                all.add(place, stage);
            }
        }
        return all;
    }
}
