package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.http.Http1Handler;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** One total rate, shared evenly: over real sockets, by what arrives at the clients. */
final class SpeedOverSocketsTest {
    private static final long RATE = 4_000_000;
    private static final String DOWNLOAD = "GET /bulk HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String PING = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n";

    /** Bulk data without an end, and short answers. */
    private static Origin origin() throws IOException {
        return Origin.each(client -> {
            byte[] part = new byte[32 * 1024];
            for (String head = client.readHead(); !head.isEmpty(); head = client.readHead()) {
                if (head.contains("/ping")) {
                    client.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong");
                } else {
                    client.send("HTTP/1.1 200 OK\r\n\r\n");
                    while (true) {
                        client.send(part);
                    }
                }
            }
        });
    }

    /** Downloads that run until they are closed, and what has arrived of each. */
    private static final class Downloads implements AutoCloseable {
        private final List<Peer> clients = new ArrayList<>();
        private final AtomicLongArray arrived;

        Downloads(int count, ProxyServer... proxies) throws IOException {
            arrived = new AtomicLongArray(count);
            for (int i = 0; i < count; i++) {
                clients.add(Peer.connect(proxies[i % proxies.length].address()));
                clients.getLast().send(DOWNLOAD);
            }
            List<Future<Void>> unused = Together.start(count, this::download); // ends with its connection
        }

        private Void download(int index) throws IOException {
            byte[] buffer = new byte[16 * 1024];
            try {
                InputStream in = clients.get(index).socket().getInputStream();
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    arrived.addAndGet(index, count);
                }
            } catch (SocketException e) {
                // closed: it was measured for long enough
            }
            return null;
        }

        long[] arrived() {
            long[] snapshot = new long[arrived.length()];
            for (int i = 0; i < snapshot.length; i++) {
                snapshot[i] = arrived.get(i);
            }
            return snapshot;
        }

        long total() {
            return Arrays.stream(arrived()).sum();
        }

        void awaitAll() throws InterruptedException {
            TestProxy.await("all have begun", () -> Arrays.stream(arrived()).allMatch(count -> count > 0));
        }

        @Override
        public void close() throws IOException {
            for (Peer client : clients) {
                client.close();
            }
        }
    }

    /** Bytes per second and the shares of each, over so many seconds from now. */
    private record Measured(double rate, double jain) {
        static Measured of(Downloads downloads, double seconds) throws InterruptedException {
            downloads.awaitAll();
            long[] before = downloads.arrived();
            Clock clock = Clock.start();
            Thread.sleep((long) (seconds * 1000)); // a measurement of this length
            long[] after = downloads.arrived();
            double took = clock.millis() / 1000;
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < before.length; i++) {
                double share = after[i] - before[i];
                sum += share;
                squares += share * share;
            }
            return new Measured(sum / took, sum * sum / (before.length * squares));
        }
    }

    /** A short measurement: never much too fast, while a busy machine may make it somewhat slow. */
    private static void assertRate(double expected, double measured) {
        assertTrue(
                measured <= 1.1 * expected && measured >= 0.75 * expected,
                "%.0f B/s, %+.2f %%".formatted(measured, (measured / expected - 1) * 100));
    }

    /**
     * Three proxies at the same time, to spare twenty seconds: together they are far from what a machine can move. One that
     * is busy with something else makes a single writer late, though never fast, so too low a rate is measured again.
     */
    @Test
    void downloadsGetTheTotalTogetherAndShareItEvenly() throws Exception {
        int[] counts = {1, 10, 100};
        try (Origin origin = origin()) {
            List<Measured> measured = List.of();
            for (int attempt = 0; attempt < 3; attempt++) {
                measured = Together.run(counts.length, i -> {
                    try (ProxyServer proxy = TestProxy.http(origin.port(), rule(Rate.of(RATE)));
                            Downloads downloads = new Downloads(counts[i], proxy)) {
                        return Measured.of(downloads, 10);
                    }
                });
                for (Measured each : measured) {
                    assertTrue(each.rate() <= 1.03 * RATE, measured::toString);
                    assertTrue(each.jain() >= 0.98, measured::toString);
                }
                if (measured.stream().allMatch(each -> each.rate() >= 0.97 * RATE)) {
                    return;
                }
            }
            fail(measured.toString());
        }
    }

    /** A turn each within what the link carries in a few seconds; grants of a packet each would take 28 seconds' worth. */
    @Test
    void eachOfManyConnectionsGetsATurnSoonAtALowRate() throws Exception {
        long rate = 10 * 1024;
        try (Origin origin = origin();
                ProxyServer proxy = TestProxy.http(origin.port(), TestProxy.rule(Rate.of(rate)));
                Downloads downloads = new Downloads(200, proxy)) {
            downloads.awaitAll();
            long[] before = downloads.arrived();
            TestProxy.await("all have had another turn", () -> {
                long[] after = downloads.arrived();
                return IntStream.range(0, after.length).allMatch(i -> after[i] > before[i]);
            });
            long passed = downloads.total() - Arrays.stream(before).sum();
            assertTrue(passed <= 5 * rate, passed + " bytes until the last of them had its turn");
        }
    }

    /** Each direction is a link of its own, and of the same width. */
    @Test
    void uploadsAndDownloadsDontTakeFromEachOther() throws Exception {
        byte[] data = new byte[2_000_000];
        CountDownLatch uploaded = new CountDownLatch(4);
        try (Origin origin = Origin.each(client -> {
                    Future<byte[]> up = Together.start(client::readAll);
                    Future<Void> unused = Together.start(() -> {
                        byte[] part = new byte[32 * 1024];
                        while (true) {
                            client.send(part);
                        }
                    });
                    assertEquals(data.length, Together.result(up).length);
                    uploaded.countDown();
                });
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(Rate.of(RATE)))) {
            Clock clock = Clock.start();
            List<Future<Integer>> clients = Together.start(4, i -> {
                try (Peer client = Peer.connect(proxy.address())) {
                    Future<byte[]> arriving = Together.start(client::readAll);
                    client.send(data).endOutput();
                    uploaded.await();
                    return arriving.isDone() ? 0 : 1;
                }
            });
            uploaded.await();
            double took = clock.millis();
            long down = proxy.traffic().bytes(Direction.DOWN);
            assertTrue(took >= 1900 && took < 3000, "8 MB at 4 MB/s took " + took + " ms");
            assertRate(RATE, down / took * 1000);
            assertEquals(List.of(1, 1, 1, 1), Together.results(clients));
        }
    }

    @Test
    void onlyTheDirectionOfTheRuleIsNarrow() throws Exception {
        byte[] data = new byte[1_000_000];
        try (Origin origin = Origin.echo();
                ProxyServer proxy =
                        TestProxy.tcp(origin.port(), rule(Rate.of(RATE)).way(Directions.UP));
                Peer client = Peer.connect(proxy.address())) {
            Clock clock = Clock.start();
            Future<byte[]> back = Together.start(client::readAll);
            client.send(data).endOutput();
            assertEquals(data.length, Together.result(back).length);
            assertTrue(clock.millis() >= 245 && clock.millis() < 60_000, clock.millis() + " ms");
        }
    }

    /** One quantum of each of the others is 4 ms of the rate; behind whole downloads it would be for ever. */
    @Test
    void shortRequestsDontStarveBesideDownloads() throws Exception {
        int downloads = 10;
        try (Origin origin = origin();
                ProxyServer proxy = TestProxy.http(origin.port(), rule(Rate.of(RATE)));
                Downloads bulk = new Downloads(downloads, proxy);
                Peer client = Peer.connect(proxy.address())) {
            bulk.awaitAll();
            List<Double> took = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                Clock clock = Clock.start();
                client.send(PING).readResponse();
                took.add(clock.millis());
            }
            took.sort(null);
            // Head and body may wait for a round each, and so does the head on its way up.
            assertTrue(took.getFirst() < 2.5 * downloads * 4, took::toString);
            assertTrue(took.getLast() < 20_000, took::toString);
        }
    }

    @Test
    void aChangedRateWakesThoseWhoWait() throws Exception {
        try (Origin origin = origin();
                ProxyServer proxy = TestProxy.http(origin.port(), rule(Rate.of(0)));
                Downloads downloads = new Downloads(10, proxy)) {
            assertTrue(proxy.common().journal().await("http", "rate", 10, Duration.ofSeconds(60)));
            Thread.sleep(100); // nothing may arrive, and nothing tells of that
            assertEquals(0, downloads.total());
            Clock clock = Clock.start();
            proxy.plan(Plan.of(rule(Rate.of(RATE))));
            downloads.awaitAll();
            assertTrue(clock.millis() < 30_000, "went on after " + clock.millis() + " ms");
            for (long rate : new long[] {2 * RATE, RATE / 2, RATE}) {
                proxy.plan(Plan.of(rule(Rate.of(rate))));
                Thread.sleep(100); // what was on its way
                assertRate((double) rate, Measured.of(downloads, 1).rate());
            }
            proxy.plan(Plan.of(rule(Rate.of(0))));
            Thread.sleep(100); // what was on its way
            long before = downloads.total();
            Thread.sleep(200); // nothing may arrive, and nothing tells of that
            assertEquals(before, downloads.total());
        }
    }

    @Test
    void redrawnRatesStayWithinTheirRange() throws Exception {
        int intervals = 8;
        int redraw = 400;
        try (Origin origin = origin();
                ProxyServer proxy = TestProxy.http(
                        origin.port(),
                        rule(new Rate(2_000_000, 6_000_000, Duration.ofMillis(redraw), FaultScope.PROXY)));
                Downloads downloads = new Downloads(4, proxy)) {
            downloads.awaitAll();
            List<Double> rates = new ArrayList<>();
            long before = downloads.total();
            Clock clock = Clock.start();
            for (int i = 0; i < intervals; i++) {
                Thread.sleep(redraw); // one interval
                double took = clock.lap() / 1000;
                long now = downloads.total();
                rates.add((now - before) / took);
                before = now;
            }
            double quantum = 6_000_000 * 0.004 / (redraw / 1000.0); // bytes per second of one interval
            double late = 0.1 * 6_000_000; // what a busy machine moves from one interval into the next
            for (double rate : rates) {
                assertTrue(rate >= 2_000_000 - quantum - late && rate <= 6_000_000 + quantum + late, rates::toString);
            }
            double min = rates.stream().min(Double::compare).orElseThrow();
            double max = rates.stream().max(Double::compare).orElseThrow();
            assertTrue(max > 1.3 * min, rates::toString);
            double mean = rates.stream().mapToDouble(rate -> rate).average().orElseThrow();
            assertTrue(mean > 2_500_000 && mean < 5_500_000, rates::toString);
        }
    }

    @Test
    void aRateForAllIsSharedByTwoProxies() throws Exception {
        Rule all = rule(Rate.of(RATE).sharedBy(FaultScope.ALL));
        ServerContext common = new ServerContext(1, TimeSource.SYSTEM, new Journal(100));
        try (Origin origin = origin();
                ProxyServer one = ProxyServer.start(named("one", origin, all), common, new Http1Handler());
                ProxyServer two = ProxyServer.start(named("two", origin, all), common, new Http1Handler());
                Downloads downloads = new Downloads(6, one, two, two)) {
            Measured measured = Measured.of(downloads, 2);
            assertRate(RATE, measured.rate());
            assertTrue(measured.jain() >= 0.98, "Jain index " + measured.jain());
        }
    }

    /** The rate of a rule that is gone, or whose proxy is, does not stay; that of another part does. */
    @Test
    void aRateForAllStaysOnlyWhereItsRuleDoes() throws Exception {
        Rule all = rule(Rate.of(RATE / 20).sharedBy(FaultScope.ALL));
        ServerContext common = new ServerContext(1, TimeSource.SYSTEM, new Journal(100));
        try (Origin origin = origin();
                ProxyServer one = ProxyServer.start(named("one", origin, all), common, new Http1Handler());
                ProxyServer two = ProxyServer.start(named("two", origin, all), common, new Http1Handler())) {
            one.plan(Plan.CLEAN);
            try (Downloads free = new Downloads(1, one);
                    Downloads slow = new Downloads(1, two)) {
                assertTrue(Measured.of(slow, 1).rate() < RATE / 5.0, "the rule of the other proxy is gone, too");
                assertTrue(Measured.of(free, 1).rate() > RATE / 5.0, "the rate of a rule that is gone stays");
                two.plan(Plan.CLEAN);
                assertTrue(Measured.of(slow, 1).rate() > RATE / 5.0, "the rate of the last rule stays");
            }
        }
    }

    private static ProxySpec named(String name, Origin origin, Rule rule) {
        ProxySpec spec = TestProxy.spec(Protocol.HTTP, origin.port(), rule);
        return new ProxySpec(
                name, spec.protocol(), spec.listen(), spec.upstream().orElseThrow(), spec.plan(), spec.options());
    }

    @Test
    void aRateOfTheProxyIsNotSharedWithAnother() throws Exception {
        ServerContext common = new ServerContext(1, TimeSource.SYSTEM, new Journal(100));
        try (Origin origin = origin();
                ProxyServer one =
                        ProxyServer.start(named("one", origin, rule(Rate.of(RATE / 2))), common, new Http1Handler());
                ProxyServer two =
                        ProxyServer.start(named("two", origin, rule(Rate.of(RATE / 2))), common, new Http1Handler());
                Downloads downloads = new Downloads(2, one, two)) {
            assertRate(RATE, Measured.of(downloads, 2).rate());
        }
    }

    @Test
    void aRateOfEachConnectionIsSharedWithNobody() throws Exception {
        Rule each = rule(Rate.of(500_000).sharedBy(FaultScope.CONNECTION));
        try (Origin origin = origin();
                ProxyServer proxy = TestProxy.http(origin.port(), each);
                Downloads downloads = new Downloads(10, proxy)) {
            Measured measured = Measured.of(downloads, 2);
            assertRate(10 * 500_000, measured.rate());
            assertTrue(measured.jain() >= 0.98, "Jain index " + measured.jain());
        }
    }
}
