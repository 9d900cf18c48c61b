package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.chaosproxy.control.api.NativeRig.Answer;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ConnectionsApiTest {
    private NativeRig rig;
    private Origin origin;
    private ProxyServer proxy;

    @BeforeEach
    void start() throws Exception {
        rig = new NativeRig();
        origin = Origin.echo();
        proxy = rig.fleet().add(TestProxy.spec(Protocol.TCP, origin.port(), Rule.of("wide", Rate.of(1 << 20))), true);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
        origin.close();
    }

    private Peer connect() throws Exception {
        Peer client = Peer.connect(proxy.address());
        client.send("ping");
        assertEquals("ping", client.read(4));
        return client;
    }

    @Test
    void openConnectionsAreShown() throws Exception {
        try (Peer one = connect();
                Peer two = connect()) {
            TestProxy.await(
                    "both have counted",
                    () -> proxy.connections().stream()
                            .allMatch(open -> open.counters().bytes(Direction.DOWN) == 4));
            List<? extends Config> shown =
                    rig.get("/api/v1/connections?proxy=tcp").json().getConfigList("connections");
            assertEquals(2, shown.size());
            Config first = shown.getFirst();
            assertEquals("tcp", first.getString("proxy"));
            assertEquals(1, first.getInt("number"));
            assertEquals("127.0.0.1:" + one.socket().getLocalPort(), first.getString("client"));
            assertEquals(4, first.getInt("up"));
            assertEquals(4, first.getInt("down"));
            assertEquals(0, first.getInt("waiting"));
            assertEquals(List.of("wide"), first.getStringList("rules"));
            assertEquals(2, shown.getLast().getInt("number"));
            assertEquals(
                    "127.0.0.1:" + two.socket().getLocalPort(), shown.getLast().getString("client"));
        }
        TestProxy.await("both are gone", () -> proxy.connections().isEmpty());
        assertEquals(List.of(), rig.get("/api/v1/connections").json().getConfigList("connections"));
    }

    @Test
    void oneIsReset() throws Exception {
        try (Peer one = connect();
                Peer two = connect()) {
            assertEquals(204, rig.delete("/api/v1/connections/tcp/1").status());
            assertEquals("reset", one.ending());
            two.send("pong");
            assertEquals("pong", two.read(4));
            TestProxy.await("it is gone", () -> proxy.connections().size() == 1);
            assertEquals(404, rig.delete("/api/v1/connections/tcp/1").status());
        }
    }

    @Test
    void oneIsClosedInOrder() throws Exception {
        try (Peer one = connect()) {
            assertEquals(204, rig.delete("/api/v1/connections/tcp/1?how=close").status());
            assertEquals("end", one.ending());
        }
    }

    @Test
    void whatCannotBeIsRefused() throws Exception {
        try (Peer one = connect()) {
            Answer answer = rig.delete("/api/v1/connections/tcp/1?how=kindly");
            assertEquals(400, answer.status());
            assertEquals(List.of("how: must be one of reset, close, not \"kindly\""), answer.errors());
            assertEquals(404, rig.delete("/api/v1/connections/nobody/1").status());
            assertEquals(404, rig.get("/api/v1/connections?proxy=nobody").status());
            assertEquals(400, rig.get("/api/v1/connections?prxy=tcp").status());
            assertTrue(one.isSilentFor(50));
        }
    }
}
