package io.chaosproxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import io.chaosproxy.relay.ProxyServer;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection without TLS pays nothing for that others have it, or that protocols can be detected. */
final class CleartextTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    /**
     * What TLS consists of: nothing of it is there, so no connection has an object of it. Not so its exceptions, which the verifier of
     * classes loads, and what the command line names for the command {@code ca}.
     */
    private static final Pattern OF_TLS =
            Pattern.compile("javax\\.net\\.ssl\\..*|sun\\.security\\.ssl\\..*|io\\.chaosproxy\\.tls\\..*"
                    + "|io\\.chaosproxy\\.relay\\.(ClientTls|Interception|Detection|Handshake)(\\$.*)?");

    private static final Pattern NAMED_ELSEWHERE =
            Pattern.compile(".*Exception|io\\.chaosproxy\\.tls\\.(AuthorityFiles|CertificateAuthority)");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "http"})
    void noClassOfTlsIsLoaded(String protocol) throws Exception {
        Path classes = folder.resolve("classes");
        try (Origin origin = Origin.answering(RESPONSE)) {
            Process program = Child.builder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xshare:off", // else classes of an archive would not be told one by one
                            "-XX:TieredStopAtLevel=1",
                            "-Xlog:class+load:file=" + classes + ":none",
                            "-cp",
                            System.getProperty("java.class.path"),
                            "io.chaosproxy.Main",
                            protocol,
                            "--listen",
                            "127.0.0.1:0",
                            "--upstream",
                            origin.address()))
                    .redirectErrorStream(true)
                    .start();
            try {
                String said = program.inputReader(UTF_8).readLine();
                Matcher line = Pattern.compile(protocol + "  " + protocol + "  127\\.0\\.0\\.1:(\\d+) .*")
                        .matcher(said);
                assertTrue(line.matches(), said);
                InetSocketAddress address = new InetSocketAddress("127.0.0.1", Integer.parseInt(line.group(1)));
                try (Peer client = Peer.connect(address)) {
                    assertTrue(client.send(REQUEST).readResponse().endsWith("hello"));
                }
            } finally {
                program.destroyForcibly().waitFor();
            }
        }
        List<String> loaded = loaded(classes);
        assertTrue(loaded.contains("io.chaosproxy.relay.ConnectionSetup"), "the log has the classes");
        assertEquals(
                List.of(),
                loaded.stream()
                        .filter(name -> OF_TLS.matcher(name).matches()
                                && !NAMED_ELSEWHERE.matcher(name).matches())
                        .toList());
    }

    private static List<String> loaded(Path log) throws Exception {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.map(line -> line.split(" ", 2)[0]).toList();
        }
    }

    /** Nor a thread: the two that relay are all. */
    @Test
    void twoThreadsAreAll() throws Exception {
        for (Protocol protocol : List.of(Protocol.TCP, Protocol.HTTP)) {
            String name = protocol.name().toLowerCase(Locale.ROOT);
            try (Origin origin = Origin.answering(RESPONSE);
                    ProxyServer proxy = TestProxy.start(TestProxy.spec(protocol, origin.port()), 1);
                    Peer client = Peer.connect(proxy.address())) {
                client.send(REQUEST).readResponse();
                assertEquals(
                        List.of(name + " #1 down", name + " #1 up"),
                        Threads.named(name + " #").stream()
                                .map(thread -> thread.replaceFirst("#\\d+ ", ""))
                                .sorted()
                                .toList());
            }
            Threads.awaitNone(name + " #");
        }
    }
}
