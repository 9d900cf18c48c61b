package io.chaosproxy.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.ChaosServer;
import io.chaosproxy.cluster.TestRedis;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.ctl.CtlRig.Ended;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.terminal.Terminal;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ctl fleet} and {@code ctl --cluster} against two replicas. */
final class ClusterCommandsTest {
    private TestRedis redis;
    private ChaosServer one;
    private ChaosServer two;

    @BeforeEach
    void start() throws Exception {
        redis = TestRedis.started();
        one = replica("one");
        two = replica("two");
        TestProxy.await("two replicas", () -> fleet().rows().size() == 2);
    }

    @AfterEach
    void stop() throws IOException {
        one.close();
        two.close();
        redis.close();
    }

    private ChaosServer replica(String name) throws IOException {
        return ChaosServer.start(ChaosConfig.parse("""
            chaos-proxy {
              control.listen = "127.0.0.1:0"
              cluster { redis = "%s", replica = %s }
              proxies.shop { protocol = tcp, listen = "127.0.0.1:0", upstream = "127.0.0.1:1" }
              speed = 1MB
            }\
            """.formatted(redis.url(), name)));
    }

    private Ended run(Optional<Terminal> terminal, String... arguments) {
        int port = one.controlAddress().orElseThrow().getPort();
        return CtlRig.run(terminal, Map.of("CHAOS_PROXY_URL", "http://127.0.0.1:" + port), arguments);
    }

    private Ended ctl(String... arguments) {
        return run(Optional.empty(), arguments);
    }

    private Ended fleet() {
        return ctl("fleet");
    }

    private static boolean hasRule(ChaosServer replica) {
        return replica.proxy("shop").plan().rule("slow").isPresent();
    }

    @Test
    void fleetListsTheReplicas() {
        Ended ended = fleet();
        assertEquals(0, ended.code(), ended.err());
        assertEquals(
                List.of("one", "two"),
                ended.rows().stream().map(List::getFirst).sorted().toList());
        for (List<String> row : ended.rows()) {
            assertEquals(6, row.size(), ended.out());
            assertEquals("alive", row.get(1));
            assertEquals("0", row.get(3));
        }
        Config json = ConfigFactory.parseString(ctl("fleet", "--json").out());
        assertEquals("one", json.getString("replica"));
    }

    @Test
    void fleetIsATableForPeople() {
        Ended ended = run(Optional.of(new Terminal(160, 12)), "fleet");
        assertEquals(0, ended.code(), ended.err());
        assertEquals(3, ended.lines().size(), ended.out());
        assertTrue(ended.lines().get(1).contains(" now"), ended.out());
    }

    @Test
    void aChangeIsOfAllReplicasWithTheOptionAndOfOneWithout() throws Exception {
        assertEquals(
                0,
                ctl("add", "shop", "slow", "type=latency", "delay=1ms", "--cluster")
                        .code());
        assertTrue(hasRule(one));
        TestProxy.await("the rule on the other one", () -> hasRule(two));

        assertEquals(0, ctl("remove", "shop", "slow").code());
        assertFalse(hasRule(one));
        assertTrue(hasRule(two));
        assertEquals(0, ctl("--cluster", "clear").code());
        TestProxy.await("no rule", () -> !hasRule(two));
    }

    @Test
    void whatIsNotSharedIsRefused() {
        Ended ended = ctl("add", "web", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--cluster");
        assertEquals(1, ended.code(), ended.out());
        assertTrue(ended.err().contains("scope"), ended.err());
        assertEquals(1, one.proxies().size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "list",
                "inspect shop",
                "connections",
                "journal",
                "watch",
                "fleet",
                "config",
                "reset",
                "sever shop"
            })
    void aCommandThatChangesNoRulesOfAClusterSaysSo(String words) {
        Ended ended = ctl(Stream.concat(Stream.of(words.split(" ")), Stream.of("--cluster"))
                .toArray(String[]::new));
        assertEquals(2, ended.code(), ended.out() + ended.err());
        assertTrue(ended.err().contains("takes no --cluster"), ended.err());
    }

    @Test
    void withoutAClusterBothSaySo() throws Exception {
        try (ChaosServer alone = ChaosServer.start(ChaosConfig.parse("""
            chaos-proxy {
              control.listen = "127.0.0.1:0"
              proxies.shop { protocol = tcp, listen = "127.0.0.1:0", upstream = "127.0.0.1:1" }
            }\
            """))) {
            String url =
                    "http://127.0.0.1:" + alone.controlAddress().orElseThrow().getPort();
            for (List<String> words : List.of(List.of("fleet"), List.of("--cluster", "clear"))) {
                Ended ended =
                        CtlRig.run(Optional.empty(), Map.of("CHAOS_PROXY_URL", url), words.toArray(String[]::new));
                assertEquals(1, ended.code(), ended.out());
                assertTrue(ended.err().contains("belongs to no cluster"), ended.err());
            }
        }
    }
}
