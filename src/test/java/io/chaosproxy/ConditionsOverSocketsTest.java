package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Glob;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Network;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetAtAccept;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whom a rule hits, told by the journal: for faults of streams, of heads and of exchanges alike. */
final class ConditionsOverSocketsTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /** Harmless ones, each carried out at another place. */
    static List<Fault> faults() {
        return List.of(
                Latency.of(Duration.ofNanos(1)),
                Latency.of(Duration.ofNanos(1)).onStream(),
                new Headers(Headers.On.REQUEST, Map.of("X-A", "b"), List.of()),
                new Headers(Headers.On.RESPONSE, Map.of("X-A", "b"), List.of()),
                Respond.of(503));
    }

    private static Match ordinal(long skip, long first, long nth) {
        return match(Optional.empty(), Set.of(), Optional.empty(), Map.of(), skip, first, nth, 0, 0);
    }

    private static Match window(long from, long lasting) {
        return match(Optional.empty(), Set.of(), Optional.empty(), Map.of(), 0, 0, 0, from, lasting);
    }

    private static Match client(String network) {
        return match(Optional.of(Network.parse(network)), Set.of(), Optional.empty(), Map.of(), 0, 0, 0, 0, 0);
    }

    private static Match match(
            Optional<Network> client,
            Set<String> methods,
            Optional<Glob> host,
            Map<String, Glob> header,
            long skip,
            long first,
            long nth,
            long from,
            long lasting) {
        return new Match(
                client,
                Optional.empty(),
                Optional.empty(),
                methods,
                Optional.empty(),
                host,
                header,
                skip,
                first,
                nth,
                Duration.ofMillis(from),
                Duration.ofMillis(lasting));
    }

    /** The numbers of the exchanges that were hit, of so many on one connection. */
    private static List<Long> hitExchanges(int exchanges, Rule rule) throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.http(origin.port(), rule);
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < exchanges; i++) {
                client.send(REQUEST).readResponse();
            }
            return hitExchanges(proxy);
        }
    }

    private static List<Long> hitExchanges(ProxyServer proxy) {
        return proxy.common().journal().hits().stream()
                .map(Hit::exchange)
                .distinct()
                .toList();
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("faults")
    void byOrdinal(Fault fault) throws Exception {
        assertEquals(List.of(1L, 2L, 3L, 4L), hitExchanges(4, rule(fault)));
        assertEquals(List.of(1L, 2L), hitExchanges(4, rule(fault).when(ordinal(0, 2, 0))));
        assertEquals(List.of(3L), hitExchanges(4, rule(fault).when(ordinal(2, 1, 0))));
        assertEquals(List.of(3L, 4L), hitExchanges(4, rule(fault).when(ordinal(2, 0, 0))));
        assertEquals(List.of(3L, 6L), hitExchanges(7, rule(fault).when(ordinal(0, 0, 3))));
        assertEquals(List.of(3L, 5L), hitExchanges(6, rule(fault).when(ordinal(1, 0, 2))));
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("faults")
    void restsAfterItsMostHits(Fault fault) throws Exception {
        assertEquals(List.of(1L, 2L, 3L), hitExchanges(6, rule(fault).maxHits(3)));
        assertEquals(List.of(), hitExchanges(2, rule(fault).maxHits(0)));
    }

    /** A connection that is open and quiet when the rule comes isn't an exchange, and neither is one that is over. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("faults")
    void quietConnectionsDontUseUpWhatIsMeantForExchanges(Fault fault) throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer fresh = Peer.connect(proxy.address());
                Peer used = Peer.connect(proxy.address())) {
            used.send(REQUEST).readResponse();
            TestProxy.await("both accepted", () -> proxy.traffic().connections() == 2);
            proxy.plan(Plan.of(rule(fault).maxHits(2)));
            Thread.sleep(30); // until quiet connections have taken it on, which nothing tells
            fresh.send(REQUEST).readResponse();
            used.send(REQUEST).readResponse();
            assertEquals(
                    Set.of("1.1", "2.2"),
                    Set.copyOf(proxy.common().journal().hits().stream()
                            .map(hit -> hit.connection() + "." + hit.exchange())
                            .distinct()
                            .toList()));
            proxy.plan(Plan.of(rule(fault).when(ordinal(1, 1, 0))));
            Thread.sleep(30); // until quiet connections have taken it on, which nothing tells
            proxy.common().journal().clear();
            fresh.send(REQUEST).readResponse();
            used.send(REQUEST).readResponse();
            used.send(REQUEST).readResponse();
            assertEquals(List.of(3L), hitExchanges(proxy));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void byMethodHostAndHeader() throws Exception {
        Match post = match(Optional.empty(), Set.of("POST", "PUT"), Optional.empty(), Map.of(), 0, 0, 0, 0, 0);
        Match shop = match(
                Optional.empty(),
                Set.of(),
                Optional.of(Glob.text("*.shop.test")),
                Map.of("X-User", Glob.text("b*")),
                0,
                0,
                0,
                0,
                0);
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.http(
                        origin.port(),
                        Rule.of("post", Latency.of(Duration.ofNanos(1))).when(post),
                        Rule.of("shop", Latency.of(Duration.ofNanos(1))).when(shop),
                        Rule.of("path", Latency.of(Duration.ofNanos(1))).when(Match.path("/api/*/cart")));
                Peer client = Peer.connect(proxy.address())) {
            List<String> requests = List.of(
                    "GET /api/7/cart?x=/ HTTP/1.1\r\nHost: a\r\n\r\n",
                    "POST /api/cart HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: www.shop.test:8080\r\nX-User: bob\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: www.shop.test\r\nx-user: alice\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: shop.test.org\r\nX-User: bob\r\n\r\n");
            for (String request : requests) {
                client.send(request).readResponse();
            }
            List<String> hits = proxy.common().journal().hits().stream()
                    .map(hit -> hit.exchange() + " " + hit.rule() + " " + hit.request())
                    .toList();
            assertEquals(List.of("1 path GET /api/7/cart", "2 post POST /api/cart", "3 shop GET /"), hits);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void byClient() throws Exception {
        assertEquals(List.of(1L), hitExchanges(1, rule(Respond.of(503)).when(client("127.0.0.0/8"))));
        assertEquals(List.of(), hitExchanges(1, rule(Respond.of(503)).when(client("10.0.0.0/8"))));
        assertEquals(
                List.of(), hitExchanges(1, rule(Latency.of(Duration.ofNanos(1))).when(client("127.0.0.2"))));
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void byOrdinalOfTheConnectionOnTcp() throws Exception {
        for (Fault reset : List.of(ResetAtAccept.now(), Reset.atFirstByte())) {
            Rule third = rule(reset).when(ordinal(0, 0, 3));
            try (Origin origin = Origin.echo();
                    ProxyServer proxy = TestProxy.tcp(origin.port(), third)) {
                List<String> endings = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    try (Peer client = Peer.connect(proxy.address())) {
                        client.send("x").endOutput();
                        endings.add(client.ending());
                    } catch (java.net.SocketException e) {
                        endings.add("reset"); // torn down before the client could send
                    }
                }
                assertEquals(List.of("end", "end", "reset", "end", "end", "reset"), endings, reset.toString());
            }
        }
    }

    /** What is carried out where connections are accepted counts connections: exchanges don't use up its ordinals or hits. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void rulesOfTheAcceptedConnectionCountConnections() throws Exception {
        for (Protocol protocol : TestProxy.WITH_UPSTREAM) {
            for (Fault fault : List.of(ResetAtAccept.now(), Refuse.reset(), Refuse.close())) {
                String what = fault + " on " + protocol;
                assertEquals(
                        List.of(2L, 4L, 6L), refused(protocol, 6, 3, rule(fault).when(ordinal(0, 0, 2))), what);
                assertEquals(
                        List.of(3L, 4L), refused(protocol, 6, 3, rule(fault).when(ordinal(2, 2, 0))), what);
                assertEquals(
                        List.of(1L, 2L), refused(protocol, 6, 3, rule(fault).maxHits(2)), what);
                assertEquals(
                        List.of(4L, 5L),
                        refused(protocol, 6, 3, rule(fault).maxHits(2).when(ordinal(3, 0, 0))),
                        what);
            }
        }
    }

    /** The numbers of the connections that were refused, of so many with so many requests each. */
    private static List<Long> refused(Protocol protocol, int connections, int requests, Rule rule) throws Exception {
        List<Long> refused = new ArrayList<>();
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.start(TestProxy.spec(protocol, origin.port(), rule), 1)) {
            for (long number = 1; number <= connections; number++) {
                try (Peer client = Peer.connect(proxy.address())) {
                    for (int i = 0; i < requests; i++) {
                        client.send(REQUEST);
                        if (client.readResponse().isEmpty()) {
                            refused.add(number);
                            break;
                        }
                    }
                } catch (java.net.SocketException e) {
                    refused.add(number);
                }
            }
            assertEquals(
                    refused,
                    proxy.common().journal().hits().stream()
                            .map(Hit::connection)
                            .toList());
        }
        return refused;
    }

    /** A connection that is refused, or was never let in, uses up nothing of the rules for its bytes. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("refusals")
    void refusedConnectionsDontUseUpRulesForBytes(Fault refusal) throws Exception {
        Rule odd = Rule.of("refusal", refusal).when(ordinal(0, 0, 2));
        Rule late = Rule.of("late", Latency.of(Duration.ofNanos(1))).per(TrialUnit.CONNECTION);
        for (Rule rule : List.of(late.maxHits(2), late.when(ordinal(0, 2, 0)))) {
            try (Origin origin = Origin.answering(RESPONSE);
                    ProxyServer proxy = TestProxy.tcp(origin.port(), odd, rule)) {
                for (int i = 0; i < 6; i++) {
                    try (Peer client = Peer.connect(proxy.address())) {
                        client.send(REQUEST).readResponse();
                    } catch (java.net.SocketException e) {
                        // refused
                    }
                }
                assertEquals(
                        List.of("2 refusal", "4 refusal", "6 refusal", "1 late", "3 late"),
                        proxy.common().journal().hits().stream()
                                .map(hit -> hit.connection() + " " + hit.rule())
                                .sorted(java.util.Comparator.comparing(text -> text.endsWith("late")))
                                .toList());
            }
        }
    }

    static List<Fault> refusals() {
        return List.of(ResetAtAccept.now(), Refuse.reset(), Refuse.close());
    }

    /** A reset at request acts on requests, one in the response on responses: an exchange without either isn't counted. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aResetCountsOnlyTheDirectionThatItActsOn() throws Exception {
        int nobody = 1; // a port that no test can be given by the system
        try (ProxyServer proxy = TestProxy.http(nobody, rule(Reset.atRequest()).when(ordinal(1, 1, 0)))) {
            try (Peer client = Peer.connect(proxy.address())) {
                assertTrue(client.send(REQUEST).readResponse().startsWith("HTTP/1.1 502"));
            }
            try (Origin origin = Origin.answering(RESPONSE)) {
                proxy.redirect(TestProxy.spec(Protocol.HTTP, origin.port()));
                try (Peer client = Peer.connect(proxy.address())) {
                    assertEquals(RESPONSE, client.send(REQUEST).readResponse());
                    assertEquals("reset", client.send(REQUEST).ending());
                }
            }
        }
    }

    /** Never before its time; a busy machine may sleep through an end of it, so this is tried again. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void onlyWithinItsTime() throws Exception {
        List<String> seen = new ArrayList<>();
        for (int attempt = 0; attempt < 5; attempt++) {
            try (Origin origin = Origin.answering(RESPONSE);
                    ProxyServer proxy = TestProxy.http(origin.port());
                    Peer client = Peer.connect(proxy.address())) {
                client.send(REQUEST).readResponse();
                Clock clock = Clock.start();
                proxy.plan(Plan.of(rule(Respond.of(503)).when(window(600, 1000))));
                double firstHit = 0;
                double lastHit = 0;
                double received = 0;
                boolean hit = false;
                while (hit || received < 1600) {
                    assertTrue(received < 60_000, "still hits");
                    double sent = clock.millis();
                    hit = client.send(REQUEST).readResponse().startsWith("HTTP/1.1 503");
                    received = clock.millis();
                    firstHit = hit && firstHit == 0 ? received : firstHit;
                    lastHit = hit ? sent : lastHit;
                }
                assertTrue(firstHit == 0 || firstHit >= 600, "first hit at " + firstHit);
                if (firstHit > 0 && firstHit < 1500 && lastHit > 1100 && received < 2600) {
                    return;
                }
                seen.add("hits from " + firstHit + " to " + lastHit + ", none at " + received);
            }
        }
        fail(seen.toString());
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void removesItselfAfterItsTimeToLive() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            Clock clock = Clock.start();
            proxy.plan(Plan.of(rule(Latency.of(Duration.ofHours(1))).ttl(Duration.ofMillis(200))));
            client.send(REQUEST);
            assertEquals(RESPONSE, client.readResponse());
            double took = clock.millis();
            assertTrue(took >= 200 && took < 60_000, "went on after " + took + " ms");
            assertEquals(Plan.CLEAN, proxy.plan());
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void anEditOfAnotherRuleStartsNoClockAnew() throws Exception {
        Rule mortal = rule(Latency.of(Duration.ofHours(1))).ttl(Duration.ofSeconds(1));
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.http(origin.port(), mortal)) {
            TestProxy.await("the rule is gone, though the plan changes again and again", () -> {
                proxy.change(plan -> plan.with(Rule.of("other", Respond.of(500)).probability(0)));
                proxy.change(plan -> plan.without("other"));
                return proxy.plan().rules().isEmpty();
            });
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("faults")
    void perConnectionAllExchangesShareOneOutcome(Fault fault) throws Exception {
        Rule half = rule(fault).probability(0.5).per(TrialUnit.CONNECTION);
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.http(origin.port(), half)) {
            for (int connection = 0; connection < 30; connection++) {
                try (Peer client = Peer.connect(proxy.address())) {
                    for (int exchange = 0; exchange < 4; exchange++) {
                        client.send(REQUEST).readResponse();
                    }
                }
            }
            List<Hit> hits = proxy.common().journal().hits();
            List<Long> hit = hits.stream().map(Hit::connection).distinct().toList();
            assertTrue(hit.size() > 4 && hit.size() < 26, hit.size() + " of 30 connections");
            for (long connection : hit) {
                assertEquals(
                        LongStream.rangeClosed(1, 4).boxed().toList(),
                        hits.stream()
                                .filter(h -> h.connection() == connection)
                                .map(Hit::exchange)
                                .distinct()
                                .toList());
            }
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("faults")
    void asOftenAsTheProbabilitySays(Fault fault) throws Exception {
        assertEquals(List.of(), hitExchanges(50, rule(fault).probability(0)));
        int hits = hitExchanges(1000, rule(fault).probability(0.2)).size();
        assertTrue(hits >= 159 && hits <= 243, hits + " of 1000"); // 99.9 % of the binomial distribution
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void eachSecondDecidesAnew() throws Exception {
        Rule flaky = new Rule(
                "flaky",
                new io.chaosproxy.fault.Corrupt(1, 1),
                io.chaosproxy.fault.Directions.DOWN,
                new io.chaosproxy.fault.Probability(0.5, TrialUnit.SECOND, Long.MAX_VALUE),
                Match.ANY,
                Duration.ZERO);
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.start(TestProxy.spec(Protocol.TCP, origin.port(), flaky), 3);
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            Clock clock = Clock.start();
            List<String> outcomes = new ArrayList<>();
            while (clock.millis() < 3500 || (outcomes.stream().distinct().count() < 2 && clock.millis() < 60_000)) {
                upstream.send("xxxxxxxx");
                String got = client.read(8);
                String outcome = got.equals("xxxxxxxx") ? "clean" : "corrupt";
                assertTrue(outcome.equals("clean") || got.indexOf('x') < 0, got); // a piece is hit whole
                outcomes.add(outcome);
                Thread.sleep(5);
            }
            assertTrue(outcomes.contains("clean") && outcomes.contains("corrupt"), outcomes::toString);
            long changes = 0;
            for (int i = 1; i < outcomes.size(); i++) {
                changes += outcomes.get(i).equals(outcomes.get(i - 1)) ? 0 : 1;
            }
            double took = clock.millis();
            assertTrue(changes <= took / 1000, changes + " changes in " + took + " ms"); // at most one with each second
        }
    }
}
