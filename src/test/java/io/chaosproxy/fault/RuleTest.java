package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
final class RuleTest {
    private static final Fault REFUSE = new Refuse(AcceptFault.How.CLOSE, ZERO);
    private static final Latency LATENCY = Latency.of(ofMillis(1));

    @Test
    void withoutFurtherWordsItIsTheFaultsUsualRule() {
        assertEquals(
                new Rule(
                        "slow",
                        LATENCY,
                        Directions.DOWN,
                        new Probability(1, TrialUnit.EXCHANGE, Long.MAX_VALUE),
                        Match.ANY,
                        ZERO),
                Rule.of("slow", LATENCY));
        assertEquals(Directions.BOTH, Rule.of("out", Outage.of(ofMillis(1))).way());
        assertEquals(
                TrialUnit.SECOND,
                Rule.of("out", Outage.of(ofMillis(1))).chance().per());
        assertEquals(TrialUnit.CONNECTION, Rule.of("door", REFUSE).chance().per());
    }

    @Test
    void eachPartCanBeOther() {
        Match when = Match.path("/x");
        assertEquals(
                new Rule(
                        "slow",
                        LATENCY,
                        Directions.BOTH,
                        new Probability(0.5, TrialUnit.SECOND, 7),
                        when,
                        ofSeconds(9)),
                Rule.of("slow", LATENCY)
                        .way(Directions.BOTH)
                        .probability(0.5)
                        .per(TrialUnit.SECOND)
                        .maxHits(7)
                        .when(when)
                        .ttl(ofSeconds(9)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t"})
    void aRuleHasAName(String name) {
        refused("name: must not be empty", () -> Rule.of(name, LATENCY));
    }

    @Test
    void aResetHasTheDirectionOfItsMoment() {
        refused(
                "direction: this reset acts on no byte that goes down",
                () -> Rule.of("cut", Reset.atRequest()).way(Directions.DOWN));
        refused(
                "direction: this reset acts on no byte that goes up",
                () -> Rule.of("cut", Reset.atFirstByte()).way(Directions.UP));
        refused(
                "direction: this reset acts on no byte that goes up",
                () -> Rule.of("cut", Reset.inBody()).way(Directions.UP));
        for (Directions way : Directions.values()) {
            assertEquals(way, Rule.of("cut", ResetAtAccept.now()).way(way).way());
        }
        assertEquals(
                Directions.UP,
                Rule.of("cut", Reset.atRequest()).way(Directions.UP).way());
    }

    @Test
    void chancesMakeSense() {
        refused(
                "name: must not contain control characters, line separators or marks of direction: \"a\\x0Ab\"",
                () -> Rule.of("a\nb", LATENCY));
        for (String name : List.of(".", "..")) {
            refused(
                    "name: must not be \".\" or \"..\": a URL can't name that (RFC 3986 section 5.2.4)",
                    () -> Rule.of(name, LATENCY));
        }
        Rule rule = Rule.of("slow", LATENCY);
        refused("probability: must be from 0 to 1, not -0.1", () -> rule.probability(-0.1));
        refused("probability: must be from 0 to 1, not 1.1", () -> rule.probability(1.1));
        refused("probability: must be from 0 to 1, not NaN", () -> rule.probability(Double.NaN));
        refused("max-hits: must be 0 or more, not -1", () -> rule.maxHits(-1));
        refused("ttl: must not be negative, not PT-1S", () -> rule.ttl(Duration.ofSeconds(-1)));
        assertEquals(new Probability(1, TrialUnit.EXCHANGE, Long.MAX_VALUE), Probability.always());
    }

    @Test
    void whatHappensAtAcceptCannotAskForARequest() {
        String message = "when: there is no request yet when a connection is accepted:"
                + " only client, target, order and time can be conditions";
        for (Fault fault : List.of(REFUSE, ResetAtAccept.now())) {
            refused(message, () -> Rule.of("door", fault).when(Match.path("/")));
            assertDoesNotThrow(() -> Rule.of("door", fault).when(MatchTest.client("10.0.0.0/8")));
            assertDoesNotThrow(() -> Rule.of("door", fault).when(MatchTest.order(1, 1, 0)));
        }
        assertDoesNotThrow(() -> Rule.of("cut", Reset.at(Reset.At.REQUEST)).when(Match.path("/")));
    }

    @Test
    void whatHappensOnceCannotHappenEachSecond() {
        for (Fault fault : List.of(
                REFUSE,
                ResetAtAccept.now(),
                Respond.of(500),
                new Headers(Headers.On.REQUEST, Map.of(), List.of("a")),
                Timeout.never())) {
            refused(
                    "per: a " + fault.type() + " happens once, not each second",
                    () -> Rule.of("once", fault).per(TrialUnit.SECOND));
            assertDoesNotThrow(() -> Rule.of("once", fault).per(TrialUnit.CONNECTION));
        }
        assertDoesNotThrow(() -> Rule.of("cut", Reset.at(Reset.At.FIRST_BYTE)).per(TrialUnit.SECOND));
    }

    @Test
    void aTcpProxyKnowsNoRequests() {
        String type = " needs protocol = http or auto";
        for (Fault fault : List.of(
                Respond.of(500),
                new Headers(Headers.On.REQUEST, Map.of(), List.of("a")),
                new Truncate(OptionalLong.empty()))) {
            Rule rule = Rule.of("web", fault);
            refused("type: " + fault.type() + type, () -> rule.checkFor(Protocol.TCP));
            assertDoesNotThrow(() -> rule.checkFor(Protocol.HTTP));
        }
        Rule rule = Rule.of("slow", LATENCY).when(Match.path("/"));
        refused("when: method, path, host and header need protocol = http or auto", () -> rule.checkFor(Protocol.TCP));
        assertDoesNotThrow(() -> rule.checkFor(Protocol.HTTP));
        assertDoesNotThrow(() -> Rule.of("slow", LATENCY).checkFor(Protocol.TCP));
    }

    /** Other modules can't add effects, so a fault of theirs would do nothing. */
    @Test
    void aFaultOfTheStreamNeedsAnEffect() {
        record Foreign() implements StreamFault {
            @Override
            public String type() {
                return "foreign";
            }
        }

        refused(
                "type: must be a fault of this program, not " + Foreign.class.getName(),
                () -> Rule.of("x", new Foreign()));
    }
}
