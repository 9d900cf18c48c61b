package io.chaosproxy;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ChaosProxyTest {
    private static final String HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private Origin echo;
    private Origin web;

    @BeforeEach
    void start() throws IOException {
        echo = Origin.echo();
        web = Origin.answering(HELLO);
    }

    @AfterEach
    void stop() throws IOException {
        echo.close();
        web.close();
    }

    private ChaosProxy tcp() {
        return ChaosProxy.tcp("127.0.0.1", echo.port());
    }

    private static Peer connect(ChaosProxy proxy) throws IOException {
        return Peer.connect(new InetSocketAddress("127.0.0.1", proxy.port()));
    }

    private static int status(HttpClient client, ChaosProxy proxy, String path) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(proxy.url() + path)).build();
        return client.send(request, BodyHandlers.ofString()).statusCode();
    }

    @Test
    void aTcpProxyRelaysFromAFreeLoopbackPort() throws IOException {
        try (ChaosProxy proxy = tcp();
                Peer client = connect(proxy)) {
            assertEquals("127.0.0.1:" + proxy.port(), "" + proxy.address());
            assertEquals("tcp://127.0.0.1:" + proxy.port(), proxy.url());
            assertEquals("hello", client.send("hello").read(5));
            assertEquals(Plan.CLEAN, proxy.plan());
        }
    }

    @Test
    void anHttpProxyKnowsRequests() throws Exception {
        try (ChaosProxy proxy = ChaosProxy.http(URI.create("http://127.0.0.1:" + web.port() + "/"));
                HttpClient client = HttpClient.newHttpClient()) {
            assertEquals("http://127.0.0.1:" + proxy.port(), proxy.url());
            try (Injection busy = proxy.inject(Rule.of("busy", Respond.of(503).retryAfter(ofSeconds(2)))
                    .when(Match.path("/cart/**").methods("GET").first(2)))) {
                assertEquals(503, status(client, proxy, "/cart/1"));
                assertEquals(200, status(client, proxy, "/shop"));
                assertEquals(503, status(client, proxy, "/cart/2"));
                assertEquals(200, status(client, proxy, "/cart/3"));
                assertEquals(2, busy.hits());
            }
            assertEquals(4, proxy.traffic().exchanges());
        }
    }

    @Test
    void faultsAreInForceUntilTheyAreClosed() throws Exception {
        try (ChaosProxy proxy = tcp();
                Peer client = connect(proxy)) {
            Injection slow = proxy.inject(Latency.of(ofMillis(200)));
            assertEquals(
                    List.of(Rule.of("latency", Latency.of(ofMillis(200)))),
                    proxy.plan().rules());
            long begun = System.nanoTime();
            client.send("a").read(1);
            assertTrue(System.nanoTime() - begun >= 200_000_000);
            assertEquals(1, slow.hits());
            slow.close();
            slow.close();
            assertEquals(Plan.CLEAN, proxy.plan());
            assertEquals(1, proxy.journal().hits("latency"));
        }
    }

    @Test
    void hitsCountFromTheOwnStart() throws Exception {
        try (ChaosProxy proxy = tcp();
                ChaosProxy another = tcp()) {
            Injection elsewhere = another.inject(Latency.of(ofMillis(1)));
            Injection first = proxy.inject(Latency.of(ofMillis(1)));
            try (Peer client = connect(proxy)) {
                client.send("a").read(1);
            }
            first.close();
            try (Injection second = proxy.inject(Latency.of(ofMillis(1)))) {
                assertEquals(first.rules(), second.rules(), "one name");
                assertEquals(0, second.hits());
                try (Peer client = connect(proxy)) {
                    client.send("a").read(1);
                }
                assertEquals(1, second.hits());
            }
            assertEquals(1, first.hits());
            assertEquals(0, elsewhere.hits());
            assertEquals(2, proxy.journal().hits("latency"));
        }
    }

    @Test
    void takenNamesGetNumbersAndEachLiftsItsOwn() {
        try (ChaosProxy proxy = tcp()) {
            proxy.plan(Plan.of(Rule.of("slow", new Limit(9))));
            Injection two = proxy.inject(Latency.of(ofSeconds(1)), Latency.of(ofSeconds(2)));
            Injection one = proxy.inject(Rule.of("slow", Latency.of(ofSeconds(3))));
            assertEquals(List.of("slow", "latency", "latency-2", "slow-2"), names(proxy));
            two.close();
            assertEquals(List.of("slow", "slow-2"), names(proxy));
            proxy.change(plan -> plan.with(Rule.of("slow-2", new Limit(1))));
            one.close(); // another rule has its name
            assertEquals(List.of("slow", "slow-2"), names(proxy));
            proxy.clear();
            assertEquals(List.of(), names(proxy));
        }
    }

    private static List<String> names(ChaosProxy proxy) {
        return proxy.plan().rules().stream().map(Rule::name).toList();
    }

    @Test
    void manyThreadsInjectAtTheSameTime() throws Exception {
        try (ChaosProxy proxy = tcp()) {
            List<Injection> all = Together.run(50, i -> proxy.inject(Latency.of(ofSeconds(1))));
            assertEquals(50, proxy.plan().rules().size());
            Together.run(50, i -> {
                all.get(i).close();
                return i;
            });
            assertEquals(Plan.CLEAN, proxy.plan());
        }
    }

    @Test
    void aProfileIsANetworkWithAName() {
        try (ChaosProxy proxy = tcp()) {
            try (Injection edge = proxy.profile("edge")) {
                assertEquals(
                        edge.rules().stream().map(Rule::name).toList(),
                        List.of("profile-latency", "profile-up", "profile-down", "profile-stalls"));
                proxy.profile("3g");
                assertEquals(List.of("profile-latency", "profile-up", "profile-down"), names(proxy));
            }
            assertEquals(3, names(proxy).size()); // 3g's are others
            InvalidValueException refused = assertThrows(InvalidValueException.class, () -> proxy.profile("3gfast"));
            assertTrue(refused.getMessage().endsWith("not \"3gfast\"; did you mean 3g-fast?"), refused.getMessage());
        }
    }

    /** What a file can say, with the same words where it makes no sense. */
    @Test
    void codeSaysWhatAFileSays() {
        Rule slow = Rule.of("slow", Latency.between(ofMillis(1), ofMillis(2))).probability(0.5);
        ProxySpec said = ProxySpec.http("127.0.0.1", web.port())
                .named("shop")
                .listeningOn("127.0.0.1", 0)
                .with(Plan.of(slow))
                .with(Options.DEFAULTS.maxConnections(7).rewriteHost(true));
        String file = """
            chaos-proxy.proxies.shop {
              protocol = http, listen = "127.0.0.1:0", upstream = "http://127.0.0.1:%d"
              max-connections = 7, rewrite-host = true
              faults.slow { type = latency, min = 1ms, max = 2ms, probability = 0.5 }
            }
            """.formatted(web.port());
        assertEquals(ChaosConfig.parse(file).proxies(), List.of(said));
        try (ChaosProxy shop = ChaosProxy.start(said, 42)) {
            assertEquals(42, shop.seed());
            assertEquals("shop", shop.name());
            assertEquals(said.listeningOn("127.0.0.1", shop.port()), shop.spec());
            assertEquals(
                    "shop: 127.0.0.1:" + shop.port() + " -> 127.0.0.1:" + web.port() + ", rules: slow",
                    shop.toString());
        }
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertRefused("upstream: must not have a path", () -> ChaosProxy.http("http://127.0.0.1:1/path"));
        assertRefused(
                "upstream: a proxy of protocol http can't connect to wss://localhost; use: protocol = tcp, upstream ="
                        + " localhost:443",
                () -> ChaosProxy.http("wss://localhost"));
        assertRefused("port: must be from 0 to 65535, not 70000", () -> ChaosProxy.tcp("localhost", 70000));
        assertRefused("upstream: must name a port", () -> ChaosProxy.tcp("localhost", 0));
        try (ChaosProxy proxy = tcp()) {
            assertRefused(
                    "faults.respond.type: respond needs protocol = http or auto",
                    () -> proxy.inject(Latency.of(ofSeconds(1)), Respond.of(503)));
            assertEquals(Plan.CLEAN, proxy.plan());
        }
    }

    private static void assertRefused(String beginning, Runnable what) {
        String message = assertThrows(InvalidValueException.class, what::run).getMessage();
        assertTrue(message.startsWith(beginning), message);
    }

    @Test
    void aPortThatIsTakenIsNamed() {
        try (ChaosProxy first = tcp()) {
            ProxySpec same = ProxySpec.tcp("127.0.0.1", 9).named("second").listeningOn("127.0.0.1", first.port());
            UncheckedIOException failure = assertThrows(UncheckedIOException.class, () -> ChaosProxy.start(same));
            assertEquals(
                    "proxy second can't listen on 127.0.0.1:" + first.port() + ": Address already in use",
                    failure.getMessage());
        }
    }

    @Test
    void severResetsWhatIsOpen() throws Exception {
        try (ChaosProxy proxy = tcp();
                Peer open = connect(proxy)) {
            open.send("a").read(1);
            proxy.sever();
            assertEquals("reset", open.ending());
            try (Peer next = connect(proxy)) {
                assertEquals("b", next.send("b").read(1));
            }
        }
    }

    @Test
    void switchedOffItRefusesAndSwitchedOnItIsWhereItWas() throws Exception {
        try (ChaosProxy proxy = tcp()) {
            int port = proxy.port();
            proxy.disable();
            assertFalse(proxy.isEnabled());
            assertEquals(port, proxy.port());
            assertThrows(IOException.class, () -> connect(proxy));
            proxy.enable();
            try (Peer client = connect(proxy)) {
                assertEquals("a", client.send("a").read(1));
            }
        }
    }

    @Test
    void trafficIsToldInHumanUnits() throws Exception {
        try (ChaosProxy proxy = tcp();
                Peer client = connect(proxy)) {
            client.send(new byte[2048]).read(2048);
            TestProxy.await("counted", () -> proxy.traffic().down() == 2048);
            ChaosTraffic traffic = proxy.traffic();
            assertEquals(2048, traffic.up());
            assertTrue(
                    Pattern.matches(
                            "1 connection \\(1 open\\), 2 KiB up, 2 KiB down in [0-9.]+ m?s", traffic.toString()),
                    traffic.toString());
            assertEquals(
                    "3 connections (0 open, 1 without upstream), 1 exchange, 0 B up, 1.5 MiB down in 2 min 5 s",
                    new ChaosTraffic(3, 0, 1, 1, 0, 3 << 19, ofSeconds(125)).toString());
        }
    }

    @Test
    void theJournalTellsTheStory() throws Exception {
        ProxySpec shop = ProxySpec.http("127.0.0.1", web.port()).named("shop");
        try (ChaosProxy proxy = ChaosProxy.start(shop, 42);
                HttpClient client = HttpClient.newHttpClient()) {
            proxy.inject(Latency.of(ofMillis(50)));
            status(client, proxy, "/cart");
            proxy.clear();
            proxy.inject(Rule.of("busy", Respond.of(503)));
            status(client, proxy, "/pay");
            String story = proxy.journal().toString();
            assertTrue(Pattern.matches("""
                proxy shop, seed 42: 2 hits
                 +\\d+\\.\\d{3} s  #1\\.1  127\\.0\\.0\\.1 GET /cart met latency: delay 50 ms
                 +\\d+\\.\\d{3} s  #1\\.2  127\\.0\\.0\\.1 GET /pay met busy \\(respond\\)\
                """, story), story);
            assertEquals(2, proxy.journal().hits().size());
            proxy.journal().clear();
            assertEquals("proxy shop, seed 42: 0 hits", proxy.journal().toString());
            assertEquals(0, proxy.journal().hits("busy"));
        }
    }

    @Test
    void aLongStoryIsCut() throws Exception {
        try (ChaosProxy proxy = tcp()) {
            proxy.inject(io.chaosproxy.fault.Refuse.close());
            for (int i = 0; i < 210; i++) {
                try (Peer client = connect(proxy)) {
                    client.ending();
                }
            }
            String story = proxy.journal().toString();
            assertTrue(
                    story.contains(": 210 hits, the last 200 of them\n"),
                    story.lines().findFirst()::get);
            assertEquals(201, story.lines().count());
        }
    }

    @Test
    void awaitWaitsForHitsAndSaysWhatThereWas() throws Exception {
        try (ChaosProxy proxy = tcp();
                Peer client = connect(proxy)) {
            proxy.inject(Latency.of(ofMillis(1)));
            var waiting = Together.start(() -> {
                proxy.journal().await("latency", 1, ofSeconds(30));
                return true;
            });
            client.send("a").read(1);
            assertTrue(Together.result(waiting));
            AssertionError failure =
                    assertThrows(AssertionError.class, () -> proxy.journal().await("latency", 2, ofMillis(10)));
            String message = String.valueOf(failure.getMessage());
            assertTrue(message.startsWith("1 hit of latency within 10 ms, not 2\nproxy tcp, seed "), message);
            assertTrue(message.contains("met latency: delay 1 ms"), message);
        }
    }

    @Test
    void seedsDifferUnlessTheyAreGiven() throws Exception {
        try (ChaosProxy one = tcp();
                ChaosProxy two = tcp()) {
            assertNotEquals(one.seed(), two.seed());
        }
        assertEquals(outcomes(7), outcomes(7));
        assertNotEquals(outcomes(7), outcomes(8));
    }

    /** Which of forty connections are swallowed. */
    private List<Boolean> outcomes(long seed) throws Exception {
        Boolean[] hit = new Boolean[40];
        try (ChaosProxy proxy = ChaosProxy.start(ProxySpec.tcp("127.0.0.1", echo.port()), seed)) {
            Fault late = Latency.of(ofMillis(1));
            proxy.inject(Rule.of("late", late).probability(0.5));
            for (int i = 0; i < hit.length; i++) {
                long before = proxy.journal().hits("late");
                try (Peer client = connect(proxy)) {
                    client.send("a").read(1);
                }
                hit[i] = proxy.journal().hits("late") > before;
            }
        }
        return Arrays.asList(hit);
    }

    @Test
    void closingTwiceIsFineAndEndsWhatIsStuck() throws Exception {
        ChaosProxy proxy = tcp();
        proxy.inject(Timeout.never());
        try (Peer client = connect(proxy)) {
            client.send("swallowed");
            proxy.journal().await("timeout", 1, ofSeconds(60));
            proxy.close();
            proxy.close();
            assertFalse(proxy.isEnabled());
            assertThrows(IOException.class, () -> connect(proxy));
        }
    }

    /** Once classes are loaded; the issue is what a test pays for each proxy, so the median counts. */
    @Test
    void startingTakesNoTimeToSpeakOf() throws Exception {
        long[] times = new long[101];
        for (int i = 0; i < times.length; i++) {
            long begun = System.nanoTime();
            try (ChaosProxy proxy = tcp();
                    Peer client = connect(proxy)) {
                times[i] = System.nanoTime() - begun;
                assertTrue(client.socket().isConnected());
            }
        }
        Arrays.sort(times);
        assertTrue(times[50] < 1_000_000_000, times[50] / 1e6 + " ms"); // an idle machine: below 15 ms
    }

    @Test
    void aNameThatNoRuleEverHadIsASlip() throws Exception {
        try (ChaosProxy proxy = tcp()) {
            NoSuchElementException none = assertThrows(
                    NoSuchElementException.class, () -> proxy.journal().hits("latency"));
            assertEquals("no rule of proxy tcp was ever named latency; it had none", none.getMessage());
            try (var slow = proxy.inject(Latency.of(Duration.ofMillis(1)))) {
                assertEquals(0, slow.hits());
                assertEquals(0, proxy.journal().hits("latency"));
            }
            proxy.plan(Plan.of(Rule.of("low", new Limit(5))));
            assertEquals(0, proxy.journal().hits("latency")); // gone, but known
            proxy.journal().clear();
            NoSuchElementException slip = assertThrows(
                    NoSuchElementException.class, () -> proxy.journal().hits("latncy"));
            assertEquals("no rule of proxy tcp was ever named latncy, only [latency, low]", slip.getMessage());
            assertThrows(NoSuchElementException.class, () -> proxy.journal().await("latncy", 1, Duration.ofHours(1)));
        }
    }
}
