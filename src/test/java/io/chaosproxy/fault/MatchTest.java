package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static java.time.Duration.ZERO;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Sent;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
public final class MatchTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

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

    private static Match host(String glob) {
        return Match.ANY.host(glob);
    }

    private static Match header(Map<String, String> header) {
        Match match = Match.ANY;
        for (Map.Entry<String, String> field : header.entrySet()) {
            match = match.header(field.getKey(), field.getValue());
        }
        return match;
    }

    private record Subject(
            InetAddress client,
            Optional<String> serverName,
            Optional<Endpoint> upstream,
            @Nullable Request request) implements Matchable {}

    private record Upstream(String host, int port) implements Endpoint {}

    private static boolean holds(Match match, @Nullable Request request) {
        return match.holdsFor(new Subject(HERE, Optional.empty(), Optional.empty(), request));
    }

    @ParameterizedTest
    @CsvSource({
        "*.example.com, shop.example.com, true",
        "*.example.com, example.com, false",
        "SHOP.example.com, shop.example.com, true",
        "*, '', false",
        "*, a, true",
    })
    void theServerNameIfThereIsOne(String glob, String name, boolean holds) {
        Optional<String> sent = Optional.of(name).filter(text -> !text.isEmpty());
        Match match = Match.ANY.sni(glob);
        assertEquals(holds, match.holdsFor(new Subject(HERE, sent, Optional.empty(), null)));
        assertEquals(holds, match.holdsFor(new Subject(HERE, sent, Optional.empty(), Sent.get("/"))));
        assertFalse(match.asksForRequest());
    }

    @ParameterizedTest
    @CsvSource({
        "*.example.com:443, shop.example.com, 443, true",
        "*.example.com:443, shop.example.com, 8443, false",
        "*.example.com, shop.example.com, 8443, true",
        "*:443, 10.0.0.1, 443, true",
        "[::1]:443, ::1, 443, true",
        "[::1]:443, ::1, 80, false",
        "[::1], ::1, 80, true",
        "::1, ::1, 80, true",
        "[2001:db8:*]:80, 2001:db8::7, 80, true",
    })
    void theUpstreamThatItGoesTo(String pattern, String host, int port, boolean holds) {
        Match match = Match.ANY.target(pattern);
        assertEquals(
                holds,
                match.holdsFor(new Subject(HERE, Optional.empty(), Optional.of(new Upstream(host, port)), null)));
        assertFalse(holds(match, null), "while it is not known");
        EndpointPattern parsed = match.target().orElseThrow();
        assertEquals(parsed, EndpointPattern.parse(parsed.toString()));
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
    void withoutConditionsItAlwaysHolds() {
        assertTrue(holds(Match.ANY, null));
        assertTrue(holds(Match.ANY, Sent.get("/")));
        assertFalse(Match.ANY.asksForRequest());
        assertFalse(Match.ANY.hasWindow());
    }

    @Test
    void theClientsNetwork() {
        assertTrue(holds(client("127.0.0.0/8"), null));
        assertTrue(holds(client("127.0.0.0/8"), Sent.get("/")));
        assertFalse(holds(client("10.0.0.0/8"), Sent.get("/")));
        assertFalse(client("127.0.0.0/8").asksForRequest());
    }

    @Test
    void theMethod() {
        assertTrue(holds(methods("PUT", "GET"), Sent.get("/")));
        assertFalse(holds(methods("PUT"), Sent.get("/")));
    }

    @Test
    void thePath() {
        assertTrue(holds(Match.path("/api/**"), Sent.get("/api/orders/1")));
        assertFalse(holds(Match.path("/api/**"), Sent.get("/cart")));
    }

    @ParameterizedTest
    @CsvSource({
        "shop.example, SHOP.example, true",
        "shop.example, shop.example:8080, true",
        "*.example, shop.example:80, true",
        "shop, shopping, false",
        "[::1], [::1], true",
        "[::1], [::1]:80, true",
        "'', '', true",
        "shop, '', false",
        "'', :80, true",
    })
    void theHostWithoutItsPort(String glob, String host, boolean holds) {
        assertEquals(holds, holds(host(glob), new Sent("GET", "/", host, Map.of())));
    }

    @Test
    void everyHeaderThatIsNamed() {
        Match match = header(Map.of("X-Test", "on*", "Accept", "text/*"));
        assertTrue(holds(match, new Sent("GET", "/", "", Map.of("x-test", "ONE", "accept", "text/html"))));
        assertFalse(holds(match, new Sent("GET", "/", "", Map.of("x-test", "ONE", "accept", "image/png"))));
        assertFalse(holds(match, new Sent("GET", "/", "", Map.of("x-test", "one"))));
    }

    @Test
    void whatAsksForARequestNeverHoldsWithoutOne() {
        for (Match match : List.of(methods("GET"), Match.path("/**"), host("*"), header(Map.of("a", "*")))) {
            assertTrue(match.asksForRequest());
            assertFalse(holds(match, null));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 1 2 3 4 5 6 7 8 9 10",
        "3, 0, 0, 4 5 6 7 8 9 10",
        "0, 2, 0, 1 2",
        "3, 2, 0, 4 5",
        "0, 0, 1, 1 2 3 4 5 6 7 8 9 10",
        "0, 0, 3, 3 6 9",
        "1, 0, 3, 4 7 10",
    })
    void thePlaceInTheOrder(long skip, long first, long nth, String hit) {
        Match match = order(skip, first, nth);
        assertEquals(
                hit,
                String.join(
                        " ",
                        LongStream.rangeClosed(1, 10)
                                .filter(match::selectsNext)
                                .mapToObj(Long::toString)
                                .toList()));
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
