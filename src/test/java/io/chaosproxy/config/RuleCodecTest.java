package io.chaosproxy.config;

import static io.chaosproxy.config.Texts.rule;
import static io.chaosproxy.config.Texts.ruleMistakes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Probability;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.TrialUnit;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class RuleCodecTest {
    private static final Latency LATENCY = Latency.of(Duration.ofMillis(1));

    @Test
    void defaultsAreThoseOfTheFault() {
        assertEquals(Rule.of("x", LATENCY), rule("type = latency, delay = 1"));
        assertEquals(
                new Rule(
                        "x",
                        Outage.of(Duration.ofMillis(1)),
                        Directions.BOTH,
                        new Probability(1, TrialUnit.SECOND, Long.MAX_VALUE),
                        Match.ANY,
                        Duration.ZERO),
                rule("type = outage, min = 1, max = 1"));
    }

    @Test
    void aTimeToLiveIsAboveZeroAndSizesFit() {
        assertEquals(
                List.of("ttl: must be above 0, or left out for a rule that stays"),
                ruleMistakes("type = latency, delay = 1, ttl = 0s"));
        assertEquals(
                List.of("ttl: must be above 0, or left out for a rule that stays"),
                ruleMistakes("type = latency, delay = 1, ttl = 0"));
        assertEquals(List.of("bytes: must be below 2^63, not 1.0E30"), ruleMistakes("type = limit, bytes = \"1e30\""));
        assertEquals(List.of("bytes: must be below 2^63, not 1.0E30"), ruleMistakes("type = limit, bytes = 1e30"));
        assertEquals(
                List.of("bytes: must be below 8 EiB, not \"9000000TiB\""),
                ruleMistakes("type = limit, bytes = 9000000TiB"));
        assertEquals(List.of("rate: must be below 8 EiB, not \"8EiB\""), ruleMistakes("type = rate, rate = 8EiB"));
        assertEquals(
                List.of("max-hits: must be below 2^63, not 1.0E30"),
                ruleMistakes("type = latency, delay = 1, max-hits = 1e30"));
        assertEquals(Rule.of("x", Rate.of(7L << 60)), rule("type = rate, rate = 7EiB"));
    }

    @Test
    void everyKey() {
        assertEquals(
                new Rule(
                        "x",
                        Rate.of(5),
                        Directions.DOWN,
                        new Probability(0.25, TrialUnit.CONNECTION, 17),
                        Samples.EVERY_CONDITION,
                        Duration.ofHours(1)),
                rule("""
                    type = rate, rate = 5
                    direction = down
                    probability = 0.25
                    per = connection
                    max-hits = 17
                    ttl = 1h
                    when {
                      target = "[2001:db8::*]:443"
                      client = "fd00::/8"
                      method = [GET, M-SEARCH]
                      path = "/a/*/b/**?"
                      host = "*.example.com"
                      header { User-Agent = "*curl*", "x.y z" = "" }
                      skip = 1
                      first = 2
                      from = 3s
                      for = 4m
                    }
                    """));
    }

    @Test
    void methodsMayBeOneWord() {
        Match when = rule("type = latency, delay = 1, when { method = POST, nth = 3 }")
                .when();

        assertEquals(Set.of("POST"), when.methods());
        assertEquals(3, when.nth());
    }

    @Test
    void toxiproxysDirectionsAreUnderstood() {
        assertEquals(
                Directions.UP,
                rule("type = latency, delay = 1, direction = upstream").way());
        assertEquals(
                Directions.DOWN,
                rule("type = latency, delay = 1, direction = downstream").way());
        assertEquals(
                Directions.UP, rule("type = latency, delay = 1, direction = up").way());
        assertEquals(
                Directions.BOTH,
                rule("type = latency, delay = 1, direction = both").way());
    }

    @Test
    void nullIsAsGoodAsLeftOut() {
        assertEquals(Rule.of("x", LATENCY), rule("type = latency, delay = 1, per = null, when = null"));
    }

    @Test
    void eachPartIsRefusedByItself() {
        assertEquals(
                List.of(
                        "delay: must not be negative, not -1",
                        "direction: must be one of up, down, both, not \"dwon\"; did you mean down?",
                        "probability: must be from 0 to 1, not 1.5",
                        "ttl: must be a duration such as 200ms, 2s or 1m, not \"soon\"",
                        "prob: unknown key; did you mean probability?",
                        "when.nth: first and nth exclude each other",
                        "when.pth: unknown key; did you mean nth?"),
                ruleMistakes("""
                    type = latency, delay = -1, direction = dwon, probability = 1.5, ttl = soon, prob = 1
                    when { first = 1, nth = 2, pth = x }\
                    """));
    }

    @Test
    void whatStandsBehindARefusedFieldIsKnown() {
        assertEquals(
                List.of("min: must not be above max"),
                ruleMistakes("type = latency, scope = stream, max = 1, min = 2, probability = 0.5"));
        assertEquals(
                List.of("jitter: must not be negative, not -1"),
                ruleMistakes("type = latency, scope = stream, delay = 1, jitter = -1"));
    }

    @Test
    void conditionsAreChecked() {
        assertCondition("when.client: not an address or network: \"localhost\"", "client = localhost");
        assertCondition("when.method: methods are in capitals such as GET, not \"get\"", "method = [PUT, get]");
        assertCondition("when.method: must be text, not a list", "method = [[GET]]");
        assertCondition("when.skip: must be 0 or more, not -1", "skip = -1");
        assertCondition("when.header.a: must be a pattern, not an object", "header { a { b = 1 } }");
        String tooLong = "x".repeat(513);
        String bound = ": must have at most 512 characters, not 513; use * for a part";
        assertCondition("when.path" + bound, "path = " + tooLong);
        assertCondition("when.host" + bound, "host = " + tooLong);
        assertCondition("when.header.a" + bound, "header { a = " + tooLong + " }");
        assertEquals(
                List.of("when: must be an object { ... }"), ruleMistakes("type = latency, delay = 1, when = always"));
    }

    private static void assertCondition(String error, String conditions) {
        assertEquals(List.of(error), ruleMistakes("type = latency, delay = 1, when { " + conditions + " }"));
    }

    @Test
    void whatARuleCantBeIsRefusedUnderItsKey() {
        assertEquals(
                List.of("per: a respond happens once, not each second"), ruleMistakes("type = respond, per = second"));
        assertEquals(
                List.of("when: there is no request yet when a connection is accepted: only client, target, order and"
                        + " time can be conditions"),
                ruleMistakes("type = refuse, when { path = \"/\" }"));
        assertTcp("faults.x.type: respond needs protocol = http or auto", "type = respond");
        assertTcp(
                "faults.x.when: method, path, host and header need protocol = http or auto",
                "type = latency, delay = 1, when { path = \"/\" }");
    }

    private static void assertTcp(String error, String fields) {
        InvalidConfigException errors = assertThrows(
                InvalidConfigException.class, () -> ConfigReader.rule("x", Texts.parse(fields), Protocol.TCP));
        assertEquals("test.conf:1: " + error, errors.getMessage());
    }

    @Test
    void namesAreRefusedToo() {
        InvalidConfigException errors = assertThrows(
                InvalidConfigException.class, () -> ConfigReader.rule(" ", Texts.parse("type = reset"), Protocol.TCP));
        assertEquals("faults.\" \"", errors.errors().getFirst().path());
        assertEquals("its name must not be empty", errors.errors().getFirst().message());
    }
}
