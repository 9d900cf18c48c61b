package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The plan changes while traffic is stuck: at once, without waiting for it and without the loss of a byte. */
final class PlanChangeTest {
    private static final int CLIENTS = 50;
    private static final Duration HOUR = Duration.ofHours(1);
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    /** Generous; an idle machine needs a few milliseconds. */
    private static final int SOON = 30_000;

    /** What a change may take, whatever the traffic does; now and then the machine is busy. */
    private static final int AT_ONCE = 2_000;

    /** Each holds bytes back for as long as it is there. */
    static List<Fault> holding() {
        return List.of(
                Outage.of(HOUR),
                Latency.of(HOUR),
                Latency.of(HOUR).onStream(),
                Rate.of(0),
                Rate.of(0).sharedBy(FaultScope.ALL),
                Rate.of(0).sharedBy(FaultScope.CONNECTION),
                new Slice(1, 0, HOUR));
    }

    private static byte[] data(int size) {
        byte[] data = new byte[size];
        new Random(size).nextBytes(data);
        return data;
    }

    private static double change(ProxyServer proxy, UnaryOperator<Plan> change) {
        Clock clock = Clock.start();
        proxy.change(change);
        double took = clock.millis();
        assertTrue(took < SOON, "a change took " + took + " ms");
        return took;
    }

    /** One client at its upstream. */
    private record Pair(Peer client, Peer upstream) implements AutoCloseable {
        static Pair open(ProxyServer proxy, Origin origin) throws Exception {
            return new Pair(Peer.connect(proxy.address()), origin.next());
        }

        @Override
        public void close() throws IOException {
            client.close();
            upstream.close();
        }
    }

    @ParameterizedTest
    @MethodSource("holding")
    void whatWasHeldGoesOnWhenTheRuleGoes(Fault fault) throws Exception {
        byte[] data = data(20_000);
        List<Pair> pairs = new ArrayList<>();
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(fault).way(Directions.DOWN))) {
            for (int i = 0; i < CLIENTS; i++) {
                pairs.add(Pair.open(proxy, origin));
                pairs.getLast().upstream().send(data).endOutput();
            }
            assertTrue(proxy.common().journal().await("tcp", fault.type(), CLIENTS, Duration.ofSeconds(60)));
            TestProxy.await(
                    "all wait",
                    () -> proxy.connections().stream().allMatch(c -> c.info().waiting() > 0));
            assertTrue(pairs.getFirst().client().isSilentFor(100) || fault instanceof Slice);
            List<Future<byte[]>> arriving = new ArrayList<>();
            for (Pair pair : pairs) {
                arriving.add(Together.start(() -> pair.client().readAll()));
            }
            Clock clock = Clock.start();
            change(proxy, plan -> Plan.CLEAN);
            List<byte[]> arrived = Together.results(arriving);
            double took = clock.millis();
            for (byte[] each : arrived) { // isSilentFor has taken the first byte of a slice
                int taken = data.length - each.length;
                assertTrue(taken == 0 || (fault instanceof Slice && taken == 1), taken + " bytes are missing");
                assertTrue(Arrays.equals(each, 0, each.length, data, taken, data.length));
            }
            assertTrue(took < SOON, "went on after " + took + " ms");
        } finally {
            for (Pair pair : pairs) {
                pair.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TCP", "HTTP"})
    void connectionsOfATimeoutCloseWhenItGoes(Protocol protocol) throws Exception {
        List<Peer> clients = new ArrayList<>();
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy =
                        TestProxy.start(TestProxy.spec(protocol, origin.port(), rule(Timeout.never())), 1)) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(Peer.connect(proxy.address()).send(REQUEST));
            }
            assertTrue(proxy.common().journal().await(proxy.name(), "timeout", CLIENTS, Duration.ofSeconds(60)));
            assertTrue(clients.getFirst().isSilentFor(100));
            Clock clock = Clock.start();
            change(proxy, plan -> Plan.CLEAN);
            for (Peer client : clients) {
                assertEquals("", client.readText());
            }
            assertTrue(clock.millis() < SOON, "closed after " + clock.millis() + " ms");
        } finally {
            for (Peer client : clients) {
                client.close();
            }
        }
    }

    @Test
    void aSlowCloseClosesWhenItGoes() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(new SlowClose(HOUR)));
                Pair pair = Pair.open(proxy, origin)) {
            pair.upstream().send("all").endOutput();
            assertEquals("all", pair.client().read(3));
            assertTrue(pair.client().isSilentFor(50));
            change(proxy, plan -> Plan.CLEAN);
            Clock clock = Clock.start();
            assertEquals(-1, pair.client().read());
            assertTrue(clock.millis() < SOON);
        }
    }

    @Test
    void aHangingConnectionComesAliveWhenTheRuleGoes() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy =
                        TestProxy.http(origin.port(), rule(new Refuse(AcceptFault.How.HANG, Duration.ZERO)));
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            assertTrue(proxy.common().journal().await("http", "refuse", 1, Duration.ofSeconds(60)));
            assertTrue(client.isSilentFor(50));
            change(proxy, plan -> Plan.CLEAN);
            Clock clock = Clock.start();
            assertEquals(RESPONSE, client.readResponse());
            assertTrue(clock.millis() < SOON);
        }
    }

    @Test
    void unrelatedRulesDontCutARunningOutageShort() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(Outage.of(Duration.ofMillis(400))));
                Pair pair = Pair.open(proxy, origin)) {
            Clock clock = Clock.start();
            pair.upstream().send("a");
            for (int i = 0; i < 20; i++) {
                change(
                        proxy,
                        plan -> plan.with(
                                Rule.of("other", Latency.of(Duration.ZERO)).way(Directions.BOTH)));
                change(proxy, plan -> plan.without("other"));
                Thread.sleep(10); // spread over the outage
            }
            assertEquals("a", pair.client().read(1));
            assertTrue(clock.millis() >= 400 && clock.millis() < 400 + SOON, clock.millis() + " ms");
        }
    }

    @Test
    void unrelatedRulesDontCutALatencyShort() throws Exception {
        for (Latency latency : List.of(
                Latency.of(Duration.ofMillis(300)),
                Latency.of(Duration.ofMillis(300)).onStream())) {
            try (Origin origin = Origin.manual();
                    ProxyServer proxy = TestProxy.tcp(origin.port(), rule(latency));
                    Pair pair = Pair.open(proxy, origin)) {
                Clock clock = Clock.start();
                pair.upstream().send("a");
                for (int i = 0; i < 10; i++) {
                    change(proxy, plan -> plan.with(Rule.of("other", new Slice(1, 0, Duration.ZERO))));
                    change(proxy, plan -> plan.without("other"));
                    Thread.sleep(10); // spread over the delay
                }
                assertEquals("a", pair.client().read(1));
                assertTrue(clock.millis() >= 300 && clock.millis() < 300 + SOON, clock.millis() + " ms");
            }
        }
    }

    @Test
    void unrelatedRulesDontResetTheCounterOfALimit() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(new Limit(100)));
                Pair pair = Pair.open(proxy, origin)) {
            for (int i = 0; i < 10; i++) {
                pair.upstream().send("0123456789");
                assertEquals("0123456789", pair.client().read(10));
                change(
                        proxy,
                        plan -> plan.with(
                                Rule.of("other", Latency.of(Duration.ZERO).onStream())));
                change(proxy, plan -> plan.without("other"));
            }
            assertEquals(-1, pair.client().read());
        }
    }

    @Test
    void rulesThatComeAndGoLoseNoByteAndKeepTheOrder() throws Exception {
        byte[] data = data(8_000_000);
        List<Rule> rules = List.of(
                Rule.of("a", Latency.of(Duration.ofMillis(20)).onStream()),
                Rule.of("b", Rate.of(20_000_000)),
                Rule.of("c", new Slice(5_000, 2_000, Duration.ofNanos(100_000))),
                Rule.of("d", Outage.of(Duration.ofMillis(10))),
                Rule.of(
                                "e",
                                Latency.between(Duration.ZERO, Duration.ofMillis(5))
                                        .onStream())
                        .way(Directions.BOTH));
        Random random = new Random(11);
        AtomicLong changes = new AtomicLong();
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            Future<byte[]> back = Together.start(client::readAll);
            Future<Peer> sending = Together.start(() -> {
                for (int at = 0; at < data.length; at += 40_000) {
                    client.send(Arrays.copyOfRange(data, at, at + 40_000));
                    Thread.sleep(1); // long enough for many changes
                }
                TestProxy.await("enough changes", () -> changes.get() > 100);
                return client.endOutput();
            });
            while (!back.isDone()) {
                Rule rule = rules.get(random.nextInt(rules.size()));
                change(proxy, plan -> plan.rule(rule.name()).isPresent() ? plan.without(rule.name()) : plan.with(rule));
                changes.incrementAndGet();
                Thread.sleep(1); // a thousand changes a second are enough
            }
            Together.result(sending);
            byte[] all = Together.result(back);
            assertEquals(data.length, all.length);
            assertEquals(-1, Arrays.mismatch(data, all));
        }
    }

    @Test
    void aChangeNeverWaitsForFullBuffers() throws Exception {
        List<Pair> pairs = new ArrayList<>();
        List<Future<Peer>> sending = new ArrayList<>();
        byte[] much = new byte[16 << 20];
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(
                        origin.port(), rule(Latency.of(Duration.ofMillis(1)).onStream()))) {
            for (int i = 0; i < 20; i++) {
                Pair pair = Pair.open(proxy, origin);
                pairs.add(pair);
                sending.add(Together.start(() -> pair.upstream().send(much)));
                sending.add(Together.start(() -> pair.client().send(much)));
            }
            long[] seen = {-1, -1};
            Clock still = Clock.start();
            TestProxy.await("full buffers", () -> {
                long now = proxy.traffic().bytes(Direction.UP) + proxy.traffic().bytes(Direction.DOWN);
                if (now != seen[0]) {
                    seen[0] = now;
                    still.lap();
                }
                return now > 0 && still.millis() > 100;
            });
            List<Double> took = new ArrayList<>();
            for (Fault fault : holding()) {
                took.add(change(proxy, plan -> plan.with(Rule.of("new", fault).way(Directions.BOTH))));
                took.add(change(proxy, plan -> plan.without("latency")));
                took.add(change(proxy, plan -> plan.with(rule(Latency.of(HOUR).onStream()))));
            }
            took.add(change(proxy, plan -> Plan.CLEAN));
            assertTrue(took.stream().filter(millis -> millis >= AT_ONCE).count() <= took.size() / 2, took::toString);
            List<Future<Integer>> arriving = new ArrayList<>();
            for (Pair pair : pairs) {
                arriving.add(Together.start(() -> count(pair.client(), much.length)));
                arriving.add(Together.start(() -> count(pair.upstream(), much.length)));
            }
            for (int count : Together.results(arriving)) {
                assertEquals(much.length, count);
            }
            Together.results(sending);
        } finally {
            for (Pair pair : pairs) {
                pair.close();
            }
        }
    }

    private static int count(Peer peer, int most) throws Exception {
        InputStream in = peer.socket().getInputStream();
        byte[] buffer = new byte[64 * 1024];
        int count = 0;
        while (count < most) {
            int read = in.read(buffer);
            if (read < 0) {
                break;
            }
            count += read;
        }
        return count;
    }

    @Test
    void anEditedRateHoldsAtOnceAndWithoutABurst() throws Exception {
        try (Origin origin = Origin.each(client -> {
                    byte[] part = new byte[64 * 1024];
                    while (true) {
                        client.send(part);
                    }
                });
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(Rate.of(1)));
                Peer client = Peer.connect(proxy.address())) {
            client.read(1);
            Clock clock = Clock.start();
            change(proxy, plan -> plan.with(rule(Rate.of(4_000_000))));
            int first = count(client, 2_000_000);
            double took = clock.lap();
            assertTrue(first >= 2_000_000);
            // The rate, less one quantum of 16 KB.
            assertTrue(took >= 490 && took < 500 + SOON, "2 MB at 4 MB/s took " + took + " ms");
            change(proxy, plan -> plan.with(rule(Rate.of(200_000))));
            clock.lap();
            // What was released before may still be on its way: as much as passed while this reader didn't run.
            count(client, 500_000);
            assertTrue(clock.millis() >= 1500, "500 kB at 200 kB/s took " + clock.millis() + " ms");
        }
    }

    @Test
    void aGentleChangeLeavesRunningExchangesAlone() throws Exception {
        Rule before = Rule.of("tag", new Headers(Headers.On.RESPONSE, Map.of("X-Plan", "before"), List.of()));
        Rule after = Rule.of("tag", new Headers(Headers.On.RESPONSE, Map.of("X-Plan", "after"), List.of()));
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port(), before, rule(Latency.of(Duration.ofMillis(300))));
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            try (Peer upstream = origin.next()) {
                upstream.readHead();
                proxy.changeGently(plan -> Plan.of(after, rule(new Limit(10))));
                Clock clock = Clock.start();
                upstream.send(RESPONSE);
                String response = client.readResponse();
                assertTrue(response.contains("X-Plan: before") && response.endsWith("hello"), response);
                assertTrue(clock.millis() >= 300);
                client.send(REQUEST);
                upstream.readHead();
                upstream.send(RESPONSE);
                assertEquals("HTTP/1.1 2", client.readText());
            }
        }
    }

    @Test
    void aGentleChangeStaysGentleWhenTheTimeOfAnotherRuleIsOver() throws Exception {
        Rule other = Rule.of("other", new SlowClose(Duration.ZERO));
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port(), other.ttl(Duration.ofMillis(400)));
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            try (Peer upstream = origin.next()) {
                upstream.readHead();
                upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n0123456789");
                client.readHead();
                assertEquals("0123456789", client.read(10));
                proxy.changeGently(plan -> plan.with(rule(Limit.of(0))));
                TestProxy.await("its end", () -> proxy.plan().rule("other").isEmpty());
                proxy.settle(Duration.ofSeconds(10));
                upstream.send("0123456789");
                assertEquals("0123456789", client.read(10));
                client.send(REQUEST);
                upstream.readHead();
                upstream.send(RESPONSE);
                assertEquals("", client.readText());
            }
        }
    }

    @Test
    void rulesOnTheFirstByteLeaveAResponseAloneThatHasBegun() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            try (Peer upstream = origin.next()) {
                upstream.readHead();
                upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n0123456789");
                client.readHead();
                assertEquals("0123456789", client.read(10));
                proxy.change(plan -> Plan.of(
                        rule(Latency.of(HOUR)),
                        rule(Reset.atFirstByte()),
                        rule(Reset.atRequest()).named("up")));
                proxy.settle(Duration.ofSeconds(10));
                upstream.send("01234");
                assertEquals("01234", client.read(5));
                proxy.change(plan -> Plan.of(rule(Reset.inBody())));
                upstream.send("56789");
                assertEquals("reset", client.ending());
            }
            assertEquals(
                    List.of("reset after 0 B"),
                    proxy.common().journal().hits().stream()
                            .map(hit -> hit.rule() + " " + hit.drawn())
                            .toList());
        }
    }

    /** A tcp connection has no exchanges, and may live for days: a reload applies to it at once. */
    @Test
    void aGentleChangeHoldsForOpenTcpConnections() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer upstream = origin.next()) {
            upstream.send("0123456789");
            assertEquals("0123456789", client.read(10));
            proxy.changeGently(plan -> Plan.of(rule(Limit.of(5))));
            upstream.send("0123456789");
            assertEquals("01234", client.readText());
        }
    }

    @Test
    void aRuleOnTheFirstByteHoldsForAResponseOfWhichNoneHasCome() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            try (Peer upstream = origin.next()) {
                upstream.readHead();
                proxy.change(plan -> Plan.of(rule(Latency.of(Duration.ofMillis(300)))));
                Clock clock = Clock.start();
                upstream.send(RESPONSE);
                assertEquals(RESPONSE, client.readResponse());
                assertTrue(clock.millis() >= 300);
            }
        }
    }

    @Test
    void aGentleChangeHoldsForTheNextExchange() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            assertEquals(RESPONSE, client.send(REQUEST).readResponse());
            proxy.changeGently(plan -> Plan.of(rule(Respond.of(503))));
            assertTrue(client.send(REQUEST).readResponse().startsWith("HTTP/1.1 503 "));
            proxy.changeGently(plan -> Plan.of(rule(Latency.of(Duration.ofMillis(100)))));
            Clock clock = Clock.start();
            assertEquals(RESPONSE, client.send(REQUEST).readResponse());
            assertTrue(clock.millis() >= 100);
        }
    }

    /** An exchange that began before the rule is hit as well, at its next byte. */
    @RepeatedTest(50) // the last piece and the thread that takes the plan on run a race
    void aChangeHoldsForRunningExchanges() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            try (Peer upstream = origin.next()) {
                upstream.readHead();
                upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n0123456789");
                client.readHead();
                assertEquals("0123456789", client.read(10));
                change(proxy, plan -> Plan.of(rule(new Limit(4))));
                upstream.send("0123456789");
                assertEquals("0123", client.readText());
            }
        }
    }
}
