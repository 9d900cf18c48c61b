package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.observe.Event;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Latency is added once at the first byte, or to every byte without lowering the throughput. */
final class LatencyOverSocketsTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final int DELAY = 600;

    /** Below the delay. A busy machine may add more now and then, so the best of several has to reach it. */
    private static final int AT_ONCE = 500;

    /** Upper bound for a single time on a busy machine; delays that add up exceed it. */
    private static final int BUSY = 10_000;

    private static Latency latency(int millis) {
        return Latency.of(Duration.ofMillis(millis));
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void onlyTheFirstByteOfEachResponseOfAConnectionIsLate() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port(), rule(latency(DELAY)));
                Peer client = Peer.connect(proxy.address());
                Peer upstream = serverOf(client, origin)) {
            double best = Double.MAX_VALUE;
            for (int exchange = 1; exchange <= 4; exchange++) {
                if (exchange > 1) {
                    client.send(REQUEST);
                    upstream.readHead();
                }
                Clock clock = Clock.start();
                upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
                client.readHead();
                assertEquals("a", client.read(1));
                double first = clock.millis();
                assertTrue(first >= DELAY, "exchange " + exchange + ": first byte after " + first + " ms");
                for (String later : List.of("b", "c")) {
                    clock.lap();
                    upstream.send(later);
                    assertEquals(later, client.read(1));
                    best = Math.min(best, clock.millis());
                }
            }
            assertTrue(best < AT_ONCE, "the fastest later byte after " + best + " ms");
            assertEquals(
                    List.of(1L, 2L, 3L, 4L),
                    proxy.common().journal().hits().stream().map(Hit::exchange).toList());
        }
    }

    /** The connection to the upstream exists once a request has gone there. */
    private static Peer serverOf(Peer client, Origin origin) throws Exception {
        client.send(REQUEST);
        Peer upstream = origin.next();
        upstream.readHead();
        return upstream;
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void onlyTheFirstByteOfATcpConnectionIsLate() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(latency(DELAY)));
                Peer client = Peer.connect(proxy.address())) {
            Clock clock = Clock.start();
            client.send("a").read(1);
            assertTrue(clock.lap() >= DELAY);
            double best = Double.MAX_VALUE;
            for (int i = 0; i < 10; i++) {
                clock.lap();
                client.send("b").read(1);
                best = Math.min(best, clock.millis());
            }
            assertTrue(best < AT_ONCE, "the fastest later byte after " + best + " ms");
            assertEquals(1, proxy.common().journal().hits("tcp", "latency"));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void delaysTheRequestInTheOtherDirection() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy =
                        TestProxy.http(origin.port(), rule(latency(DELAY)).way(Directions.UP));
                Peer client = Peer.connect(proxy.address())) {
            Clock clock = Clock.start();
            client.send(REQUEST);
            try (Peer upstream = origin.next()) {
                upstream.readHead();
                assertTrue(clock.lap() >= DELAY);
                double best = Double.MAX_VALUE;
                for (int i = 0; i < 5; i++) {
                    clock.lap();
                    upstream.send("HTTP/1.1 204 No Content\r\n\r\n");
                    client.readHead();
                    best = Math.min(best, clock.millis());
                    client.send(REQUEST);
                    upstream.readHead();
                }
                assertTrue(best < AT_ONCE, "the fastest response after " + best + " ms");
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void takesAsLongAsWasDrawnForEachExchange() throws Exception {
        Rule range = rule(Latency.between(Duration.ofMillis(20), Duration.ofMillis(80)));
        try (Origin origin = Origin.answering("HTTP/1.1 204 No Content\r\n\r\n");
                ProxyServer proxy = TestProxy.http(origin.port(), range);
                Peer client = Peer.connect(proxy.address())) {
            double best = Double.MAX_VALUE;
            for (int i = 0; i < 15; i++) {
                Clock clock = Clock.start();
                client.send(REQUEST).readHead();
                double took = clock.millis();
                double drawn = proxy.common().journal().hits().getLast().drawn().value() / 1e6;
                assertTrue(drawn >= 20 && drawn <= 80, "drew " + drawn);
                assertTrue(took >= drawn && took < drawn + BUSY, "took " + took + " ms for " + drawn);
                best = Math.min(best, took - drawn);
            }
            assertTrue(best < AT_ONCE, "at least " + best + " ms more than drawn");
            long different = proxy.common().journal().hits().stream()
                    .map(Hit::drawn)
                    .distinct()
                    .count();
            assertEquals(15, different);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void everyByteOfAStreamIsLateAndNoneIsLost() throws Exception {
        int pieces = 25;
        try (Origin origin = Origin.manual();
                ProxyServer proxy =
                        TestProxy.tcp(origin.port(), rule(latency(DELAY).onStream()));
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            long[] sent = new long[pieces];
            Future<long[]> arrivals = Together.start(() -> {
                long[] at = new long[pieces];
                for (int i = 0; i < pieces; i++) {
                    assertEquals(i, client.read());
                    at[i] = System.nanoTime();
                }
                return at;
            });
            for (int i = 0; i < pieces; i++) {
                sent[i] = System.nanoTime();
                upstream.send(new byte[] {(byte) i});
                Thread.sleep(10); // apart, so that each byte is a piece of its own
            }
            long[] arrived = Together.result(arrivals);
            for (int i = 0; i < pieces; i++) {
                double late = (arrived[i] - sent[i]) / 1e6;
                assertTrue(late >= DELAY && late < DELAY + BUSY, "byte " + i + " after " + late + " ms");
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void theEndOfAStreamIsAsLateAsItsBytes() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy =
                        TestProxy.tcp(origin.port(), rule(latency(DELAY).onStream()));
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            Clock clock = Clock.start();
            upstream.send("all").endOutput();
            assertEquals("all", client.readText());
            assertTrue(clock.millis() >= DELAY);
        }
    }

    /** Sleeping once for each chunk of 128 KiB would take a minute. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void delayOfAStreamKeepsItsThroughput() throws Exception {
        int size = 50_000_000;
        int delay = 150; // with longer ones the bound on what a delay line holds begins to count
        byte[] part = new byte[64 * 1024];
        for (int i = 0; i < part.length; i++) {
            part[i] = (byte) ((i * 31) >>> 4);
        }
        try (Origin origin = Origin.each(client -> {
                    client.readHead();
                    client.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\nConnection: close\r\n\r\n");
                    for (int left = size; left > 0; left -= part.length) {
                        client.socket().getOutputStream().write(part, 0, Math.min(left, part.length));
                    }
                });
                ProxyServer proxy = TestProxy.http(origin.port())) {
            download(proxy, part, size); // warms up
            double plain = download(proxy, part, size);
            proxy.change(plan -> plan.with(rule(latency(delay).onStream())));
            double delayed = download(proxy, part, size);
            assertTrue(delayed >= delay, "took " + delayed + " ms");
            assertTrue(
                    delayed < 10 * plain + delay + 20_000, "took " + delayed + " ms, without latency " + plain + " ms");
        }
    }

    private static double download(ProxyServer proxy, byte[] part, int size) throws IOException {
        Clock clock = Clock.start();
        try (Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST).readHead();
            InputStream in = client.socket().getInputStream();
            byte[] buffer = new byte[part.length];
            for (int left = size; left > 0; left -= part.length) {
                int expected = Math.min(left, part.length);
                assertEquals(expected, in.readNBytes(buffer, 0, expected));
                assertEquals(-1, java.util.Arrays.mismatch(buffer, 0, expected, part, 0, expected));
            }
            assertEquals(-1, in.read());
        }
        return clock.millis();
    }

    /** Each pipelined exchange meets its own delay line; the delays pass at the same time, and the bytes stay in order. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(
            value = Directions.class,
            names = {"UP", "DOWN"})
    void streamLatencyDoesNotAddUpOverPipelinedExchanges(Directions way) throws Exception {
        int count = 20;
        Rule latency =
                TestProxy.rule(Latency.of(Duration.ofSeconds(1)).onStream()).way(way);
        try (Origin origin = Origin.each(server -> {
                    for (int i = 0; i < count; i++) {
                        server.respond(server.readPath());
                    }
                    server.ending();
                });
                ProxyServer proxy = TestProxy.http(origin.port(), latency);
                Peer client = Peer.connect(proxy.address())) {
            assertOneDelay(client, count, 15_000);
            assertEquals(count, proxy.common().journal().hits(proxy.name(), "latency"));
        }
    }

    /** Sends pipelined requests behind a first one, whose responses name their paths; together they take the delay of one. */
    private static void assertOneDelay(Peer client, int count, long most) throws IOException {
        client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
        client.readResponse(); // the way there is open
        StringBuilder requests = new StringBuilder();
        for (int i = 1; i < count; i++) {
            requests.append("GET /").append(i).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        Clock clock = Clock.start();
        client.send(requests.toString());
        for (int i = 1; i < count; i++) {
            assertTrue(client.readResponse().endsWith("\r\n\r\n/" + i));
        }
        assertTrue(clock.millis() >= 999, "took " + clock.millis() + " ms");
        assertTrue(clock.millis() < most, "took " + clock.millis() + " ms: the delays add up");
    }

    /** An exchange that the rule spares waits for the bytes before it; those behind it enter their own delays meanwhile. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(
            value = Directions.class,
            names = {"UP", "DOWN"})
    void streamLatencyDoesNotAddUpWhereTheRuleSparesSome(Directions way) throws Exception {
        int count = 60;
        Rule latency = TestProxy.rule(Latency.of(Duration.ofSeconds(1)).onStream())
                .way(way)
                .when(Match.ANY.nth(2));
        try (Origin origin = Origin.each(server -> {
                    StringBuilder responses = new StringBuilder();
                    for (int i = 0; i < count; i++) {
                        String response = Peer.response(server.readPath());
                        if (i == 0) {
                            server.send(response);
                        } else {
                            responses.append(response);
                        }
                    }
                    server.send(responses.toString()); // at once: responses that come alone are handed on one by one
                    server.ending();
                });
                ProxyServer proxy = TestProxy.http(origin.port(), latency);
                Peer client = Peer.connect(proxy.address())) {
            assertOneDelay(client, count, 20_000);
            assertEquals(count / 2, proxy.common().journal().hits(proxy.name(), "latency"));
        }
    }

    /** A rule behind a delay line that goes while later exchanges have begun lets pass what the line still hands on. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void pipelinedExchangesOutliveTheRulesThatHoldThem() throws Exception {
        int count = 10;
        String body = "x".repeat(20_000);
        Rule late = Rule.of("a", Latency.of(Duration.ofMillis(20)).onStream()).way(Directions.DOWN);
        Rule first = Rule.of("b", Latency.of(Duration.ofMillis(300)));
        try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + body);
                ProxyServer proxy = TestProxy.http(origin.port(), late, first)) {
            for (int round = 0; round < 5; round++) {
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(count));
                    proxy.plan(Plan.of(late, first));
                    TestProxy.await(
                            "held",
                            () -> proxy.connections().stream()
                                    .anyMatch(open -> open.info().waiting() > 0));
                    proxy.plan(Plan.of(late));
                    for (int i = 0; i < count; i++) {
                        assertTrue(client.readResponse().endsWith(body));
                    }
                }
            }
        }
    }

    /** A gentle change concerns the next exchange; the one before, which still is on a delay line, goes on under its own plan. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void anExchangeOnADelayLineKeepsItsPlanWhenTheNextOneBegins() throws Exception {
        String response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        Rule late = Rule.of("a", Latency.of(Duration.ofMillis(20)).onStream()).way(Directions.DOWN);
        Rule first = Rule.of("b", Latency.of(Duration.ofMillis(500))).way(Directions.DOWN);
        CountDownLatch begun = new CountDownLatch(1);
        try (Origin origin = Origin.each(server -> {
                    server.readHead();
                    begun.countDown();
                    server.readHead();
                    server.send(response + response); // at once: responses that come alone are handed on one by one
                    server.ending();
                });
                ProxyServer proxy = TestProxy.http(origin.port(), late, first);
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
            assertTrue(begun.await(20, TimeUnit.SECONDS));
            proxy.changeGently(plan -> Plan.of(late));
            Clock clock = Clock.start();
            client.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
            assertTrue(client.readResponse().endsWith("ok"));
            assertTrue(clock.millis() >= 520, "took " + clock.millis() + " ms");
            assertTrue(client.readResponse().endsWith("ok"));
            assertEquals(1, proxy.common().journal().hits(proxy.name(), "b"));
        }
    }

    /** Some are delayed and some are not: those behind a delayed one wait for it, and each is counted by itself. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(
            value = Directions.class,
            names = {"UP", "DOWN"})
    void pipelinedExchangesMeetTheirOwnFaultsInOrder(Directions way) throws Exception {
        int count = 100;
        Rule latency = TestProxy.rule(Latency.of(Duration.ofMillis(20)).onStream())
                .way(way)
                .probability(0.5);
        String body = "x".repeat(1000);
        try (Origin origin = Origin.each(server -> {
                    StringBuilder responses = new StringBuilder();
                    for (int i = 0; i < count; i++) {
                        responses.append(Peer.response(server.readPath() + body));
                    }
                    server.send(responses.toString());
                    server.ending();
                });
                ProxyServer proxy = TestProxy.http(origin.port(), latency);
                Peer client = Peer.connect(proxy.address())) {
            List<Event.Ended> ended = new CopyOnWriteArrayList<>();
            proxy.common().events().add(event -> {
                if (event instanceof Event.Ended end) {
                    ended.add(end);
                }
            });
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < count; i++) {
                requests.append("GET /").append(i).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            client.send(requests.toString());
            for (int i = 0; i < count; i++) {
                assertTrue(client.readResponse().endsWith("\r\n\r\n/" + i + body));
            }
            TestProxy.await("all over", () -> ended.size() == count);
            for (int i = 0; i < count; i++) {
                var exchange = ended.get(i).exchange();
                assertEquals("GET /" + i + " HTTP/1.1", exchange.requestLine());
                assertEquals(200, exchange.status());
                assertEquals(1 + String.valueOf(i).length() + body.length(), exchange.bytes());
                assertTrue(exchange.firstByte().isPresent());
            }
            long hits = proxy.common().journal().hits(proxy.name(), "latency");
            assertTrue(hits > 20 && hits < 80, hits + " hits");
        }
    }

    /** Rules come and go while some exchanges wait behind others: no byte is lost, and none overtakes another. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(
            value = Directions.class,
            names = {"UP", "DOWN", "BOTH"})
    void pipelinedExchangesKeepTheirOrderWhileThePlanChanges(Directions way) throws Exception {
        int count = 400;
        String body = "x".repeat(3000);
        Rule late = TestProxy.rule(Latency.of(Duration.ofMillis(5)).onStream())
                .way(way)
                .probability(0.3);
        Rule slow = TestProxy.rule(Rate.of(8 << 20)).way(way);
        Rule sliced = TestProxy.rule(Slice.of(700)).way(way).probability(0.5);
        List<Plan> plans = List.of(
                Plan.of(late),
                Plan.of(late, slow),
                Plan.of(sliced, late),
                Plan.CLEAN,
                Plan.of(late.probability(1), sliced));
        try (Origin origin = Origin.each(server -> {
                    for (int i = 0; i < count; i++) {
                        String path = server.readPath();
                        assertEquals(body, server.read(body.length()));
                        server.respond(path + body);
                    }
                    server.ending();
                });
                ProxyServer proxy = TestProxy.http(origin.port(), late);
                Peer client = Peer.connect(proxy.address())) {
            Thread sending = Thread.startVirtualThread(() -> {
                try {
                    for (int i = 0; i < count; i++) {
                        client.send("POST /" + i + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length()
                                + "\r\n\r\n" + body);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            for (int i = 0; i < count; i++) {
                assertTrue(client.readResponse().endsWith("\r\n\r\n/" + i + body), "response " + i);
                if (i % 7 == 0) {
                    proxy.plan(plans.get(i / 7 % plans.size()));
                }
            }
            sending.join();
            assertEquals(0, origin.failures().size(), origin.failures().toString());
        }
    }
}
