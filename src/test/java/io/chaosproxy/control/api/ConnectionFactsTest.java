package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.config.Options;
import io.chaosproxy.control.meters.ProxyMeters;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.observe.FlightEvents;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.tls.CertificateAuthority;
import io.chaosproxy.tls.KeyAndChain;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is known of a connection, everywhere where it is shown. */
final class ConnectionFactsTest {
    private static final CertificateAuthority CA = CertificateAuthority.create("test authority");
    private static final KeyAndChain NAME = CA.server(List.of("shop.example"), Duration.ofDays(30));

    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    @TempDir
    private Path folder;

    private ProxyServer start(NativeRig rig, int upstream) throws IOException {
        ListenerTls.KeyFiles files = Tls.files(folder, "server", NAME);
        Rule slow = Rule.of("slow", Latency.of(Duration.ofMillis(1)));
        return rig.fleet()
                .add(
                        TestProxy.spec(Protocol.AUTO, upstream, slow)
                                .with(Options.DEFAULTS.log(Options.Log.CONNECTIONS))
                                .tls(ListenerTls.Terminated.with(
                                        files.certificate(), files.key().orElseThrow())),
                        true);
    }

    private static SSLSocket secured(ProxyServer proxy) throws Exception {
        SSLSocket socket = Tls.client(
                proxy.address(), Tls.context(CA.own().chain(), Optional.empty()), "shop.example", "http/1.1");
        socket.startHandshake();
        return socket;
    }

    @Test
    void theyAreShownEverywhere() throws Exception {
        Path file = folder.resolve("a.jfr");
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (NativeRig rig = new NativeRig();
                Origin origin = Origin.answering(RESPONSE);
                LogLines log = LogLines.of("auto");
                Recording recording = new Recording()) {
            FlightEvents.record(rig.fleet().common().events());
            ProxyServer proxy = start(rig, origin.port());
            ProxyMeters meters = new ProxyMeters(rig.fleet());
            meters.bindTo(registry);
            recording.start();
            String cipher;
            try (SSLSocket socket = secured(proxy);
                    Peer client = new Peer(socket);
                    Peer silent = Peer.connect(proxy.address())) {
                client.send(REQUEST).readResponse();
                cipher = socket.getSession().getCipherSuite();
                List<? extends Config> shown =
                        rig.get("/api/v1/connections").json().getConfigList("connections");
                Config known = shown.getFirst();
                assertEquals("http", known.getString("protocol"));
                assertEquals("shop.example", known.getString("server-name"));
                assertEquals("TLSv1.3", known.getString("tls.version"));
                assertEquals(cipher, known.getString("tls.cipher"));
                assertEquals("http/1.1", known.getString("tls.alpn"));
                assertFalse(known.hasPath("upstream-tls"));
                for (String key : List.of("protocol", "server-name", "tls")) {
                    assertFalse(shown.getLast().hasPath(key), "nothing is known of a silent one");
                }
                Config hit =
                        rig.get("/api/v1/journal").json().getConfigList("hits").getFirst();
                assertEquals("http", hit.getString("protocol"));
                assertEquals("shop.example", hit.getString("server-name"));
                assertEquals("TLSv1.3", hit.getString("tls.version"));
                assertEquals(cipher, hit.getString("tls.cipher"));
                assertTrue(silent.socket().isConnected());
            }
            try (Socket stranger = new Socket("127.0.0.1", proxy.address().getPort())) {
                stranger.getOutputStream().write(new byte[] {22, 3, 1, 0, 5, 1, 0, 0, 1, 0});
                assertEquals(
                        "[21, 3, 3, 0, 2, 2, 50]", // a fatal decode_error
                        Arrays.toString(stranger.getInputStream().readAllBytes()));
            }
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
            recording.stop();
            recording.dump(file);
            Tags done = Tags.of(
                    "proxy", "auto", "side", "client", "version", "TLSv1.3", "cipher", cipher, "result", "done");
            assertEquals(
                    1,
                    registry.get("chaos.tls.handshakes")
                            .tags(done)
                            .functionCounter()
                            .count());
            assertEquals(
                    1,
                    registry.get("chaos.connections.detected")
                            .tags("proxy", "auto", "protocol", "http")
                            .functionCounter()
                            .count());
            String line = "(http, TLSv1.3 " + cipher + ", shop.example)";
            TestProxy.await("logged", () -> log.lines().stream().anyMatch(each -> each.contains(line)));
            log.await("proxy auto #1 from /127.0.0.1:", " accepted");
            log.await("proxy auto #1.1 GET / hit by slow ");
            for (String each : log.lines()) {
                assertTrue(each.startsWith("proxy auto #"), each);
            }
            rig.fleet().remove("auto");
            assertEquals(List.of(), List.copyOf(registry.getMeters()));
            meters.close();
            RecordedEvent connection = RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().equals("io.chaosproxy.Connection"))
                    .filter(event -> event.getLong("number") == 1)
                    .findFirst()
                    .orElseThrow();
            RecordedEvent hit = RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().equals("io.chaosproxy.Hit"))
                    .findFirst()
                    .orElseThrow();
            for (RecordedEvent event : List.of(connection, hit)) {
                assertEquals("http", event.getString("protocol"));
                assertEquals("shop.example", event.getString("serverName"));
                assertEquals("TLSv1.3", event.getString("tls"));
                assertEquals(cipher, event.getString("cipher"));
            }
        }
    }
}
