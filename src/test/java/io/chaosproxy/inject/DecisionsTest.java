package io.chaosproxy.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Together;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
final class DecisionsTest {
    private static final InetAddress CLIENT = InetAddress.getLoopbackAddress();

    /** Hits one subject of all that it may. */
    private static Rule once(String name) {
        return Rule.of(name, Latency.of(Duration.ofMillis(1))).when(Match.ANY.first(1));
    }

    /** A plan on a proxy that has had so many rules before. */
    private static ActivePlan after(int rules, Rule rule) {
        ActivePlan plan = ActivePlan.first(Plan.CLEAN, 1, "shop", 0);
        for (int i = 0; i < rules; i++) {
            plan = plan.next(Plan.of(once("before-" + i)), true, 0);
        }
        return plan.next(Plan.of(rule), true, 0);
    }

    /** Some have a bit and some do not. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 62, 63, 64, 65, 200})
    void eachRuleIsDecidedOnceForASubject(int rulesBefore) {
        ActivePlan plan = after(rulesBefore, once("rule"));
        ActiveRule rule = plan.inForce().getFirst();
        Target first = Target.connection(1, CLIENT, plan);
        Target second = Target.connection(2, CLIENT, plan);
        assertTrue(first.decide(rule));
        assertTrue(first.decide(rule), "the same again, and not counted again");
        assertFalse(second.decide(rule), "it was the turn of the first");
        assertFalse(second.decide(rule));
        assertEquals(List.of("rule"), first.expectedHits());
        assertEquals(List.of(), second.expectedHits());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 64})
    void rulesDontGetInEachOthersWay(int rulesBefore) {
        ActivePlan before = after(rulesBefore, once("rule"));
        ActivePlan plan = before.next(before.plan().with(once("other")), true, 0);
        Target target = Target.connection(1, CLIENT, plan);
        assertTrue(target.decide(plan.inForce().getFirst()));
        assertEquals(List.of("rule"), target.expectedHits());
        assertTrue(target.decide(plan.inForce().getLast()));
        assertEquals(List.of("rule", "other"), target.expectedHits());
    }

    /** A place is never given again, or a rule would find what was decided about one before it. */
    @Test
    void aNewRuleIsDecidedAnew() {
        ActivePlan before = after(0, once("rule").probability(0));
        Target target = Target.connection(1, CLIENT, before);
        assertFalse(target.decide(before.inForce().getFirst()));
        ActivePlan plan = before.next(Plan.of(once("rule")), true, 0);
        assertTrue(target.decide(plan.inForce().getFirst()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 64})
    void bothDirectionsAgree(int rulesBefore) throws Exception {
        for (int round = 0; round < 200; round++) {
            ActivePlan plan = after(rulesBefore, once("rule"));
            Target target = Target.connection(1, CLIENT, plan);
            List<Boolean> answers = Together.results(
                    Together.start(4, index -> target.decide(plan.inForce().getFirst())));
            assertEquals(List.of(true, true, true, true), answers);
        }
    }

    /** Beyond the rules that have a bit, what was decided about a rule is forgotten with it. */
    @Test
    void rulesThatAreGoneAreForgotten() {
        ActivePlan plan = after(64, once("rule"));
        ActiveRule rule = plan.inForce().getFirst();
        Target subject = Target.connection(1, CLIENT, plan);
        Decisions decisions = new Decisions(new ReentrantLock());
        decisions.forgetAllBut(plan); // nothing is decided yet
        assertTrue(decisions.once(rule, subject));
        decisions.forgetAllBut(plan);
        assertTrue(decisions.once(rule, subject), "it is in force");
        decisions.forgetAllBut(plan.withoutRules());
        assertFalse(decisions.hasHit(rule));
        assertFalse(decisions.once(rule, subject), "it counts again, and the first one is gone");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 64})
    void noCallKeepsAnotherThreadOut(int rulesBefore) throws Exception {
        ActivePlan plan = after(rulesBefore, once("rule"));
        ActiveRule rule = plan.inForce().getFirst();
        Target subject = Target.connection(1, CLIENT, plan);
        Decisions decisions = new Decisions(new ReentrantLock());
        List<Runnable> calls = List.of(
                () -> decisions.once(rule, subject), () -> decisions.hasHit(rule), () -> decisions.forgetAllBut(plan));
        for (Runnable call : calls) {
            call.run();
            Together.result(Together.start(() -> {
                decisions.forgetAllBut(plan);
                return true;
            }));
        }
    }

    @Test
    void rulesThatComeTogetherAreDecidedEachForItself() {
        ActivePlan before = after(2, once("rule"));
        ActivePlan plan = before.next(
                before.plan()
                        .with(once("first").probability(0))
                        .with(once("second").probability(0)),
                true,
                0);
        Target subject = Target.connection(1, CLIENT, plan);
        assertTrue(subject.decide(plan.inForce().getFirst()));
        assertFalse(subject.decide(plan.inForce().get(1)));
        assertFalse(subject.decide(plan.inForce().getLast()));
        assertEquals(List.of("rule"), subject.expectedHits());
    }
}
