package io.chaosproxy.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.inject.Effects.Effect;
import io.chaosproxy.kit.Together;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class EffectsTest {
    private static final ActivePlan PLAN = ActivePlan.first(
            Plan.of(Rule.of("slow", Latency.of(Duration.ofMillis(1))), Rule.of("cut", Reset.atFirstByte())),
            1,
            "shop",
            0);
    private static final ActiveRule SLOW = PLAN.inForce().getFirst();
    private static final ActiveRule CUT = PLAN.inForce().getLast();

    private final Effects effects = new Effects(new ReentrantLock());
    private int spent;

    private Effect of(ActiveRule rule, long trial) {
        return effects.of(rule, trial, () -> ++spent > 0);
    }

    private Effect none(ActiveRule rule, long trial) {
        return effects.of(rule, trial, () -> false);
    }

    @Test
    void theFirstEffectOfEachTrialOfEachRuleUsesUpAHit() {
        assertEquals(Effect.FIRST, of(SLOW, 0));
        assertEquals(Effect.FURTHER, of(SLOW, 0));
        assertEquals(Effect.FIRST, of(SLOW, 1));
        assertEquals(Effect.FIRST, of(CUT, 0));
        assertEquals(Effect.FURTHER, none(SLOW, 1));
        assertEquals(3, spent);
    }

    @Test
    void aTrialWithoutAHitStaysWithout() {
        assertEquals(Effect.NONE, none(SLOW, 0));
        assertEquals(Effect.NONE, of(SLOW, 0));
        assertEquals(0, spent);
    }

    /** Both directions of a connection act under one trial, and begin seconds apart at most. */
    @Test
    void theLastSixteenTrialsAreRemembered() {
        for (long trial = 0; trial < 16; trial++) {
            assertEquals(Effect.FIRST, of(SLOW, trial));
        }
        assertEquals(Effect.FURTHER, of(SLOW, 0));
        of(SLOW, 16);
        assertEquals(Effect.FURTHER, of(SLOW, 1));
        assertEquals(Effect.FURTHER, of(SLOW, 16));
        assertEquals(Effect.FIRST, of(SLOW, 0));
    }

    @Test
    void anUndoneEffectIsTheFirstAgain() {
        effects.undo(SLOW, 0); // of nothing
        of(SLOW, 0);
        of(SLOW, 1);
        effects.undo(SLOW, 0);
        effects.undo(CUT, 1);
        assertEquals(Effect.FIRST, of(SLOW, 0));
        assertEquals(Effect.FURTHER, of(SLOW, 1));
    }

    @Test
    void rulesThatAreGoneAreForgotten() {
        effects.forgetAllBut(PLAN); // nothing is known yet
        of(SLOW, 0);
        of(CUT, 0);
        effects.forgetAllBut(PLAN.next(PLAN.plan().without("slow"), true, 0));
        assertEquals(Effect.FIRST, of(SLOW, 0));
        assertEquals(Effect.FURTHER, of(CUT, 0));
    }

    @Test
    void noCallKeepsAnotherThreadOut() throws Exception {
        List<Runnable> calls = List.of(
                () -> of(SLOW, 0), () -> of(SLOW, 0), () -> effects.undo(SLOW, 1), () -> effects.forgetAllBut(PLAN));
        for (Runnable call : calls) {
            call.run();
            assertEquals(Effect.FURTHER, Together.result(Together.start(() -> of(SLOW, 0))));
        }
    }
}
