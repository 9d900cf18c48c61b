package io.chaosproxy.inject;

import static io.chaosproxy.fault.MatchTest.window;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.MatchTest;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.flow.Waits;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class ActivePlanTest {
    private static final long START = -3_000_000_000L; // nanoTime may well be below 0
    private static final Rule SLOW = Rule.of("slow", Latency.of(ofMillis(100)));
    private static final Rule NARROW = Rule.of("narrow", Rate.of(1000));
    private static final Rule SORRY = Rule.of("sorry", Respond.of(503));
    private static final Rule EDIT = Rule.of("edit", Headers.ofRequest("A", "b"));
    private static final Rule DOOR = Rule.of("door", new Refuse(AcceptFault.How.RESET, ZERO));

    private static ActivePlan first(Rule... rules) {
        return ActivePlan.first(Plan.of(rules), 1, "shop", START);
    }

    private static long after(long millis) {
        return START + millis * 1_000_000;
    }

    private static List<String> inForce(ActivePlan plan) {
        return plan.inForce().stream().map(active -> active.rule().name()).toList();
    }

    @Test
    void bytesMeetTheStreamFaultsOfTheirDirectionInOrder() {
        ActivePlan plan =
                first(NARROW, DOOR, SLOW, Rule.of("late", new SlowClose(ZERO)).way(Directions.UP));
        assertEquals(List.of("narrow", "door", "slow", "late"), inForce(plan));
        assertEquals(
                List.of(NARROW, SLOW),
                plan.streams(Direction.DOWN).stream().map(ActiveRule::rule).toList());
        assertEquals(
                "narrow late",
                String.join(
                        " ",
                        plan.streams(Direction.UP).stream()
                                .map(a -> a.rule().name())
                                .toList()));
    }

    @Test
    void rulesThatStayTheSameAreCarriedOver() {
        ActivePlan before = first(SLOW, NARROW);
        ActivePlan after =
                before.next(Plan.of(NARROW.probability(0.5), DOOR, Rule.of("slow", SLOW.fault())), true, after(5));
        assertSame(before.inForce().get(0), after.inForce().get(2));
        assertNotSame(before.inForce().get(1), after.inForce().get(0));
        assertTrue(after.has(before.inForce().get(0)));
        assertFalse(after.has(before.inForce().get(1)));
        assertEquals(1, before.version());
        assertEquals(2, after.version());
        assertEquals(Plan.of(NARROW.probability(0.5), DOOR, SLOW), after.plan());
    }

    @Test
    void carriedOverMeansWithItsCounts() throws Exception {
        Rule once = SLOW.when(MatchTest.order(0, 1, 0));
        ActivePlan before = first(once);
        assertTrue(target(before, 1).decide(before.inForce().getFirst()));
        ActivePlan after = before.next(Plan.of(once, NARROW), true, after(5));
        assertFalse(target(after, 2).decide(after.inForce().getFirst()));
        ActivePlan anew = before.next(Plan.of(once.probability(0.99999)), true, after(5));
        assertTrue(target(anew, 3).decide(anew.inForce().getFirst()));
    }

    private static Target target(ActivePlan plan, long connection) {
        return Target.connection(connection, InetAddress.getLoopbackAddress(), plan);
    }

    @Test
    void aChangeAtOnceSupersedesEverythingBefore() {
        ActivePlan one = first(SLOW);
        ActivePlan two = one.next(Plan.CLEAN, true, after(1));
        ActivePlan three = two.next(Plan.of(SLOW), true, after(2));
        assertTrue(two.appliesToRunning(one));
        assertFalse(two.appliesToRunning(two));
        assertFalse(one.appliesToRunning(two));
        assertTrue(three.appliesToRunning(one));
        assertTrue(three.appliesToRunning(two));
        assertFalse(one.appliesToRunning(one));
    }

    @Test
    void aGentleChangeLeavesWhatIsUnderWayAlone() {
        ActivePlan one = first(SLOW);
        ActivePlan two = one.next(Plan.CLEAN, false, after(1));
        ActivePlan three = two.next(Plan.of(SLOW), false, after(2));
        assertFalse(two.appliesToRunning(one));
        assertFalse(three.appliesToRunning(one));
        ActivePlan four = three.next(Plan.CLEAN, true, after(3));
        ActivePlan five = four.next(Plan.CLEAN, false, after(4));
        assertTrue(five.appliesToRunning(three)); // by way of the fourth
        assertFalse(five.appliesToRunning(four));
    }

    private static final Rule OTHER = Rule.of("other", new SlowClose(ofMillis(5)));

    @Test
    void aGentleChangeStaysGentleWhenTheTimeOfAnotherRuleIsOver() {
        Rule brief = NARROW.ttl(ofMillis(50));
        ActivePlan one = first(brief);
        ActivePlan two = one.next(Plan.of(brief, SLOW), false, after(10));
        assertSame(one, two.from(one));
        ActivePlan three = two.at(after(50));
        assertTrue(three.appliesToRunning(one));
        ActivePlan running = three.from(one);
        assertEquals(List.of(), inForce(running)); // the rule whose time is over went, and the gentle one didn't come
        assertEquals(List.of("slow"), inForce(three));
        assertFalse(three.appliesToRunning(running));
        ActivePlan four = three.next(Plan.of(SLOW, OTHER), true, after(60)).at(after(70));
        assertEquals(List.of("other"), inForce(four.from(running)));
        assertEquals(List.of("other"), inForce(four.from(one)));
        assertEquals(List.of("slow", "other"), inForce(four.from(three)));
    }

    @Test
    void aWindowThatOpensOrClosesConcernsWhatKnewTheRule() {
        Rule later = SLOW.when(window(ofMillis(30), ofMillis(50)));
        ActivePlan one = first(later);
        ActivePlan two = one.next(Plan.of(later, NARROW, OTHER.when(window(ofMillis(20), ZERO))), false, after(10));
        ActivePlan open = two.at(after(30));
        assertEquals(List.of("slow"), inForce(open.from(one)));
        ActiveRule slow = one.at(after(30)).inForce().getFirst();
        assertTrue(open.keeps(slow, one));
        ActivePlan over = open.at(after(80));
        assertEquals(List.of(), inForce(over.from(one)));
        assertFalse(over.keeps(slow, open.from(one)));
        assertEquals(List.of("narrow", "other"), inForce(over));
    }

    @Test
    void whatAGentleChangeRemovedStaysWithWhatIsUnderWayUntilAllIsReplaced() {
        ActivePlan one = first(SLOW, NARROW);
        ActivePlan two = one.next(Plan.of(NARROW), false, after(1));
        ActivePlan three = two.next(Plan.of(NARROW, OTHER), true, after(2));
        assertEquals(List.of("slow", "narrow", "other"), inForce(three.from(one)));
        assertTrue(three.keeps(one.inForce().getFirst(), one));
        ActivePlan edited = three.next(Plan.of(NARROW, OTHER, Rule.of("slow", Rate.of(7))), true, after(3));
        assertEquals(
                List.of("narrow", "other", "slow"), inForce(edited.from(one))); // the one that was put took its place
        assertFalse(edited.keeps(one.inForce().getFirst(), one));
        assertEquals(List.of(), inForce(three.next(Plan.CLEAN, true, after(3)).from(one)));
        assertEquals(
                List.of("narrow", "other"),
                inForce(three.replacedBy(Plan.of(NARROW, OTHER), after(3)).from(one)));
    }

    @Test
    void anUrgentEditOfARuleThatWasEditedGentlyHoldsForWhatIsUnderWay() {
        ActivePlan one = first(SLOW);
        ActivePlan two = one.next(Plan.of(SLOW.probability(0.5)), false, after(1));
        ActivePlan three = two.next(Plan.of(SLOW.probability(0.7)), true, after(2));
        assertEquals(List.of(SLOW.probability(0.7)), three.from(one).plan().rules());
        ActivePlan gone = two.next(Plan.of(NARROW), true, after(2));
        assertEquals(List.of("narrow"), inForce(gone.from(one)));
    }

    @Test
    void puttingARuleAgainRenewsItsTimeToLiveAndKeepsItsCounts() {
        Rule once = SLOW.ttl(ofSeconds(1)).when(MatchTest.order(0, 1, 0));
        ActivePlan before = first(once);
        assertTrue(target(before, 1).decide(before.inForce().getFirst()));
        ActivePlan renewed = before.next(before.plan().with(once.named("slow")), true, after(600));
        assertSame(before.inForce().getFirst(), renewed.inForce().getFirst());
        assertFalse(target(renewed, 2).decide(renewed.inForce().getFirst()));
        assertEquals(1_000_000_000, renewed.lasts());
        ActivePlan unrelated = renewed.next(renewed.plan().with(NARROW), true, after(700));
        assertEquals(900_000_000, unrelated.lasts());
        assertEquals(List.of("slow", "narrow"), inForce(unrelated.at(after(1000))));
        assertEquals(List.of("narrow"), inForce(unrelated.at(after(1600))));
    }

    @Test
    void aRuleRestsBeforeAndAfterItsTime() {
        ActivePlan plan = first(SLOW.when(window(ofMillis(30), ofMillis(50))), NARROW);
        assertEquals(List.of("narrow"), inForce(plan));
        assertEquals(30_000_000, plan.lasts());

        ActivePlan open = plan.at(after(30));
        assertEquals(List.of("slow", "narrow"), inForce(open));
        assertEquals(
                List.of("slow", "narrow"),
                open.streams(Direction.DOWN).stream().map(a -> a.rule().name()).toList());
        assertEquals(50_000_000, open.lasts());
        assertTrue(open.appliesToRunning(plan));
        assertEquals(2, open.version());

        ActivePlan over = open.at(after(80));
        assertEquals(List.of("narrow"), inForce(over));
        assertEquals(Waits.FOREVER, over.lasts());
        assertEquals(2, over.plan().rules().size()); // resting, not gone
    }

    @Test
    void oneNanosecondBeforeIsBefore() {
        ActivePlan plan = first(SLOW.when(window(ofMillis(30), ofMillis(50))).ttl(ofMillis(100)));
        assertEquals(List.of(), inForce(plan.at(after(30) - 1)));
        assertEquals(1, plan.at(after(30) - 1).lasts());
        assertEquals(List.of("slow"), inForce(plan.at(after(80) - 1)));
        assertEquals(1, plan.at(after(80) - 1).lasts());
        assertEquals(1, plan.at(after(100) - 1).plan().rules().size());
        assertEquals(1, plan.at(after(100) - 1).lasts());
    }

    @Test
    void aTimeWithoutAnEndNeverEnds() {
        ActivePlan open = first(SLOW.when(window(ofMillis(30), ZERO))).at(after(30));
        assertEquals(List.of("slow"), inForce(open));
        assertEquals(Waits.FOREVER, open.lasts());
        assertEquals(List.of("slow"), inForce(open.at(after(1_000_000_000))));
        ActivePlan now = first(SLOW.when(window(ZERO, ofMillis(50))));
        assertEquals(List.of("slow"), inForce(now));
        assertEquals(50_000_000, now.lasts());
    }

    @Test
    void aRuleWhoseTimeToLiveIsOverIsGone() {
        ActivePlan plan = first(SLOW.ttl(ofSeconds(1)), NARROW);
        assertEquals(List.of("slow", "narrow"), inForce(plan));
        assertEquals(1_000_000_000, plan.lasts());
        ActivePlan later = plan.at(after(1000));
        assertEquals(Plan.of(NARROW), later.plan());
        assertEquals(List.of("narrow"), inForce(later));
        assertEquals(Waits.FOREVER, later.lasts());
        assertTrue(later.appliesToRunning(plan));
        assertSame(plan.inForce().get(1), later.inForce().get(0));
    }

    @Test
    void timesCountFromWhenTheRuleTookEffect() {
        ActivePlan plan = first(NARROW).next(Plan.of(NARROW, SLOW.ttl(ofSeconds(1))), true, after(500));
        assertEquals(1_000_000_000, plan.lasts());
        ActivePlan edited = plan.next(plan.plan().without("narrow"), true, after(700));
        assertEquals(800_000_000, edited.lasts());
        assertEquals(1, edited.at(after(1499)).plan().rules().size());
        assertEquals(0, edited.at(after(1500)).plan().rules().size());
    }

    @Test
    void theNextMomentOfAnyRuleIsTheOneThatCounts() {
        ActivePlan plan = first(
                SLOW.when(window(ofMillis(30), ofMillis(50))),
                NARROW.ttl(ofMillis(20)),
                DOOR.when(window(ofMillis(25), ZERO)));
        assertEquals(20_000_000, plan.lasts());
        assertEquals(5_000_000, plan.at(after(20)).lasts());
        assertEquals(5_000_000, plan.at(after(20)).at(after(25)).lasts());
    }

    @Test
    void withoutTimesItLastsForEver() {
        assertEquals(Waits.FOREVER, first(SLOW, NARROW).lasts());
        assertEquals(Waits.FOREVER, first().lasts());
    }

    @Test
    void aRateIsKnownByItsNameAndItsSharers() {
        ActivePlan plan = first(NARROW, SLOW);
        assertEquals(Rate.of(1000).limit(), plan.limit("narrow", FaultScope.PROXY));
        assertEquals(Optional.empty(), plan.limit("narrow", FaultScope.ALL));
        assertEquals(Optional.empty(), plan.limit("slow", FaultScope.PROXY));
        assertEquals(
                Rate.of(5).limit(),
                plan.next(Plan.of(Rule.of("narrow", Rate.of(5))), true, after(1))
                        .limit("narrow", FaultScope.PROXY));
        assertEquals(
                Optional.empty(), first(NARROW.when(window(ofMillis(1), ZERO))).limit("narrow", FaultScope.PROXY));
    }

    @Test
    void aRuleThatCannotHitIsInForceAndMeetsNobody() {
        ActivePlan plan = first(SLOW.probability(0), NARROW.maxHits(0), SORRY.maxHits(0), EDIT.probability(0));
        assertEquals(4, plan.inForce().size());
        assertEquals(List.of(), plan.streams(Direction.UP));
        assertEquals(List.of(), plan.streams(Direction.DOWN));
        assertEquals(Optional.empty(), plan.firstResponding(target(plan, 1)));
        assertEquals(List.of(), plan.edits(Direction.UP));
    }

    @Test
    void theFirstRuleWithAResponseThatHitsIsTheOne() {
        Rule never = Rule.of("never", Respond.of(500)).probability(0);
        Rule second = Rule.of("second", Respond.of(404));
        ActivePlan plan = first(SLOW, never, EDIT, SORRY, second);
        Target target = target(plan, 1);
        assertEquals(
                Optional.of("sorry"),
                plan.firstResponding(target).map(a -> a.rule().name()));
        ActivePlan without = first(never, EDIT);
        assertEquals(Optional.empty(), without.firstResponding(target(without, 1)));
    }

    @Test
    void editsAreThoseOfTheirMessage() {
        ActivePlan plan = first(SORRY, EDIT, Rule.of("tell", Headers.ofResponse("A", "b")));
        assertEquals(List.of("edit"), names(plan.edits(Direction.UP)));
        assertEquals(List.of("tell"), names(plan.edits(Direction.DOWN)));
    }

    private static List<String> names(List<ActiveRule> rules) {
        return rules.stream().map(active -> active.rule().name()).toList();
    }

    @Test
    void whatHasSeenAllGentleChangesTakesTheNextVersionAsItIs() {
        ActivePlan two = first(SLOW).next(Plan.of(SLOW, NARROW), false, after(1));
        ActivePlan three = two.next(Plan.of(SLOW, NARROW, OTHER), true, after(2));
        assertSame(three, three.from(two));
    }

    @Test
    void aGentleChangeAfterAllWasReplacedLeavesWhatIsUnderWayAlone() {
        ActivePlan two = first(SLOW).replacedBy(Plan.of(SLOW), after(1));
        ActivePlan three = two.next(Plan.of(SLOW, NARROW), false, after(2));
        ActivePlan four = three.next(Plan.of(SLOW, NARROW, OTHER), true, after(3));
        assertEquals(List.of("slow", "other"), inForce(four.from(two)));
    }

    @Test
    void whatReplacesAllBringsGentleChangesAlong() {
        ActivePlan one = first(SLOW);
        ActivePlan two = one.next(Plan.of(SLOW, NARROW), false, after(1));
        assertEquals(
                List.of("slow", "narrow"),
                inForce(two.replacedBy(two.plan(), after(2)).from(one)));
        ActivePlan cleared = two.next(Plan.CLEAN, true, after(2));
        assertSame(cleared, cleared.from(one));
    }

    @Test
    void aGentleEditAfterAnUrgentOneStaysGentle() {
        ActivePlan two = first(SLOW).next(Plan.of(SLOW.probability(0.5)), true, after(1));
        ActivePlan three = two.next(Plan.of(SLOW.probability(0.7)), false, after(2));
        ActivePlan four = three.next(Plan.of(SLOW.probability(0.7), NARROW), true, after(3));
        Plan running = four.from(two).plan();
        assertEquals(Optional.of(SLOW.probability(0.5)), running.rule("slow"));
        assertEquals(Set.of("slow", "narrow"), running.names());
    }

    @Test
    void underAGentleChangeTheOlderVersionSaysWhatIsKept() {
        ActivePlan one = first(SLOW);
        ActivePlan two = one.next(Plan.of(NARROW), false, after(1));
        assertTrue(two.keeps(one.inForce().getFirst(), one));
        assertFalse(two.keeps(two.inForce().getFirst(), one));
    }

    @Test
    void aVersionWithoutRulesFollowsAtOnce() {
        ActivePlan plan = first(SLOW);
        ActivePlan without = plan.withoutRules();
        assertEquals(List.of(), without.inForce());
        assertEquals(Plan.CLEAN, without.plan());
        assertTrue(without.appliesToRunning(plan));
        assertEquals(2, without.version());
    }

    /** The change is handled by a thread that looked at the clock when the rule had not gone yet. */
    @Test
    void aRuleWhoseTimeIsOverGoesSoon() {
        ActivePlan plan = first(SLOW.ttl(ofMillis(50)));
        for (long millis : new long[] {50, 51}) {
            assertEquals(
                    1, plan.next(plan.plan().with(NARROW), true, after(millis)).lasts());
        }
        assertEquals(
                1_000_000, plan.next(plan.plan().with(NARROW), true, after(49)).lasts());
    }

    @Test
    void theTimeThatARuleHasLeft() {
        ActivePlan plan = first(NARROW, SLOW.ttl(ofMillis(50)));
        assertEquals(50_000_000, plan.ttlLeft("slow", START));
        assertEquals(20_000_000, plan.ttlLeft("slow", after(30)));
        assertEquals(0, plan.ttlLeft("slow", after(60)));
        assertEquals(0, plan.ttlLeft("narrow", START), "it stays");
        assertEquals(0, plan.ttlLeft("other", START), "there is none");
        ActivePlan renewed = plan.next(plan.plan().with(SLOW.ttl(ofMillis(50))), true, after(30));
        assertEquals(50_000_000, renewed.ttlLeft("slow", after(30)));
    }

    /** Each field has a colon, a space and an end of line besides its name and value. */
    @Test
    void theRoomThatEditsTakeInAHeader() {
        Rule both = Rule.of("both", new Headers(Headers.On.RESPONSE, Map.of("A", "bc", "Def", ""), List.of("G")));
        ActivePlan plan = first(EDIT, Rule.of("tell", Headers.ofResponse("Name", "value")), both);
        assertEquals(1 + 1 + 4, plan.editLength(Direction.UP));
        assertEquals((4 + 5 + 4) + (1 + 2 + 4) + (3 + 4), plan.editLength(Direction.DOWN));
        assertEquals(0, first(SLOW).editLength(Direction.UP));
    }
}
