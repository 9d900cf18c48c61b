package io.chaosproxy.config;

import static io.chaosproxy.config.Texts.shop;
import static io.chaosproxy.config.Texts.shopMistakes;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Rule;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class ShortFormTest {
    @Test
    void latency() {
        assertRules("latency = 100", Rule.of("latency", Latency.of(ofMillis(100))));
        assertRules(
                "latency-min = 100, latency-max = 3s",
                Rule.of("latency", Latency.between(ofMillis(100), ofSeconds(3))));
        assertRules("latency = 0");
    }

    @Test
    void latencyOfAStream() {
        assertRules(
                "latency = 100, latency-scope = stream",
                Rule.of("latency", Latency.of(ofMillis(100)).onStream()));
        assertRules(
                "latency-min = 1, latency-max = 2, latency-scope = stream",
                Rule.of("latency", Latency.between(ofMillis(1), ofMillis(2)).onStream()));
        assertRules("latency = 100, latency-scope = first-byte", Rule.of("latency", Latency.of(ofMillis(100))));
        assertEquals(
                Map.of("latency-min", "100ms", "latency-max", "100ms", "latency-scope", "stream"),
                ShortForm.words(Rule.of("latency", Latency.of(ofMillis(100)).onStream())));
    }

    @Test
    void speed() {
        assertRules("speed = 1MiB", Rule.of("speed", Rate.of(1 << 20)));
        assertRules("speed-up = 1000", Rule.of("speed-up", Rate.of(1000)).way(Directions.UP));
        assertRules(
                "speed-up = 1000/s, speed-down = 2kB/s",
                Rule.of("speed-up", Rate.of(1000)).way(Directions.UP),
                Rule.of("speed-down", Rate.of(2000)).way(Directions.DOWN));
        assertRules("speed-min = 1KiB, speed-max = 2KiB", Rule.of("speed", Rate.between(1024, 2048)));
        assertRules(
                "speed-min = 1KiB, speed-max = 2KiB, speed-every = 5s",
                Rule.of("speed", new Rate(1024, 2048, ofSeconds(5), FaultScope.PROXY)));
        assertRules("speed = 0", Rule.of("speed", Rate.of(0)));
    }

    @Test
    void jitter() {
        assertRules(
                "jitter-prob = 0.05, jitter-min = 200, jitter-max = 2s",
                Rule.of("jitter", new Outage(ofMillis(200), ofSeconds(2))).probability(0.05));
        assertRules("jitter-prob = 0, jitter-min = 200, jitter-max = 2s");
        assertRules("jitter-prob = 0");
    }

    @Test
    void reset() {
        assertRules(
                "reset-enable = true, reset-prob = 0.01",
                Rule.of("reset", Reset.at(Reset.At.FIRST_BYTE)).probability(0.01));
        assertRules("reset-enable = yes, reset-prob = 1, reset-at = body", Rule.of("reset", Reset.at(Reset.At.BODY)));
        assertRules("reset-enable = false, reset-prob = 0.01, reset-at = accept");
        assertRules("reset-enable = false");
        assertRules("reset-enable = true, reset-prob = 0");
    }

    @Test
    void theRulesComeInOneOrderAndBeforeThoseOfTheLongForm() {
        assertEquals(
                List.of("latency", "speed", "jitter", "reset", "b", "a"),
                shop("""
                    faults {
                      b { type = limit, bytes = 1 }
                      a { type = limit, bytes = 1 }
                    }
                    reset-enable = true, reset-prob = 0.01
                    jitter-prob = 0.05, jitter-min = 200, jitter-max = 2s
                    speed = 1, latency = 1
                    """).plan().rules().stream().map(Rule::name).toList());
    }

    @Test
    void atTheTopItHoldsForAllTogether() {
        assertEquals(
                Plan.of(
                        Rule.of("all-latency", Latency.of(ofMillis(1))),
                        Rule.of("all-speed", Rate.of(2).sharedBy(FaultScope.ALL)),
                        Rule.of("all-jitter", new Outage(ofMillis(3), ofMillis(4)))
                                .probability(0.5),
                        Rule.of("all-reset", Reset.at(Reset.At.FIRST_BYTE)).probability(0.5),
                        Rule.of("more", Rate.of(5).sharedBy(FaultScope.ALL))),
                Texts.config("""
                    chaos-proxy {
                      latency = 1, speed = 2, jitter-prob = 0.5, jitter-min = 3, jitter-max = 4
                      reset-enable = true, reset-prob = 0.5
                      faults { more { type = rate, rate = 5 } }
                    }\
                    """).common());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        latency = 1, latency-min = 1                 | latency: does not go with latency-min
        latency = 1, latency-max = 1                 | latency: does not go with latency-max
        latency-min = 1                              | latency-min: needs latency-max
        latency-max = 1                              | latency-max: needs latency-min
        latency-min = 2, latency-max = 1             | latency-min: must not be above latency-max
        latency-min = 2, latency-max = x             | latency-max: must be a duration such as 200ms, 2s or 1m, not "x"
        latency = -1                                 | latency: must not be negative, not -1
        latency-min = -2, latency-max = 1            | latency-min: must not be negative, not -2
        latency-scope = stream                       | latency-scope: needs latency, or latency-min and latency-max
        latency = 1, latency-scope = streams         | latency-scope: must be one of first-byte, stream, not "streams"; did you mean stream?
        latency-min = 2, latency-max = 400d          | latency-max: must not be longer than 365 days, not "400d"
        speed = 1, speed-min = 1, speed-max = 2      | speed: does not go with speed-min
        speed = 1, speed-up = 2                      | speed-up: does not go with a speed for both directions
        speed-min = 1, speed-max = 2, speed-down = 2 | speed-down: does not go with a speed for both directions
        speed-min = 1, speed-max = 2, speed-up = 2   | speed-up: does not go with a speed for both directions
        speed-min = 1                                | speed-min: needs speed-max
        speed-min = 2, speed-max = 1                 | speed-min: must not be above speed-max
        speed = 1, speed-every = 1s                  | speed-every: needs speed-min and speed-max
        speed-min = 1, speed-max = 2, speed-every = 0| speed-every: must be at least 1 ms
        speed = fast                                 | speed: must be bytes per second such as 64KiB or 1MiB, not "fast"
        jitter-prob = 0.1                            | jitter-prob: needs jitter-min and jitter-max
        jitter-prob = 0.1, jitter-min = 1            | jitter-min: needs jitter-max
        jitter-min = 1, jitter-max = 2               | jitter-min: needs jitter-prob
        jitter-max = 2                               | jitter-max: needs jitter-prob
        jitter-prob = 0.1, jitter-min = 3, jitter-max = 2 | jitter-min: must not be above jitter-max
        jitter-prob = 1.1, jitter-min = 1, jitter-max = 2 | jitter-prob: must be from 0 to 1, not 1.1
        jitter-prob = -1, jitter-min = 1, jitter-max = 2  | jitter-prob: must be from 0 to 1, not -1.0
        jitter-prob = often, jitter-min = 1, jitter-max = 2 | jitter-prob: must be a number, not "often"
        reset-prob = 0.1                             | reset-prob: needs reset-enable = true
        reset-at = body                              | reset-at: needs reset-enable = true
        reset-enable = true                          | reset-enable: needs reset-prob
        reset-enable = true, reset-prob = 2          | reset-prob: must be from 0 to 1, not 2.0
        reset-enable = maybe, reset-prob = 0         | reset-enable: must be true or false, not "maybe"
        reset-enable = false, reset-prob = 2         | reset-prob: must be from 0 to 1, not 2.0
        """, quoteCharacter = '\0')
    void refuses(String fields, String error) {
        assertEquals(List.of(error), shopMistakes(fields));
    }

    @Test
    void halfARangeOfSpeedIsStillASpeedForBothDirections() {
        assertEquals(
                List.of("speed-up: does not go with a speed for both directions", "speed-min: needs speed-max"),
                shopMistakes("speed-min = 1, speed-up = 2"));
        assertEquals(
                List.of("speed-down: does not go with a speed for both directions", "speed-max: needs speed-min"),
                shopMistakes("speed-max = 1, speed-down = 2"));
    }

    @Test
    void aNameIsTakenOnce() {
        assertEquals(
                List.of(
                        "faults.latency: the short form makes a rule of this name already",
                        "backlog: must be above 0, not 0"),
                shopMistakes("latency = 1, faults { latency { type = latency, delay = 2 } }, backlog = 0"));
    }

    @Test
    void everyWordIsKnown() {
        assertEquals(
                List.of(
                        "latncy-min: unknown key; did you mean latency-min?",
                        "speedy: unknown key; did you mean speed?"),
                shopMistakes("latncy-min = 1, speedy = 2"));
    }

    private static void assertRules(String fields, Rule... rules) {
        assertEquals(Plan.of(rules), shop(fields).plan());
    }
}
