package io.chaosproxy.control.reload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.Config;
import io.chaosproxy.config.Address;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.FreePort;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.observe.Event;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import io.chaosproxy.relay.TcpHandler;
import io.chaosproxy.tls.CertificateAuthority;
import io.chaosproxy.tls.KeyAndChain;
import io.chaosproxy.tls.Pem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a running fleet makes of a file that changes. */
final class ConfigWatcherTest {
    private final ProxyRegistry fleet =
            new ProxyRegistry(new ServerContext(1, TimeSource.SYSTEM, new Journal(100)), protocol -> new TcpHandler());

    @TempDir
    private Path folder;

    private Origin origin;
    private ConfigWatcher reloader;

    @BeforeEach
    void listen() throws IOException {
        origin = Origin.echo();
    }

    @AfterEach
    void end() throws IOException {
        if (reloader != null) {
            reloader.close();
        }
        fleet.close();
        origin.close();
    }

    private String proxy(String name, String more) {
        return proxyOn(name, 0, more);
    }

    private String proxyOn(String name, int port, String more) {
        return name + " { protocol = tcp, listen = \"127.0.0.1:" + port + "\", upstream = \"" + origin.address()
                + "\", " + more + " }\n";
    }

    private static String whole(String... proxies) {
        return "chaos-proxy { proxies {\n" + String.join("", proxies) + "} }\n";
    }

    private Path follow(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Config config = ConfigReader.load(file, Map.of());
        ChaosConfig read = ConfigReader.read(config);
        for (ProxySpec spec : read.proxies()) {
            fleet.add(spec.with(read.planOf(spec)), true);
        }
        reloader = ConfigWatcher.watch(fleet, file, Map.of(), config, read);
        return file;
    }

    private ProxyServer running(String name) {
        return fleet.find(name).orElseThrow();
    }

    /** Deployments write the configuration first and secrets later, or the other way round. */
    @Test
    void aFileThatItNamesIsReportedWithItsPlaceAndWaitedFor() throws Exception {
        Path file = follow(folder.resolve("a.conf"), whole(proxy("one", "")));
        InetSocketAddress address = running("one").address();
        Path pem = folder.resolve("server.pem");
        try (Peer client = Peer.connect(address)) {
            assertEquals("a", client.send("a").read(1));
            Files.writeString(
                    file,
                    whole(proxy("one", "latency = 1ms, tls {\n certificate = \"" + pem + "\" }"), proxy("two", "")));
            TestProxy.await("it is refused", () -> reloader.refused() == 1);
            assertEquals(
                    List.of(file + ":3: proxies.one.tls.certificate: " + pem + " does not exist"),
                    reloader.last().mistakes());
            assertTrue(running("one").plan().rules().isEmpty());
            assertTrue(fleet.find("two").isEmpty());
            assertEquals("b", client.send("b").read(1));
        }
        KeyAndChain made = CertificateAuthority.create("test").server(List.of("localhost"), Duration.ofDays(1));
        Files.writeString(pem, Pem.of(made.chain()));
        TestProxy.await("it is refused again", () -> reloader.refused() == 2);
        assertEquals(
                List.of(file + ":3: proxies.one.tls.certificate: " + pem + " has no PEM key (BEGIN PRIVATE KEY)"),
                reloader.last().mistakes());
        Files.writeString(pem, Pem.of(made.key()) + Pem.of(made.chain()));
        TestProxy.await("it is taken over", () -> reloader.taken() == 1);
        assertTrue(running("two").isEnabled());
        assertEquals(address, running("one").address());
    }

    @Test
    void takesAChangedFileOverByItself() throws Exception {
        Path file = follow(folder.resolve("a.conf"), whole(proxy("one", ""), proxy("two", "")));
        try (Peer client = Peer.connect(running("one").address())) {
            assertEquals("a", client.send("a").read(1));
            Files.writeString(file, whole(proxy("one", "latency = 1ms"), proxy("three", "")));
            TestProxy.await("the file is taken over", () -> reloader.taken() == 1);
            assertEquals("b", client.send("b").read(1)); // only its rules changed, so it kept its connections
            assertEquals(1, running("one").plan().rules().size());
        }
        assertTrue(fleet.find("two").isEmpty());
        assertTrue(running("three").isEnabled());
    }

    @Test
    void aDefectCostsOneLookAndNotTheWatch() throws Exception {
        Path file = follow(folder.resolve("a.conf"), whole(proxy("one", "")));
        Consumer<Event> defect = event -> {
            throw new IllegalStateException("a defect");
        };
        try (LogLines log = LogLines.of("control")) {
            fleet.common().events().add(defect);
            Files.writeString(file, whole(proxy("one", "latency = 1ms")));
            log.await("a look at " + file + " failed");
            fleet.common().events().remove(defect);
            Files.writeString(file, whole(proxy("one", "latency = 22ms")));
            TestProxy.await("the file is taken over", () -> reloader.taken() >= 1);
        }
        assertEquals(1, running("one").plan().rules().size());
    }

    @Test
    void takesOverWhatALinkLeadsToNow() throws Exception {
        Path before = Files.createDirectory(folder.resolve("before"));
        Path after = Files.createDirectory(folder.resolve("after"));
        Path data = Files.createSymbolicLink(folder.resolve("..data"), before);
        Files.writeString(before.resolve("a.conf"), whole(proxy("one", "")));
        Files.writeString(after.resolve("a.conf"), whole(proxy("two", "")));
        Path link = Files.createSymbolicLink(folder.resolve("a.conf"), data.resolve("a.conf"));
        follow(link, whole(proxy("one", "")));
        Path swapped = Files.createSymbolicLink(folder.resolve("..swap"), after);
        Files.move(
                swapped,
                data,
                java.nio.file.StandardCopyOption.ATOMIC_MOVE,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        TestProxy.await("the other folder is taken over", () -> reloader.taken() == 1);
        assertTrue(running("two").isEnabled());
    }

    @Test
    void takesOverWhatIsIncluded() throws Exception {
        Path included = Files.writeString(folder.resolve("rules.conf"), "latency = 1ms");
        follow(folder.resolve("a.conf"), whole(proxy("one", "include \"rules.conf\"")));
        assertEquals(1, running("one").plan().rules().size());
        Files.writeString(included, "latency = 1ms, jitter-prob = 0.5, jitter-min = 1, jitter-max = 2");
        TestProxy.await("the included file is taken over", () -> reloader.taken() == 1);
        assertEquals(2, running("one").plan().rules().size());
    }

    @Test
    void aBadFileChangesNothingAndIsReportedOnce() throws Exception {
        Path file = follow(folder.resolve("a.conf"), whole(proxy("one", "")));
        Files.writeString(file, whole(proxy("two", ""), proxy("three", "latncy = 1")));
        TestProxy.await("the file is refused", () -> reloader.refused() == 1);
        assertFalse(reloader.last().isTaken());
        assertEquals(1, reloader.last().mistakes().size());
        String mistake = reloader.last().mistakes().getFirst();
        assertTrue(mistake.contains("a.conf:3: ") && mistake.contains("latency"), mistake);
        assertEquals(1, fleet.all().size());
        assertTrue(running("one").isEnabled());
        assertEquals(0, reloader.taken());
    }

    @Test
    void anAddressThatIsTakenUndoesTheWhole() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Path file = follow(folder.resolve("a.conf"), whole(proxy("gone", ""), proxy("kept", "")));
            int port = running("gone").address().getPort();
            Files.writeString(
                    file,
                    whole(
                            proxy("fresh", ""),
                            proxy("kept", "latency = 1h"),
                            proxyOn("zulu", taken.getLocalPort(), "")));
            ConfigWatcher.Outcome outcome = reloader.reload();
            assertFalse(outcome.isTaken());
            assertTrue(outcome.mistakes().getFirst().contains("zulu"), outcome.mistakes()::toString);
            assertEquals(port, running("gone").address().getPort());
            assertTrue(running("gone").isEnabled());
            assertTrue(running("kept").plan().rules().isEmpty());
            assertTrue(fleet.find("fresh").isEmpty());
        }
    }

    @Test
    void rulesAddedAtRunTimeStay() throws Exception {
        Path file = follow(folder.resolve("a.conf"), whole(proxy("one", "latency = 1ms")));
        running("one").change(plan -> plan.with(Rule.of("mine", new Limit(1000))));
        Files.writeString(file, whole(proxy("one", "speed = 1MiB")));
        assertTrue(reloader.reload().isTaken());
        assertEquals(
                "[speed, mine]",
                running("one").plan().rules().stream().map(Rule::name).toList().toString());
    }

    private void assertRelays(Peer client) throws IOException {
        assertEquals("x", client.send("x").read(1));
    }

    private void assertServes(String name) throws IOException {
        try (Peer client = Peer.connect(running(name).address())) {
            assertRelays(client);
        }
    }

    @Test
    void aProxyThatCannotMoveGoesOnWhereItIs() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String before = whole(proxyOn("one", FreePort.any(), "latency = 1ms"));
            Path file = follow(folder.resolve("a.conf"), before);
            InetSocketAddress address = running("one").address();
            try (Peer client = Peer.connect(address)) {
                assertRelays(client);
                Files.writeString(file, whole(proxyOn("one", taken.getLocalPort(), "")));
                assertFalse(reloader.reload().isTaken());
                assertEquals(address, running("one").address());
                assertEquals(1, running("one").plan().rules().size());
                assertTrue(running("one").isWanted());
                assertRelays(client);
                Files.writeString(file, before);
                assertTrue(reloader.reload().isTaken());
                assertRelays(client);
            }
        }
    }

    @Test
    void portsChangeHands() throws Exception {
        int one = FreePort.any();
        int two = FreePort.any();
        Path file = follow(folder.resolve("a.conf"), whole(proxyOn("a", one, ""), proxyOn("b", two, "")));
        Files.writeString(file, whole(proxyOn("a", two, ""), proxyOn("b", one, "")));
        assertTrue(reloader.reload().isTaken(), () -> reloader.last().toString());
        assertEquals(two, running("a").address().getPort());
        assertEquals(one, running("b").address().getPort());
        assertServes("a");
        assertServes("b");
        Files.writeString(file, whole(proxyOn("b", 0, ""), proxyOn("a", one, "")));
        assertTrue(reloader.reload().isTaken(), () -> reloader.last().toString());
        assertEquals(one, running("a").address().getPort());
        assertServes("b");
        Files.writeString(file, whole(proxyOn("c", one, "").replace("tcp", "http")));
        assertTrue(reloader.reload().isTaken(), () -> reloader.last().toString());
        assertEquals(one, running("c").address().getPort());
        assertEquals(1, fleet.all().size());
    }

    /** Only another address or upstream closes connections, and any port is the one that there is. */
    @Test
    void otherOptionsKeepConnections() throws Exception {
        Path file = follow(folder.resolve("a.conf"), whole(proxy("one", "max-connections = 1, idle-timeout = 1h")));
        InetSocketAddress address = running("one").address();
        try (Peer client = Peer.connect(address)) {
            assertRelays(client);
            for (String options : List.of("log = hits", "max-connections = 2", "backlog = 7", "connect-timeout = 3s")) {
                Files.writeString(file, whole(proxy("one", options)));
                assertTrue(reloader.reload().isTaken(), () -> reloader.last().toString());
                assertEquals(address, running("one").address(), options);
                assertRelays(client);
                assertServes("one");
            }
            assertEquals(3, running("one").options().connectTimeout().toSeconds());
            Files.writeString(file, whole(proxy("one", "idle-timeout = 40ms")));
            assertTrue(reloader.reload().isTaken());
            assertEquals("end", client.ending());
        }
    }

    @Test
    void fewerConnectionsAreAllowedAtOnce() throws Exception {
        Path file = follow(folder.resolve("a.conf"), whole(proxy("one", "max-connections = 2")));
        Peer first = Peer.connect(running("one").address());
        assertRelays(first);
        Files.writeString(file, whole(proxy("one", "max-connections = 1")));
        assertTrue(reloader.reload().isTaken());
        Peer second = Peer.connect(running("one").address()); // the loop was waiting for it already
        assertRelays(second);
        try (Peer third = Peer.connect(running("one").address())) {
            third.send("x");
            assertTrue(third.isSilentFor(100));
            first.close();
            assertTrue(third.isSilentFor(100));
            second.close();
            assertEquals("x", third.read(1));
        }
    }

    @Test
    void whatWasChangedAtRunTimeIsAsTheFileSaysAgain() throws Exception {
        Path file =
                follow(folder.resolve("a.conf"), whole(proxy("one", "latency = 1ms, speed = 1MiB"), proxy("two", "")));
        Plan plan = running("one").plan();
        running("one")
                .change(before -> before.without("latency")
                        .with(Rule.of("speed", new Limit(5)))
                        .with(Rule.of("mine", new Limit(1000))));
        fleet.remove("two");
        fleet.add(TestProxy.spec(Protocol.TCP, origin.port()).named("mine"), true);
        running("mine").disable();
        assertTrue(reloader.reload().isTaken());
        assertEquals(
                Stream.concat(plan.rules().stream(), Stream.of(Rule.of("mine", new Limit(1000))))
                        .toList(),
                running("one").plan().rules());
        assertServes("two");
        assertFalse(running("mine").isEnabled());
        running("one").disable();
        assertTrue(reloader.reload().isTaken());
        assertFalse(running("one").isEnabled());
        assertTrue(reloader.reset().isTaken());
        assertEquals(plan, running("one").plan());
        assertServes("one");
        assertTrue(fleet.find("mine").isEmpty());
        assertTrue(Files.exists(file));
    }

    @Test
    void aFileThatIsOnlyTouchedChangesNothing() throws Exception {
        Path file = follow(folder.resolve("a.conf"), whole(proxy("one", "latency = 1ms")));
        running("one").plan(Plan.CLEAN);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(60)));
        Path other = folder.resolve("b.conf");
        Files.writeString(other, whole(proxy("one", "latency = 1ms")));
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Thread.sleep(2500); // two looks
        assertEquals(0, reloader.taken());
        assertEquals(Plan.CLEAN, running("one").plan());
        Files.writeString(file, whole(proxy("one", "latency = 2ms")));
        TestProxy.await("the file is taken over", () -> reloader.taken() == 1);
    }

    @Test
    void whatOnlyAStartPutsInForceIsTold() throws Exception {
        Path file = follow(folder.resolve("a.conf"), whole(proxy("one", "")));
        String other = "chaos-proxy.seed = 5, chaos-proxy.control.listen = \"127.0.0.1:1\"\n"
                + "chaos-proxy.cluster.redis = \"redis://:secret@127.0.0.1:1\"\n" + whole(proxy("one", ""));
        Files.writeString(file, other);
        for (int i = 0; i < 2; i++) {
            ConfigWatcher.Outcome outcome = reloader.reload();
            assertTrue(outcome.isTaken());
            assertEquals(3, outcome.ignored().size(), outcome.ignored()::toString);
            assertTrue(outcome.ignored().getFirst().startsWith("the seed of " + file), outcome.ignored()::toString);
            assertTrue(outcome.ignored().get(1).startsWith("control of " + file), outcome.ignored()::toString);
            assertTrue(outcome.ignored().getLast().startsWith("cluster of " + file), outcome.ignored()::toString);
            assertFalse(outcome.ignored().toString().contains("secret"));
        }
        Files.writeString(file, whole(proxy("one", "")));
        assertEquals(List.of(), reloader.reload().ignored());
    }

    /** Somebody takes the address just when the proxy stopped listening for an attempt that failed. */
    @Test
    void aLostAddressIsReportedAndTriedAgain() throws Exception {
        int port = FreePort.any();
        try (ServerSocket foreign = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.2"))) {
            assertEquals(port, foreign.getLocalPort());
            Path file = follow(folder.resolve("a.conf"), whole(proxyOn("one", port, "")));
            String everywhere = whole(proxyOn("one", port, "").replace("127.0.0.1:" + port, "0.0.0.0:" + port));
            try (Peer client = Peer.connect(running("one").address())) {
                assertRelays(client);
                Files.writeString(file, everywhere); // overlaps its own address, so it has to let go of that
                Grabber grabber = new Grabber(port);
                Thread.ofPlatform().daemon().start(grabber);
                long end = System.nanoTime() + 20_000_000_000L;
                while (running("one").isEnabled() && System.nanoTime() < end) {
                    assertFalse(reloader.reload().isTaken());
                }
                grabber.stop();
                assertRelays(client);
                assumeTrue(!running("one").isEnabled(), "the address was never free for long enough");
                assertTrue(running("one").isWanted());
                List<String> mistakes = reloader.last().mistakes();
                assertEquals(2, mistakes.size(), mistakes::toString);
                assertEquals(List.of("one"), reloader.last().lost());
                assertTrue(
                        mistakes.getLast().contains("proxy one can't listen on 127.0.0.1:" + port), mistakes::toString);
                grabber.letGo();
                TestProxy.await("it listens again", () -> running("one").isEnabled());
                assertRelays(client);
                assertServes("one");
            }
        }
    }

    /** Tries to have an address until it does or is stopped. */
    private static final class Grabber implements Runnable {
        private final int port;
        private volatile boolean stopped;
        private volatile boolean done;
        private volatile ServerSocket grabbed;

        Grabber(int port) {
            this.port = port;
        }

        @Override
        public void run() {
            while (!stopped && grabbed == null) {
                try {
                    grabbed = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"));
                } catch (IOException e) {
                    // still the proxy's
                }
            }
            done = true;
        }

        void stop() throws InterruptedException {
            stopped = true;
            TestProxy.await("the grabber has ended", () -> done);
        }

        void letGo() throws IOException {
            grabbed.close();
        }
    }

    private static String common(String rules, String... proxies) {
        return "chaos-proxy { " + rules + "\nproxies {\n" + String.join("", proxies) + "} }\n";
    }

    private List<Rate> rates(String rule) {
        return fleet.all().stream()
                .flatMap(proxy -> proxy.plan().rule(rule).stream())
                .map(each -> (Rate) each.fault())
                .toList();
    }

    private static ProxySpec added(ProxySpec like) {
        Address anywhere = new Address("127.0.0.1", 0);
        return new ProxySpec(
                "added", like.protocol(), anywhere, like.upstream().orElseThrow(), Plan.CLEAN, like.options());
    }

    private static Rate all(long rate) {
        return Rate.of(rate).sharedBy(FaultScope.ALL);
    }

    /** Proxies and rules of run time included, so a file that is right can be applied. */
    @Test
    void aRateThatAllShareChangesOnAllOfThem() throws Exception {
        Path file = follow(
                folder.resolve("a.conf"),
                common(
                        "speed = 1000",
                        proxy("one", "faults.x { type = rate, rate = 1, shared = all }"),
                        proxy("two", "")));
        fleet.commonRules(ChaosConfig.read(file).common());
        fleet.add(fleet.withCommonRules(added(running("two").spec())), true);
        running("two").change(plan -> plan.with(Rule.of("x", all(1))));
        Files.writeString(
                file,
                common(
                        "speed = 2000",
                        proxy("one", "faults.x { type = rate, rate = 2, shared = all }"),
                        proxy("two", "")));
        ConfigWatcher.Outcome outcome = reloader.reload();
        assertTrue(outcome.isTaken(), outcome::toString);
        assertEquals(List.of(all(2000), all(2000), all(2000)), rates("all-speed"));
        assertEquals(List.of(all(2), all(2)), rates("x"));
        Files.writeString(file, common("", proxy("one", ""), proxy("two", "")));
        assertTrue(reloader.reload().isTaken());
        assertEquals(List.of(), rates("all-speed"));
        assertEquals(List.of(all(2)), rates("x")); // the one of run time
    }

    /** Whether rule is new, changed or gone; a proxy's own rule of the same name stays. */
    @Test
    void commonRulesChangeOnProxiesOfRunTimeToo() throws Exception {
        Path file = follow(folder.resolve("a.conf"), common("latency = 1ms", proxy("one", "")));
        fleet.commonRules(ChaosConfig.read(file).common());
        fleet.add(fleet.withCommonRules(added(running("one").spec())), true);
        Rule own = Rule.of("all-reset", Reset.atFirstByte()).probability(0.5);
        running("added").change(plan -> plan.with(own).with(Rule.of("mine", Slice.of(5))));
        Files.writeString(
                file, common("latency = 1ms, speed = 2000, reset-enable = true, reset-prob = 0.1", proxy("one", "")));
        assertTrue(reloader.reload().isTaken());
        assertEquals(List.of("all-latency", "all-speed", "all-reset", "mine"), names("added"));
        assertEquals(Optional.of(own), running("added").plan().rule("all-reset"));
        assertEquals(List.of("all-latency", "all-speed", "all-reset"), names("one"));
        running("added").change(plan -> plan.without("all-speed"));
        assertTrue(reloader.reload().isTaken());
        assertEquals(
                List.of("all-latency", "all-speed", "all-reset", "mine"), names("added")); // as on proxies of the file
        Files.writeString(file, common("", proxy("one", "")));
        assertTrue(reloader.reload().isTaken());
        assertEquals(List.of("all-reset", "mine"), names("added"));
    }

    @Test
    void aCommonRuleThatAProxyOfRunTimeCannotHaveIsRefused() throws Exception {
        Path file = follow(folder.resolve("a.conf"), common("", proxyOfHttp("one")));
        fleet.add(
                new ProxySpec(
                        "added",
                        Protocol.TCP,
                        new Address("127.0.0.1", 0),
                        running("one").spec().upstream().orElseThrow(),
                        Plan.CLEAN,
                        Options.DEFAULTS),
                true);
        Files.writeString(file, common("faults.down { type = respond, status = 503 }", proxyOfHttp("one")));
        ConfigWatcher.Outcome outcome = reloader.reload();
        assertFalse(outcome.isTaken());
        assertTrue(
                outcome.mistakes().getFirst().endsWith("and all proxies get the rule down: added is another"),
                outcome::toString);
        assertEquals(List.of(), names("one"));
        assertEquals(List.of(), names("added"));
    }

    private List<String> names(String proxy) {
        return running(proxy).plan().rules().stream().map(Rule::name).toList();
    }

    private String proxyOfHttp(String name) {
        return proxy(name, "").replace("tcp", "http").replace(origin.address(), "http://" + origin.address());
    }
}
