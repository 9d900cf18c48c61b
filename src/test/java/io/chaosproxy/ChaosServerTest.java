package io.chaosproxy;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.Threads;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChaosServerTest {
    private static String text(int upstream, String more) {
        return """
            chaos-proxy {
              seed = 7
              %s
              faults.all { type = latency, delay = 1ms }
              proxies.server-of-test { protocol = tcp, listen = "127.0.0.1:0", upstream = "127.0.0.1:%d" }
            }
            """.formatted(more, upstream);
    }

    @Test
    void aWholeConfigurationRuns(@TempDir Path folder) throws Exception {
        try (Origin origin = Origin.echo()) {
            Path file = Files.writeString(folder.resolve("service.conf"), text(origin.port(), ""));
            try (ChaosServer server = ChaosServer.start(ChaosConfig.read(file))) {
                ChaosProxy proxy = server.proxy("server-of-test");
                assertEquals(7, server.seed());
                assertEquals(Optional.empty(), server.controlAddress()); // nobody asked for one
                try (Peer client = Peer.connect(new InetSocketAddress("127.0.0.1", proxy.port()))) {
                    client.send("a").read(1);
                    assertEquals(1, proxy.journal().hits("all"));
                    assertEquals(
                            1, proxy.inject(Latency.of(ofMillis(1))).rules().size());
                }
                assertEquals(
                        "there is no proxy named db, only [server-of-test]",
                        assertThrows(NoSuchElementException.class, () -> server.proxy("db"))
                                .getMessage());
            }
            assertEquals(0, Threads.named("server-of-test").size());
        }
    }

    @Test
    void theControlPlaneComesWithItsSection() throws Exception {
        try (Origin origin = Origin.echo();
                HttpClient client = HttpClient.newHttpClient();
                ChaosServer server = ChaosServer.start(
                        ChaosConfig.parse(text(origin.port(), "control { listen = \"127.0.0.1:0\" }")))) {
            String api =
                    "http://127.0.0.1:" + server.controlAddress().orElseThrow().getPort();
            HttpRequest put = HttpRequest.newBuilder(URI.create(api + "/api/v1/proxies/server-of-test/rules/slow"))
                    .PUT(BodyPublishers.ofString("{\"type\": \"latency\", \"delay\": \"5ms\"}"))
                    .build();
            assertEquals(201, client.send(put, BodyHandlers.ofString()).statusCode());
            assertEquals(
                    Optional.of(Rule.of("slow", Latency.of(ofMillis(5)))),
                    server.proxy("server-of-test").plan().rule("slow"));
        }
    }

    @Test
    void nothingRunsIfTheControlPlaneCannot() throws Exception {
        try (Origin origin = Origin.echo();
                ServerSocket taken = new ServerSocket(0)) {
            ChaosConfig config = ChaosConfig.parse(
                    text(origin.port(), "control { listen = \"127.0.0.1:" + taken.getLocalPort() + "\" }"));
            IOException failure = assertThrows(IOException.class, () -> ChaosServer.start(config));
            assertTrue(String.valueOf(failure.getMessage()).contains(":" + taken.getLocalPort()), failure::toString);
            assertEquals(0, Threads.named("server-of-test").size());
        }
    }

    /** Not a moment later: whoever counts threads after a test counts none of ours. */
    @Test
    void everyThreadHasGoneWhenCloseReturns() throws Exception {
        try (Origin origin = Origin.manual()) {
            for (int i = 0; i < 20; i++) {
                ChaosServer server = ChaosServer.start(ChaosConfig.parse(text(origin.port(), "")));
                ChaosProxy proxy = server.proxy("server-of-test");
                proxy.inject(Latency.of(ofMinutes(1)).onStream(), Timeout.of(ofMinutes(1)));
                try (Peer client = Peer.connect(new InetSocketAddress("127.0.0.1", proxy.port()));
                        Peer upstream = origin.next()) {
                    client.send("late");
                    upstream.send("late");
                    proxy.journal().await("latency", 1, ofMinutes(1));
                    server.close();
                    for (ProxyServer closed : server.registry().all()) {
                        assertTrue(
                                closed.awaitEnd(Duration.ZERO), () -> "still there: " + Threads.named(closed.name()));
                    }
                }
            }
        }
    }
}
