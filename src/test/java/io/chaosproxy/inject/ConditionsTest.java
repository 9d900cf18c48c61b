package io.chaosproxy.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Endpoint;
import io.chaosproxy.fault.EndpointPattern;
import io.chaosproxy.fault.Match;
import io.chaosproxy.kit.Sent;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
final class ConditionsTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private record Subject(
            InetAddress client,
            Optional<String> serverName,
            Optional<Endpoint> upstream,
            @Nullable Request request) implements Matchable {}

    private record Upstream(String host, int port) implements Endpoint {}

    private static boolean holds(Match match, @Nullable Request request) {
        return holdsFor(match, new Subject(HERE, Optional.empty(), Optional.empty(), request));
    }

    /** Condition by condition as well as all at once. */
    private static boolean holdsFor(Match match, Subject subject) {
        boolean holds = Conditions.hold(match, subject);
        assertEquals(holds, Conditions.explain(match, subject).stream().allMatch(Condition::holds));
        return holds;
    }

    @ParameterizedTest
    @CsvSource({
        "*.example.com, shop.example.com, true",
        "*.example.com, example.com, false",
        "SHOP.example.com, shop.example.com, true",
        "*, '', false",
        "*, a, true",
        "shop.example.com, shop.example.com., true",
        "shop.example.com., shop.example.com, true",
        "*.example.com., shop.example.com., true",
        "*.example.com, shop.example.com.., false",
        "*.example.com, example.org., false",
    })
    void theServerNameIfThereIsOne(String glob, String name, boolean holds) {
        Optional<String> sent = Optional.of(name).filter(text -> !text.isEmpty());
        Match match = Match.ANY.sni(glob);
        assertEquals(holds, holdsFor(match, new Subject(HERE, sent, Optional.empty(), null)));
        assertEquals(holds, holdsFor(match, new Subject(HERE, sent, Optional.empty(), Sent.get("/"))));
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
                holdsFor(match, new Subject(HERE, Optional.empty(), Optional.of(new Upstream(host, port)), null)));
        assertFalse(holds(match, null), "while it is not known");
        EndpointPattern parsed = match.target().orElseThrow();
        assertEquals(parsed, EndpointPattern.parse(parsed.toString()));
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
        assertTrue(holds(Match.ANY.client("127.0.0.0/8"), null));
        assertTrue(holds(Match.ANY.client("127.0.0.0/8"), Sent.get("/")));
        assertFalse(holds(Match.ANY.client("10.0.0.0/8"), Sent.get("/")));
        assertFalse(Match.ANY.client("127.0.0.0/8").asksForRequest());
    }

    @Test
    void theMethod() {
        assertTrue(holds(Match.ANY.methods("PUT", "GET"), Sent.get("/")));
        assertFalse(holds(Match.ANY.methods("PUT"), Sent.get("/")));
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
        assertEquals(holds, holds(Match.ANY.host(glob), new Sent("GET", "/", host, Map.of())));
    }

    @Test
    void everyHeaderThatIsNamed() {
        Match match = Match.ANY.header("X-Test", "on*").header("Accept", "text/*");
        assertTrue(holds(match, new Sent("GET", "/", "", Map.of("x-test", "ONE", "accept", "text/html"))));
        assertFalse(holds(match, new Sent("GET", "/", "", Map.of("x-test", "ONE", "accept", "image/png"))));
        assertFalse(holds(match, new Sent("GET", "/", "", Map.of("x-test", "one"))));
    }

    @Test
    void whatAsksForARequestNeverHoldsWithoutOne() {
        for (Match match :
                List.of(Match.ANY.methods("GET"), Match.path("/**"), Match.ANY.host("*"), Match.ANY.header("a", "*"))) {
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
        Match match = Match.ANY.skip(skip).first(first).nth(nth);
        assertEquals(
                hit,
                String.join(
                        " ",
                        LongStream.rangeClosed(1, 10)
                                .filter(n -> Conditions.select(match, n))
                                .mapToObj(Long::toString)
                                .toList()));
    }
}
