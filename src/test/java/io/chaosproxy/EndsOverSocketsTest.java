package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.Directions;
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
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.ProxyServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How streams end while a fault, a slow reader or the kernel still holds bytes: no end overtakes a byte or costs one. */
@SuppressWarnings("try") // closing is what is tested
final class EndsOverSocketsTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final int MIB = 1 << 20;

    private static Rule stream(int millis, Directions way) {
        return Rule.of("stream", Latency.of(Duration.ofMillis(millis)).onStream())
                .way(way);
    }

    /** A client with a small window, so that most of what is sent to it waits in the kernel of the proxy. */
    private static Peer slowClient(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(8 * 1024);
        socket.connect(address, 10_000);
        return new Peer(socket);
    }

    /** Everything up to the end, in pieces with a pause in between; a reset is an exception. */
    private static byte[] readSlowly(Peer client, int pieces) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        InputStream in = client.socket().getInputStream();
        for (int i = 0; i < pieces; i++) {
            Thread.sleep(100); // the slowness is what is tested
            byte[] piece = in.readNBytes(20_000);
            all.writeBytes(piece);
        }
        in.transferTo(all);
        return all.toByteArray();
    }

    /** Sends for as long as it is read from, and answers the end with a reset. */
    private static Origin resettingAtTheEnd(String head, int size) throws IOException {
        return Origin.each(server -> {
            Future<?> sending = Together.start(() -> {
                try {
                    server.send(head).send(new byte[size]);
                } catch (IOException e) {
                    // the proxy has had enough
                }
                return null;
            });
            server.ending();
            server.reset();
            Together.result(sending);
        });
    }

    // a close by a rule

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aLimitStaysGracefulThoughTheUpstreamAnswersTheEndWithAReset() throws Exception {
        try (Origin origin = resettingAtTheEnd("", 8 * MIB);
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(Limit.of(3 * MIB)));
                Peer client = slowClient(proxy.address())) {
            assertEquals(3 * MIB, readSlowly(client, 15).length);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aTruncationStaysGracefulThoughTheUpstreamAnswersTheEndWithAReset() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + 8 * MIB + "\r\n\r\n";
        try (Origin origin = resettingAtTheEnd(head, 8 * MIB);
                ProxyServer proxy = TestProxy.http(origin.port(), rule(Truncate.at(3 * MIB)));
                Peer client = slowClient(proxy.address())) {
            client.send(GET);
            assertEquals(head.length() + 3 * MIB, readSlowly(client, 15).length);
        }
    }

    /** The client talks on while it reads: each byte that nobody reads would turn the end into a reset. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void aSlowClientThatTalksOnLosesNothing(Protocol protocol) throws Exception {
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + 8 * MIB + "\r\n\r\n";
        try (Origin origin = resettingAtTheEnd(head, 8 * MIB);
                ProxyServer proxy =
                        TestProxy.start(TestProxy.spec(protocol, origin.port(), rule(Limit.of(3 * MIB))), 1);
                Peer client = slowClient(proxy.address())) {
            client.send(GET);
            Future<?> talk = Together.start(() -> {
                for (int i = 0; i < 20; i++) {
                    Thread.sleep(130);
                    client.send(GET);
                }
                return null;
            });
            int length = readSlowly(client, 40).length;
            assertTrue(length >= 3 * MIB, "lost: " + length); // on http the head isn't payload
            Together.result(talk);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aLimitUpStaysGracefulForASlowUpstream() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy =
                        TestProxy.tcp(origin.port(), rule(Limit.of(MIB)).way(Directions.UP));
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            Future<?> sending = Together.start(() -> client.send(new byte[MIB]));
            for (int i = 0; i < 15; i++) {
                server.send("x"); // to be read away, or it becomes a reset
                Thread.sleep(100);
            }
            assertEquals(MIB, readSlowly(server, 1).length);
            Together.result(sending);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void anErrorOfTheProxyArrivesThoughTheUpstreamAnswersTheEndWithAReset() throws Exception {
        try (Origin origin = Origin.each(server -> {
                    server.readHead();
                    server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                    server.ending();
                    server.reset();
                });
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(GET);
            client.readResponse();
            client.send("nonsense\r\n\r\n" + "x".repeat(100_000));
            assertTrue(client.readText().startsWith("HTTP/1.1 400 "));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aRefusedClientThatHasSentSomethingSeesTheEnd() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy =
                        TestProxy.tcp(origin.port(), rule(new Refuse(AcceptFault.How.CLOSE, Duration.ofMillis(100))));
                Peer client = Peer.connect(proxy.address())) {
            assertEquals("end", client.send("hello").ending());
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void anUpstreamThatRefusesIsAnEndForAClientThatHasSentSomething() throws Exception {
        int nobody;
        try (Origin origin = Origin.manual()) {
            nobody = origin.port();
        }
        try (ProxyServer proxy = TestProxy.tcp(nobody, rule(new Refuse(AcceptFault.How.HANG, Duration.ofHours(1))));
                Peer client = Peer.connect(proxy.address())) {
            client.send("hello");
            assertTrue(client.isSilentFor(50));
            proxy.plan(Plan.CLEAN);
            assertEquals("end", client.ending());
        }
    }

    /** Requests that wait for their turn are read away too. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aClosedConnectionReadsAwayWhatWasPipelined() throws Exception {
        try (Origin origin = Origin.each(server -> {
                    server.readHead();
                    server.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                            .send(new byte[100_000]);
                    server.ending();
                });
                ProxyServer proxy = TestProxy.http(
                        origin.port(),
                        rule(Limit.of(50_000)),
                        rule(Respond.of(200)).when(Match.path("/second")));
                Peer client = Peer.connect(proxy.address())) {
            client.send(GET + "GET /second HTTP/1.1\r\nHost: a\r\n\r\n" + GET.repeat(2_000));
            Thread.sleep(300); // as slow as that
            String text = client.readText();
            assertTrue(text.length() >= 50_000, "lost: " + text.length());
        }
    }

    // held bytes and the end of their stream

    static Stream<Rule> holding() {
        return Stream.of(
                stream(300, Directions.BOTH),
                Rule.of("slow", new Slice(2, 0, Duration.ofMillis(15))).way(Directions.BOTH),
                rule(Rate.of(100)),
                Rule.of("outage", Outage.of(Duration.ofMillis(300))).per(TrialUnit.CONNECTION));
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("holding")
    void bytesArriveBeforeTheResetOfTheUpstream(Rule rule) throws Exception {
        byte[] sent = "44 bytes are sent, and then comes the reset.".getBytes(ISO_8859_1);
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule);
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            Clock clock = Clock.start();
            server.send(sent);
            Thread.sleep(30);
            server.reset();
            assertArrayEquals(sent, client.socket().getInputStream().readNBytes(sent.length));
            double arrived = clock.millis();
            assertTrue(arrived >= 200, "after " + arrived + " ms");
            assertEquals("reset", client.ending());
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void theResetIsAsLateAsTheBytesAre() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), stream(300, Directions.DOWN));
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            server.send("x");
            assertEquals("x", client.read(1));
            Clock clock = Clock.start();
            server.reset();
            assertEquals("reset", client.ending());
            assertTrue(clock.millis() >= 299, "after " + clock.millis() + " ms");
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("holding")
    void bytesArriveBeforeTheResetOfTheClient(Rule rule) throws Exception {
        byte[] sent = "44 bytes are sent, and then comes the reset.".getBytes(ISO_8859_1);
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule);
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            client.send(sent);
            Thread.sleep(30);
            client.reset();
            assertArrayEquals(sent, server.socket().getInputStream().readNBytes(sent.length));
            assertEquals("reset", server.ending());
        }
    }

    /** The client has closed; what the upstream still sends it is answered with a reset. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void lastWordsOfAClientArriveThoughItTakesNoMore() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), stream(500, Directions.UP));
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            client.send("last words").close();
            for (int i = 0; i < 5; i++) {
                server.send("x");
                Thread.sleep(20);
            }
            assertEquals("last words", server.read(10));
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @ValueSource(ints = {1, 20})
    void anEarlyAnswerArrivesThoughTheUploadIsDelayed(int mib) throws Exception {
        String answer = "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge";
        try (Origin origin = Origin.each(server -> {
                    server.readHead();
                    server.send(answer);
                });
                ProxyServer proxy = TestProxy.http(
                        origin.port(), stream(20, Directions.UP), rule(Latency.of(Duration.ofMillis(300))));
                Peer client = Peer.connect(proxy.address())) {
            Future<?> sending = Together.start(
                    () -> client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + mib * MIB + "\r\n\r\n")
                            .send(new byte[mib * MIB]));
            assertEquals(answer, client.readText());
            client.close();
            assertTrue(sending.isDone() || assertThrows(SocketException.class, () -> Together.result(sending)) != null);
        }
    }

    /** A limit on the way up ends the connection, but not what is on its way down. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aCloseByARuleOnTheWayUpLetsDelayedBytesArrive() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(
                        origin.port(), rule(Limit.of(5)).way(Directions.UP), stream(400, Directions.DOWN));
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            server.send("greeting");
            Thread.sleep(30);
            client.send("hello");
            assertEquals("greeting", client.readText());
            assertEquals("hello", server.readText());
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aLimitOnTheWayDownLetsDelayedBytesGoUp() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(
                        origin.port(), rule(Limit.of(5)).way(Directions.DOWN), stream(400, Directions.UP));
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            client.send("greeting");
            Thread.sleep(30);
            server.send("hello");
            assertEquals("hello", client.readText());
            assertEquals("greeting", server.readText());
        }
    }
}
