package io.chaosproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A forward proxy as a configuration, an embedder and the control plane have it. */
final class ForwardServerTest {
    private static ChaosServer start() throws Exception {
        return ChaosServer.start(ChaosConfig.parse("""
            chaos-proxy {
              control { listen = "127.0.0.1:0" }
              proxies { out { protocol = forward, listen = "127.0.0.1:0", latency = 1ms } }
            }
            """));
    }

    private static HttpResponse<String> call(ChaosServer server, String method, String path, String body)
            throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create(
                    "http://127.0.0.1:" + server.controlAddress().orElseThrow().getPort() + path);
            return client.send(
                    HttpRequest.newBuilder(uri)
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .timeout(Duration.ofMinutes(1))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private static String statusOfConnect(ChaosProxy proxy, String target) throws Exception {
        try (Peer client = Peer.connect(new InetSocketAddress("127.0.0.1", proxy.port()))) {
            client.send("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
            String head = client.readHead();
            return head.substring(9, 12);
        }
    }

    @Test
    void codeStartsOne() throws Exception {
        try (Origin origin = Origin.echo();
                ChaosProxy proxy = ChaosProxy.forward()) {
            assertEquals("forward", proxy.name());
            assertTrue(proxy.toString().endsWith(" -> the targets that clients name"), proxy.toString());
            assertEquals("200", statusOfConnect(proxy, origin.address()));
            try (Injection slow = proxy.inject(Latency.of(Duration.ofMillis(1)))) {
                assertEquals(1, slow.rules().size());
                assertEquals("200", statusOfConnect(proxy, origin.address()));
            }
        }
    }

    @Test
    void theApiHasOneWithoutUpstream() throws Exception {
        try (ChaosServer server = start()) {
            Config shown = ConfigFactory.parseString(
                    call(server, "GET", "/api/v1/proxies/out", "").body());
            assertEquals("forward", shown.getString("protocol"));
            assertFalse(shown.hasPath("upstream"));

            HttpResponse<String> changed =
                    call(server, "PATCH", "/api/v1/proxies/out", "{\"allow\": [\"*.example.com:443\"]}");
            assertEquals(200, changed.statusCode(), changed.body());
            assertEquals("403", statusOfConnect(server.proxy("out"), "127.0.0.1:9"));

            HttpResponse<String> refused =
                    call(server, "PUT", "/api/v1/proxies/other", "{\"protocol\": \"forward\", \"listen\": \":0\"}");
            assertEquals(400, refused.statusCode());
            assertTrue(refused.body().contains("needs credentials-file, credentials-env or allow"), refused.body());

            HttpResponse<String> added = call(
                    server, "PUT", "/api/v1/proxies/other", "{\"protocol\": \"forward\", \"listen\": \"127.0.0.1:0\"}");
            assertEquals(201, added.statusCode(), added.body());
            HttpResponse<String> ready = call(server, "GET", "/health/ready", "");
            assertEquals(200, ready.statusCode(), ready.body());
        }
    }

    @Test
    void toxiproxysClientsSeeAnEmptyUpstream() throws Exception {
        try (ChaosServer server = start()) {
            Config shown = ConfigFactory.parseString(
                    call(server, "GET", "/proxies/out", "").body());
            assertEquals("", shown.getString("upstream"));
            HttpResponse<String> changed = call(server, "POST", "/proxies/out", "{\"upstream\": \"127.0.0.1:9\"}");
            assertEquals(400, changed.statusCode(), changed.body());
            HttpResponse<String> saved =
                    call(server, "POST", "/proxies/out", "{\"upstream\": \"\", \"enabled\": true}");
            assertEquals(200, saved.statusCode(), saved.body());
            HttpResponse<String> toxic = call(
                    server, "POST", "/proxies/out/toxics", "{\"type\": \"latency\", \"attributes\": {\"latency\": 5}}");
            assertEquals(200, toxic.statusCode(), toxic.body());
        }
    }

    /** Clients of the proxy must not change it, nor go in circles. */
    @Test
    void itConnectsNeitherToItsControlPlaneNorToItself() throws Exception {
        try (ChaosServer server = start()) {
            int control = server.controlAddress().orElseThrow().getPort();
            ChaosProxy out = server.proxy("out");
            for (String host : new String[] {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"}) {
                assertEquals("403", statusOfConnect(out, host + ":" + control), host);
                assertEquals("403", statusOfConnect(out, host + ":" + out.port()), host);
            }
        }
    }

    @Test
    void credentialsThatCantBeUsedKeepItFromStarting(@TempDir Path folder) throws Exception {
        Path users = Files.writeString(folder.resolve("users"), "ann\n");
        for (ForwardAccess access : new ForwardAccess[] {
            ForwardAccess.OPEN.credentials(users),
            ForwardAccess.OPEN.credentials(folder.resolve("none")),
            ForwardAccess.OPEN.credentials(Files.createFile(folder.resolve("empty")))
        }) {
            ProxySpec spec = ProxySpec.forward().with(Options.DEFAULTS.forward(access));
            String message = assertThrows(UncheckedIOException.class, () -> ChaosProxy.start(spec))
                    .getMessage();
            Files.deleteIfExists(folder.resolve("empty"));
            assertTrue(message.contains("credentials-file: " + folder), message);
        }
    }

    @Test
    void changedCredentialsAreReadAgain(@TempDir Path folder) throws Exception {
        Path users = Files.writeString(folder.resolve("users"), "ann:one\n");
        ProxySpec spec = ProxySpec.forward().with(Options.DEFAULTS.forward(ForwardAccess.OPEN.credentials(users)));
        try (Origin origin = Origin.echo();
                ChaosProxy proxy = ChaosProxy.start(spec)) {
            assertEquals("200", statusWith(proxy, origin, "YW5uOm9uZQ=="));
            Files.writeString(users, "ann:two\n");
            long end = System.nanoTime() + 60_000_000_000L;
            while (!statusWith(proxy, origin, "YW5uOnR3bw==").equals("200")) {
                assertTrue(System.nanoTime() < end, "not within 60 s");
            }
            assertEquals("407", statusWith(proxy, origin, "YW5uOm9uZQ=="));
        }
    }

    private static String statusWith(ChaosProxy proxy, Origin origin, String credentials) throws Exception {
        try (Peer client = Peer.connect(new InetSocketAddress("127.0.0.1", proxy.port()))) {
            client.send("CONNECT " + origin.address() + " HTTP/1.1\r\nHost: " + origin.address()
                    + "\r\nProxy-Authorization: Basic " + credentials + "\r\n\r\n");
            return client.readHead().substring(9, 12);
        }
    }
}
