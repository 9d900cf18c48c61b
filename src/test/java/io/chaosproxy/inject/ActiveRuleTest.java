package io.chaosproxy.inject;

import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class ActiveRuleTest {
    private static final Rule DOWN = Rule.of("down", Outage.of(ofMillis(200)));

    private static ActiveRule active(String proxy, Rule rule) {
        return ActivePlan.first(Plan.of(rule), 42, proxy, 0).inForce().getFirst();
    }

    private static List<Boolean> commonTrials(ActiveRule rule) {
        return LongStream.range(0, 64).mapToObj(rule::commonTrial).toList();
    }

    @Test
    void anOutageOfAllProxiesIsTriedForAllOfThemTogether() {
        Rule all =
                Rule.of("down", Outage.of(ofMillis(200)).scope(FaultScope.ALL)).probability(0.5);
        ActiveRule shop = active("shop", all);
        ActiveRule orders = active("orders", all);
        assertTrue(shop.isForAllProxies());
        assertEquals(commonTrials(shop), commonTrials(orders));
        assertTrue(commonTrials(shop).contains(true) && commonTrials(shop).contains(false));
        assertEquals(shop.drawsTogether(3).nextLong(), orders.drawsTogether(3).nextLong());
    }

    @Test
    void anOutageOfAProxyIsTriedForThatProxyAlone() {
        Rule one = Rule.of("down", Outage.of(ofMillis(200)).scope(FaultScope.PROXY))
                .probability(0.5);
        ActiveRule shop = active("shop", one);
        assertFalse(shop.isForAllProxies());
        assertEquals(Optional.of(FaultScope.PROXY), shop.stalls());
        assertNotEquals(commonTrials(shop), commonTrials(active("orders", one)));
        assertEquals(
                Optional.empty(),
                active("shop", Rule.of("slow", Latency.of(ofMillis(1)))).stalls());
        assertFalse(active("shop", Rule.of("busy", Respond.of(503))).isForAllProxies());
    }

    @Test
    void trialsOfCertainRulesAreCertain() {
        assertEquals(
                List.of(true),
                commonTrials(active("shop", DOWN)).stream().distinct().toList());
        assertEquals(
                List.of(false),
                commonTrials(active("shop", DOWN.probability(0))).stream()
                        .distinct()
                        .toList());
    }

    /** As with every draw of a fraction: 0.3 hits what is drawn below 0.3. */
    @Test
    void onlyADrawBelowTheProbabilityIsAHit() {
        SeededRandom dice = new SeededRandom(42, "shop", "down");
        double drawn = dice.roll(1, 2, 3).nextDouble();
        assertFalse(active("shop", DOWN.probability(drawn)).trial(1, 2, 3));
        assertTrue(active("shop", DOWN.probability(Math.nextUp(drawn))).trial(1, 2, 3));
        double common = dice.roll(0, 0, 3).nextDouble();
        assertFalse(active("shop", DOWN.probability(common)).commonTrial(3));
        assertTrue(active("shop", DOWN.probability(Math.nextUp(common))).commonTrial(3));
    }

    @Test
    void aHitThatIsGivenBackCanBeSpentAgain() {
        ActiveRule rule = active("shop", DOWN.maxHits(1));
        assertTrue(rule.spend());
        assertFalse(rule.spend());
        assertTrue(rule.isUsedUp());
        rule.unspend();
        assertFalse(rule.isUsedUp());
        assertTrue(rule.spend());
        assertFalse(rule.spend());
    }
}
