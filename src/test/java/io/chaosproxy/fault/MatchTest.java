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
        return new Match(
                Optional.of(Network.parse(network)),
                Set.of(),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                0,
                0,
                0,
                ZERO,
                ZERO);
    }

    public static Match order(long skip, long first, long nth) {
        return new Match(
                Optional.empty(), Set.of(), Optional.empty(), Optional.empty(), Map.of(), skip, first, nth, ZERO, ZERO);
    }

    public static Match window(Duration from, Duration lasting) {
        return new Match(
                Optional.empty(), Set.of(), Optional.empty(), Optional.empty(), Map.of(), 0, 0, 0, from, lasting);
    }

    private static Match methods(String... methods) {
        return new Match(
                Optional.empty(), Set.of(methods), Optional.empty(), Optional.empty(), Map.of(), 0, 0, 0, ZERO, ZERO);
    }

    private static Match host(String glob) {
        return new Match(
                Optional.empty(),
                Set.of(),
                Optional.empty(),
                Optional.of(Glob.text(glob)),
                Map.of(),
                0,
                0,
                0,
                ZERO,
                ZERO);
    }

    private static Match header(Map<String, Glob> header) {
        return new Match(Optional.empty(), Set.of(), Optional.empty(), Optional.empty(), header, 0, 0, 0, ZERO, ZERO);
    }

    private static boolean holds(Match match, @Nullable Request request) {
        return match.holdsFor(HERE, request);
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
        Match match = header(Map.of("X-Test", Glob.text("on*"), "Accept", Glob.text("text/*")));
        assertTrue(holds(match, new Sent("GET", "/", "", Map.of("x-test", "ONE", "accept", "text/html"))));
        assertFalse(holds(match, new Sent("GET", "/", "", Map.of("x-test", "ONE", "accept", "image/png"))));
        assertFalse(holds(match, new Sent("GET", "/", "", Map.of("x-test", "one"))));
    }

    @Test
    void whatAsksForARequestNeverHoldsWithoutOne() {
        for (Match match : List.of(methods("GET"), Match.path("/**"), host("*"), header(Map.of("a", Glob.text("*"))))) {
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
                () -> header(Map.of("a", Glob.text("*"))).header().clear());
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
