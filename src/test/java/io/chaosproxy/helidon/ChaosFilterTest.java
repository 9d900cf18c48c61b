package io.chaosproxy.helidon;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetAtAccept;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.kit.Peer;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ChaosFilterTest {
    private final ChaosFilter chaos = ChaosFilter.create("shop", 42);
    private final Shop shop = Shop.open(chaos);
    private final OkHttpClient http = new OkHttpClient();

    @AfterEach
    void stop() {
        http.connectionPool().evictAll();
        http.dispatcher().executorService().shutdown();
        shop.close();
    }

    private static Rule rule(String name, Fault fault) {
        return Rule.of(name, fault);
    }

    private static long millisSince(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }

    private byte[] body(String path) throws IOException {
        try (Response response = http.newCall(
                        new Request.Builder().url(shop.url() + path).build())
                .execute()) {
            assertEquals(200, response.code());
            return response.body().bytes();
        }
    }

    @Test
    void aResponseIsLateAndTheConnectionGoesOn() throws IOException {
        try (Peer client = shop.connect()) {
            try (var slow = chaos.inject(Latency.of(ofMillis(300)))) {
                long start = System.nanoTime();
                assertTrue(client.send(Shop.get("/hello")).readResponse().endsWith("hello"));
                assertTrue(millisSince(start) >= 300);
                assertEquals(1, slow.hits());
            }
            assertTrue(client.send(Shop.get("/hello")).readResponse().endsWith("hello"));
            assertEquals(1, chaos.journal().hits("latency"));
        }
        Hit hit = chaos.journal().hits().getFirst();
        assertEquals("shop", hit.proxy());
        assertEquals("GET /hello", hit.request());
        assertEquals("127.0.0.1", hit.client());
        assertEquals(ofMillis(300).toNanos(), hit.drawn().value());
    }

    @Test
    void aLateRequestReachesNobodyBefore() throws Exception {
        try (Peer client = shop.connect()) {
            chaos.inject(rule("late", Latency.of(ofDays(1))).way(Directions.UP));
            client.send(Shop.get("/hello"));
            chaos.journal().await("late", 1, ofSeconds(60));
            assertTrue(shop.handled().isEmpty());
            chaos.clear();
            assertTrue(client.readResponse().endsWith("hello"));
        }
    }

    @Test
    void liftingARuleWakesWhoWaitsForIt() throws Exception {
        for (Fault fault : List.of(Latency.of(ofDays(1)), Outage.of(ofDays(1)))) {
            try (Peer client = shop.connect()) {
                var inForce = chaos.inject(rule("long", fault));
                client.send(Shop.get("/hello"));
                chaos.journal().await("long", 1, ofSeconds(60));
                assertTrue(client.isSilentFor(100));
                inForce.close();
                assertTrue(client.readResponse().endsWith("hello"));
            }
            chaos.journal().clear();
        }
    }

    @Test
    void aRuleLiftsItselfWhenItsTimeIsOver() throws IOException {
        try (Peer client = shop.connect()) {
            chaos.inject(rule("brief", Latency.of(ofDays(1))).ttl(ofMillis(300)));
            long start = System.nanoTime();
            assertTrue(client.send(Shop.get("/hello")).readResponse().endsWith("hello"));
            assertTrue(millisSince(start) < 60_000);
            assertEquals(Plan.CLEAN, chaos.plan());
        }
    }

    @Test
    void anAnswerIsGivenInThePlaceOfTheHandler() throws IOException {
        Respond busy = new Respond(503, "later", java.util.Map.of("X-Why", "chaos"), java.util.Optional.empty())
                .retryAfter(ofSeconds(2));
        chaos.inject(rule("busy", busy).when(Match.path("/hello").methods("GET")));
        try (Peer client = shop.connect()) {
            String answer = client.send(Shop.get("/hello")).readResponse();
            assertTrue(answer.startsWith("HTTP/1.1 503 "), answer);
            assertTrue(answer.contains("Retry-After: 2\r\n"), answer);
            assertTrue(answer.contains("X-Why: chaos\r\n"), answer);
            assertTrue(answer.endsWith("\r\n\r\nlater"), answer);
            assertTrue(shop.handled().isEmpty());
            String other = client.send(Shop.get("/broken")).readResponse();
            assertTrue(other.startsWith("HTTP/1.1 500 "), other);
            chaos.clear();
            assertTrue(client.send(Shop.get("/hello")).readResponse().endsWith("hello"));
        }
        assertEquals(1, chaos.journal().hits("busy"));
    }

    @Test
    void anAnswerWithoutABodyKeepsTheConnection() throws IOException {
        try (Peer client = shop.connect()) {
            chaos.plan(Plan.of(rule("none", Respond.of(204, "not for a 204"))));
            String none = client.send(Shop.get("/hello")).readHead();
            assertTrue(none.startsWith("HTTP/1.1 204 "), none);
            chaos.plan(Plan.of(rule("pot", Respond.of(418, "not for HEAD"))));
            String pot = client.send(Shop.get("/hello").replace("GET", "HEAD")).readHead();
            assertTrue(pot.startsWith("HTTP/1.1 418 "), pot);
            chaos.plan(Plan.of(rule("early", Respond.of(413, "too much")))); // the request's body is unread
            String early = client.send(Shop.post("/count")).readResponse();
            assertTrue(early.endsWith("too much"), early);
            chaos.clear();
            assertTrue(client.send(Shop.get("/hello")).readResponse().endsWith("hello"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bytes", "/stream", "/known"})
    void aBodyIsSlowAndWhole(String path) throws IOException {
        assertArrayEquals(Shop.bytes(), body(path)); // dialled and warmed up
        chaos.inject(rule("narrow", Rate.of(50_000)).way(Directions.DOWN));
        long start = System.nanoTime();
        assertArrayEquals(Shop.bytes(), body(path));
        assertTrue(millisSince(start) >= 500, "30,000 bytes at 50,000 a second took " + millisSince(start) + " ms");
        chaos.clear();
        assertArrayEquals(Shop.bytes(), body(path)); // by the same connection
        assertEquals(1, http.connectionPool().connectionCount());
        assertEquals(1, chaos.journal().hits().getLast().connection());
    }

    @Test
    void anAnnouncedLengthStaysThatOfTheBody() throws IOException {
        chaos.inject(Rate.of(1_000_000));
        try (Peer client = shop.connect()) {
            String response = client.send(Shop.get("/known")).readResponse();
            assertTrue(response.contains("Content-Length: " + Shop.SIZE), response.substring(0, 200));
            assertFalse(response.contains("chunked"));
            String small = client.send(Shop.get("/hello")).readResponse();
            assertTrue(small.contains("Content-Length: 5"), small);
        }
    }

    @Test
    void aRequestsBodyIsSlowAndWhole() throws IOException {
        try (Peer client = shop.connect()) {
            String fast = client.send(Shop.post("/count")).readResponse();
            assertTrue(fast.endsWith("30000"), fast);
            chaos.inject(rule("narrow", Rate.of(50_000)).way(Directions.UP));
            long start = System.nanoTime();
            String slow = client.send(Shop.post("/count")).readResponse();
            assertTrue(slow.startsWith("HTTP/1.1 200 ") && slow.endsWith("30000"), slow);
            assertTrue(millisSince(start) >= 500);
        }
    }

    @Test
    void aRateOfNothingLetsGoWhenItIsEditedOrLifted() throws Exception {
        chaos.plan(Plan.of(rule("link", Rate.of(0)).way(Directions.DOWN)));
        try (Peer client = shop.connect()) {
            client.send(Shop.get("/known"));
            chaos.journal().await("link", 1, ofSeconds(60));
            assertTrue(client.isSilentFor(100));
            chaos.plan(Plan.of(rule("link", Rate.of(100_000)).way(Directions.DOWN)));
            assertEquals(
                    Shop.SIZE, client.readResponse().split("\r\n\r\n", 2)[1].length());
        }
    }

    @Test
    void aRuleAppliesToABodyThatAnotherHolds() throws Exception {
        Rule link = rule("link", Rate.of(100)).way(Directions.DOWN);
        chaos.plan(Plan.of(link));
        try (Peer client = shop.connect()) {
            client.send(Shop.get("/known")).readHead();
            chaos.plan(Plan.of(link, rule("cut", Reset.inBody())));
            assertEquals("reset", client.ending());
        }
        assertEquals(1, chaos.journal().hits("cut"));
        assertEquals(1, chaos.journal().hits("link"));
    }

    @Test
    void fieldsOfTheResponseChange() throws IOException {
        chaos.inject(new Headers(Headers.On.RESPONSE, java.util.Map.of("X-Chaos", "yes"), List.of("Content-Type")));
        try (Peer client = shop.connect()) {
            String response = client.send(Shop.get("/hello")).readResponse();
            assertTrue(response.contains("X-Chaos: yes\r\n"), response);
            assertFalse(response.contains("Content-Type"), response);
        }
        assertEquals(1, chaos.journal().hits("headers"));
    }

    @Test
    void fieldsThatARuleAddsTakeTheirTime() throws IOException {
        chaos.inject(
                rule("long", Headers.ofResponse("X-Long", "x".repeat(4000))),
                rule("link", Rate.of(10_000)).way(Directions.DOWN));
        try (Peer client = shop.connect()) {
            long start = System.nanoTime();
            client.send(Shop.get("/hello")).readResponse();
            assertTrue(millisSince(start) >= 200, "4,000 bytes at 10,000 a second took " + millisSince(start) + " ms");
        }
    }

    @Test
    void aResetIsARealOneAtEachMoment() throws IOException {
        for (Reset.At at : Reset.At.values()) {
            for (String path : List.of("/hello", "/known", "/stream")) {
                try (var reset = chaos.inject(rule("cut", Reset.at(at)))) {
                    assertEquals("reset", endingOf(path), at + " " + path);
                    assertEquals(1, reset.hits(), at + " " + path);
                }
                chaos.journal().clear();
            }
        }
        try (Peer client = shop.connect()) {
            assertTrue(client.send(Shop.get("/hello")).readResponse().endsWith("hello"));
        }
    }

    /** Without a request, since one that nobody reads makes a reset of any close. */
    @Test
    void aResetAtAcceptIsARealOne() throws IOException {
        chaos.inject(Rule.of("cut", ResetAtAccept.now()).when(Match.ANY.first(2)));
        assertEquals("reset", endingOf(""));
        assertEquals("reset", endingOf(""));
        try (Peer client = shop.connect()) {
            assertTrue(client.send(Shop.get("/hello")).readResponse().endsWith("hello"));
        }
        assertEquals(
                List.of(1L, 2L),
                chaos.journal().hits().stream().map(Hit::connection).toList());
    }

    /** One that was reset as it was accepted may say so when it is dialled, or when it is written to. */
    private String endingOf(String path) throws IOException {
        try (Peer client = shop.connect()) {
            return path.isEmpty()
                    ? client.ending()
                    : client.send(Shop.get(path)).ending();
        } catch (SocketException e) {
            return String.valueOf(e.getMessage()).contains("reset") ? "reset" : String.valueOf(e.getMessage());
        }
    }

    @Test
    void aResetInTheBodyComesAfterItsBeginning() throws IOException {
        chaos.inject(Reset.inBody());
        try (Peer client = shop.connect()) {
            client.send(Shop.get("/known"));
            assertTrue(client.readHead().startsWith("HTTP/1.1 200 "));
            assertEquals("reset", client.ending());
        }
        long after = chaos.journal().hits().getFirst().drawn().value();
        assertTrue(after >= 0 && after < Shop.SIZE, "after " + after);
    }

    @Test
    void conditionsAreAskedOfTheRequest() throws IOException {
        chaos.inject(rule("some", Respond.of(503))
                .when(Match.path("/h*")
                        .host("shop.*")
                        .header("X-User", "anna")
                        .client("127.0.0.0/8")
                        .nth(2)));
        try (Peer client = shop.connect()) {
            String anna = Shop.get("/hello").replace("\r\n\r\n", "\r\nX-User: anna\r\n\r\n");
            List<String> statuses = new ArrayList<>();
            for (String request : List.of(anna, Shop.get("/hello"), anna, anna, anna)) {
                statuses.add(client.send(request).readResponse().substring(9, 12));
            }
            assertEquals(List.of("200", "200", "503", "200", "503"), statuses);
        }
    }

    @Test
    void anErrorOfTheHandlerMeetsTheRulesOfAnyResponse() throws IOException {
        chaos.inject(Latency.of(ofMillis(200)), Rate.of(1_000_000), Headers.ofResponse("X-Chaos", "yes"));
        try (Peer client = shop.connect()) {
            long start = System.nanoTime();
            String error = client.send(Shop.get("/broken")).readHead();
            assertTrue(error.startsWith("HTTP/1.1 500 ") && error.contains("X-Chaos: yes\r\n"), error);
            assertTrue(millisSince(start) >= 200);
        }
        assertEquals(1, chaos.journal().hits("latency"));
    }

    @Test
    void aServerThatStopsDoesntWaitForItsFaults() throws Exception {
        chaos.inject(Latency.of(ofDays(1)));
        try (Peer client = shop.connect()) {
            client.send(Shop.get("/hello"));
            chaos.journal().await("latency", 1, ofSeconds(60));
            long start = System.nanoTime();
            shop.close();
            assertTrue(millisSince(start) < 30_000);
            client.ending(); // fails if nothing comes to an end
        }
    }

    @Test
    void theSameSeedGivesTheSameHits() throws IOException {
        List<String> first = run(7);
        assertEquals(first, run(7));
        assertTrue(first.size() > 5 && first.size() < 35, first.toString());
        assertFalse(first.equals(run(8)), "another seed gives others");
    }

    private static List<String> run(long seed) throws IOException {
        ChaosFilter chaos = ChaosFilter.create("shop", seed);
        try (Shop shop = Shop.open(chaos)) {
            chaos.inject(
                    rule("busy", Respond.of(503)).probability(0.3),
                    rule("late", Latency.between(ofMillis(0), ofMillis(3))).probability(0.2));
            for (int connection = 0; connection < 4; connection++) {
                try (Peer client = shop.connect()) {
                    for (int exchange = 0; exchange < 10; exchange++) {
                        client.send(Shop.get("/hello")).readResponse();
                    }
                }
            }
            return chaos.journal().hits().stream()
                    .map(hit -> hit.connection() + "." + hit.exchange() + " " + hit.rule() + " " + hit.drawn())
                    .toList();
        }
    }

    @Test
    void oneTrialMayHoldForAConnection() throws IOException {
        chaos.inject(rule("whole", Respond.of(503)).per(TrialUnit.CONNECTION).when(Match.ANY.nth(2)));
        for (String status : List.of("200", "503", "200", "503")) {
            try (Peer client = shop.connect()) {
                for (int exchange = 0; exchange < 3; exchange++) {
                    assertEquals(
                            status,
                            client.send(Shop.get("/hello")).readResponse().substring(9, 12));
                }
            }
        }
    }

    @Test
    void withoutTheSocketsWhatNeedsThemIsRefused() throws IOException {
        ChaosFilter blind = ChaosFilter.create("blind");
        try (Shop other = Shop.withoutSockets(blind)) {
            InvalidValueException reset =
                    assertThrows(InvalidValueException.class, () -> blind.inject(Reset.atFirstByte()));
            assertTrue(reset.getMessage().contains("chaos.sockets()"), reset.getMessage());
            assertThrows(
                    InvalidValueException.class,
                    () -> blind.inject(rule("whole", Respond.of(500)).per(TrialUnit.CONNECTION)));
            assertEquals(Plan.CLEAN, blind.plan());
            blind.inject(Respond.of(503));
            try (Peer client = other.connect()) {
                assertTrue(client.send(Shop.get("/hello")).readResponse().startsWith("HTTP/1.1 503 "));
            }
        }
    }

    /** The options were asked for and not used: a request that is to be reset gets an error, not a clean answer. */
    @Test
    void socketsThatNeverComeAreNotIgnored() throws IOException {
        ChaosFilter deceived = ChaosFilter.create("deceived");
        deceived.sockets();
        try (Shop other = Shop.withoutSockets(deceived)) {
            deceived.inject(Reset.atRequest());
            try (Peer client = other.connect()) {
                assertTrue(client.send(Shop.get("/hello")).readResponse().startsWith("HTTP/1.1 500 "));
            }
        }
    }
}
