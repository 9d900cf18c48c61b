package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A client that leaves is released, whichever rule holds its connection; one that only ends its stream gets its answer. */
@SuppressWarnings("try") // closing is what is tested
final class ClientsThatLeaveTest {
    private static final int MANY = 200;

    /** Makes the names of proxies, and with them those of their threads, unique. */
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private static final Duration HOUR = Duration.ofHours(1);
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    /** How a client leaves. */
    private enum Leaving {
        CLOSES {
            @Override
            void leave(Peer client) throws Exception {
                client.close();
            }
        },
        ENDS_ITS_STREAM {
            @Override
            void leave(Peer client) throws Exception {
                client.endOutput();
            }
        },
        RESETS {
            @Override
            void leave(Peer client) throws Exception {
                client.reset();
            }
        };

        abstract void leave(Peer client) throws Exception;
    }

    private static Map<String, Rule> holds() {
        Rule outage = rule(Outage.of(HOUR)).per(TrialUnit.CONNECTION);
        return Map.ofEntries(
                Map.entry("hang", rule(Refuse.hang())),
                Map.entry("refuse later", rule(new Refuse(AcceptFault.How.CLOSE, HOUR))),
                Map.entry("no rate", rule(Rate.of(0))),
                Map.entry("no rate up", rule(Rate.of(0)).way(Directions.UP)),
                Map.entry("no rate down", rule(Rate.of(0)).way(Directions.DOWN)),
                Map.entry("outage", outage),
                Map.entry("outage up", outage.way(Directions.UP)),
                Map.entry("latency", rule(Latency.of(HOUR))),
                Map.entry("latency up", rule(Latency.of(HOUR)).way(Directions.UP)),
                Map.entry("stream", rule(Latency.of(HOUR).onStream()).way(Directions.BOTH)),
                Map.entry("timeout", rule(Timeout.never())),
                Map.entry("timeout up", rule(Timeout.never()).way(Directions.UP)),
                Map.entry("late timeout", rule(Timeout.of(HOUR))),
                Map.entry("late timeout up", rule(Timeout.of(HOUR)).way(Directions.UP)),
                Map.entry("late timeout both", rule(Timeout.of(HOUR)).way(Directions.BOTH)),
                Map.entry("reset later", rule(new Reset(Reset.At.REQUEST, HOUR))),
                Map.entry("slice", rule(new Slice(10, 0, HOUR)).way(Directions.BOTH)));
    }

    static Stream<Arguments> each() {
        return holds().keySet().stream()
                .sorted()
                .flatMap(name -> TestProxy.WITH_UPSTREAM.stream().map(protocol -> arguments(name, protocol)));
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("each")
    void isReleased(String name, Protocol protocol) throws Exception {
        Rule rule = holds().get(name);
        assertReleased(protocol, rule, Leaving.values());
    }

    static Stream<Arguments> silences() {
        return Stream.of(1, 3, 3600)
                .map(Duration::ofSeconds)
                .flatMap(silence -> TestProxy.WITH_UPSTREAM.stream().map(protocol -> arguments(silence, protocol)));
    }

    /** The silence begins anew with each byte, so it never comes; the bytes of a client that has left are still swallowed. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("silences")
    void isReleasedWhileItsUpstreamTalksOn(Duration silence, Protocol protocol) throws Exception {
        try (Origin origin = Origin.each(server -> {
                    server.readHead();
                    server.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
                    while (true) {
                        server.send("more");
                        Thread.sleep(20); // talks
                    }
                });
                ProxyServer proxy =
                        TestProxy.start(TestProxy.spec(protocol, origin.port(), rule(Timeout.of(silence))), 1);
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            assertTrue(client.isSilentFor(600));
            client.endOutput();
            TestProxy.await("released", () -> proxy.connections().isEmpty());
        }
    }

    /** A rule that has no hit left swallows nothing: a client that ends its stream gets its answer. */
    @Test
    void aTimeoutThatIsUsedUpHoldsNobody() throws Exception {
        for (Duration silence : List.of(Duration.ZERO, HOUR)) {
            Rule once = rule(Timeout.of(silence)).way(Directions.UP).maxHits(1);
            try (Origin origin = Origin.each(server -> {
                        server.readText();
                        Thread.sleep(1500); // some looks at the client
                        server.send("late");
                    });
                    ProxyServer proxy = TestProxy.tcp(origin.port(), once);
                    Peer hit = Peer.connect(proxy.address());
                    Peer spared = Peer.connect(proxy.address())) {
                TestProxy.await(
                        "both decided",
                        () -> proxy.connections().size() == 2
                                && proxy.connections().stream()
                                        .allMatch(c -> c.info().waiting() > 0));
                hit.send("x");
                assertTrue(proxy.common().journal().await("tcp", "timeout", 1, Duration.ofSeconds(60)));
                spared.send("x").endOutput();
                assertEquals("late", spared.readText());
            }
        }
    }

    /** On a link that isn't dead bytes move: only a client that has torn its connection down is known to have left. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void isReleasedWhileItWaitsForItsTurn(Protocol protocol) throws Exception {
        assertReleased(protocol, rule(Rate.of(1)).way(Directions.UP), Leaving.RESETS);
    }

    /** A reset behind more than is read ahead. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void aResetIsNoticedBehindAnUpload(Protocol protocol) throws Exception {
        byte[] upload = new byte[8 << 20];
        try (Origin origin = Origin.each(Peer::ending);
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(protocol, origin.port(), rule(Rate.of(0)).way(Directions.UP)), 1);
                Peer client = Peer.connect(proxy.address())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + upload.length + "\r\n\r\n");
            Thread sending = Thread.startVirtualThread(() -> {
                try {
                    client.send(upload);
                } catch (IOException e) {
                    // reset before all was sent
                }
            });
            assertTrue(client.isSilentFor(1500)); // by now more is unread than is read ahead
            client.reset();
            TestProxy.await("released", () -> proxy.connections().isEmpty());
            sending.join();
        }
    }

    /** Rules that let an upload pass more slowly than it comes, so that the kernel holds some megabytes of it. */
    static Stream<Arguments> slowed() {
        Rule late = rule(Latency.of(Duration.ofMillis(50)).onStream()).way(Directions.UP);
        Rule slow = rule(Rate.of(256 * 1024).sharedBy(FaultScope.CONNECTION)).way(Directions.UP);
        Rule cut = rule(new Slice(1000, 0, Duration.ofMillis(10))).way(Directions.UP);
        Rule dead = rule(Rate.of(0)).way(Directions.UP);
        return Stream.of(
                        List.of(slow),
                        List.of(late, slow),
                        List.of(slow, late),
                        List.of(late, cut),
                        List.of(late, dead),
                        List.of(late, late.named("second"), slow))
                .flatMap(rules -> TestProxy.WITH_UPSTREAM.stream().map(protocol -> arguments(rules, protocol)));
    }

    /** A reset behind bytes that are read now and then, so that reading ahead never comes to their end. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("slowed")
    void aResetReleasesASlowedUpload(List<Rule> rules, Protocol protocol) throws Exception {
        byte[] part = new byte[64 * 1024];
        try (Origin origin = Origin.each(Peer::ending);
                ProxyServer proxy =
                        TestProxy.start(TestProxy.spec(protocol, origin.port(), rules.toArray(Rule[]::new)), 1);
                Peer client = Peer.connect(proxy.address())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
            AtomicInteger sent = new AtomicInteger();
            Thread sending = Thread.startVirtualThread(() -> {
                try {
                    while (true) {
                        client.send(part);
                        sent.incrementAndGet();
                    }
                } catch (IOException e) {
                    // reset before all was sent
                }
            });
            int before;
            do { // until what holds the upload is full
                before = sent.get();
                assertTrue(client.isSilentFor(500));
            } while (sent.get() > before + 10);
            client.reset();
            Clock clock = Clock.start();
            TestProxy.await("released", () -> proxy.connections().isEmpty());
            assertTrue(clock.millis() < 10_000, clock.millis() + " ms");
            sending.join();
        }
    }

    private static void assertReleased(Protocol protocol, Rule rule, Leaving... ways) throws Exception {
        List<Peer> clients = new ArrayList<>();
        try (Origin origin = Origin.each(server -> {
                    server.readHead();
                    server.send(RESPONSE);
                    server.ending();
                });
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(protocol, origin.port(), rule).named("left-" + NUMBERS.incrementAndGet()), 1)) {
            for (int i = 0; i < MANY; i++) {
                clients.add(Peer.connect(proxy.address()).send(REQUEST));
            }
            TestProxy.await("accepted", () -> proxy.traffic().connections() == MANY);
            assertTrue(clients.getFirst().isSilentFor(300)); // by now the rule holds it
            assertEquals(MANY, proxy.connections().size());
            for (int i = 0; i < MANY; i++) {
                ways[i % ways.length].leave(clients.get(i));
            }
            TestProxy.await("released", () -> proxy.connections().isEmpty());
            proxy.close();
            Threads.awaitNone(proxy.name() + " ");
        } finally {
            for (Peer client : clients) {
                client.close();
            }
        }
    }

    /** What moves, or soon will. */
    static Stream<Arguments> moving() {
        Duration soon = Duration.ofMillis(1500);
        return Stream.of(
                        rule(Latency.of(Duration.ofSeconds(3)).onStream()).way(Directions.BOTH),
                        rule(Latency.of(soon)),
                        rule(Rate.of(30)),
                        rule(new Slice(10, 0, Duration.ofMillis(300))).way(Directions.BOTH),
                        rule(Outage.of(soon)).per(TrialUnit.CONNECTION))
                .flatMap(rule -> TestProxy.WITH_UPSTREAM.stream().map(protocol -> arguments(rule, protocol)));
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("moving")
    void aHalfClosedClientGetsItsAnswer(Rule rule, Protocol protocol) throws Exception {
        try (Origin origin = Origin.each(server -> {
                    assertEquals(REQUEST, server.readText());
                    server.send(RESPONSE);
                });
                ProxyServer proxy = TestProxy.start(TestProxy.spec(protocol, origin.port(), rule), 1);
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST).endOutput();
            assertEquals(RESPONSE, client.readText());
        }
    }

    /** What was read ahead to learn that the client is still there isn't lost when the rule goes. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void whatWasReadAheadArrives(Protocol protocol) throws Exception {
        String body = "x".repeat(300_000);
        String request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.start(TestProxy.spec(protocol, origin.port(), rule(Rate.of(0))), 1);
                Peer client = Peer.connect(proxy.address())) {
            Thread sending = Thread.startVirtualThread(() -> {
                try {
                    client.send(request);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertTrue(client.isSilentFor(1500)); // some looks at the client
            proxy.plan(Plan.CLEAN);
            try (Peer server = origin.next()) {
                assertEquals(request, server.read(request.length()));
            }
            sending.join();
        }
    }
}
