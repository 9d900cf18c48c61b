package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static java.time.Duration.ZERO;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
public final class MatchTest {
    static Match client(String network) {
        return Match.ANY.client(network);
    }

    public static Match order(long skip, long first, long nth) {
        return Match.ANY.skip(skip).first(first).nth(nth);
    }

    public static Match window(Duration from, Duration lasting) {
        return Match.ANY.from(from).lasting(lasting);
    }

    private static Match methods(String... methods) {
        return Match.ANY.methods(methods);
    }

    private static Match header(Map<String, String> header) {
        Match match = Match.ANY;
        for (Map.Entry<String, String> field : header.entrySet()) {
            match = match.header(field.getKey(), field.getValue());
        }
        return match;
    }

    @ParameterizedTest
    @CsvSource({
        "'', 'must name a host, or * for any'",
        "':443', 'must name a host, or * for any'",
        "'a:', 'must have a port from 1 to 65535 behind the colon, not \"a:\"'",
        "'a:0', 'must have a port from 1 to 65535 behind the colon, not \"a:0\"'",
        "'a:99999', 'must have a port from 1 to 65535, not 99999'",
        "'a:x', 'must have a port from 1 to 65535 behind the colon, not \"a:x\"'",
        "'[::1]x', 'must be host or host:port, not \"[::1]x\"'",
    })
    void whatIsNoUpstream(String pattern, String reason) {
        refused("target: " + reason, () -> Match.ANY.target(pattern));
    }

    @Test
    void eachConditionLeavesTheOthersAsTheyAre() {
        Match all = Match.path("/p")
                .client("10.0.0.0/8")
                .sni("s")
                .target("t:1")
                .methods("GET")
                .host("h")
                .header("a", "b")
                .skip(1)
                .first(2)
                .from(Duration.ofSeconds(3))
                .lasting(Duration.ofSeconds(4));
        assertEquals(
                new Match(
                        Optional.of(Network.parse("10.0.0.0/8")),
                        Optional.of(Glob.text("s")),
                        Optional.of(EndpointPattern.parse("t:1")),
                        Set.of("GET"),
                        Optional.of(Glob.path("/p")),
                        Optional.of(Glob.text("h")),
                        Map.of("a", Glob.text("b")),
                        1,
                        2,
                        0,
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(4)),
                all);
        assertEquals(3, all.first(0).nth(3).nth());
    }

    @Test
    void nobodyChangesItAfterwards() {
        assertThrows(
                UnsupportedOperationException.class,
                () -> methods("GET").methods().clear());
        assertThrows(
                UnsupportedOperationException.class,
                () -> header(Map.of("a", "*")).header().clear());
    }

    @ParameterizedTest
    @ValueSource(strings = {"get", "Get", "", "G T"})
    void methodsAreWrittenInCapitals(String method) {
        refused("method: methods are in capitals such as GET, not \"" + method + "\"", () -> methods(method));
    }

    @Test
    void refusals() {
        refused("skip: must be 0 or more, not -1", () -> order(-1, 0, 0));
        refused("first: must be 0 or more, not -1", () -> order(0, -1, 0));
        refused("nth: must be 0 or more, not -1", () -> order(0, 0, -1));
        refused("nth: first and nth exclude each other", () -> order(0, 1, 2));
        refused("from: must not be negative, not PT-1S", () -> window(Duration.ofSeconds(-1), ZERO));
        refused("for: must not be negative, not PT-1S", () -> window(ZERO, Duration.ofSeconds(-1)));
        refused("for: must not be longer than 365 days, not PT8784H", () -> window(ZERO, Duration.ofDays(366)));
    }
}
