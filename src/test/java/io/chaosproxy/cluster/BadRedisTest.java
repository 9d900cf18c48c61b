package io.chaosproxy.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.chaosproxy.ChaosProxy;
import io.chaosproxy.ChaosServer;
import io.chaosproxy.config.ClusterSettings;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.Fleet;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

/** A Redis that is full, that others use, that loses connections, or whose clock is another one. */
@Execution(ExecutionMode.CONCURRENT)
final class BadRedisTest {
    private static final String CONTROL = "control.listen = \"127.0.0.1:0\"";
    private static final Keys KEYS = new Keys("chaos-proxy");

    private final Calls calls = new Calls();
    private TestRedis redis;
    private RedisClient client;
    private Replicas replicas;

    @BeforeEach
    void start() throws Exception {
        redis = TestRedis.started();
        client = redis.client();
        replicas = new Replicas(redis.url(), 1);
    }

    @AfterEach
    void stop() throws Exception {
        calls.close();
        replicas.close();
        client.close();
        redis.close();
    }

    private Config fleet(ChaosServer replica) {
        try {
            return Calls.json(calls.get(replica, "/api/v1/fleet"));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String problem(ChaosServer replica) {
        Config of = fleet(replica).getConfig("redis");
        return of.hasPath("problem") ? of.getString("problem") : "";
    }

    private void awaitProblem(String part, ChaosServer replica) throws InterruptedException {
        TestProxy.await("the problem " + part, () -> problem(replica).contains(part));
    }

    private void awaitConnected(ChaosServer replica) throws InterruptedException {
        TestProxy.await(
                "connected", () -> fleet(replica).getString("redis.state").equals("connected"));
    }

    @Test
    void aFullOneIsReportedUntilItHasRoom() throws Exception {
        ChaosServer one = replicas.start("one", CONTROL);
        client.configSet("maxmemory", "1");
        awaitProblem("OOM command not allowed", one);
        assertTrue(problem(one).startsWith("OOM"), problem(one));
        ChaosServer two = replicas.start("two", CONTROL);
        awaitProblem("OOM", two);

        client.configSet("maxmemory", "0");
        awaitConnected(one);
        awaitConnected(two);
    }

    private String refusal() {
        return String.valueOf(assertThrows(IOException.class, () -> replicas.start("one", CONTROL))
                .getMessage());
    }

    @Test
    void keysOfOthersAreRefusedAtTheStart() throws Exception {
        client.set(KEYS.plan(), "theirs");
        String otherType = refusal();
        assertTrue(otherType.startsWith("cluster.redis: Redis at " + redis.url() + " has other data"), otherType);
        assertTrue(otherType.contains("cluster.name"), otherType);
        client.del(KEYS.plan());
        client.hset(KEYS.plan(), "version", "theirs");
        assertTrue(refusal().contains("{chaos-proxy}:plan is not the plan of a cluster"));
        client.del(KEYS.plan());
        client.hset(KEYS.plan(), "p:shop", "theirs");
        assertTrue(refusal().contains("{chaos-proxy}:plan is not the plan of a cluster"));
    }

    @Test
    void keysOfOthersThatComeLaterAreReported() throws Exception {
        ChaosServer one = replicas.start("one", "speed = 1MB, " + CONTROL);
        client.hset(KEYS.plan(), "version", "theirs");
        awaitProblem("{chaos-proxy}:* are used by something else", one);
        client.del(KEYS.plan());
        awaitConnected(one);
        String shares = KEYS.shares("all-speed", Direction.DOWN);
        try (Downloads downloads = new Downloads();
                Replicas others = new Replicas(redis.url(), downloads.port())) {
            ChaosServer two = others.start("two", "speed = 1MB, " + CONTROL);
            downloads.through(Replicas.shop(two), 1);
            TestProxy.await("shares", () -> client.exists(shares));
            client.set(shares, "theirs");
            awaitProblem("{chaos-proxy}:* are used by something else", two);
            client.del(shares);
            awaitConnected(two);
        }
    }

    @Test
    void twoReplicasOfOneNameHaveTwo() throws Exception {
        ChaosServer one = replicas.start("one", CONTROL);
        ChaosServer two = replicas.start("one", CONTROL);
        assertEquals("one", fleet(one).getString("replica"));
        assertEquals("one-2", fleet(two).getString("replica"));
        TestProxy.await("both", () -> fleet(one).getConfigList("replicas").size() == 2);

        redis.stop();
        ChaosServer three = replicas.start("one", CONTROL);
        assertEquals("one", fleet(three).getString("replica"), "without Redis");
        redis.start();
        TestProxy.await(
                "three names",
                () -> List.of(one, two, three).stream()
                                .map(replica -> fleet(replica).getString("replica"))
                                .distinct()
                                .count()
                        == 3);
        TestProxy.await("all", () -> fleet(one).getConfigList("replicas").size() == 3);
    }

    @Test
    void aWriterWhoseAnswerIsLostHasNotLost() throws Exception {
        try (ChaosProxy between = ChaosProxy.tcp("127.0.0.1", redis.port());
                Redis through = new Redis(ClusterSettings.at("redis://" + between.address()));
                Redis direct = new Redis(ClusterSettings.at(redis.url()))) {
            ClusterPlan mine = new ClusterPlan(through, KEYS, "mine");
            ClusterPlan theirs = new ClusterPlan(direct, KEYS, "theirs");
            Plan slow = Plan.of(Rule.of("slow", Latency.of(Duration.ofSeconds(1))));
            through.call(UnifiedJedis::ping); // so that the connection is there
            between.plan(
                    Plan.of(Rule.of("cut", new Limit(0)).way(Directions.DOWN).maxHits(1)));
            mine.write(Map.of("shop", slow), "one"); // tried again
            assertEquals(1, mine.version());

            between.plan(Plan.of(Rule.of("cut", new Limit(0)).way(Directions.DOWN)));
            assertThrows(JedisException.class, () -> mine.write(Map.of("shop", Plan.CLEAN), "one"));
            assertEquals(1, mine.version());
            assertEquals("2", client.hget(KEYS.plan(), "version"));
            theirs.load();
            between.plan(Plan.CLEAN);
            mine.write(Map.of("shop", Plan.CLEAN), "one");
            assertEquals(2, mine.version());

            theirs.write(Map.of("shop", slow), "two");
            Fleet.ConflictException lost =
                    assertThrows(Fleet.ConflictException.class, () -> mine.write(Map.of("shop", Plan.CLEAN), "one"));
            assertEquals(3, lost.version());
        }
    }

    @Test
    void theClockOfRedisDecidesWhoIsAlive() throws Exception {
        long anHour = 3_600_000_000L;
        long theirs = System.currentTimeMillis() * 1000 - anHour;
        client.zadd(KEYS.replicas(), (double) (theirs + 500_000), "one");
        client.hset(KEYS.reports(), "one", Reports.write("1", 1, List.of(), theirs - 500_000));
        client.hset(KEYS.reports(), "two", Reports.write("1", 1, List.of(), theirs - 5_000_000));
        try (Redis through = new Redis(ClusterSettings.at(redis.url()))) {
            List<Fleet.Replica> all = new Reports(through, KEYS).read(theirs);

            assertEquals(
                    List.of(true, false),
                    all.stream().map(Fleet.Replica::isAlive).toList());
            for (Fleet.Replica each : all) {
                Duration ago = Duration.between(each.lastSeen(), Instant.now());
                assertTrue(!ago.isNegative() && ago.compareTo(Duration.ofMinutes(30)) < 0, each::toString);
            }
        }
    }
}
