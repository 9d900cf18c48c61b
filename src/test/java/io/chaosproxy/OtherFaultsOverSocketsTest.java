package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the traffic experiences of timeout, slow-close, slice, limit, corrupt, refuse, respond, truncate and headers. */
final class OtherFaultsOverSocketsTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
            + "5;x=y\r\n"
            + "01234\r\n"
            + "5\r\n"
            + "56789\r\n"
            + "0\r\n"
            + "X-End: 1\r\n\r\n";

    /** Generous; an idle machine needs a few milliseconds. */
    private static final int SOON = 30_000;

    private static Timeout timeout(int silence) {
        return new Timeout(Duration.ofMillis(silence));
    }

    private static void assertTook(double min, Clock clock) {
        double took = clock.millis();
        assertTrue(took >= min && took < min + SOON, "took " + took + " ms instead of " + min);
    }

    // timeout

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void aTimeoutSwallowsAndClosesAfterTheSilence(Protocol protocol) throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.start(TestProxy.spec(protocol, origin.port(), rule(timeout(200))), 1);
                Peer client = Peer.connect(proxy.address())) {
            Clock clock = Clock.start();
            client.send(REQUEST);
            assertEquals("", client.readText());
            assertTook(199, clock);
            assertEquals(1, proxy.common().journal().hits(proxy.name(), "timeout"));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void theSilenceBeginsAnewWithEachByteThatIsSwallowed() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(timeout(1000)));
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            Clock clock = Clock.start();
            for (int i = 0; i < 8; i++) {
                upstream.send("x");
                assertTrue(client.isSilentFor(150));
            }
            assertEquals("", client.readText());
            assertTrue(clock.millis() >= 2000, "closed after " + clock.millis() + " ms");
        }
    }

    /** The client would take the answer to a later request for that to the one whose answer, or which itself, is missing. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @CsvSource({"UP, 0", "DOWN, 0", "BOTH, 0", "UP, 50", "DOWN, 50", "BOTH, 50"})
    void nothingPassesBehindASwallowedExchange(Directions way, int delayed) throws Exception {
        Rule swallow = rule(Timeout.never()).way(way).when(Match.ANY.skip(1).first(1));
        Rule late = Rule.of("late", Latency.of(Duration.ofMillis(delayed)).onStream())
                .way(way);
        Rule[] rules = delayed > 0 ? new Rule[] {late, swallow} : new Rule[] {swallow};
        try (Origin origin = Origin.each(client -> {
                    while (true) {
                        String path = client.readHead().split(" ", -1)[1];
                        client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + path);
                    }
                });
                ProxyServer proxy = TestProxy.http(origin.port(), rules);
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 4; i++) {
                client.send("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            assertTrue(client.readResponse().endsWith("/0"));
            TestProxy.await("swallowed", () -> proxy.common().journal().hits(proxy.name(), swallow.name()) == 1);
            assertTrue(client.isSilentFor(300));
            proxy.plan(Plan.CLEAN);
            assertEquals("", client.readText());
        }
    }

    /** An end that came through would tell the client at once that nothing more is coming, as a dead host never does. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void anUpstreamThatClosesIsSwallowedToo(Protocol protocol) throws Exception {
        try (Origin origin = Origin.each(client -> {
                    client.readHead();
                    client.send(RESPONSE);
                });
                ProxyServer proxy =
                        TestProxy.start(TestProxy.spec(protocol, origin.port(), rule(Timeout.never())), 1)) {
            try (Peer client = Peer.connect(proxy.address())) {
                client.send(REQUEST);
                assertTrue(client.isSilentFor(1500)); // longer than connections linger
                proxy.plan(Plan.of(rule(timeout(200))));
                Clock clock = Clock.start();
                assertEquals("", client.readText());
                assertTrue(clock.millis() < SOON);
            }
            proxy.plan(Plan.of(rule(timeout(200))));
            try (Peer client = Peer.connect(proxy.address())) {
                Clock clock = Clock.start();
                client.send(REQUEST);
                assertEquals("", client.readText());
                assertTook(199, clock);
            }
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void aClientThatLeavesATimeoutLeavesNothingBehind(Protocol protocol) throws Exception {
        try (Origin origin = Origin.each(client -> {
                    client.readHead();
                    client.send(RESPONSE);
                    client.ending();
                });
                ProxyServer proxy =
                        TestProxy.start(TestProxy.spec(protocol, origin.port(), rule(Timeout.never())), 1)) {
            try (Peer client = Peer.connect(proxy.address())) {
                client.send(REQUEST);
                assertTrue(client.isSilentFor(50));
            }
            TestProxy.await("the connection is gone", () -> proxy.connections().isEmpty());
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aTimeoutOfTheOtherDirectionSwallowsTheRequest() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy =
                        TestProxy.tcp(origin.port(), rule(timeout(200)).way(Directions.UP));
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            client.send("lost");
            upstream.send("arrives");
            assertEquals("arrives", client.read(7));
            assertEquals("", upstream.readText());
            assertEquals("", client.readText());
        }
    }

    // slow-close

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aSlowCloseDelaysTheEnd() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(new SlowClose(Duration.ofSeconds(1))));
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            Clock clock = Clock.start();
            upstream.send("all").endOutput();
            assertEquals("all", client.readText());
            assertTook(1000, clock);
            client.endOutput();
            assertEquals(-1, upstream.read());
        }
    }

    /** With the end an hour away, whatever arrives is not delayed with it. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aSlowCloseDelaysNothingButTheEnd() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(new SlowClose(Duration.ofHours(1))));
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            upstream.send("all").endOutput();
            assertEquals("all", client.read(3));
            client.send("back").endOutput();
            assertEquals("back", upstream.readText());
            assertTrue(client.isSilentFor(100));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aSlowCloseUpHoldsForTheClientsEnd() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(
                        origin.port(),
                        rule(new SlowClose(Duration.ofMillis(200))).way(Directions.UP));
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            Clock clock = Clock.start();
            client.send("all").endOutput();
            assertEquals("all", upstream.readText());
            assertTook(200, clock);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aSlowCloseHoldsForTheEndOfAResponseUntilClose() throws Exception {
        try (Origin origin = Origin.each(client -> {
                    client.readHead();
                    client.send("HTTP/1.0 200 OK\r\n\r\nbody");
                });
                ProxyServer proxy = TestProxy.http(origin.port(), rule(new SlowClose(Duration.ofMillis(200))));
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET / HTTP/1.0\r\n\r\n").readHead();
            Clock clock = Clock.start();
            assertEquals("body", client.readText());
            double took = clock.millis();
            assertTrue(took > 150 && took < 200 + SOON, took + " ms");
        }
    }

    // slice

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aSliceArrivesInSmallPieces() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(new Slice(10, 0, Duration.ofMillis(100))));
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            byte[] data = new byte[105];
            new Random(1).nextBytes(data);
            Clock clock = Clock.start();
            upstream.send(data).endOutput();
            assertArrayEquals(data, client.readAll());
            assertTook(10 * 100, clock);
        }
    }

    /** The pause is behind a piece: with the next one an hour away, the first arrives. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void theFirstPieceOfASliceIsNotLate() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(new Slice(10, 0, Duration.ofHours(1))));
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            upstream.send("0123456789 and more");
            assertEquals("0123456789", client.read(10));
            assertTrue(client.isSilentFor(100));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aSliceOfAnHttpMessageIsStillTheMessage() throws Exception {
        try (Origin origin = Origin.answering(CHUNKED);
                ProxyServer proxy = TestProxy.http(
                        origin.port(),
                        rule(new Slice(3, 2, Duration.ofNanos(1))).way(Directions.BOTH));
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 20; i++) {
                client.send(REQUEST);
                assertEquals(CHUNKED, client.read(CHUNKED.length()));
            }
        }
    }

    // limit

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aLimitLetsExactlySoManyBytesPass() throws Exception {
        for (int limit : new int[] {0, 1, 1000, 100_000, 1_000_000}) {
            try (Origin origin = Origin.each(client -> client.send(new byte[3_000_000]));
                    ProxyServer proxy = TestProxy.tcp(origin.port(), rule(new Limit(limit)));
                    Peer client = Peer.connect(proxy.address())) {
                assertEquals(limit, client.readAll().length);
                assertEquals(1, proxy.common().journal().hits("tcp", "limit"));
            }
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void aLimitEndsInOrderWhileTheClientStillSends(Directions way) throws Exception {
        byte[] much = new byte[16_000_000];
        try (Origin origin = Origin.manual();
                ProxyServer proxy =
                        TestProxy.tcp(origin.port(), rule(new Limit(5000)).way(way))) {
            for (int i = 0; i < 10; i++) {
                try (Peer client = Peer.connect(proxy.address());
                        Peer upstream = origin.next()) {
                    Future<Peer> sending = Together.start(() -> client.send(much));
                    Future<byte[]> arriving = Together.start(upstream::readAll);
                    if (way == Directions.DOWN) {
                        upstream.send(new byte[6000]);
                    }
                    assertEquals(way == Directions.DOWN ? 5000 : 0, client.readAll().length);
                    int arrived = Together.result(arriving).length;
                    assertTrue(way == Directions.DOWN ? arrived <= much.length : arrived == 5000, arrived + " arrived");
                    Together.result(sending); // what nobody wants is read away
                }
            }
        }
    }

    /** Order of the rules: what has passed the limit is still on its way when the connection closes. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void whatALimitLetPassArrivesThroughSlowRulesBehindIt() throws Exception {
        List<Rule> behind = List.of(
                rule(Latency.of(Duration.ofMillis(100)).onStream()),
                rule(Rate.of(20_000)).way(Directions.DOWN),
                rule(Outage.of(Duration.ofMillis(100))).way(Directions.DOWN));
        for (Rule slow : behind) {
            try (Origin origin = Origin.each(client -> client.send(new byte[100_000]));
                    ProxyServer proxy = TestProxy.tcp(origin.port(), rule(new Limit(4000)), slow);
                    Peer client = Peer.connect(proxy.address())) {
                assertEquals(4000, client.readAll().length, slow::name);
            }
            try (Origin origin = Origin.answering(RESPONSE);
                    ProxyServer proxy = TestProxy.http(origin.port(), rule(new Truncate(OptionalLong.of(4))), slow);
                    Peer client = Peer.connect(proxy.address())) {
                client.send(REQUEST);
                assertEquals(RESPONSE.substring(0, RESPONSE.length() - 6), client.readText(), slow::name);
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aLimitOfAnExchangeCountsAnewForEach() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.http(origin.port(), rule(new Limit(RESPONSE.length() + 1)));
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 5; i++) {
                assertEquals(RESPONSE, client.send(REQUEST).readResponse());
            }
        }
    }

    // corrupt

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void corruptionChangesBytesAndKeepsTheLength() throws Exception {
        byte[] data = new byte[1_000_000];
        new Random(1).nextBytes(data);
        for (Directions way : List.of(Directions.UP, Directions.DOWN)) {
            try (Origin origin = Origin.echo();
                    ProxyServer proxy = TestProxy.tcp(
                            origin.port(), rule(new Corrupt(2, 1000)).way(way));
                    Peer client = Peer.connect(proxy.address())) {
                Future<Peer> sending = Together.start(() -> client.send(data).endOutput());
                byte[] back = client.readAll();
                Together.result(sending);
                assertEquals(data.length, back.length);
                for (int stretch = 0; stretch < 1000; stretch++) {
                    int changed = 0;
                    for (int i = stretch * 1000; i < stretch * 1000 + 1000; i++) {
                        changed += back[i] == data[i] ? 0 : 1;
                    }
                    assertEquals(2, changed, "in stretch " + stretch);
                }
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void corruptionOfHttpChangesNothingButTheBody() throws Exception {
        // x marks payload
        Map<String, String> marked = Map.of(
                RESPONSE, RESPONSE.replace("0123456789", "xxxxxxxxxx"),
                CHUNKED,
                        CHUNKED.replace("01234", "xxxxx")
                                .replace("56789", "xxxxx")
                                .replace("x=y", "-=-"));
        for (Map.Entry<String, String> each : marked.entrySet()) {
            String response = each.getKey();
            try (Origin origin = Origin.answering(response);
                    ProxyServer proxy = TestProxy.http(origin.port(), rule(new Corrupt(1, 1)));
                    Peer client = Peer.connect(proxy.address())) {
                for (int i = 0; i < 20; i++) {
                    client.send(REQUEST);
                    String got = client.read(response.length());
                    for (int at = 0; at < response.length(); at++) {
                        boolean payload = each.getValue().charAt(at) == 'x';
                        assertEquals(payload, got.charAt(at) != response.charAt(at), at + " of " + got);
                    }
                }
            }
        }
    }

    // refuse

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void refusesByResetOrByClose() throws Exception {
        for (AcceptFault.How how : List.of(AcceptFault.How.RESET, AcceptFault.How.CLOSE)) {
            try (Origin origin = Origin.manual();
                    ProxyServer proxy = TestProxy.tcp(origin.port(), rule(new Refuse(how, Duration.ofMillis(50))))) {
                for (int i = 0; i < 5; i++) {
                    Clock clock = Clock.start();
                    try (Peer client = Peer.connect(proxy.address())) {
                        assertEquals(how == AcceptFault.How.RESET ? "reset" : "end", client.ending());
                        assertTook(49, clock);
                    }
                }
                assertEquals(5, proxy.common().journal().hits("tcp", "refuse"));
                assertTrue(origin.isUntouched());
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void refusesInOrderEvenIfTheClientHasSentSomething() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy =
                        TestProxy.http(origin.port(), rule(new Refuse(AcceptFault.How.CLOSE, Duration.ZERO)))) {
            for (int i = 0; i < 50; i++) {
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send(REQUEST);
                    assertEquals("end", client.ending());
                }
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void hangsUntilTheRuleGoesAndThenComesAlive() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy =
                        TestProxy.tcp(origin.port(), rule(new Refuse(AcceptFault.How.HANG, Duration.ZERO)));
                Peer client = Peer.connect(proxy.address())) {
            client.send("hello");
            assertTrue(client.isSilentFor(100));
            proxy.plan(Plan.CLEAN);
            assertEquals("hello", client.read(5));
        }
    }

    // respond

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void answersInThePlaceOfTheUpstream() throws Exception {
        Respond busy = new Respond(503, "later", Map.of("X-Why", "test"), Optional.of(Duration.ofMillis(2500)));
        String head = "HTTP/1.1 503 Service Unavailable\r\n"
                + "Content-Type: text/plain; charset=utf-8\r\nRetry-After: 3\r\nX-Why: test\r\n"
                + "Content-Length: 5\r\nConnection: keep-alive\r\n\r\n";
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port(), rule(busy));
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            assertEquals(head + "later", client.readResponse());
            client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertEquals(head, client.readHead());
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n");
            client.send(new byte[300_000]);
            assertEquals(head + "later", client.readResponse());
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
            assertEquals(head + "later", client.readResponse());
            client.send("GET / HTTP/1.0\r\n\r\n");
            assertEquals(head.replace("keep-alive", "close") + "later", client.readText());
            assertTrue(origin.isUntouched());
            assertEquals(5, proxy.common().journal().hits("http", "respond"));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void theUpstreamAnswersTheOtherExchangesOfTheConnection() throws Exception {
        Rule second = rule(Respond.of(500)).when(io.chaosproxy.fault.Match.ANY.methods("POST"));
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.http(origin.port(), second);
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 3; i++) {
                client.send(REQUEST + "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + REQUEST);
                assertEquals(RESPONSE, client.readResponse());
                assertTrue(client.readResponse().startsWith("HTTP/1.1 500 "));
                assertEquals(RESPONSE, client.readResponse());
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void anAnswerOfTheProxyMeetsTheOtherFaults() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy =
                        TestProxy.http(origin.port(), rule(Respond.of(500)), rule(Latency.of(Duration.ofMillis(100))));
                Peer client = Peer.connect(proxy.address())) {
            Clock clock = Clock.start();
            assertTrue(client.send(REQUEST).readResponse().startsWith("HTTP/1.1 500 "));
            assertTook(100, clock);
        }
    }

    // truncate

    static List<String> messages() {
        return List.of(RESPONSE, CHUNKED);
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("messages")
    void aTruncatedBodyStopsShortAndTheConnectionEndsInOrder(String response) throws Exception {
        for (int at : new int[] {0, 3, 9}) {
            try (Origin origin = Origin.answering(response);
                    ProxyServer proxy = TestProxy.http(origin.port(), rule(new Truncate(OptionalLong.of(at))));
                    Peer client = Peer.connect(proxy.address())) {
                client.send(REQUEST);
                String got = client.readText();
                assertTrue(response.startsWith(got) && got.length() < response.length(), got);
                assertEquals(at, payloadOf(got).length(), got);
            }
        }
        try (Origin origin = Origin.answering(response);
                ProxyServer proxy = TestProxy.http(origin.port(), rule(new Truncate(OptionalLong.of(11))));
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 3; i++) {
                client.send(REQUEST);
                assertEquals(response, client.read(response.length()));
            }
        }
    }

    /** The body pauses right where it is cut: both ends learn of the end before its next byte. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @ValueSource(strings = {"Content-Length: 30\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n1e\r\n"})
    void aTruncationDoesNotWaitForTheNextByte(String framing) throws Exception {
        Truncate cut = Truncate.at(10);
        Rule late = rule(Latency.of(Duration.ofMillis(20)).onStream()).way(Directions.BOTH);
        for (Rule[] rules : List.of(
                new Rule[] {rule(cut).way(Directions.BOTH)},
                new Rule[] {rule(cut).way(Directions.BOTH), late},
                new Rule[] {late, rule(cut).way(Directions.BOTH)})) {
            try (Origin origin = Origin.manual();
                    ProxyServer proxy = TestProxy.http(origin.port(), rules)) {
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send(REQUEST);
                    Peer upstream = origin.next();
                    upstream.readHead();
                    upstream.send("HTTP/1.1 200 OK\r\n" + framing + "0123456789");
                    assertTrue(client.readText().endsWith("0123456789"));
                    upstream.close();
                }
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send("POST / HTTP/1.1\r\nHost: a\r\n" + framing + "0123456789");
                    Peer upstream = origin.next();
                    assertTrue(upstream.readText().endsWith("0123456789"));
                    upstream.close();
                }
            }
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("messages")
    void aDrawnTruncationNeverPassesAWholeMessage(String response) throws Exception {
        try (Origin origin = Origin.answering(response);
                ProxyServer proxy = TestProxy.http(origin.port(), rule(new Truncate(OptionalLong.empty())))) {
            for (int i = 0; i < 50; i++) {
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send(REQUEST);
                    String got = client.readText();
                    assertTrue(response.startsWith(got) && got.length() < response.length(), got);
                    assertTrue(got.contains("\r\n\r\n"), got);
                }
            }
        }
    }

    private static String payloadOf(String response) {
        String body = response.substring(response.indexOf("\r\n\r\n") + 4);
        return response.contains("chunked") ? body.replaceAll("5(;x=y)?\r\n|\r\n", "") : body;
    }

    // headers

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void headersOfTheRequestChangeAndNothingElse() throws Exception {
        Headers edit = new Headers(Headers.On.REQUEST, Map.of("User-Agent", "chaos", "X-New", "1"), List.of("cookie"));
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port(), rule(edit));
                Peer client = Peer.connect(proxy.address())) {
            client.send("POST /a?b=%20 HTTP/1.1\r\nhOST:  a \r\nCookie: x\r\nuser-agent: me\r\nCookie: y\r\n"
                    + "Content-Length: 3\r\n\r\nabc");
            String expected = "POST /a?b=%20 HTTP/1.1\r\nhOST:  a \r\nuser-agent: chaos\r\n"
                    + "Content-Length: 3\r\nX-New: 1\r\n\r\nabc";
            try (Peer upstream = origin.next()) {
                assertEquals(expected, upstream.read(expected.length()));
                upstream.send(RESPONSE);
                assertEquals(RESPONSE, client.readResponse());
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void headersOfTheResponseChangeAndNothingElse() throws Exception {
        Headers edit = new Headers(Headers.On.RESPONSE, Map.of("ETag", "\"0\""), List.of("Server"));
        String head = "HTTP/1.1 200  Very  OK\r\nServer: x\r\nEtag: \"1\"\r\ntransfer-encoding: Chunked\r\n\r\n";
        String body = "3;ext\r\nabc\r\n0\r\nServer: trailer\r\n\r\n";
        String expected = "HTTP/1.1 200  Very  OK\r\nEtag: \"0\"\r\ntransfer-encoding: Chunked\r\n\r\n" + body;
        try (Origin origin = Origin.answering(head + body);
                ProxyServer proxy = TestProxy.http(origin.port(), rule(edit));
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 3; i++) {
                client.send(REQUEST);
                assertEquals(expected, client.read(expected.length()));
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void severalFaultsTogether() throws Exception {
        List<String> seen = new ArrayList<>();
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.http(
                        origin.port(),
                        rule(Latency.of(Duration.ofMillis(30)).onStream()),
                        rule(new Slice(4, 1, Duration.ofMillis(1))),
                        rule(Rate.of(100_000)),
                        rule(new Corrupt(1, 10)),
                        rule(new Headers(Headers.On.RESPONSE, Map.of("X", "y"), List.of())));
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 5; i++) {
                client.send(REQUEST);
                assertEquals("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX: y\r\n\r\n", client.readHead());
                String body = client.read(10);
                assertFalse(body.equals("0123456789"));
                seen.add(body);
            }
        }
        assertEquals(5, seen.stream().distinct().count(), seen::toString);
    }
}
