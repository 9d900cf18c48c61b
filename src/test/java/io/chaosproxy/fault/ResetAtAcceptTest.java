package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.inject.ActivePlan;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The moment before any byte; what the client sees is in ResetOverSocketsTest. */
@Tag("fast")
final class ResetAtAcceptTest {
    @Test
    void itMeetsNoByte() {
        Rule rule = Rule.of("r", new ResetAtAccept(ofMillis(5)));
        ActivePlan plan = ActivePlan.first(Plan.of(rule), 1, "shop", 0);
        assertEquals(List.of(), plan.streams(Direction.UP));
        assertEquals(List.of(), plan.streams(Direction.DOWN));
    }

    @Test
    void itIsAResetInBothDirectionsOnce() {
        Rule rule = Rule.of("r", ResetAtAccept.now());
        assertEquals("reset", rule.fault().type());
        assertEquals(Directions.BOTH, rule.way());
        refused("per: a reset happens once, not each second", () -> rule.per(TrialUnit.SECOND));
        refused("delay: must not be negative, not PT-0.001S", () -> new ResetAtAccept(ofMillis(-1)));
    }
}
