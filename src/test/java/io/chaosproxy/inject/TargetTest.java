package io.chaosproxy.inject;

import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.ClientProtocol;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.MatchTest;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.kit.Sent;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("fast")
final class TargetTest {
    private static final InetAddress CLIENT = InetAddress.getLoopbackAddress();
    private static final Rule SLOW = Rule.of("slow", Latency.of(ofMillis(100)));

    /** A plan of one rule. */
    private static ActivePlan plan(Rule rule) {
        return ActivePlan.first(Plan.of(rule), 42, "shop", 0);
    }

    private static ActiveRule rule(ActivePlan plan) {
        return plan.inForce().getFirst();
    }

    private static Target connection(ActivePlan plan, long number) {
        return Target.connection(number, CLIENT, plan);
    }

    private static Target exchange(Target connection, long number) {
        return exchange(connection, number, "/");
    }

    private static Target exchange(Target connection, long number, String path) {
        return connection.exchange(number, Sent.get(path), connection.plan());
    }

    /** Whether the rule hits and has an effect. */
    private static boolean isHit(Target target, ActiveRule rule) {
        return target.decide(rule) && target.acts(rule, 0, () -> {});
    }

    /** Which of ten connections are hit, such as {@code [1, 4]}. */
    private static List<Long> hitConnections(Rule rule) {
        ActivePlan plan = plan(rule);
        return LongStream.rangeClosed(1, 10)
                .filter(number -> isHit(connection(plan, number), rule(plan)))
                .boxed()
                .toList();
    }

    /** Which of four connections of three exchanges each are hit, such as {@code [1.1, 4.3]}. */
    private static List<String> hitExchanges(Rule rule, Predicate<Long> asksForX) {
        ActivePlan plan = plan(rule);
        List<String> hit = new ArrayList<>();
        for (long c = 1; c <= 4; c++) {
            Target connection = connection(plan, c);
            for (long e = 1; e <= 3; e++) {
                if (isHit(exchange(connection, e, asksForX.test(c * 10 + e) ? "/x" : "/"), rule(plan))) {
                    hit.add(c + "." + e);
                }
            }
        }
        return hit;
    }

    private static List<String> hitExchanges(Rule rule) {
        return hitExchanges(rule, n -> true);
    }

    @Test
    void whatItKnows() {
        ActivePlan plan = plan(SLOW);
        Target connection = connection(plan, 7);
        assertEquals(7, connection.connection());
        assertEquals(0, connection.exchange());
        assertEquals(null, connection.request());
        ActivePlan later = plan.next(Plan.CLEAN, true, 1);
        Sent request = Sent.get("/");
        Target exchange = connection.exchange(3, request, later);
        assertEquals(7, exchange.connection());
        assertEquals(3, exchange.exchange());
        assertEquals(request, exchange.request());
        assertEquals(CLIENT, exchange.client());
        assertEquals(later, exchange.plan());
        assertEquals(-1, exchange.contentLength());
        exchange.contentLength(5);
        assertEquals(5, exchange.contentLength());
    }

    @Test
    void eachRuleIsDecidedOnce() {
        ActivePlan plan = plan(SLOW.when(MatchTest.order(0, 1, 0)).maxHits(1));
        Target first = connection(plan, 1);
        Target second = connection(plan, 2);
        assertTrue(isHit(first, rule(plan)));
        assertFalse(isHit(second, rule(plan)));
        assertTrue(isHit(first, rule(plan)));
        assertFalse(isHit(second, rule(plan)));
    }

    @Test
    void ordinalsCountThoseForWhomTheConditionsHold() {
        assertEquals(List.of(4L, 5L), hitConnections(SLOW.when(MatchTest.order(3, 2, 0))));
        assertEquals(List.of(3L, 6L, 9L), hitConnections(SLOW.when(MatchTest.order(0, 0, 3))));
        Match secondX = Match.path("/x").skip(1).first(1);
        assertEquals(List.of("3.1"), hitExchanges(SLOW.when(secondX), n -> n == 12 || n == 31 || n == 33));
    }

    @Test
    void afterSoManyHitsTheRuleRests() {
        assertEquals(List.of(1L, 2L, 3L), hitConnections(SLOW.maxHits(3)));
        assertEquals(List.of(), hitConnections(SLOW.maxHits(0)));
        Rule often = SLOW.probability(0.5);
        List<Long> all = hitConnections(often);
        assertEquals(all.subList(0, 2), hitConnections(often.maxHits(2))); // misses don't count
        assertNotEquals(List.of(1L, 2L), all.subList(0, 2));
    }

    @Test
    void aHitIsUsedUpByItsFirstEffectAndOnlyByThat() {
        ActivePlan plan = plan(SLOW.maxHits(2));
        List<Target> subjects = LongStream.rangeClosed(1, 4)
                .mapToObj(number -> connection(plan, number))
                .toList();
        subjects.forEach(target -> assertTrue(target.decide(rule(plan)), "nothing was done yet"));
        List<String> entries = new ArrayList<>();
        for (int i : new int[] {3, 1, 3, 0, 1, 2}) {
            boolean acts = subjects.get(i).acts(rule(plan), 0, () -> entries.add("entry " + i));
            assertEquals(i == 3 || i == 1, acts, "subject " + i);
        }
        assertEquals(List.of("entry 3", "entry 1"), entries);
        assertFalse(connection(plan, 5).decide(rule(plan)), "its hits are used up");
    }

    @Test
    void whatComesBetweenGivesTheHitBack() {
        ActivePlan plan =
                ActivePlan.first(Plan.of(Rule.of("busy", Respond.of(503)).maxHits(1)), 42, "shop", 0);
        Target first = exchange(connection(plan, 1), 1);
        Target second = exchange(connection(plan, 2), 1);
        assertTrue(plan.firstResponding(first).isPresent());
        first.release(rule(plan));
        assertTrue(plan.firstResponding(second).isPresent());
        assertTrue(plan.firstResponding(exchange(connection(plan, 3), 1)).isEmpty());
    }

    @Test
    void theSeedSaysWhoIsHitForEver() {
        assertEquals(List.of(2L, 4L, 5L, 6L, 7L, 9L, 10L), hitConnections(SLOW.probability(0.5)));
        assertEquals(List.of(), hitConnections(SLOW.probability(0)));
        assertEquals(10, hitConnections(SLOW.probability(1)).size());
        assertEquals(List.of("1.1", "1.2", "2.1", "2.2", "3.3"), hitExchanges(SLOW.probability(0.5)));
    }

    @Test
    void anUnrelatedRuleReRollsNothing() {
        Rule half = SLOW.probability(0.5);
        ActivePlan two = ActivePlan.first(Plan.of(Rule.of("other", new Limit(1)), half), 42, "shop", 99);
        List<Long> hit = LongStream.rangeClosed(1, 10)
                .filter(number -> connection(two, number).decide(two.inForce().get(1)))
                .boxed()
                .toList();
        assertEquals(hitConnections(half), hit);
    }

    @Test
    void perConnectionAllExchangesShareOneOutcome() {
        List<String> hit = hitExchanges(SLOW.probability(0.5).per(TrialUnit.CONNECTION));
        assertEquals(List.of("2.1", "2.2", "2.3", "4.1", "4.2", "4.3"), hit);
    }

    @Test
    void perConnectionHitsAndOrdinalsCountConnections() {
        Rule rule = SLOW.per(TrialUnit.CONNECTION);
        assertEquals(List.of("1.1", "1.2", "1.3"), hitExchanges(rule.maxHits(1)));
        assertEquals(
                List.of("2.1", "2.2", "2.3", "4.1", "4.2", "4.3"), hitExchanges(rule.when(MatchTest.order(0, 0, 2))));
        assertEquals(List.of("2.1", "2.2", "2.3"), hitExchanges(rule.when(MatchTest.order(1, 1, 0))));
    }

    @Test
    void perConnectionEachExchangeHasToMeetTheConditions() {
        Rule rule = SLOW.per(TrialUnit.CONNECTION).when(Match.path("/x"));
        assertEquals(List.of("1.2", "1.3", "3.1"), hitExchanges(rule, n -> n == 12 || n == 13 || n == 31));
        assertEquals(List.of("1.2", "1.3"), hitExchanges(rule.maxHits(1), n -> n == 12 || n == 13 || n == 31));
    }

    @Test
    void theConnectionItselfAndItsExchangesAgreeWherePerConnection() {
        ActivePlan plan = plan(SLOW.per(TrialUnit.CONNECTION).maxHits(1));
        Target connection = connection(plan, 1);
        assertTrue(isHit(connection, rule(plan)));
        assertTrue(isHit(exchange(connection, 1), rule(plan)));
        assertFalse(isHit(connection(plan, 2), rule(plan)));
    }

    @Test
    void perSecondEachSecondIsATrialOfItsOwn() {
        ActivePlan plan = plan(SLOW.per(TrialUnit.SECOND).probability(0.5).maxHits(4));
        Target target = exchange(connection(plan, 1), 1);
        assertTrue(target.decide(rule(plan))); // as far as that can be said in advance
        List<Long> hit = LongStream.range(0, 20)
                .filter(t -> target.trial(rule(plan), t) && target.acts(rule(plan), t, () -> {}))
                .boxed()
                .toList();
        assertEquals(List.of(0L, 1L, 2L, 4L), hit);
        ActivePlan second = plan(SLOW.per(TrialUnit.SECOND).when(MatchTest.order(0, 1, 0)));
        assertTrue(connection(second, 1).decide(rule(second)));
        assertFalse(connection(second, 2).decide(rule(second)));
    }

    @Test
    void whatAHitDrawsIsTheSameEachTimeAndNotWhatDecidedIt() {
        ActivePlan plan = plan(SLOW);
        Target target = exchange(connection(plan, 1), 1);
        RandomGenerator draws = target.draws(rule(plan), 0);
        RandomGenerator dice = new SeededRandom(42, "shop", "slow").roll(1, 1, 0);
        dice.nextDouble();
        for (int i = 0; i < 10; i++) {
            assertEquals(dice.nextLong(), draws.nextLong());
        }
        assertNotEquals(
                target.draws(rule(plan), 0).nextLong(),
                target.draws(rule(plan), 1).nextLong());
        assertNotEquals(
                target.draws(rule(plan), 0).nextLong(),
                exchange(connection(plan, 1), 2).draws(rule(plan), 0).nextLong());
    }

    @Test
    void perConnectionAllExchangesDrawTheSame() {
        ActivePlan plan = plan(SLOW.per(TrialUnit.CONNECTION));
        Target connection = connection(plan, 1);
        assertEquals(
                exchange(connection, 1).draws(rule(plan), 0).nextLong(),
                exchange(connection, 2).draws(rule(plan), 0).nextLong());
    }

    @Test
    void itIsOverWhenItsLastPieceIsHandedOn() {
        Target subject = connection(plan(SLOW), 1);
        assertFalse(subject.isOver());
        subject.end();
        assertTrue(subject.isOver());
        subject.goesOn();
        assertFalse(subject.isOver());
    }

    @Test
    void theJournalSaysWhatStruckIt() {
        ActivePlan plan = plan(SLOW);
        Target connection = connection(plan, 7);
        Sample drawn = Sample.bytes("at", 5);
        Hit ofExchange = exchange(connection, 3, "/cart").struck("shop", SLOW, drawn);
        assertEquals(
                new Hit(
                        ofExchange.at(),
                        "shop",
                        7,
                        3,
                        "127.0.0.1",
                        ClientProtocol.UNKNOWN,
                        "GET /cart",
                        "slow",
                        "latency",
                        drawn),
                ofExchange);
        Hit ofConnection = connection.struck("shop", SLOW, drawn);
        assertEquals(
                new Hit(
                        ofConnection.at(),
                        "shop",
                        7,
                        0,
                        "127.0.0.1",
                        ClientProtocol.UNKNOWN,
                        "",
                        "slow",
                        "latency",
                        drawn),
                ofConnection);
    }

    @Test
    void eachRuleThatStruckItIsNamedOnceInTheOrderOfFirstHits() {
        Target subject = connection(plan(SLOW), 1);
        assertEquals(List.of(), subject.hits());
        for (String name : List.of("slow", "cut", "slow")) {
            subject.struck("shop", SLOW.named(name), Sample.NOTHING);
        }
        assertEquals(List.of("slow", "cut"), subject.hits());
    }

    @Test
    void aReservedHitThatIsGivenBackCountsAsNone() {
        ActivePlan plan = plan(Rule.of("busy", Respond.of(503)).maxHits(2));
        Target first = exchange(connection(plan, 1), 1);
        assertTrue(plan.firstResponding(first).isPresent());
        first.release(rule(plan));
        List<String> entries = new ArrayList<>();
        assertTrue(first.acts(rule(plan), 0, () -> entries.add("first")));
        assertTrue(first.acts(rule(plan), 0, () -> entries.add("again")));
        assertEquals(List.of("first"), entries);
        assertTrue(plan.firstResponding(exchange(connection(plan, 2), 1)).isPresent());
        assertTrue(plan.firstResponding(exchange(connection(plan, 3), 1)).isEmpty());
    }

    @Test
    void ofAReservationWhoseHitsAreUsedUpThereIsNone() {
        ActivePlan plan = plan(Rule.of("busy", Respond.of(503)).maxHits(1));
        Target first = exchange(connection(plan, 1), 1);
        Target second = exchange(connection(plan, 2), 1);
        assertTrue(first.decide(rule(plan)));
        assertTrue(second.decide(rule(plan)));
        assertTrue(first.reserves(rule(plan)));
        assertFalse(second.reserves(rule(plan)));
        assertTrue(plan.firstResponding(second).isEmpty());
    }

    @Test
    void releasingPerConnectionLeavesTheHitToTheOtherExchanges() {
        ActivePlan plan =
                plan(Rule.of("busy", Respond.of(503)).per(TrialUnit.CONNECTION).maxHits(1));
        Target connection = connection(plan, 1);
        Target first = exchange(connection, 1);
        assertTrue(plan.firstResponding(first).isPresent());
        first.release(rule(plan));
        assertTrue(plan.firstResponding(exchange(connection, 2)).isPresent());
        assertTrue(plan.firstResponding(exchange(connection(plan, 2), 1)).isEmpty());
    }

    /** Each change of a plan makes rules; a connection that outlives thousands of them must not keep what it knew of each. */
    @ParameterizedTest
    @EnumSource(TrialUnit.class)
    void whatIsInForceIsNotForgotten(TrialUnit unit) {
        Rule once = SLOW.per(unit).maxHits(1).when(MatchTest.order(0, 1, 0));
        ActivePlan plan = plan(once);
        Target connection = connection(plan, 1);
        Target exchange = exchange(connection, 1);
        List<String> entries = new ArrayList<>();
        assertTrue(exchange.decide(rule(plan)));
        assertTrue(exchange.acts(rule(plan), 0, () -> entries.add("first")));
        exchange.forgetAllBut(plan);
        assertTrue(exchange.decide(rule(plan)));
        assertTrue(exchange.acts(rule(plan), 0, () -> entries.add("again")));
        assertEquals(List.of("first"), entries);
        if (unit == TrialUnit.CONNECTION) {
            assertTrue(exchange(connection, 2).decide(rule(plan)));
            assertTrue(exchange(connection, 2).acts(rule(plan), 0, () -> {}));
        }
    }

    /** What a rule that went had decided is gone: asked again, it counts as for a new subject. */
    @ParameterizedTest
    @EnumSource(
            value = TrialUnit.class,
            names = {"EXCHANGE", "CONNECTION"})
    void whatIsNoLongerInForceIsForgotten(TrialUnit unit) {
        ActivePlan plan = plan(SLOW.per(unit).maxHits(2));
        Target connection = connection(plan, 1);
        Target exchange = exchange(connection, 1);
        List<String> entries = new ArrayList<>();
        assertTrue(exchange.acts(rule(plan), 0, () -> entries.add("first")));
        exchange.forgetAllBut(plan.withoutRules());
        assertTrue(exchange.acts(rule(plan), 0, () -> entries.add("second")));
        assertEquals(List.of("first", "second"), entries);
        assertFalse(connection(plan, 2).acts(rule(plan), 0, () -> {}), "both hits are used up");
    }

    @Test
    void aDecisionForTheConnectionIsForgottenWithItsRule() {
        ActivePlan plan = plan(SLOW.per(TrialUnit.CONNECTION).when(MatchTest.order(0, 1, 0)));
        Target connection = connection(plan, 1);
        assertTrue(exchange(connection, 1).decide(rule(plan)));
        connection.forgetAllBut(plan.withoutRules());
        assertFalse(exchange(connection, 2).decide(rule(plan)), "it is asked anew, and the first one is gone");
    }
}
