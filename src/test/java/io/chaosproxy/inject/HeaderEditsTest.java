package io.chaosproxy.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Sent;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class HeaderEditsTest {
    private static final Map<String, List<String>> FIELDS =
            Map.of("server", List.of("origin"), "via", List.of("a", "b"), "empty", List.of(""));

    private final HeaderEdits edits =
            new HeaderEdits(name -> FIELDS.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()));

    private static Rule setting(String rule, String name, String value) {
        return Rule.of(rule, Headers.ofResponse(name, value));
    }

    private static Rule removing(String rule, String... names) {
        return Rule.of(rule, new Headers(Headers.On.RESPONSE, Map.of(), List.of(names)));
    }

    /** Applies the rules to one exchange; the names of those that asked for a hit. */
    private List<String> apply(Rule... rules) {
        return apply(true, rules);
    }

    private List<String> apply(boolean hit, Rule... rules) {
        ActivePlan plan = ActivePlan.first(Plan.of(rules), 1, "shop", 0);
        Target exchange =
                Target.connection(1, InetAddress.getLoopbackAddress(), plan).exchange(1, Sent.get("/"), plan);
        List<String> asked = new ArrayList<>();
        edits.apply(plan, Direction.DOWN, exchange, active -> {
            asked.add(active.rule().name());
            return hit;
        });
        return asked;
    }

    @Test
    void withoutEditsTheFieldsAreThoseOfTheHead() {
        assertTrue(edits.isEmpty());
        assertEquals(List.of("a", "b"), edits.values("Via"));
        assertEquals(List.of(), edits.values("X-Other"));
    }

    @Test
    void aFieldThatIsSetHasThisValueAlone() {
        edits.set("VIA", "c");
        assertEquals(List.of("c"), edits.values("via"));
        assertEquals(List.of("origin"), edits.values("Server"));
        assertFalse(edits.isEmpty());
    }

    @Test
    void theLastValueCountsWhateverTheCaseOfTheName() {
        edits.set("X-A", "1");
        edits.set("X-B", "2");
        edits.set("x-a", "3");
        assertEquals(Map.of("X-B", "2", "x-a", "3"), edits.set());
    }

    @Test
    void aFieldThatIsRemovedHasNoValueUnlessItIsSetAsWell() {
        edits.remove(List.of("SERVER", "via"));
        assertFalse(edits.isEmpty());
        assertEquals(List.of(), edits.values("server"));
        assertEquals(List.of("SERVER", "via"), edits.removed());
        edits.set("Server", "none");
        assertEquals(List.of("none"), edits.values("server"));
        assertEquals(List.of("via"), edits.removed());
    }

    @Test
    void rulesApplyInOrderToTheirMessage() {
        Rule request = Rule.of("request", Headers.ofRequest("Server", "never"));
        assertEquals(
                List.of("first", "last"),
                apply(setting("first", "server", "1"), request, setting("last", "Server", "2")));
        assertEquals(Map.of("Server", "2"), edits.set());
    }

    @Test
    void oneRuleSetsAndRemoves() {
        Map<String, String> set = new LinkedHashMap<>();
        set.put("X-A", "1");
        set.put("X-B", "2");
        apply(Rule.of("both", new Headers(Headers.On.RESPONSE, set, List.of("via"))));
        assertEquals(set, edits.set());
        assertEquals(List.of("via"), edits.removed());
    }

    @Test
    void aRuleThatMissesTheExchangeEditsNothing() {
        ActivePlan plan =
                ActivePlan.first(Plan.of(setting("other", "X-A", "1").when(Match.path("/cart"))), 1, "shop", 0);
        Target exchange =
                Target.connection(1, InetAddress.getLoopbackAddress(), plan).exchange(1, Sent.get("/"), plan);
        edits.apply(plan, Direction.DOWN, exchange, active -> true);
        assertTrue(edits.isEmpty());
    }

    @Test
    void aRuleWhoseHitsAreUsedUpEditsNothing() {
        assertEquals(List.of("slow", "cut"), apply(false, setting("slow", "X-A", "1"), removing("cut", "Via")));
        assertTrue(edits.isEmpty());
    }

    @Test
    void aFieldThatHasTheValueAlreadyIsNoHit() {
        assertEquals(List.of(), apply(setting("same", "Server", "origin")));
        assertEquals(List.of("one"), apply(setting("one", "Via", "a")));
        assertEquals(List.of(), apply(setting("again", "via", "a")), "another rule has set it");
    }

    @Test
    void removingAFieldThatIsNotThereIsNoHit() {
        assertEquals(List.of(), apply(removing("none", "X-Other")));
        assertEquals(List.of("value"), apply(removing("value", "X-Other", "Empty")));
        assertEquals(List.of(), apply(removing("twice", "empty")), "another rule has removed it");
    }

    @Test
    void removingAFieldThatIsSetIsNoHit() {
        assertEquals(List.of("set"), apply(setting("set", "Server", "1"), removing("remove", "server")));
        assertEquals(List.of("1"), edits.values("Server"));
        Headers both = new Headers(Headers.On.RESPONSE, Map.of("Via", "c"), List.of("via"));
        assertEquals(List.of("both"), apply(Rule.of("both", both)));
        assertEquals(List.of(), apply(Rule.of("again", both)));
        assertEquals(List.of("c"), edits.values("Via"));
    }

    @Test
    void settingWhatIsThereBesideRemovingItIsNoHit() {
        Headers same = new Headers(Headers.On.RESPONSE, Map.of("Server", "origin"), List.of("server"));
        assertEquals(List.of(), apply(Rule.of("same", same)));
    }
}
