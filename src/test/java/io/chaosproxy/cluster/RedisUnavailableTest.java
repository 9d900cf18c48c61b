package io.chaosproxy.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.ChaosServer;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What replicas do without the Redis of their cluster, or with one that is slow: traffic goes on, and they recover by themselves. */
@Execution(ExecutionMode.CONCURRENT)
final class RedisUnavailableTest {
    private static final String SETTINGS = "control.listen = \"127.0.0.1:0\", speed = 1MB";
    private static final String SLOW = "/api/v1/proxies/shop/rules/slow?scope=cluster";
    private static final double RATE = 1_000_000;

    private final Calls calls = new Calls();
    private TestRedis redis;
    private Downloads downloads;
    private Replicas replicas;
    private ChaosServer one;

    @BeforeEach
    void start() throws Exception {
        redis = TestRedis.started();
        downloads = new Downloads();
        replicas = new Replicas(redis.url(), downloads.port());
        one = replicas.start("one", SETTINGS);
    }

    @AfterEach
    void stop() throws Exception {
        calls.close();
        downloads.close();
        replicas.close();
        redis.close();
    }

    private void put(ChaosServer replica, int millis, String version) throws Exception {
        HttpResponse<String> answer =
                calls.send(replica, "PUT", SLOW, "{\"type\": \"latency\", \"delay\": \"%dms\"}".formatted(millis));
        assertTrue(answer.statusCode() <= 201, answer.body());
        assertEquals(version, answer.headers().firstValue("Chaos-Plan-Version").orElseThrow());
    }

    private static boolean isSlow(ChaosServer replica, int millis) {
        return replica.proxy("shop")
                .plan()
                .rule("slow")
                .map(Rule::fault)
                .filter(Latency.of(Duration.ofMillis(millis))::equals)
                .isPresent();
    }

    private String health(ChaosServer replica) {
        try {
            HttpResponse<String> answer = calls.get(replica, "/health/ready");
            return answer.statusCode() + " " + Calls.json(answer).getString("status");
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What a replica may use of the rate. */
    private double share(ChaosServer replica) throws IOException, InterruptedException {
        return Calls.json(calls.get(replica, "/api/v1/fleet"))
                .getConfigList("replicas")
                .getFirst()
                .getConfigList("shares")
                .stream()
                .filter(share -> share.getString("direction").equals("down"))
                .findFirst()
                .orElseThrow()
                .getDouble("rate");
    }

    private void awaitHealth(String state, ChaosServer replica) throws InterruptedException {
        TestProxy.await(state, () -> health(replica).equals(state));
    }

    @Test
    void trafficGoesOnWithTheLastShareAndAnEmptyRedisGetsThePlanBack() throws Exception {
        ChaosServer two = replicas.start("two", SETTINGS);
        List<Downloads.Client> ofOne = downloads.through(Replicas.shop(one), 2);
        List<Downloads.Client> ofTwo = downloads.through(Replicas.shop(two), 2);
        put(one, 100, "1");
        TestProxy.await("the rule on both", () -> isSlow(two, 100));
        Throughput.of(downloads::total, 2); // until the shares are as the load is

        redis.stop();
        awaitHealth("200 degraded", one);
        awaitHealth("200 degraded", two);
        assertTrue(calls.get(one, "/metrics").body().contains("chaos_cluster_connected{cluster=\"chaos-proxy\"} 0"));
        long before = downloads.total();
        Throughput.of(downloads::total, 2);
        assertTrue(downloads.total() > before, "traffic goes on");
        double shares = share(one) + share(two);
        assertTrue(shares <= 1.02 * RATE, "the shares of before, together " + shares);
        Throughput.of(downloads::total, 4).assertRate(shares, 0.1 * RATE);
        assertEquals(shares, share(one) + share(two), 0.01 * RATE, "they stay");
        assertTrue(isSlow(one, 100) && isSlow(two, 100), "and the plan");

        redis.start();
        awaitHealth("200 up", one);
        awaitHealth("200 up", two);
        ChaosServer three = replicas.start("three", SETTINGS);
        TestProxy.await("the plan is back", () -> isSlow(three, 100));
        assertTrue(Downloads.total(ofOne) > 0 && Downloads.total(ofTwo) > 0);
    }

    @Test
    void aChangeThatIsMadeMeanwhileIsThatOfAllLater() throws Exception {
        ChaosServer two = replicas.start("two", SETTINGS);
        put(one, 100, "1");
        TestProxy.await("the rule on both", () -> isSlow(two, 100));
        redis.stop();
        awaitHealth("200 degraded", one);

        put(one, 200, "2; pending");
        assertTrue(isSlow(one, 200), "in force here");
        assertTrue(isSlow(two, 100), "and not there");

        redis.start();
        TestProxy.await("that of all", () -> isSlow(two, 200));
        awaitHealth("200 up", one); // it says so behind the exchange of which the other one has heard
    }

    @Test
    void ofTwoChangesThatAreMadeMeanwhileOneWins() throws Exception {
        ChaosServer two = replicas.start("two", SETTINGS);
        redis.stop();
        awaitHealth("200 degraded", one);
        awaitHealth("200 degraded", two);
        put(one, 1000, "1; pending");
        put(two, 2000, "1; pending");

        redis.start();
        awaitHealth("200 up", one);
        awaitHealth("200 up", two);
        TestProxy.await(
                "agreement",
                () -> one.proxy("shop").plan().equals(two.proxy("shop").plan()));
        assertTrue(isSlow(one, 1000) || isSlow(one, 2000));
    }

    @Test
    void aSlowRedisHoldsUpNothing() throws Exception {
        try (ChaosProxy between = ChaosProxy.tcp("127.0.0.1", redis.port())) {
            between.inject(Latency.of(Duration.ofMillis(200)).onStream());
            try (Replicas slow =
                    new Replicas("redis://127.0.0.1:" + between.address().port(), downloads.port())) {
                ChaosServer two = slow.start("two", SETTINGS);
                List<Downloads.Client> clients = downloads.through(Replicas.shop(one), 2);
                clients.addAll(downloads.through(Replicas.shop(two), 2));
                Throughput.of(downloads::total, 3);
                Throughput throughput = Throughput.of(downloads::total, 5);
                throughput.assertRate(RATE, 0.02 * RATE);
                throughput.assertEachSecond(1.05 * RATE);
                assertEquals("200 up", health(two));
            }
        }
    }

    @Test
    void aReplicaThatIsCutOffKeepsWhatItHas() throws Exception {
        try (ChaosProxy between = ChaosProxy.tcp("127.0.0.1", redis.port());
                Replicas apart =
                        new Replicas("redis://127.0.0.1:" + between.address().port(), downloads.port())) {
            ChaosServer two = apart.start("two", SETTINGS);
            List<Downloads.Client> ofOne = downloads.through(Replicas.shop(one), 2);
            List<Downloads.Client> ofTwo = downloads.through(Replicas.shop(two), 2);
            Throughput.of(downloads::total, 2);

            between.inject(Timeout.never());
            awaitHealth("200 degraded", two);
            assertEquals("200 up", health(one));
            Throughput.of(downloads::total, 2);
            double last = share(two); // about half, unless the other one had stood still before
            assertTrue(last <= 1.02 * RATE, "share of " + last);
            Throughput.of(() -> Downloads.total(ofTwo), 3).assertRate(last, 0.1 * RATE);
            put(one, 100, "1");
            assertTrue(!isSlow(two, 100));

            between.plan(Plan.CLEAN);
            awaitHealth("200 up", two);
            TestProxy.await("the plan of the others", () -> isSlow(two, 100));
            Throughput.of(downloads::total, 1);
            Throughput.of(downloads::total, 5).assertRate(RATE, 0.05 * RATE);
            assertTrue(Downloads.total(ofOne) > 0);
        }
    }

    @Test
    void aReplicaStartsWithoutRedis() throws Exception {
        redis.stop();
        ChaosServer two = replicas.start("two", SETTINGS);
        assertEquals("200 degraded", health(two));
        List<Downloads.Client> clients = downloads.through(Replicas.shop(two), 1);
        TestProxy.await("traffic", () -> Downloads.total(clients) > 0);
        redis.start();
        awaitHealth("200 up", two);
    }

    /** The rules and rates that a replica runs with, by what it had of Redis before. */
    @Test
    void theLogSaysWhatStaysInForce() throws Exception {
        try (LogLines log = LogLines.of("cluster")) {
            put(one, 100, "1");
            String problem = "no answer from Redis at " + redis.url() + ": ";
            redis.stop();
            log.await(problem, "until it answers, version 1 of the plan and the last shares of rates stay in force");
            replicas.start("two", SETTINGS);
            log.await(
                    problem,
                    "until it answers, the rules of the configuration and the whole of each shared rate are in force");
            redis.start();
            awaitHealth("200 up", one);
        }
        try (TestRedis other = TestRedis.started();
                Replicas of = new Replicas(other.url(), 1);
                LogLines log = LogLines.of("cluster")) {
            of.start("one", SETTINGS);
            other.stop();
            log.await(
                    "no answer from Redis at " + other.url(),
                    "until it answers, the rules of the configuration and the last shares of rates stay in force");
        }
    }
}
