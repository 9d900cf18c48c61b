package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules that cut a stream in front of a delay line: the bytes before the cut arrive, delayed like all others, and none behind it. */
final class CutsBeforeDelaysTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final int MIB = 1 << 20;

    /** More than a delay line holds. */
    private static final int MORE = 40 * MIB;

    private static Rule stream(int millis) {
        return Rule.of("stream", Latency.of(Duration.ofMillis(millis)).onStream())
                .way(Directions.DOWN);
    }

    private static byte at(long place) {
        return (byte) (place % 251);
    }

    private static byte[] body(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = at(i);
        }
        return bytes;
    }

    private static Future<?> sending(Peer server, byte[] bytes) {
        return Together.start(() -> {
            try {
                server.send(bytes);
            } catch (IOException e) {
                // the proxy has had enough
            }
            return null;
        });
    }

    /** Number of bytes of the body up to the end of the stream, and how it ended. */
    private static String rest(Peer client, long from) throws IOException {
        InputStream in = client.socket().getInputStream();
        byte[] piece = new byte[64 * 1024];
        long place = from;
        try {
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                for (int i = 0; i < count; i++) {
                    assertEquals(at(place), piece[i]);
                    place++;
                }
            }
            return place + " end";
        } catch (SocketException e) {
            return place + " reset";
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1000, MORE})
    void aTruncatedBodyArrivesAsFarAsItGoes(int at) throws Exception {
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + (MORE + MIB) + "\r\n\r\n";
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port(), rule(Truncate.at(at)), stream(300));
                Peer client = Peer.connect(proxy.address()).send(GET);
                Peer server = origin.next()) {
            server.readHead();
            server.send(head);
            Clock clock = Clock.start();
            Future<?> sending = sending(server, body(MORE + MIB));
            assertEquals(head, client.readHead());
            assertEquals(at + " end", rest(client, 0));
            assertTrue(clock.millis() >= 299, "after " + clock.millis() + " ms");
            assertEquals(1, proxy.common().journal().hits("http", "truncate"));
            Together.result(sending);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1000, MORE})
    void aLimitedStreamArrivesAsFarAsItGoes(int bytes) throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(Limit.of(bytes)), stream(300));
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            Clock clock = Clock.start();
            Future<?> sending = sending(server, body(MORE + MIB));
            assertEquals(bytes + " end", rest(client, 0));
            assertTrue(clock.millis() >= 299, "after " + clock.millis() + " ms");
            Together.result(sending);
        }
    }

    @Test
    void aResetInTheBodyComesBehindTheBytesThatPassed() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
        for (int seed = 0; seed < 5; seed++) {
            try (Origin origin = Origin.manual();
                    ProxyServer proxy = TestProxy.start(
                            TestProxy.spec(Protocol.HTTP, origin.port(), rule(Reset.inBody()), stream(200)), seed);
                    Peer client = Peer.connect(proxy.address()).send(GET);
                    Peer server = origin.next()) {
                server.readHead();
                server.send(head).send(body(1000));
                assertEquals(head, client.readHead());
                String got = rest(client, 0);
                long passed = proxy.common().journal().hits().stream()
                        .filter(hit -> hit.rule().equals("reset"))
                        .mapToLong(hit -> hit.drawn().value())
                        .sum();
                assertEquals(passed + " reset", got);
            }
        }
    }

    /** What a pipelined response before it has on a delay line isn't the business of a reset at the first byte. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aResetAtTheFirstByteComesBehindTheResponseBefore(boolean resetFirst) throws Exception {
        String response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        Rule reset = rule(Reset.atFirstByte()).when(Match.path("/second"));
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(
                        origin.port(), resetFirst ? reset : stream(300), resetFirst ? stream(300) : reset);
                Peer client = Peer.connect(proxy.address()).send(GET + "GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
                Peer server = origin.next()) {
            server.readHead();
            server.readHead();
            server.send(response + response);
            assertEquals(response, client.readResponse());
            assertEquals("reset", client.ending());
        }
    }

    /** The place of a cut that comes into force over a full delay line is behind what the line has taken. */
    @ParameterizedTest
    @ValueSource(strings = {"truncate", "limit", "timeout"})
    void aCutThatComesOverAFullDelayLineIsBehindIt(String kind) throws Exception {
        Fault fault = switch (kind) {
            case "truncate" -> Truncate.at(1000);
            case "limit" -> Limit.of(1000);
            default -> Timeout.of(Duration.ofMillis(100));
        };
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + 2 * MORE + "\r\n\r\n";
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port(), stream(2000));
                Peer client = Peer.connect(proxy.address()).send(GET);
                Peer server = origin.next()) {
            server.readHead();
            Clock clock = Clock.start();
            server.send(head);
            Future<?> sending = sending(server, body(2 * MORE));
            awaitStandstill(proxy);
            proxy.plan(Plan.of(rule(fault).way(Directions.DOWN), stream(2000)));
            assertEquals(head, client.readHead());
            String got = rest(client, 0);
            assertTrue(clock.millis() >= 1999, "after " + clock.millis() + " ms");
            assertTrue(got.endsWith(" end"), got);
            long arrived = Long.parseLong(got.split(" ", -1)[0]);
            assertTrue(arrived >= MIB && arrived < 2L * MORE, got);
            Together.result(sending);
        }
    }

    private static void awaitStandstill(ProxyServer proxy) throws InterruptedException {
        long before = -1;
        for (long now = 0; now != before; now = proxy.traffic().received(Direction.DOWN)) {
            before = now;
            Thread.sleep(100);
        }
    }

    @Test
    void aSlowCloseIsLaterThanTheBytes() throws Exception {
        byte[] sent = "the bytes".getBytes(ISO_8859_1);
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(
                        origin.port(),
                        rule(SlowClose.of(Duration.ofMillis(200))).way(Directions.DOWN),
                        stream(300));
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            Clock clock = Clock.start();
            server.send(sent).endOutput();
            assertEquals("the bytes", client.read(9));
            assertTrue(clock.millis() >= 299, "after " + clock.millis() + " ms");
            assertEquals("end", client.ending());
            assertTrue(clock.millis() >= 499, "after " + clock.millis() + " ms");
        }
    }
}
