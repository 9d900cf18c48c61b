package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class PlanTest {
    private static final Rule A = Rule.of("a", Latency.of(ofMillis(1)));
    private static final Rule B = Rule.of("b", Rate.of(1000));
    private static final Rule OTHER_A = Rule.of("a", new Limit(7));

    @Test
    void aRuleTakesThePlaceOfItsNameOrTheLast() {
        assertEquals(List.of(A, B), Plan.CLEAN.with(A).with(B).rules());
        assertEquals(List.of(OTHER_A, B), Plan.of(A, B).with(OTHER_A).rules());
        assertEquals(List.of(B), Plan.of(A, B).without("a").rules());
        assertEquals(Plan.of(A, B), Plan.of(A, B).without("c"));
    }

    @Test
    void rulesAreFoundByTheirName() {
        assertEquals(Optional.of(B), Plan.of(A, B).rule("b"));
        assertEquals(Optional.empty(), Plan.of(A, B).rule("c"));
    }

    @Test
    void itNeverChanges() {
        List<Rule> rules = new ArrayList<>(List.of(A));
        Plan plan = new Plan(rules);
        Plan more = plan.with(B);
        rules.clear();
        assertEquals(List.of(A), plan.rules());
        assertEquals(List.of(A, B), more.rules());
        assertThrows(UnsupportedOperationException.class, () -> plan.rules().clear());
    }

    @Test
    void refusals() {
        refused("a: there are two rules of this name", () -> Plan.of(A, B, OTHER_A));
        Plan plan = Plan.of(A, Rule.of("web", Respond.of(500)));
        refused("faults.web.type: respond needs protocol = http or auto", () -> plan.checkFor(Protocol.TCP));
        assertDoesNotThrow(() -> plan.checkFor(Protocol.HTTP));
        Plan other = Plan.of(B.when(Match.path("/")));
        refused(
                "faults.b.when: method, path, host and header need protocol = http or auto",
                () -> other.checkFor(Protocol.TCP));
    }

    /** A rule with this delay in milliseconds. */
    private static Rule late(String name, int delay) {
        return Rule.of(name, Latency.of(ofMillis(delay)));
    }

    @Test
    void aChangeIsWhatDiffersBetweenTwoPlans() {
        Plan before = Plan.of(late("a", 1), late("b", 1), late("c", 1), late("gone", 1));
        Plan after = Plan.of(late("new", 1), late("a", 1), late("b", 2), late("c", 1));

        assertEquals(after, before.withChange(before, after));
        assertEquals( // a was edited since, c expired and d was added
                Plan.of(late("new", 1), late("a", 9), late("b", 2), late("d", 1)),
                Plan.of(late("a", 9), late("b", 1), late("d", 1), late("gone", 1))
                        .withChange(before, after));
        assertEquals( // the change is about b, which expired since
                Plan.of(late("new", 1), late("b", 2)), Plan.CLEAN.withChange(before, after));
    }

    @Test
    void theNamesOfAllRules() {
        assertEquals(Set.of("a", "b"), Plan.of(A, B).names());
        assertEquals(Set.of(), Plan.CLEAN.names());
    }
}
