package io.chaosproxy.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.ChaosServer;
import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.tls.CertificateAuthority;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Redis with TLS, with sentinels, and as a Redis Cluster; the latter two lose their master. */
@Execution(ExecutionMode.CONCURRENT)
final class RedisTopologiesTest {
    private static final String CONTROL = "control.listen = \"127.0.0.1:0\"";
    private static final int SLOTS = 16_384;

    private final Calls calls = new Calls();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        calls.close();
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private <T extends AutoCloseable> T open(T something) {
        opened.add(something);
        return something;
    }

    private HttpResponse<String> put(ChaosServer replica, int millis) throws IOException, InterruptedException {
        String rule = "{\"type\": \"latency\", \"delay\": \"%dms\"}".formatted(millis);
        return calls.send(replica, "PUT", "/api/v1/proxies/shop/rules/slow?scope=cluster", rule);
    }

    private static boolean hasRule(ChaosServer replica) {
        return replica.proxy("shop").plan().rule("slow").isPresent();
    }

    /** Makes a change on one replica that the other one gets; without a master it would be pending. */
    private void assertShares(ChaosServer writer, ChaosServer other) throws Exception {
        TestProxy.await("a change that Redis has", () -> {
            try {
                String version = put(writer, 100)
                        .headers()
                        .firstValue("Chaos-Plan-Version")
                        .orElse("pending");
                return !version.contains("pending");
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        TestProxy.await(
                "the change",
                () -> writer.proxy("shop").plan().equals(other.proxy("shop").plan()));
        assertTrue(hasRule(other));
    }

    private static String command(TestRedis redis, Protocol.Command command, String... words) {
        try (RedisClient client = redis.client()) {
            CommandArguments arguments = new CommandArguments(command);
            Stream.of(words).forEach(arguments::add);
            return client.executeCommand(new CommandObject<>(arguments, BuilderFactory.STRING));
        } catch (JedisConnectionException e) {
            return ""; // a server that changes its role ends its connections
        }
    }

    private static boolean isReplicated(TestRedis master) {
        return command(master, Protocol.Command.INFO, "replication").contains("state=online");
    }

    @Test
    void sentinelsNameTheNewMaster() throws Exception {
        TestRedis master = open(TestRedis.started());
        TestRedis spare = open(TestRedis.started("replicaof 127.0.0.1 " + master.port()));
        TestProxy.await("replication", () -> isReplicated(master));
        TestRedis sentinel = open(TestRedis.sentinel("main", master));
        TestProxy.await(
                "the sentinel knows the spare one",
                () -> command(sentinel, Protocol.Command.INFO, "sentinel").contains("slaves=1"));
        Replicas replicas = open(new Replicas(sentinel.url(), 1));
        ChaosServer one = replicas.start("one", "sentinel-master = main", CONTROL);
        ChaosServer two = replicas.start("two", "sentinel-master = main", CONTROL);
        assertShares(one, two);

        master.stop();
        TestProxy.await(
                "another master",
                () -> command(spare, Protocol.Command.INFO, "replication").contains("role:master"));
        assertRecovers(one, two);
    }

    @Test
    void aRedisClusterFailsOver() throws Exception {
        TestRedis master = open(node());
        TestRedis spare = open(node());
        command(spare, Protocol.Command.CLUSTER, "MEET", "127.0.0.1", "" + master.port());
        List<String> slots = new ArrayList<>(List.of("ADDSLOTS"));
        IntStream.range(0, SLOTS).forEach(slot -> slots.add("" + slot));
        command(master, Protocol.Command.CLUSTER, slots.toArray(String[]::new));
        String id = command(master, Protocol.Command.CLUSTER, "MYID");
        TestProxy.await(
                "the nodes know each other",
                () -> command(spare, Protocol.Command.CLUSTER, "NODES").contains(id));
        command(spare, Protocol.Command.CLUSTER, "REPLICATE", id);
        TestProxy.await("replication", () -> isReplicated(master));
        TestProxy.await(
                "the state of the cluster",
                () -> command(spare, Protocol.Command.CLUSTER, "INFO").contains("cluster_state:ok"));
        String url = master.url() + ",127.0.0.1:" + spare.port();
        Replicas replicas = open(new Replicas(url, 1));
        ChaosServer one = replicas.start("one", CONTROL);
        ChaosServer two = replicas.start("two", CONTROL);
        assertShares(one, two);

        master.stop();
        command(spare, Protocol.Command.CLUSTER, "FAILOVER", "TAKEOVER");
        assertRecovers(one, two);
    }

    private static TestRedis node() throws IOException {
        return TestRedis.started("cluster-enabled yes", "cluster-config-file nodes-" + TestRedis.freePort() + ".conf");
    }

    private void assertRecovers(ChaosServer one, ChaosServer two) throws Exception {
        TestProxy.await("both are up", () -> isUp(one) && isUp(two));
        assertEquals(200, put(one, 200).statusCode());
        assertShares(two, one);
    }

    private boolean isUp(ChaosServer replica) {
        try {
            return Calls.json(calls.get(replica, "/health/ready"))
                    .getString("status")
                    .equals("up");
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void tlsIsVerified(@TempDir Path folder) throws Exception {
        CertificateAuthority authority = CertificateAuthority.create("caches");
        KeyFiles files = Tls.files(folder, "redis", authority.server(List.of("localhost"), Duration.ofDays(1)));
        Path trust = Tls.trust(folder, "caches.pem", authority.own().certificate());
        int port = TestRedis.freePort();
        open(TestRedis.started(
                "tls-port " + port,
                "tls-cert-file " + files.certificate(),
                "tls-key-file " + files.key().orElseThrow(),
                "tls-ca-cert-file " + trust,
                "tls-auth-clients no"));
        String trusted = "trust = \"" + trust + "\"";
        Replicas replicas = open(new Replicas("rediss://localhost:" + port, 1));
        assertShares(replicas.start("one", trusted, CONTROL), replicas.start("two", trusted, CONTROL));

        IOException unknown = assertThrows(IOException.class, () -> replicas.start("three", CONTROL));
        assertTrue(
                unknown.getMessage().startsWith("cluster.redis: Redis at rediss://localhost:" + port),
                unknown::toString);
        assertTrue(unknown.getMessage().contains("trust"), unknown::toString);
        Replicas byNumber = open(new Replicas("rediss://127.0.0.1:" + port, 1));
        IOException otherName = assertThrows(IOException.class, () -> byNumber.start("four", trusted, CONTROL));
        assertTrue(otherName.getMessage().contains("127.0.0.1"), otherName::toString);
    }
}
