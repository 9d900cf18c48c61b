package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetAtAccept;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A reset is a reset at every moment and on every kind of body, never an orderly end. */
final class ResetOverSocketsTest {
    /** Often enough that an end that comes before the reset now and then would be seen. */
    private static final int TIMES = 300;

    private static final int AT_ONCE = 10;

    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    enum Kind {
        LENGTH("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + "x".repeat(1000)),
        CHUNKED("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + "a\r\n0123456789\r\n".repeat(20)
                + "0\r\n\r\n"),
        UNTIL_CLOSE("HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(1000)),
        EMPTY("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        BODILESS("HTTP/1.1 204 No Content\r\n\r\n"),
        EMPTY_CHUNKED("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");

        final String response;

        Kind(String response) {
            this.response = response;
        }

        /** An upstream that ends each connection after its answer: that end must not be what the client sees. */
        Origin origin() throws IOException {
            return Origin.each(client -> {
                client.readHead();
                client.send(response);
            });
        }
    }

    private static Rule reset(Reset.At moment) {
        return rule(Reset.at(moment));
    }

    /** At each moment. */
    static Stream<Rule> resets() {
        return Stream.concat(
                Stream.of(rule(ResetAtAccept.now())),
                Stream.of(Reset.At.values()).map(ResetOverSocketsTest::reset));
    }

    /** How so many connections ended, a few at a time. */
    private static Map<String, Long> endings(int times, Together.Task<String> connection) throws Exception {
        return Together.run(
                        AT_ONCE,
                        i -> IntStream.range(0, times / AT_ONCE)
                                .mapToObj(n -> {
                                    try {
                                        return connection.run(n);
                                    } catch (Exception e) {
                                        return e.toString();
                                    }
                                })
                                .toList())
                .stream()
                .flatMap(java.util.List::stream)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    /** At the accept the client may get to know at its first write or already while it connects. */
    private static String endingOf(ProxyServer proxy, String request) throws IOException {
        try (Peer client = Peer.connect(proxy.address())) {
            client.send(request);
            return client.ending();
        } catch (SocketException e) {
            String message = String.valueOf(e.getMessage());
            return message.contains("reset") || message.contains("Broken pipe") ? "reset" : message;
        }
    }

    @ParameterizedTest
    @EnumSource
    void anHttpClientSeesAResetWhateverTheBody(Kind kind) throws Exception {
        try (Origin origin = kind.origin();
                ProxyServer proxy = TestProxy.http(origin.port())) {
            for (Rule reset : (Iterable<Rule>) resets()::iterator) {
                proxy.plan(Plan.of(reset));
                assertEquals(
                        Map.of("reset", (long) TIMES), endings(TIMES, n -> endingOf(proxy, REQUEST)), reset.toString());
            }
            assertEquals(4L * TIMES, proxy.common().journal().hits("http", "reset"));
        }
    }

    @ParameterizedTest
    @MethodSource("resets")
    void aTcpClientSeesAReset(Rule reset) throws Exception {
        try (Origin origin = Kind.LENGTH.origin();
                ProxyServer proxy = TestProxy.tcp(origin.port(), reset)) {
            assertEquals(Map.of("reset", (long) TIMES), endings(TIMES, n -> endingOf(proxy, REQUEST)));
            assertEquals(TIMES, proxy.common().journal().hits("tcp", "reset"));
        }
    }

    @ParameterizedTest
    @CsvSource({"TCP, REQUEST", "TCP, FIRST_BYTE", "TCP, BODY", "HTTP, REQUEST", "HTTP, FIRST_BYTE", "HTTP, BODY"})
    void hitsAConnectionThatWasOpenBefore(Protocol protocol, Reset.At moment) throws Exception {
        String response = Kind.LENGTH.response;
        try (Origin origin = Origin.answering(response);
                ProxyServer proxy = TestProxy.start(TestProxy.spec(protocol, origin.port()), 1)) {
            for (int i = 0; i < 50; i++) {
                proxy.plan(Plan.CLEAN);
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send(REQUEST);
                    assertEquals(response, client.readResponse());
                    proxy.plan(Plan.of(reset(moment)));
                    client.send(REQUEST);
                    assertEquals("reset", client.ending());
                }
            }
        }
    }

    @Test
    void theUpstreamSeesItToo() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port(), reset(Reset.At.FIRST_BYTE));
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            try (Peer upstream = origin.next()) {
                upstream.readHead();
                upstream.send(Kind.LENGTH.response);
                assertEquals("reset", client.ending());
                assertEquals("reset", upstream.ending());
            }
        }
    }

    @Test
    void noByteOfTheResponseArrivesBeforeAResetAtTheFirst() throws Exception {
        try (Origin origin = Kind.LENGTH.origin();
                ProxyServer proxy = TestProxy.http(origin.port(), reset(Reset.At.FIRST_BYTE));
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            SocketException e = assertThrows(SocketException.class, client::read);
            assertEquals("Connection reset", e.getMessage());
        }
    }

    /** The bytes in hand may be held for good, so the connection ends without waiting for them. */
    @Test
    void aTcpStreamOnWhichBytesHavePassedIsCutBeforeTheNextByte() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            upstream.send("first");
            assertEquals("first", client.read(5));
            proxy.plan(Plan.of(rule(Rate.of(0))));
            upstream.send("next");
            TestProxy.await(
                    "held",
                    () -> proxy.connections().stream().anyMatch(c -> c.info().waiting() > 0));
            proxy.change(plan -> plan.with(reset(Reset.At.BODY)));
            assertEquals("reset", client.ending());
            assertEquals(
                    "after 0 B",
                    proxy.common().journal().hits().getLast().drawn().toString());
        }
    }

    /** Connections that begin under the rule, and one on which nothing has passed yet. */
    @Test
    void aNewTcpConnectionIsCutWhereItIsDrawn() throws Exception {
        byte[] response = new byte[128 * 1024];
        int cutLate = 0;
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port())) {
            for (int i = 0; i < 20; i++) {
                proxy.plan(i % 2 == 0 ? Plan.CLEAN : Plan.of(reset(Reset.At.BODY)));
                try (Peer client = Peer.connect(proxy.address());
                        Peer upstream = origin.next()) {
                    proxy.plan(Plan.of(reset(Reset.At.BODY)));
                    upstream.send(response);
                    assertEquals("reset", client.ending());
                    long drawn =
                            proxy.common().journal().hits().getLast().drawn().value();
                    cutLate += drawn > 1 ? 1 : 0;
                }
            }
        }
        assertTrue(cutLate > 10, "only " + cutLate + " of 20 beyond the first byte");
    }

    @Test
    void asManyBytesOfTheBodyArriveAsWereDrawn() throws Exception {
        try (Origin origin = Kind.LENGTH.origin();
                ProxyServer proxy = TestProxy.http(origin.port(), reset(Reset.At.BODY))) {
            for (int i = 0; i < 20; i++) {
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send(REQUEST).readHead();
                    int arrived = 0;
                    try {
                        while (client.read() >= 0) {
                            arrived++;
                        }
                        throw new AssertionError("ended in order");
                    } catch (SocketException e) {
                        assertEquals("Connection reset", e.getMessage());
                    }
                    long drawn =
                            proxy.common().journal().hits().getLast().drawn().value();
                    // The kernel of the client may drop what it hasn't handed over when the RST comes.
                    assertTrue(arrived <= drawn && drawn < 1000, arrived + " bytes, drawn " + drawn);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"TCP, REQUEST", "TCP, FIRST_BYTE", "HTTP, REQUEST", "HTTP, FIRST_BYTE", "HTTP, BODY"})
    void whileTheClientSendsABigBody(Protocol protocol, Reset.At moment) throws Exception {
        byte[] body = new byte[8 << 20];
        try (Origin origin = Origin.each(client -> {
                    client.readHead();
                    client.read(100_000);
                    client.send(Kind.LENGTH.response);
                    client.ending();
                });
                ProxyServer proxy = TestProxy.start(TestProxy.spec(protocol, origin.port(), reset(moment)), 1)) {
            Map<String, Long> endings = endings(100, n -> {
                try (Peer client = Peer.connect(proxy.address())) {
                    Future<String> ending = Together.start(client::ending);
                    String sending = "sent";
                    try {
                        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length + "\r\n\r\n");
                        client.send(body);
                    } catch (SocketException e) {
                        sending = String.valueOf(e.getMessage());
                    }
                    // The kernel tells of an RST once: to the reading thread, or to the writing one.
                    return sending.contains("reset") ? "reset" : Together.result(ending);
                }
            });
            assertEquals(Map.of("reset", 100L), endings);
        }
    }

    @Test
    void whileTheReceiveBufferOfTheClientIsFull() throws Exception {
        byte[] much = new byte[32 << 20];
        try (Origin origin = Origin.each(client -> client.send(much));
                ProxyServer proxy = TestProxy.tcp(origin.port())) {
            for (int i = 0; i < 20; i++) {
                proxy.plan(Plan.CLEAN);
                try (Peer client = Peer.connect(proxy.address())) {
                    TestProxy.await("full buffers", new Standstill(proxy)::isReached);
                    proxy.sever();
                    assertEquals("reset", client.ending());
                }
            }
        }
    }

    @Test
    void aRuleHitsOnceAFullReceiveBufferIsReadAgain() throws Exception {
        byte[] much = new byte[32 << 20];
        try (Origin origin = Origin.each(client -> client.send(much));
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            TestProxy.await("full buffers", new Standstill(proxy)::isReached);
            Clock clock = Clock.start();
            proxy.plan(Plan.of(reset(Reset.At.FIRST_BYTE)));
            assertTrue(clock.millis() < 30_000);
            assertEquals("reset", client.ending());
        }
    }

    @Test
    void waitsAsLongAsItSays() throws Exception {
        try (Origin origin = Kind.LENGTH.origin();
                ProxyServer proxy =
                        TestProxy.http(origin.port(), rule(new Reset(Reset.At.FIRST_BYTE, Duration.ofMillis(120))));
                Peer client = Peer.connect(proxy.address())) {
            Clock clock = Clock.start();
            client.send(REQUEST);
            assertEquals("reset", client.ending());
            double took = clock.millis();
            assertTrue(took >= 120 && took < 30_000, "after " + took + " ms");
        }
    }

    @Test
    void sparesTheOthersIfTheProbabilitySaysSo() throws Exception {
        Rule some = reset(Reset.At.FIRST_BYTE).probability(0.3);
        try (Origin origin = Kind.LENGTH.origin();
                ProxyServer proxy = TestProxy.start(TestProxy.spec(Protocol.HTTP, origin.port(), some), 7)) {
            Map<String, Long> endings = endings(TIMES, n -> endingOf(proxy, REQUEST));
            assertEquals(proxy.common().journal().hits("http", "reset"), endings.get("reset"));
            assertEquals(TIMES - endings.get("reset"), endings.get("end"));
            assertTrue(endings.get("reset") > 60 && endings.get("reset") < 120, endings::toString); // ± 3.8 sigma
        }
    }

    /** Nothing moves any more: what was handed on stays the same for a while. */
    private static final class Standstill {
        private final ProxyServer proxy;
        private long last = -1;
        private Clock since = Clock.start();

        Standstill(ProxyServer proxy) {
            this.proxy = proxy;
        }

        boolean isReached() {
            long now = proxy.connections().stream()
                    .mapToLong(c -> c.counters().bytes(io.chaosproxy.fault.Direction.DOWN))
                    .sum();
            if (now != last) {
                last = now;
                since = Clock.start();
            }
            return now > 0 && since.millis() > 50;
        }
    }
}
