package io.chaosproxy.http;

import static io.chaosproxy.kit.TestProxy.rule;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.StreamLoop;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules for content that come into force while content is on a delay line: it is theirs from the next byte that leaves the line. */
final class ContentOnDelayLinesTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String LONG = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String UNTIL_THE_END = "HTTP/1.1 200 OK\r\n\r\n";
    private static final Duration LATENCY = Duration.ofSeconds(2);

    private static Rule stream() {
        return Rule.of("stream", Latency.of(LATENCY).onStream());
    }

    /** An exchange of which the response is on the delay line, and the client has nothing yet. */
    private record Held(Origin origin, ProxyServer proxy, Peer client, Peer server, Clock clock)
            implements AutoCloseable {
        static Held of(String response, Rule... rules) throws Exception {
            Origin origin = Origin.manual();
            ProxyServer proxy = TestProxy.http(origin.port(), rules);
            Peer client = Peer.connect(proxy.address());
            client.send(GET);
            Peer server = origin.next();
            server.readHead();
            Clock clock = Clock.start();
            server.send(response);
            Held held = new Held(origin, proxy, client, server, clock);
            held.awaitOnLine();
            return held;
        }

        /** All that the origin has sent is on the line, and more is expected. */
        void awaitOnLine() throws InterruptedException {
            TestProxy.await(
                    "on the line",
                    () -> proxy.connections().stream()
                                    .noneMatch(connection ->
                                            connection.pipeline(Direction.DOWN).holdsNothing())
                            && Threads.isAnyWithin(ResponseReader.class, "relayBody")
                            && Threads.isAnyWithin(StreamLoop.class, "read"));
        }

        long hits() {
            return proxy.common().journal().hits().stream()
                    .filter(hit -> hit.rule().equals("truncate"))
                    .count();
        }

        void put(Rule rule) {
            proxy.change(plan -> plan.with(rule));
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
            origin.close();
            proxy.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {LONG, UNTIL_THE_END})
    void aTruncationPassesItsBytesAndNoneBehindThem(String head) throws Exception {
        try (Held held = Held.of(head + "0123456789".repeat(50), stream())) {
            held.put(rule(Truncate.at(12)));
            assertEquals(head + "012345678901", held.client.readText());
            assertTrue(held.clock.millis() >= LATENCY.toMillis(), held.clock.millis() + " ms");
            assertEquals(1, held.hits());
        }
    }

    /** Framing doesn't count as content. */
    @Test
    void soDoesOneOfChunks() throws Exception {
        try (Held held = Held.of(CHUNKED + "4\r\nabcd\r\n".repeat(100), stream())) {
            held.put(rule(Truncate.at(10)));
            assertEquals(CHUNKED + "4\r\nabcd\r\n4\r\nabcd\r\n4\r\nab", held.client.readText());
        }
    }

    @Test
    void oneThatIsShorterThanTheBodyLeavesItWhole() throws Exception {
        String whole = CHUNKED + "4\r\nabcd\r\n0\r\n\r\n";
        String begun = CHUNKED + "4\r\nabcd\r\n";
        try (Held held = Held.of(begun, stream())) {
            held.put(rule(Truncate.at(5)));
            held.server.send("0\r\n\r\n");
            assertEquals(whole, held.client.read(whole.length()));
            held.client.send(GET);
            held.server.readHead();
            held.server.send(LONG + "0123456789".repeat(100));
            assertEquals(LONG + "01234", held.client.readText());
            assertEquals(1, held.hits());
        }
    }

    @Test
    void aSecondTruncationBehindTwoLines() throws Exception {
        try (Held held =
                Held.of(LONG + "0123456789".repeat(50), stream(), stream().named("more"))) {
            held.put(rule(Truncate.at(30)));
            held.put(Rule.of("shorter", Truncate.at(12)));
            assertEquals(LONG + "012345678901", held.client.readText());
            assertTrue(held.clock.millis() >= 2 * LATENCY.toMillis(), held.clock.millis() + " ms");
        }
    }

    /** In the middle of a response, from the byte that is due next. */
    @Test
    void aTruncationOfABodyThatHasBegun() throws Exception {
        try (Held held = Held.of(CHUNKED + "4\r\nabcd\r\n", stream())) {
            String begun = CHUNKED + "4\r\nabcd\r\n";
            assertEquals(begun, held.client.read(begun.length()));
            held.server.send("4\r\nefgh\r\n".repeat(100));
            held.awaitOnLine();
            held.put(rule(Truncate.at(6)));
            assertEquals("4\r\nefgh\r\n4\r\nef", held.client.readText());
        }
    }

    @Test
    void aCorruptionChangesContentThatIsHeld() throws Exception {
        String body = "x".repeat(500);
        try (Held held = Held.of(LONG + body, stream())) {
            held.put(rule(Corrupt.of(1, 1)));
            assertEquals(LONG, held.client.read(LONG.length()));
            String corrupt = held.client.read(body.length());
            assertTrue(corrupt.chars().noneMatch(c -> c == 'x'), corrupt);
        }
    }

    /** A rule in front of the line lets pass what has passed it. */
    @Test
    void aTruncationInFrontOfTheLineLetsPassWhatIsOnIt() throws Exception {
        String begun = LONG + "0123456789";
        try (Held held = Held.of(begun, stream())) {
            held.proxy.change(
                    plan -> new Plan(List.of(rule(Truncate.at(3)), plan.rules().getFirst())));
            held.server.send("abcdefghij".repeat(10));
            assertEquals(begun + "abc", held.client.readText());
        }
    }
}
