package io.chaosproxy.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalFileTest {
    private static final String GET = "GET /a%22 HTTP/1.1\r\nHost: a\r\n\r\n";

    @TempDir
    private Path folder;

    private final MonitoringRig watched = new MonitoringRig();

    @AfterEach
    void close() {
        watched.close();
    }

    private void exchange(ProxyServer proxy, int times) throws Exception {
        try (Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < times; i++) {
                assertTrue(client.send(GET).readResponse().startsWith("HTTP/1.1 503 "));
            }
        }
    }

    private ProxyServer proxy(Origin origin) throws Exception {
        return watched.add(
                Protocol.HTTP,
                origin.port(),
                TestProxy.rule(Latency.of(Duration.ofMillis(1))),
                Rule.of("say \"no\"", Respond.of(503)));
    }

    @Test
    void itsLinesAreTheJournal() throws Exception {
        Path path = folder.resolve("journal.jsonl");
        try (Origin origin = Origin.manual();
                JournalFile file = new JournalFile(watched.fleet().common().events(), path)) {
            exchange(proxy(origin), 20);
            TestProxy.await("entered", () -> watched.journal().hits().size() == 40);
            assertEquals(0, file.file().lost());
        }

        List<String> lines = Files.readAllLines(path);
        List<Hit> hits = watched.journal().hits();
        assertEquals(hits.size(), lines.size());
        for (int i = 0; i < lines.size(); i++) {
            Hit hit = hits.get(i);
            var line = ConfigFactory.parseString(
                    lines.get(i), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
            assertEquals(hit.at().toString(), line.getString("at"));
            assertEquals("http", line.getString("proxy"));
            assertEquals(1, line.getLong("connection"));
            assertEquals(hit.exchange(), line.getLong("exchange"));
            assertEquals("127.0.0.1", line.getString("client"));
            assertEquals(hit.request(), line.getString("request"));
            assertEquals(hit.rule(), line.getString("rule"));
            assertEquals(hit.type(), line.getString("type"));
            assertEquals(hit.type().equals("latency"), line.hasPath("drawn"));
            if (line.hasPath("drawn")) {
                assertEquals(1_000_000, line.getLong("drawn.value"));
                assertEquals("nanos", line.getString("drawn.unit"));
                assertEquals("delay", line.getString("drawn.what"));
            }
        }
    }

    @Test
    void aFullDiskCostsLinesAndNothingElse() throws Exception {
        try (Origin origin = Origin.manual();
                JournalFile file = new JournalFile(watched.fleet().common().events(), Path.of("/dev/full"))) {
            exchange(proxy(origin), 20);
            TestProxy.await("lost", () -> file.file().lost() == 40);
            exchange(proxy(), 1);
        }
        assertEquals(42, watched.journal().hits().size());
    }

    private ProxyServer proxy() {
        return watched.fleet().find("http").orElseThrow();
    }

    @Test
    void aFolderThatIsMissingAndComesLaterCostsLinesUntilThen() throws Exception {
        Path path = folder.resolve("later").resolve("journal.jsonl");
        try (Origin origin = Origin.manual();
                JournalFile file = new JournalFile(watched.fleet().common().events(), path)) {
            ProxyServer proxy = proxy(origin);
            exchange(proxy, 1);
            TestProxy.await("lost", () -> file.file().lost() == 2);
            Files.createDirectory(folder.resolve("later"));
            exchange(proxy, 1);
        }
        assertEquals(2, Files.readAllLines(path).size());
    }

    @Test
    void whatDoesNotFitIntoTheQueueIsCounted() {
        CountDownLatch slow = new CountDownLatch(1);
        try (AsyncLineWriter<Integer> file = AsyncLineWriter.open(
                folder.resolve("slow"),
                number -> {
                    try {
                        slow.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    return "" + number;
                },
                number -> 1)) {
            for (int i = 0; i < 2 * AsyncLineWriter.MAX_LINES + 1; i++) { // one batch is with the writer at most
                file.add(i);
            }
            assertTrue(file.lost() >= 1);
            slow.countDown();
        }
    }

    /** Long lines, whose text a client chooses. */
    @Test
    void charactersThatWaitAreBoundedAsWell() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        Path path = folder.resolve("long");
        String line = "a".repeat(60_000);
        try (AsyncLineWriter<String> file = AsyncLineWriter.open(
                path,
                text -> {
                    try {
                        slow.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    return text;
                },
                String::length)) {
            int most = AsyncLineWriter.MAX_CHARACTERS / line.length() + 1;
            for (int i = 0; i < 10 * most; i++) {
                file.add(line);
            }
            long kept = 10L * most - file.lost();
            assertTrue(kept >= most && kept <= most + 4, kept + " kept"); // some in the batch that is being written
            slow.countDown();
            TestProxy.await("written", () -> path.toFile().length() == kept * (line.length() + 1));
            file.add("next");
            TestProxy.await("written", () -> path.toFile().length() == kept * (line.length() + 1) + 5);
        }
    }

    @Test
    void isNotForEverybodyToReadAndNoSymlink() throws Exception {
        Path path = folder.resolve("new.log");
        Path kept = Files.createFile(
                folder.resolve("kept.log"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Path target = folder.resolve("target");
        Path link = Files.createSymbolicLink(folder.resolve("link.log"), target);
        for (Path each : List.of(path, kept)) {
            try (AsyncLineWriter<String> file = AsyncLineWriter.open(each, line -> line, String::length)) {
                file.add("first");
            }
            assertEquals(List.of("first"), Files.readAllLines(each));
        }
        assertFalse(Files.getPosixFilePermissions(path).toString().contains("OTHERS"));
        assertFalse(Files.getPosixFilePermissions(path).contains(PosixFilePermission.GROUP_WRITE));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)));
        try (AsyncLineWriter<String> file = AsyncLineWriter.open(link, line -> line, String::length)) {
            file.add("first");
            TestProxy.await("lost", () -> file.lost() == 1);
        }
        assertFalse(Files.exists(target));
    }

    @Test
    void aLineThatCannotBeMadeCostsNoOther() throws Exception {
        Path path = folder.resolve("defect.log");
        try (AsyncLineWriter<String> file = AsyncLineWriter.open(
                path,
                line -> {
                    if (line.equals("bad")) {
                        throw new IllegalStateException("a defect");
                    }
                    return line;
                },
                String::length)) {
            file.add("bad");
            file.add("good");
            TestProxy.await("lost", () -> file.lost() == 1);
            file.add("better");
        }
        assertEquals(List.of("good", "better"), Files.readAllLines(path));
    }

    @Test
    void aFileThatIsMovedAwayIsMadeAnew() throws Exception {
        Path path = folder.resolve("a.log");
        try (AsyncLineWriter<String> file = AsyncLineWriter.open(path, line -> line, String::length)) {
            file.add("first");
            TestProxy.await("written", () -> Files.exists(path) && path.toFile().length() == 6);
            Files.move(path, folder.resolve("a.log.1"));
            TestProxy.await("made anew", () -> {
                file.add("next");
                return Files.exists(path);
            });
        }
        assertTrue(Files.readString(path).startsWith("next\n"));
    }
}
