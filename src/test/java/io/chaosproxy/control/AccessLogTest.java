package io.chaosproxy.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.tls.CertificateAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogTest {
    private static final String TIME = "\\[\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d \\+0000]";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    @TempDir
    private Path folder;

    @Test
    void aLineForEachExchange() throws Exception {
        Path path = folder.resolve("access.log");
        try (MonitoringRig watched = new MonitoringRig();
                Origin origin = Origin.answering(OK);
                Origin mute = Origin.each(Peer::readHead);
                AccessLog log = new AccessLog(watched.fleet().common().events(), path)) {
            ProxyServer proxy = watched.add(Protocol.HTTP, origin.port());
            try (Peer client = Peer.connect(proxy.address())) {
                client.send("GET /a?b=c HTTP/1.1\r\nHost: a\r\nReferer: http://x/\r\nUser-Agent: \"a\\\u00e4\"\r\n\r\n")
                        .readResponse();
                proxy.plan(proxy.plan().with(TestProxy.rule(Latency.of(Duration.ofMillis(60)))));
                client.send("GET /\u00e4 HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            }
            TestProxy.await("written", () -> lines(path).size() == 2); // a client has its answer a moment before
            ProxyServer silent = watched.fleet().replace(TestProxy.spec(Protocol.HTTP, mute.port()), true);
            try (Peer client = Peer.connect(silent.address())) {
                client.send("GET /gone HTTP/1.0\r\n\r\n").ending();
            }
            TestProxy.await("over", () -> silent.traffic().answers(0) == 1);
            TestProxy.await("written", () -> lines(path).size() == 3);
            assertEquals(0, log.file().lost());
        }

        List<String> lines = lines(path);
        assertMatches(
                "127\\.0\\.0\\.1 - - " + TIME + " \"GET /a\\?b=c HTTP/1\\.1\" 200 5 \"http://x/\""
                        + " \"\\\\x22a\\\\x5C\\\\xE4\\\\x22\" http#1\\.1 0\\.0\\d\\d 0\\.\\d{3} \"-\" - - \"-\"",
                lines.get(0));
        assertMatches(
                "127\\.0\\.0\\.1 - - " + TIME + " \"GET /\\\\xE4 HTTP/1\\.1\" 200 5 \"-\" \"-\""
                        + " http#1\\.2 0\\.(0[6-9]|[1-9]\\d)\\d 0\\.\\d{3} \"latency\" - - \"-\"",
                lines.get(1));
        assertMatches(
                "127\\.0\\.0\\.1 - - " + TIME
                        + " \"GET /gone HTTP/1\\.0\" 000 0 \"-\" \"-\" http#1\\.1 - 0\\.\\d{3} \"-\" - - \"-\"",
                lines.get(2));
    }

    /** Fields of TLS come last, so that programs that read the lines find the others where they were. */
    @Test
    void aLineSaysHowTheClientIsEncrypted() throws Exception {
        Path path = folder.resolve("tls.log");
        CertificateAuthority authority = CertificateAuthority.create("test");
        ListenerTls.KeyFiles files =
                Tls.files(folder, "server", authority.server(List.of("shop.test"), Duration.ofDays(1)));
        String cipher;
        try (MonitoringRig watched = new MonitoringRig();
                Origin origin = Origin.answering(OK);
                AccessLog log = new AccessLog(watched.fleet().common().events(), path)) {
            ProxyServer proxy = watched.fleet()
                    .add(
                            TestProxy.spec(Protocol.HTTP, origin.port())
                                    .tls(ListenerTls.Terminated.with(
                                            files.certificate(), files.key().orElseThrow())),
                            true);
            SSLContext context = Tls.context(authority.own().chain(), Optional.empty());
            try (SSLSocket socket = Tls.client(proxy.address(), context, "shop.test", "http/1.1");
                    Peer client = new Peer(socket)) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
                cipher = socket.getSession().getCipherSuite();
            }
            TestProxy.await("written", () -> lines(path).size() == 1);
            assertEquals(0, log.file().lost());
        }
        String line = lines(path).getFirst();
        assertTrue(line.endsWith(" \"-\" TLSv1.3 " + cipher + " \"shop.test\""), line);
    }

    private static void assertMatches(String pattern, String line) {
        assertTrue(line.matches(pattern), line);
    }

    private static List<String> lines(Path path) {
        try {
            return Files.exists(path) ? Files.readAllLines(path) : List.of();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void isOneOfTheThingsThatSettingsAskFor() throws Exception {
        Path log = folder.resolve("access.log");
        Path journal = folder.resolve("journal.jsonl");
        var usual = MonitoringRig.settings(Optional.empty());
        var settings = new ControlSettings(
                usual.listen(), usual.token(), false, usual.tls(), Optional.of(journal), Optional.of(log), false);
        try (MonitoringRig watched = new MonitoringRig();
                Origin origin = Origin.answering(OK);
                Monitoring observatory = new Monitoring(watched.fleet(), settings, Optional.empty())) {
            watched.serve(Optional.empty(), observatory.routes());
            ProxyServer proxy =
                    watched.add(Protocol.HTTP, origin.port(), TestProxy.rule(Latency.of(Duration.ofMillis(1))));
            try (Peer client = Peer.connect(proxy.address())) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            }
            TestProxy.await(
                    "written", () -> lines(log).size() == 1 && lines(journal).size() == 1);
            assertEquals(200, watched.get("/health/ready").status());
            assertTrue(watched.get("/metrics").body().contains("chaos_lost_lines_total{file=\"journal\"} 0.0\n"));
            assertTrue(watched.get("/metrics").body().contains("chaos_lost_lines_total{file=\"access-log\"} 0.0\n"));
        }
    }

    @Test
    void aRequestThatIsRefusedHasItsStatus() throws Exception {
        Path path = folder.resolve("refused.log");
        try (MonitoringRig watched = new MonitoringRig();
                Origin origin = Origin.answering(OK);
                LogLines warnings = LogLines.of("http");
                AccessLog log = new AccessLog(watched.fleet().common().events(), path)) {
            ProxyServer proxy = watched.add(Protocol.HTTP, origin.port());
            for (String request : List.of(
                    "non\u0001sense\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\nUser-Agent: b\r\n\r\n",
                    "GET /" + "a".repeat(70_000))) {
                int before = lines(path).size();
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send(request).ending();
                }
                TestProxy.await("written", () -> lines(path).size() == before + 1);
            }
            warnings.await("refused a request");
            assertEquals(0, log.file().lost());
            assertEquals(0, proxy.traffic().answers(0));
            assertEquals(3, proxy.traffic().answers(4));
        }

        List<String> lines = lines(path);
        String end = " [1-9]\\d+ \"-\" \"-\" http#1\\.1 0\\.\\d{3} \\d\\.\\d{3} \"-\" - - \"-\"";
        assertMatches("127\\.0\\.0\\.1 - - " + TIME + " \"non\\\\x01sense\" 400" + end, lines.get(0));
        assertMatches(
                "127\\.0\\.0\\.1 - - " + TIME + " \"GET / HTTP/1\\.1\" 400"
                        + end.replace("\"-\" \"-\" http#1", "\"-\" \"b\" http#2"),
                lines.get(1));
        assertMatches(
                "127\\.0\\.0\\.1 - - " + TIME + " \"GET /a{1019}\" 414" + end.replace("http#1", "http#3"),
                lines.get(2));
    }
}
