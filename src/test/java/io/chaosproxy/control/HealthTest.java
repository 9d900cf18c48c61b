package io.chaosproxy.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.control.reload.ConfigWatcher;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.RefusingPort;
import io.chaosproxy.net.ListenException;
import io.chaosproxy.relay.ProxyServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealthTest {
    private final MonitoringRig watched = new MonitoringRig();

    @AfterEach
    void close() {
        watched.close();
    }

    private void serve(Optional<String> token, Optional<ConfigWatcher> reloader) throws Exception {
        watched.serve(token, new Health(watched.fleet(), reloader).routes());
    }

    @Test
    void itIsLiveAndReadyWithoutAnyProxy() throws Exception {
        serve(Optional.empty(), Optional.empty());

        assertEquals("{\"status\":\"up\"}", watched.get("/health/live").body());
        assertEquals(200, watched.get("/health/ready").status());
    }

    @Test
    void itIsReadyUnlessAProxyThatIsToBeOnCannotListen() throws Exception {
        try (Origin origin = Origin.echo()) {
            ProxyServer proxy = watched.add(Protocol.TCP, origin.port());
            serve(Optional.empty(), Optional.empty());
            assertEquals("200 listening", ready());

            proxy.disable();
            assertEquals("200 off", ready());

            try (ServerSocket taken =
                    new ServerSocket(proxy.spec().listen().port(), 1, InetAddress.getByName("127.0.0.1"))) {
                assertEquals(proxy.spec().listen().port(), taken.getLocalPort());
                assertThrows(ListenException.class, proxy::enable);
                assertEquals("503 can't listen", ready());
                assertEquals(200, watched.get("/health/live").status());
            }

            proxy.enable();
            assertEquals("200 listening", ready());
        }
    }

    private String ready() throws Exception {
        MonitoringRig.Answer answer = watched.get("/health/ready");
        return answer.status() + " " + answer.json().getString("proxies.tcp.state");
    }

    @Test
    void itIsNotReadyOnceTheEndIsAnnounced() throws Exception {
        try (Origin origin = Origin.echo()) {
            watched.add(Protocol.TCP, origin.port());
            serve(Optional.empty(), Optional.empty());

            watched.fleet().announceEnd();

            assertEquals("503 listening", ready());
            assertEquals("shutting down", watched.get("/health/ready").json().getString("reason"));
            assertEquals(200, watched.get("/health/live").status());
        }
    }

    @Test
    void anUpstreamThatIsDownIsADetail() throws Exception {
        int port;
        try (Origin origin = Origin.echo()) {
            port = origin.port();
            watched.add(Protocol.HTTP, port);
            serve(Optional.empty(), Optional.empty());

            Config upstream = watched.get("/health/ready").json().getConfig("proxies.http.upstream");
            assertEquals("reachable", upstream.getString("state"));
            assertEquals("http://127.0.0.1:" + port, upstream.getString("address"));
        }

        watched.fleet().remove("http");
        watched.get("/health/ready"); // what nobody leads to is forgotten
        try (RefusingPort down = new RefusingPort(port)) {
            watched.add(Protocol.HTTP, down.port());
            MonitoringRig.Answer answer = watched.get("/health/ready");

            assertEquals(200, answer.status());
            Config upstream = answer.json().getConfig("proxies.http.upstream");
            assertEquals("unreachable", upstream.getString("state"));
            assertTrue(upstream.getString("reason").contains("refused"));
        }
    }

    @Test
    void theMistakesOfTheLastReloadAreDetails(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("a.conf"), "chaos-proxy { seed = 1 }\n");
        Config text = ConfigReader.load(file, Map.of());
        ChaosConfig config = ConfigReader.read(text);
        ConfigWatcher reloader = watched.with(ConfigWatcher.watch(watched.fleet(), file, Map.of(), text, config));
        serve(Optional.empty(), Optional.of(reloader));
        assertEquals(List.of(), mistakes());

        Files.writeString(file, "chaos-proxy { seed = 1\n latencie = 3 }\n");
        reloader.reload();

        assertEquals(1, mistakes().size());
        assertTrue(mistakes().getFirst().contains("latencie"), mistakes().toString());
        assertEquals(200, watched.get("/health/ready").status());
    }

    private List<String> mistakes() throws Exception {
        return watched.get("/health/ready").json().getStringList("configuration.mistakes");
    }

    @Test
    void whoMayNotUseTheControlPlaneIsToldNoDetails() throws Exception {
        try (Origin origin = Origin.echo()) {
            watched.add(Protocol.TCP, origin.port());
            serve(Optional.of("a long secret"), Optional.empty());

            assertEquals("{\"status\":\"up\"}", watched.get("/health/ready").body());
            assertTrue(watched.get("/health/ready", "Authorization: Bearer a long secret")
                    .json()
                    .hasPath("proxies.tcp"));
        }
    }
}
