package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Jitter: nothing moves for a while, both ways; then everything goes on and no byte is lost. */
final class JitterOverSocketsTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static Outage outage(int min, int max) {
        return new Outage(Duration.ofMillis(min), Duration.ofMillis(max));
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void asOftenAsTheProbabilitySaysAndAsLongAsWasDrawn() throws Exception {
        record Seen(long connection, long exchange, double millis) {}
        int clients = 20;
        int exchanges = 50;
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy =
                        TestProxy.http(origin.port(), rule(outage(100, 200)).probability(0.1))) {
            List<Seen> seen = new ArrayList<>();
            for (int i = 0; i < clients; i += 10) { // few at a time: what they measure is to be the outage
                seen.addAll(Together.run(10, n -> {
                            List<Seen> own = new ArrayList<>();
                            try (Peer client = Peer.connect(proxy.address())) {
                                long connection = numberOf(proxy, client);
                                for (int exchange = 1; exchange <= exchanges; exchange++) {
                                    Clock clock = Clock.start();
                                    assertEquals(RESPONSE, client.send(REQUEST).readResponse());
                                    own.add(new Seen(connection, exchange, clock.millis()));
                                }
                            }
                            return own;
                        })
                        .stream()
                        .flatMap(List::stream)
                        .toList());
            }
            List<Hit> hits = proxy.common().journal().hits();
            assertTrue(hits.size() >= 70 && hits.size() <= 133, hits.size() + " of 1000"); // binomial, 99.9 %
            Map<String, Double> drawn = hits.stream()
                    .collect(Collectors.toMap(
                            hit -> hit.connection() + "." + hit.exchange(),
                            hit -> hit.drawn().value() / 1e6));
            assertEquals(hits.size(), drawn.size());
            for (Seen exchange : seen) {
                double expected = drawn.getOrDefault(exchange.connection() + "." + exchange.exchange(), 0.0);
                assertTrue(
                        exchange.millis() >= expected && exchange.millis() < expected + 10_000,
                        exchange + ", drawn " + expected);
            }
            double longer = seen.stream()
                    .filter(exchange -> drawn.containsKey(exchange.connection() + "." + exchange.exchange()))
                    .mapToDouble(exchange ->
                            exchange.millis() - drawn.get(exchange.connection() + "." + exchange.exchange()))
                    .sorted()
                    .skip(hits.size() / 10) // a busy machine holds up most of them
                    .findFirst()
                    .orElseThrow();
            assertTrue(longer < 50, "nine in ten took " + longer + " ms more than was drawn");
            assertTrue(drawn.values().stream().allMatch(millis -> millis >= 100 && millis <= 200), drawn::toString);
        }
    }

    /** The number of this client's connection, by its port. */
    private static long numberOf(ProxyServer proxy, Peer client) throws InterruptedException {
        int port = client.socket().getLocalPort();
        TestProxy.await(
                "accepted",
                () -> proxy.connections().stream().anyMatch(c -> c.peer().getPort() == port));
        return proxy.connections().stream()
                .filter(c -> c.peer().getPort() == port)
                .findFirst()
                .orElseThrow()
                .number();
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void noByteIsLostAndTheOtherDirectionStandsStillAsWell() throws Exception {
        byte[] data = new byte[2_000_000];
        new Random(5).nextBytes(data);
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            upstream.send("x");
            client.read(1);
            proxy.plan(Plan.of(rule(outage(2000, 2000)).maxHits(1)));
            Clock clock = Clock.start();
            upstream.send("!"); // this one is the trial
            assertTrue(proxy.common().journal().await("tcp", "outage", 1, Duration.ofSeconds(60)));
            Future<byte[]> down = Together.start(client::readAll);
            Future<byte[]> up = Together.start(upstream::readAll);
            Future<Peer> sendingUp = Together.start(() -> client.send(data).endOutput());
            Future<Peer> sendingDown = Together.start(() -> upstream.send(data).endOutput());
            for (int i = 0; i < 50; i++) {
                boolean over = up.isDone() || down.isDone();
                long passedUp = proxy.traffic().bytes(io.chaosproxy.fault.Direction.UP);
                long passedDown = proxy.traffic().bytes(io.chaosproxy.fault.Direction.DOWN);
                if (clock.millis() < 2000) { // it began after the clock, so it is not over yet
                    assertFalse(over);
                    assertEquals(0, passedUp);
                    assertEquals(1, passedDown);
                }
                Thread.sleep(5); // between two looks
            }
            Together.result(sendingUp);
            Together.result(sendingDown);
            assertEquals(-1, Arrays.mismatch(data, Together.result(up)));
            byte[] all = Together.result(down);
            assertEquals('!', all[0]);
            assertTrue(Arrays.equals(all, 1, all.length, data, 0, data.length));
            assertTrue(clock.millis() >= 2000);
            assertEquals(1, proxy.common().journal().hits("tcp", "outage"));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void longerExchangesMeetAFurtherTrialEachSecond() throws Exception {
        try (Origin origin = Origin.each(client -> {
                    client.readHead();
                    client.send("HTTP/1.1 200 OK\r\nContent-Length: 250\r\n\r\n");
                    for (int i = 0; i < 250; i++) {
                        client.send("x");
                        Thread.sleep(10);
                    }
                });
                ProxyServer proxy = TestProxy.http(origin.port(), rule(outage(100, 100)));
                Peer client = Peer.connect(proxy.address())) {
            Clock clock = Clock.start();
            client.send(REQUEST).readHead();
            double longest = 0;
            for (int i = 0; i < 250; i++) {
                Clock gap = Clock.start();
                client.read(1);
                longest = Math.max(longest, gap.millis());
            }
            double took = clock.millis();
            assertTrue(longest >= 90, "the longest gap was " + longest + " ms");
            long seconds = (long) (took / 1000) + 1; // a trial in each second begun, the first one included
            long hits = proxy.common().journal().hits("http", "outage");
            assertTrue(hits >= 3 && hits <= seconds, hits + " outages in " + took + " ms");
        }
    }

    /** The upload takes 2.5 seconds or more, each of which has a trial. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void uploadsMeetATrialEachSecondToo() throws Exception {
        try (Origin origin = Origin.each(client -> {
                    client.readHead();
                    assertEquals("x".repeat(250), client.read(250));
                    client.send(RESPONSE);
                });
                ProxyServer proxy = TestProxy.http(origin.port(), rule(outage(100, 100)));
                Peer client = Peer.connect(proxy.address())) {
            Clock clock = Clock.start();
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 250\r\n\r\n");
            for (int i = 0; i < 250; i++) {
                client.send("x");
                Thread.sleep(10);
            }
            assertEquals(RESPONSE, client.readResponse());
            long seconds = (long) (clock.millis() / 1000) + 1;
            long hits = proxy.common().journal().hits("http", "outage");
            assertTrue(hits >= 2 && hits <= seconds, hits + " outages in " + clock.millis() + " ms");
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void theNextRuleOfTheSameNameDoesNotGoOnWithTheOutageOfTheOneBefore() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send("a").read(1);
            proxy.plan(Plan.of(rule(Outage.of(Duration.ofHours(1)))));
            client.send("b");
            assertTrue(proxy.common().journal().await("tcp", "outage", 1, Duration.ofSeconds(60)));
            assertTrue(client.isSilentFor(50));
            proxy.plan(Plan.CLEAN);
            assertEquals("b", client.read(1));
            proxy.plan(Plan.of(rule(outage(100, 100))));
            Clock clock = Clock.start();
            assertEquals("c", client.send("c").read(1));
            assertTrue(clock.millis() >= 100 && clock.millis() < 30_000, clock.millis() + " ms");
            proxy.plan(Plan.of(rule(Outage.of(Duration.ofHours(1)))));
            client.send("d");
            assertTrue(client.isSilentFor(50));
            proxy.plan(Plan.of(rule(outage(0, 0)).probability(0)));
            assertEquals("d", client.read(1));
            assertEquals("e", client.send("e").read(1));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void anOutageHoldsUpTheExchangesThatFollow() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy =
                        TestProxy.http(origin.port(), rule(outage(1000, 1000)).maxHits(1));
                Peer client = Peer.connect(proxy.address())) {
            Clock clock = Clock.start();
            client.send(REQUEST + REQUEST);
            assertEquals(RESPONSE, client.readResponse());
            assertEquals(RESPONSE, client.readResponse());
            assertTrue(clock.lap() >= 1000);
            double best = Double.MAX_VALUE;
            for (int i = 0; i < 5; i++) {
                clock.lap();
                assertEquals(RESPONSE, client.send(REQUEST).readResponse());
                best = Math.min(best, clock.millis());
            }
            assertTrue(best < 900, "the fastest after " + best + " ms");
        }
    }
}
