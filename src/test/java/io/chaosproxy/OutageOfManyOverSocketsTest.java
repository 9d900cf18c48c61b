package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.http.Http1Handler;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import io.chaosproxy.relay.TcpHandler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** One hit stalls all connections of a proxy, or of all proxies, and they resume together. */
final class OutageOfManyOverSocketsTest {
    private static final int CLIENTS = 20;
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration MOST = Duration.ofSeconds(60);
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static Rule outage(Duration time, FaultScope scope) {
        return rule(Outage.of(time).scope(scope));
    }

    private static ProxyServer start(ServerContext common, String name, Protocol protocol, int port, Rule... rules)
            throws IOException {
        ProxySpec spec = new ProxySpec(
                name,
                protocol,
                new Address("127.0.0.1", 0),
                new Address("127.0.0.1", port),
                Plan.of(rules),
                Options.DEFAULTS);
        return ProxyServer.start(spec, common, protocol == Protocol.TCP ? new TcpHandler() : new Http1Handler());
    }

    private static ServerContext common() {
        return new ServerContext(1, TimeSource.SYSTEM, new Journal(Journal.DEFAULT_CAPACITY));
    }

    /** Some tcp connections that have carried a byte each way. */
    private static List<Peer> connect(ProxyServer proxy, int count) throws IOException {
        List<Peer> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            clients.add(Peer.connect(proxy.address()));
            assertEquals("a", clients.get(i).send("a").read(1));
        }
        return clients;
    }

    private static void sendAll(List<Peer> clients, String text) throws IOException {
        for (Peer client : clients) {
            client.send(text);
        }
    }

    private static void readAll(List<Peer> clients, String text) throws IOException {
        for (Peer client : clients) {
            assertEquals(text, client.read(text.length()));
        }
    }

    private static void awaitStalled(ProxyServer proxy, int connections) throws InterruptedException {
        TestProxy.await(
                "all stand still",
                () -> proxy.connections().stream()
                                .filter(connection -> connection.info().waiting() > 0)
                                .count()
                        == connections);
    }

    private static void awaitHit(ProxyServer proxy) throws InterruptedException {
        assertTrue(proxy.common().journal().await(proxy.name(), "outage", 1, MOST));
    }

    private static long hits(ProxyServer proxy) {
        return proxy.common().journal().hits(proxy.name(), "outage");
    }

    private static void closeAll(List<Peer> clients) throws IOException {
        for (Peer client : clients) {
            client.close();
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(
            value = FaultScope.class,
            names = {"PROXY", "ALL"})
    void oneHitStallsAllConnectionsAndAllResumeTogether(FaultScope scope) throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(origin.port())) {
            List<Peer> clients = connect(proxy, CLIENTS);
            proxy.plan(Plan.of(outage(Duration.ofSeconds(3), scope).maxHits(1)));
            Clock clock = Clock.start();
            clients.getFirst().send("b");
            awaitHit(proxy);
            sendAll(clients.subList(1, CLIENTS), "b");
            clients.add(Peer.connect(proxy.address()).send("b")); // a new one
            List<Future<Double>> arrivals = new ArrayList<>();
            for (Peer client : clients) {
                arrivals.add(Together.start(() -> {
                    assertEquals("b", client.read(1));
                    return clock.millis();
                }));
            }
            for (double arrival : Together.results(arrivals)) {
                assertTrue(arrival >= 3000, arrival + " ms");
            }
            assertEquals(1, hits(proxy));
            sendAll(clients, "c");
            readAll(clients, "c");
            assertEquals(1, hits(proxy)); // no more than max-hits
            closeAll(clients);
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @CsvSource({"PROXY, false", "PROXY, true", "ALL, false", "ALL, true"})
    void removalOrEditOfTheRuleReleasesAll(FaultScope scope, boolean edit) throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(origin.port())) {
            List<Peer> clients = connect(proxy, CLIENTS);
            Rule rule = outage(LONG, scope);
            proxy.plan(Plan.of(rule));
            sendAll(clients, "b");
            awaitStalled(proxy, CLIENTS);
            assertEquals(1, hits(proxy));
            proxy.plan(edit ? Plan.of(rule.maxHits(0)) : Plan.CLEAN);
            readAll(clients, "b");
            proxy.plan(Plan.of(rule)); // begins anew
            clients.getFirst().send("c");
            assertTrue(proxy.common().journal().await("tcp", "outage", 2, MOST));
            assertTrue(clients.getFirst().isSilentFor(50));
            proxy.plan(Plan.CLEAN);
            assertEquals("c", clients.getFirst().read(1));
            closeAll(clients);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void bytesFromTheUpstreamForQuietConnectionsWaitAsWell() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next();
                Peer quiet = Peer.connect(proxy.address());
                Peer quietServer = origin.next()) {
            client.send("a");
            quiet.send("a");
            assertEquals("a", server.read(1));
            assertEquals("a", quietServer.read(1));
            proxy.plan(Plan.of(outage(LONG, FaultScope.PROXY)));
            server.send("b"); // the trial
            awaitHit(proxy);
            quietServer.send("c").endOutput();
            quiet.send("d");
            assertTrue(quiet.isSilentFor(100));
            assertTrue(quietServer.isSilentFor(1));
            proxy.plan(Plan.CLEAN);
            assertEquals("b", client.read(1));
            assertEquals("c", quiet.readText());
            assertEquals("d", quietServer.read(1));
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource(
            value = TrialUnit.class,
            names = {"EXCHANGE", "CONNECTION"})
    void eachExchangeHasItsOwnTrialAndIsLeftOutDuringAnOutage(TrialUnit per) throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.http(
                        origin.port(), outage(LONG, FaultScope.PROXY).per(per).maxHits(3))) {
            List<Peer> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(Peer.connect(proxy.address()));
            }
            sendAll(clients, REQUEST);
            awaitStalled(proxy, CLIENTS);
            assertEquals(1, hits(proxy));
            proxy.plan(Plan.CLEAN);
            for (Peer client : clients) {
                assertEquals(RESPONSE, client.readResponse());
            }
            assertEquals(1, hits(proxy));
            closeAll(clients);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void connectionsThatTheConditionsLeaveOutAreStalledButNotTried() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.http(
                        origin.port(), outage(LONG, FaultScope.PROXY).when(Match.path("/hit")));
                Peer other = Peer.connect(proxy.address());
                Peer client = Peer.connect(proxy.address())) {
            assertEquals(RESPONSE, other.send(REQUEST).readResponse());
            client.send(REQUEST.replace("/", "/hit").replace("HTTP/hit", "HTTP/"));
            awaitHit(proxy);
            other.send(REQUEST);
            awaitStalled(proxy, 2);
            proxy.plan(Plan.CLEAN);
            assertEquals(RESPONSE, client.readResponse());
            assertEquals(RESPONSE, other.readResponse());
            assertEquals(1, hits(proxy));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aHitOnOneProxyStallsAllThatHaveTheRule() throws Exception {
        ServerContext common = common();
        Rule rule = outage(LONG, FaultScope.ALL).maxHits(1);
        try (Origin origin = Origin.echo();
                ProxyServer one = start(common, "one", Protocol.TCP, origin.port());
                ProxyServer two = start(common, "two", Protocol.TCP, origin.port());
                ProxyServer without = start(common, "without", Protocol.TCP, origin.port())) {
            List<Peer> ones = connect(one, 5);
            List<Peer> twos = connect(two, 5);
            List<Peer> others = connect(without, 1);
            one.plan(Plan.of(rule));
            two.plan(Plan.of(rule));
            without.plan(Plan.of(outage(LONG, FaultScope.PROXY).when(Match.ANY.client("192.0.2.1"))));
            ones.getFirst().send("b");
            awaitHit(one);
            sendAll(ones.subList(1, 5), "b");
            sendAll(twos, "b");
            sendAll(others, "b");
            awaitStalled(one, 5);
            awaitStalled(two, 5);
            readAll(others, "b");

            two.plan(Plan.CLEAN); // two alone is released
            readAll(twos, "b");
            assertTrue(ones.getFirst().isSilentFor(50));
            two.plan(Plan.of(rule));
            sendAll(twos, "c"); // and joins the outage again
            awaitStalled(two, 5);

            two.plan(Plan.of(rule.probability(1e-12))); // an edit ends the outage for all
            readAll(ones, "b");
            readAll(twos, "c");
            sendAll(ones, "d");
            readAll(ones, "d");
            assertEquals(1, hits(one)); // its rule is the same as before, and used up
            closeAll(ones);
            closeAll(twos);
            closeAll(others);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void proxiesHaveTrialsAndMaxHitsOfAnOutageOfAllInCommon() throws Exception {
        ServerContext common = common();
        Rule rule = outage(Duration.ofMillis(1), FaultScope.ALL)
                .per(TrialUnit.EXCHANGE)
                .maxHits(3);
        try (Origin origin = Origin.echo();
                ProxyServer one = start(common, "one", Protocol.TCP, origin.port(), rule);
                ProxyServer two = start(common, "two", Protocol.TCP, origin.port(), rule)) {
            for (int i = 0; i < 10; i++) {
                closeAll(connect(one, 1));
                closeAll(connect(two, 1));
            }
            assertEquals(3, hits(one) + hits(two));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void theTrialIsOneEachSecondForAllConnectionsAndDrawsByItsNumber() throws Exception {
        List<List<String>> drawn = new ArrayList<>();
        for (int clients : new int[] {2, 10}) {
            Rule rule = rule(new Outage(Duration.ofMillis(1), Duration.ofMillis(9), FaultScope.PROXY));
            try (Origin origin = Origin.echo();
                    ProxyServer proxy = TestProxy.tcp(origin.port())) {
                AtomicBoolean enough = new AtomicBoolean();
                proxy.plan(Plan.of(rule));
                Clock clock = Clock.start();
                List<Future<Void>> running = Together.start(clients, n -> {
                    try (Peer client = Peer.connect(proxy.address())) {
                        while (!enough.get()) {
                            assertEquals("x", client.send("x").read(1));
                            Thread.sleep(1);
                        }
                    }
                    return null;
                });
                assertTrue(proxy.common().journal().await("tcp", "outage", 3, MOST));
                enough.set(true);
                Together.results(running);
                long seconds = (long) (clock.millis() / 1000) + 1;
                assertTrue(hits(proxy) <= seconds, hits(proxy) + " hits in " + seconds + " s begun");
                drawn.add(proxy.common().journal().hits().stream()
                        .map(Hit::drawn)
                        .map(Object::toString)
                        .limit(3)
                        .toList());
            }
        }
        assertEquals(drawn.get(0), drawn.get(1));
        assertFalse(drawn.get(0).getFirst().equals(drawn.get(0).get(1)));
    }
}
