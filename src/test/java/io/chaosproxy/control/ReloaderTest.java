package io.chaosproxy.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.Common;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.Proxy;
import io.chaosproxy.relay.ProxySpec;
import io.chaosproxy.relay.TcpRelay;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a running fleet makes of a file that changes. */
final class ReloaderTest {
    private final Fleet fleet =
            new Fleet(new Common(1, TimeSource.SYSTEM, new Journal(100)), protocol -> new TcpRelay());

    @TempDir
    private Path folder;

    private Origin origin;
    private Reloader reloader;

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
        reloader = Reloader.watch(fleet, file, Map.of(), config, read);
        return file;
    }

    private Proxy running(String name) {
        return fleet.find(name).orElseThrow();
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
            Reloader.Outcome outcome = reloader.reload();
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
}
