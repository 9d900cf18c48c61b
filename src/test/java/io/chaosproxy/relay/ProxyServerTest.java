package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
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
import io.chaosproxy.kit.Deaf;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import io.chaosproxy.kit.Together;
import io.chaosproxy.net.Listener;
import io.chaosproxy.observe.Event;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for connections of either protocol: how many there are, how long they last, and how they end. */
@SuppressWarnings("try") // closing is what is tested
final class ProxyServerTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static final String LAST_RESPONSE =
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

    private static ProxyServer start(Protocol protocol, int upstream, Options options, Rule... rules)
            throws IOException {
        return TestProxy.start(TestProxy.spec(protocol, upstream, rules).with(options), 1);
    }

    @Test
    void aTakenPortIsAnErrorThatNamesProxyAndAddress() throws Exception {
        try (Origin origin = Origin.manual()) {
            ProxySpec spec = new ProxySpec(
                    "shop",
                    Protocol.TCP,
                    new Address("127.0.0.1", origin.port()),
                    new Address("127.0.0.1", 1),
                    Plan.CLEAN,
                    Options.DEFAULTS);
            String message = assertThrows(IOException.class, () -> TestProxy.start(spec, 1))
                    .getMessage();
            assertTrue(message.contains("proxy shop"), message);
            assertTrue(message.contains(origin.address()), message);
            assertEquals(List.of(), Threads.named("shop "));
        }
    }

    @Test
    void anAddressToListenOnThatIsNotThereIsAnErrorThatSaysSo() {
        ProxySpec spec = new ProxySpec(
                "shop",
                Protocol.TCP,
                new Address("nobody.invalid", 0),
                new Address("127.0.0.1", 1),
                Plan.CLEAN,
                Options.DEFAULTS);
        String message =
                assertThrows(IOException.class, () -> TestProxy.start(spec, 1)).getMessage();
        assertEquals("proxy shop can't listen on nobody.invalid:0: there is no host of this name", message);
    }

    @Test
    void moreConnectionsThanAllowedWaitAndAreServedLater() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = start(Protocol.TCP, origin.port(), Options.DEFAULTS.maxConnections(2));
                Peer first = Peer.connect(proxy.address());
                Peer second = Peer.connect(proxy.address());
                Peer third = Peer.connect(proxy.address())) {
            first.send("1");
            second.send("2");
            third.send("3");
            assertEquals("1", first.read(1));
            assertEquals("2", second.read(1));
            assertTrue(third.isSilentFor(200), "served beyond the limit");
            assertEquals(2, proxy.traffic().connections());
            first.close();
            assertEquals("3", third.read(1));
            assertEquals(3, proxy.traffic().connections());
        }
    }

    @Test
    void slotsComeBackHoweverConnectionsEnd() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                LogLines log = LogLines.of("http");
                ProxyServer proxy = start(Protocol.HTTP, origin.port(), Options.DEFAULTS.maxConnections(1))) {
            for (int i = 0; i < 5; i++) {
                Peer reset = Peer.connect(proxy.address());
                reset.send(REQUEST).reset();
                try (Peer bad = Peer.connect(proxy.address())) {
                    assertTrue(bad.send("nonsense\r\n\r\n").readText().startsWith("HTTP/1.1 400 "));
                }
                try (Peer good = Peer.connect(proxy.address())) {
                    assertEquals(RESPONSE, good.send(REQUEST).readResponse());
                }
            }
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
            assertEquals(5, log.lines().size());
        }
    }

    @Test
    void aConnectionOnWhichNothingMovesIsClosed() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy =
                        start(Protocol.TCP, origin.port(), Options.DEFAULTS.idleTimeout(Duration.ofMillis(400)));
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            long begun = System.nanoTime();
            for (int i = 0; i < 10; i++) { // longer in all than the limit
                assertTrue(client.isSilentFor(80), "closed while bytes moved");
                server.send("x");
                assertEquals("x", client.read(1));
            }
            long lastByte = System.nanoTime();
            assertTrue(lastByte - begun > 800_000_000L);
            assertEquals("end", client.ending());
            assertTrue(System.nanoTime() - lastByte > 390_000_000L, "closed too early");
            assertEquals("end", server.ending());
        }
    }

    @Test
    void timeThatAFaultHoldsAConnectionBackIsNotIdle() throws Exception {
        Duration delay = Duration.ofMillis(900);
        for (Fault fault : List.of(
                Latency.of(delay),
                Latency.of(delay).onStream(),
                Outage.of(delay),
                Rate.of(1),
                new Slice(1, 0, delay))) {
            try (Origin origin = Origin.manual();
                    ProxyServer proxy =
                            start(Protocol.TCP, origin.port(), Options.DEFAULTS.idleTimeout(Duration.ofMillis(500)))) {
                proxy.plan(Plan.of(TestProxy.rule(fault).way(Directions.DOWN))); // before there is something to be idle
                try (Peer client = Peer.connect(proxy.address());
                        Peer server = origin.next()) {
                    server.send("xy");
                    assertEquals("xy", client.read(2), fault.toString());
                    assertEquals("end", client.ending());
                }
            }
        }
    }

    @Test
    void severResetsWhatIsOpenAndLetsNewConnectionsIn() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer before = Peer.connect(proxy.address())) {
            before.send("x");
            assertEquals("x", before.read(1));
            proxy.sever();
            assertEquals("reset", before.ending());
            try (Peer after = Peer.connect(proxy.address())) {
                after.send("y");
                assertEquals("y", after.read(1));
            }
        }
    }

    @Test
    void drainLetsAnExchangeFinishAndNothingNewBegin() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer idle = Peer.connect(proxy.address());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            Peer server = origin.next();
            server.readHead();
            FutureTask<Boolean> closed = draining(proxy);
            assertTrue(client.isSilentFor(100));
            assertFalse(closed.isDone(), "closed before the answer");
            assertEquals("end", idle.ending());
            assertFalse(closed.isDone(), "the idle connection was closed with the proxy");
            server.send(RESPONSE);
            assertEquals(LAST_RESPONSE, client.readResponse());
            assertEquals("end", client.ending());
            client.close();
            assertTrue(closed.get());
        }
    }

    /** What the test does while a drain waits. */
    private static FutureTask<Boolean> draining(ProxyServer proxy) throws InterruptedException {
        InetSocketAddress address = proxy.address();
        FutureTask<Boolean> closed = new FutureTask<>(() -> {
            proxy.close(Duration.ofMinutes(1));
            return true;
        });
        Thread.ofVirtual().start(closed);
        TestProxy.await("not listening", () -> !accepts(address));
        return closed;
    }

    /** A response as the upstream gives it, and as the last one before a shutdown. */
    @ParameterizedTest
    @CsvSource({
        "GET, 'HTTP/1.1 200 OK|Content-Length: 2||ok', 'HTTP/1.1 200 OK|Content-Length: 2|Connection: close||ok'",
        "GET, 'HTTP/1.1 200 OK|Connection: keep-alive, X-Hop|Content-Length: 2||ok',"
                + " 'HTTP/1.1 200 OK|Connection: close, X-Hop|Content-Length: 2||ok'",
        "GET, 'HTTP/1.1 200 OK|Connection: a|Connection: Keep-Alive|Content-Length: 0||',"
                + " 'HTTP/1.1 200 OK|Connection: close, a|Content-Length: 0||'",
        "GET, 'HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ok|0||',"
                + " 'HTTP/1.1 200 OK|Transfer-Encoding: chunked|Connection: close||2|ok|0||'",
        "GET, 'HTTP/1.1 100 Continue||HTTP/1.1 204 No Content||',"
                + " 'HTTP/1.1 100 Continue||HTTP/1.1 204 No Content|Connection: close||'",
        "HEAD, 'HTTP/1.1 200 OK|Content-Length: 2||', 'HTTP/1.1 200 OK|Content-Length: 2|Connection: close||'",
        "GET, 'HTTP/1.1 200 OK|Connection: close|Content-Length: 2||ok',"
                + " 'HTTP/1.1 200 OK|Connection: close|Content-Length: 2||ok'",
        "GET, 'HTTP/1.0 200 OK|Content-Length: 2||ok', 'HTTP/1.0 200 OK|Content-Length: 2||ok'",
    })
    void drainTellsTheClientThatItsResponseIsTheLast(String method, String given, String last) throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(method + " / HTTP/1.1\r\nHost: a\r\n\r\n");
            Peer server = origin.next();
            server.readHead();
            FutureTask<Boolean> closed = draining(proxy);
            server.send(given.replace("|", "\r\n"));
            assertEquals(last, client.readText().replace("\r\n", "|"));
            assertEquals("end", server.ending());
            client.close();
            assertTrue(closed.get());
        }
    }

    @Test
    void drainAnswersEveryPipelinedRequestAndClosesBehindTheLast() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST + REQUEST + REQUEST);
            Peer server = origin.next();
            for (int i = 0; i < 3; i++) {
                server.readHead();
            }
            FutureTask<Boolean> closed = draining(proxy);
            server.send(RESPONSE + RESPONSE + RESPONSE);
            assertEquals(RESPONSE + RESPONSE + LAST_RESPONSE, client.readText());
            client.close();
            assertTrue(closed.get());
        }
    }

    @Test
    void drainClosesAfterAResponseThatHadBegunBefore() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            Peer server = origin.next();
            server.readHead();
            server.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
            client.readHead();
            FutureTask<Boolean> closed = draining(proxy);
            server.send("llo");
            assertEquals("hello", client.readText());
            client.close();
            assertTrue(closed.get());
        }
    }

    /** A request that has begun to arrive isn't idle, whoever answers it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void drainServesARequestThatIsArriving(boolean locally) throws Exception {
        Rule[] rules = locally ? new Rule[] {TestProxy.rule(Respond.of(200, "hello"))} : new Rule[0];
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.http(origin.port(), rules);
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET / HTTP/1.1\r\n");
            TestProxy.await(
                    "arriving",
                    () -> proxy.connections().stream()
                            .anyMatch(connection -> connection.activity().isReceiving()));
            FutureTask<Boolean> closed = draining(proxy);
            client.send("Host: a\r\n\r\n" + (locally ? REQUEST : ""));
            String answer = client.readText();
            assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n") && answer.endsWith("\r\n\r\nhello"), answer);
            assertTrue(answer.contains("\r\nConnection: close\r\n"), answer);
            client.close();
            assertTrue(closed.get());
        }
    }

    @Test
    void whatIsAcceptedWhileTheListenerClosesIsNotServed() throws Exception {
        CountDownLatch accepting = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port())) {
            proxy.common().events().add(event -> {
                if (event instanceof Event.Opened) {
                    accepting.countDown();
                    try {
                        goOn.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
            });
            try (Peer client = Peer.connect(proxy.address())) {
                accepting.await();
                Listener listener = proxy.listening().listener();
                Future<Boolean> closed = Together.start(() -> {
                    proxy.close();
                    return true;
                });
                TestProxy.await("closing", () -> !listener.isOpen());
                goOn.countDown();
                assertEquals("end", client.ending());
                assertTrue(Together.result(closed));
                Threads.awaitNone("tcp ");
                assertTrue(origin.isUntouched(), "the upstream was dialled");
            }
        }
    }

    /** Closing a listening socket resets them. */
    @Test
    void drainServesClientsThatHaveConnectedAndAreNotYetAccepted() throws Exception {
        try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                ProxyServer proxy = TestProxy.http(origin.port())) {
            CountDownLatch accepts = new CountDownLatch(1);
            proxy.common().events().add(event -> {
                if (event instanceof Event.Opened) {
                    await(accepts);
                }
            });
            List<Peer> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 20; i++) {
                    clients.add(Peer.connect(proxy.address()).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
                }
                FutureTask<Boolean> closed = new FutureTask<>(() -> {
                    proxy.close(Duration.ofSeconds(30));
                    return true;
                });
                Thread.ofVirtual().start(closed);
                TestProxy.await("it ends", proxy.context()::isEnding);
                accepts.countDown();
                for (Peer client : clients) {
                    String answer = client.readText();
                    assertTrue(answer.endsWith("\r\n\r\nok"), answer);
                    assertTrue(answer.contains("Connection: close"), answer);
                }
                assertTrue(closed.get());
                assertEquals(20, proxy.traffic().connections());
            } finally {
                accepts.countDown();
                for (Peer client : clients) {
                    client.close();
                }
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** It may have sent its first request already. */
    @Test
    void drainGivesANewClientAMoment() throws Exception {
        try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer silent = Peer.connect(proxy.address())) {
            TestProxy.await("accepted", () -> proxy.connections().size() == 2);
            FutureTask<Boolean> closed = new FutureTask<>(() -> {
                proxy.close(Duration.ofSeconds(30));
                return true;
            });
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Thread.ofVirtual().start(closed);
            assertTrue(client.readText().endsWith("\r\n\r\nok"));
            assertEquals("end", silent.ending());
            assertTrue(closed.get());
        }
    }

    @Test
    void drainLetsATcpTransferFinish() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            Peer server = origin.next();
            server.send("0");
            assertEquals("0", client.read(1));
            FutureTask<Long> closed = new FutureTask<>(() -> {
                proxy.close(Duration.ofSeconds(10));
                return System.nanoTime();
            });
            Thread.ofVirtual().start(closed);
            long last = 0;
            for (int i = 0; i < 15; i++) {
                assertTrue(client.isSilentFor(50), "closed while bytes moved");
                last = System.nanoTime();
                server.send("x");
                assertEquals("x", client.read(1));
            }
            assertEquals("end", client.ending());
            assertTrue(closed.get() - last > 490_000_000L, "closed before it was quiet");
        }
    }

    @Test
    void drainDoesNotWaitForEver() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            origin.next().readHead();
            long begun = System.nanoTime();
            proxy.close(Duration.ofMillis(300));
            assertTrue(System.nanoTime() - begun > 290_000_000L, "didn't wait for the answer");
            assertEquals("end", client.ending());
        }
    }

    private static boolean accepts(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void closeDoesNotWaitForAnUpstreamThatIsBeingDialled() throws Exception {
        try (Deaf deaf = new Deaf();
                ProxyServer proxy =
                        start(Protocol.TCP, deaf.port(), Options.DEFAULTS.connectTimeout(Duration.ofHours(1)));
                Peer client = Peer.connect(proxy.address())) {
            TestProxy.await("dialling", () -> proxy.connections().size() == 1);
            assertTrue(client.isSilentFor(200), "the deaf upstream answered");
            proxy.close();
            assertEquals("end", client.ending());
            Threads.awaitNone("tcp ");
        }
    }

    /** Connections in all kinds of states: none of them outlives the proxy, nor does a thread. */
    @ParameterizedTest
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void closeLeavesNothingBehind(Protocol protocol) throws Exception {
        Rule[] faults = {
            TestProxy.rule(Latency.of(Duration.ofHours(1))),
            Rule.of("stream", Latency.of(Duration.ofHours(1)).onStream()),
            TestProxy.rule(Outage.of(Duration.ofHours(1))),
            TestProxy.rule(Rate.of(0)),
            TestProxy.rule(new Timeout(Duration.ofHours(1))),
            TestProxy.rule(new SlowClose(Duration.ofHours(1))),
            TestProxy.rule(new Refuse(AcceptFault.How.HANG, Duration.ZERO)),
            Rule.of("later", new Refuse(AcceptFault.How.CLOSE, Duration.ofHours(1))),
            TestProxy.rule(new Limit(3)),
        };
        String name = protocol.name().toLowerCase(Locale.ROOT);
        List<Peer> peers = new ArrayList<>();
        try (LogLines log = LogLines.of(name);
                Origin origin = Origin.manual();
                ProxyServer proxy = start(protocol, origin.port(), Options.DEFAULTS.idleTimeout(Duration.ofHours(1)))) {
            for (int i = 0; i < 110; i++) {
                boolean half = i < 55;
                if (i % 10 < faults.length) {
                    Rule fault = faults[i % 10];
                    proxy.change(plan -> half ? Plan.of(fault) : plan.with(fault));
                }
                Peer client = Peer.connect(proxy.address());
                peers.add(client);
                switch (i % 4) {
                    case 0 -> client.send(REQUEST);
                    case 1 -> client.send(REQUEST + REQUEST).endOutput();
                    case 2 -> client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nsome");
                    default -> {}
                }
                int count = i + 1;
                TestProxy.await("accepted", () -> proxy.traffic().connections() == count);
            }
            List<Peer> servers = new ArrayList<>();
            while (!origin.isUntouched()) {
                Peer server = origin.next();
                servers.add(server);
                answer(server, servers.size());
            }
            peers.addAll(servers);
            assertTrue(
                    proxy.connections().size() >= 30,
                    "open: " + proxy.connections().size());
            assertTrue(Threads.named(name + " ").size() > 30);
            proxy.close();
            assertEquals(List.of(), List.copyOf(proxy.connections()));
            Threads.awaitNone(name + " ");
            for (Peer peer : peers) {
                assertTrue(List.of("end", "reset").contains(peer.ending()));
            }
            assertEquals(
                    List.of(),
                    log.lines().stream().filter(line -> line.contains("failed")).toList());
        } finally {
            for (Peer peer : peers) {
                peer.close();
            }
        }
    }

    private static void answer(Peer server, int number) throws IOException {
        try {
            switch (number % 3) {
                case 0 -> server.send(RESPONSE);
                case 1 -> server.send("HTTP/1.1 200 OK\r\n\r\nhello").endOutput();
                default -> {}
            }
        } catch (SocketException e) {
            // a rule has torn it down already, which is a state as well
        }
    }
}
