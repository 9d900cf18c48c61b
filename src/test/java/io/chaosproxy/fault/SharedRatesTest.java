package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class SharedRatesTest {
    private static final Rule LINK = Rule.of("link", Rate.of(1000).sharedBy(FaultScope.ALL));
    private static final Rule OTHER = Rule.of("link", Rate.of(2000).sharedBy(FaultScope.ALL));
    private static final Rule OWN = Rule.of("link", Rate.of(3000));

    private final SharedRates rates = new SharedRates();

    @Test
    void oneNameHasOneRate() {
        rates.add("shop", LINK, "rate");
        rates.add("orders", LINK.probability(0.5), "rate");
        refused(
                "faults.link.rate: proxy shop has a rule of this name with shared = all and another rate",
                () -> rates.add("orders", OTHER, "faults.link.rate"));
        assertThrows(RateConflict.class, () -> rates.add("shop", OTHER, "rate"), "also on one proxy");
    }

    @Test
    void otherNamesAndOtherFaultsAreOnTheirOwn() {
        rates.add("shop", LINK, "rate");
        assertDoesNotThrow(() -> rates.add("orders", OTHER.named("other"), "rate"));
        assertDoesNotThrow(() -> rates.add("orders", OWN, "rate"));
        assertDoesNotThrow(() -> rates.add("orders", Rule.of("link", Latency.of(ofMillis(1))), "rate"));
        assertDoesNotThrow(() -> rates.add("orders", Rule.of("link", Respond.of(503)), "rate"));
    }

    @Test
    void aRateThatIsNotSharedByAllIsNotAdded() {
        rates.add("shop", OWN, "rate");
        assertDoesNotThrow(() -> rates.add("orders", LINK, "rate"));
    }

    @Test
    void allRulesOfAPlanAreAdded() {
        rates.addAll("shop", Plan.of(OWN.named("own"), LINK));
        refused(
                "faults.link: proxy shop has a rule of this name with shared = all and another rate",
                () -> rates.addAll("orders", Plan.of(OTHER)));
    }

    @Test
    void aRuleTakesTheRateOfItsNameAndKeepsTheRest() {
        rates.add("shop", LINK, "rate");
        Rule rule = OTHER.probability(0.5).way(Directions.UP).ttl(ofSeconds(1)).when(Match.ANY.skip(1));
        assertEquals(
                LINK.probability(0.5).way(Directions.UP).ttl(ofSeconds(1)).when(Match.ANY.skip(1)),
                rates.agreeing(rule));
    }

    @Test
    void aRuleWithoutASharedRateStaysAsItIs() {
        assertSame(OTHER, rates.agreeing(OTHER), "no other rate");
        rates.add("shop", LINK, "rate");
        assertSame(OWN, rates.agreeing(OWN));
        Rule named = OTHER.named("other");
        assertSame(named, rates.agreeing(named));
    }
}
