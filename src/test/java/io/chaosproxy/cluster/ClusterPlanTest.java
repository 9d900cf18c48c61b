package io.chaosproxy.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.chaosproxy.ChaosServer;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.inject.SeededRandom;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** One plan for several replicas, by way of a real Redis. */
final class ClusterPlanTest {
    private static final String CONTROL = "control.listen = \"127.0.0.1:0\"";
    private static final String SLOW = "/api/v1/proxies/shop/rules/slow?scope=cluster";
    private static final String TOXICS = "/proxies/shop/toxics";
    private static final String DELAY = "{\"type\": \"latency\", \"delay\": \"%dms\"}";

    private final Calls calls = new Calls();
    private TestRedis redis;
    private Replicas replicas;
    private ChaosServer one;
    private ChaosServer two;

    @BeforeEach
    void start() throws Exception {
        redis = TestRedis.started();
        replicas = new Replicas(redis.url(), 1);
        one = replicas.start("one", CONTROL);
        two = replicas.start("two", CONTROL);
    }

    @AfterEach
    void stop() throws Exception {
        calls.close();
        replicas.close();
        redis.close();
    }

    private static Plan plan(ChaosServer replica) {
        return replica.proxy("shop").plan();
    }

    private static void awaitRule(ChaosServer replica, int millis) throws InterruptedException {
        TestProxy.await("slow = " + millis + " ms", () -> isSlow(replica, millis));
    }

    private static boolean isSlow(ChaosServer replica, int millis) {
        return plan(replica)
                .rule("slow")
                .map(Rule::fault)
                .filter(Latency.of(Duration.ofMillis(millis))::equals)
                .isPresent();
    }

    private HttpResponse<String> put(ChaosServer replica, int millis) throws Exception {
        return calls.send(replica, "PUT", SLOW, DELAY.formatted(millis));
    }

    @Test
    void aChangeOfOneIsOneOfAllAndOfThoseThatComeLater() throws Exception {
        HttpResponse<String> answer = put(one, 100);

        assertEquals(201, answer.statusCode(), answer.body());
        assertEquals("1", answer.headers().firstValue("Chaos-Plan-Version").orElseThrow());
        assertTrue(isSlow(one, 100));
        awaitRule(two, 100);
        ChaosServer three = replicas.start("three", CONTROL);
        assertTrue(isSlow(three, 100), "from the start on");

        assertEquals(
                200, calls.send(two, "PATCH", SLOW, "{\"delay\": \"300ms\"}").statusCode());
        awaitRule(one, 300);

        assertEquals(204, calls.send(two, "DELETE", SLOW, "").statusCode());
        TestProxy.await(
                "the rule has gone",
                () -> plan(one).rules().isEmpty() && plan(three).rules().isEmpty());
        assertEquals(3, Calls.json(calls.get(one, "/api/v1/fleet")).getInt("plan.version"));
    }

    @Test
    void withoutScopeAChangeIsOfOneReplica() throws Exception {
        assertEquals(
                201,
                calls.send(one, "PUT", "/api/v1/proxies/shop/rules/slow", DELAY.formatted(100))
                        .statusCode());
        put(two, 200);
        awaitRule(one, 200); // a change for all replaces it
        assertEquals(1, Calls.json(calls.get(one, "/api/v1/fleet")).getInt("plan.version"));
    }

    @Test
    void clearIsOneVersion() throws Exception {
        put(one, 100);
        HttpResponse<String> answer = calls.send(one, "POST", "/api/v1/clear?scope=cluster", "");

        assertEquals(200, answer.statusCode(), answer.body());
        assertEquals("2", answer.headers().firstValue("Chaos-Plan-Version").orElseThrow());
        TestProxy.await("none left", () -> plan(two).rules().isEmpty());
        assertEquals(2, Calls.json(calls.get(one, "/api/v1/fleet")).getInt("plan.version"));
    }

    @Test
    void theLoserIsToldTheWinningVersionAndHasItInForce() throws Exception {
        put(one, 100);
        awaitRule(two, 100);
        try (RedisClient client = redis.client()) { // a writer that was faster than its news
            client.hset("{chaos-proxy}:plan", "version", "2");
            client.hset("{chaos-proxy}:plan", "writer", "three");
            client.hset("{chaos-proxy}:plan", "p:shop", "2 1 {\"rules\": []}");
            HttpResponse<String> answer = put(one, 300);
            if (answer.statusCode() == 200) { // the poll was faster than this test
                return;
            }
            assertEquals(409, answer.statusCode(), answer.body());
            assertTrue(answer.body().contains("version 2 by three is in force"), answer.body());
            assertEquals("2", answer.headers().firstValue("Chaos-Plan-Version").orElseThrow());
        }
        TestProxy.await("the winner's plan", () -> plan(one).rules().isEmpty());
        assertEquals(201, put(one, 300).statusCode());
        awaitRule(two, 300);
    }

    @Test
    void ofTwoWritersAtTheSameTimeOneWins() throws Exception {
        for (int round = 0; round < 20; round++) {
            int first = 1000 + 2 * round;
            List<Integer> statuses = Together.results(Together.start(
                    2, i -> put(i == 0 ? one : two, first + i).statusCode()));

            assertTrue(Set.of(200, 201, 409).containsAll(statuses), statuses.toString());
            TestProxy.await("agreement", () -> plan(one).equals(plan(two)));
            boolean isOneOfThem = isSlow(one, first) || isSlow(one, first + 1);
            assertEquals(statuses.contains(200) || statuses.contains(201), isOneOfThem, statuses.toString());
        }
    }

    @Test
    void ofFiftyChangesAtOnceEachIsAVersionOrIsRefused() throws Exception {
        List<Integer> statuses = Together.results(Together.start(50, i -> {
            String rule = "/api/v1/proxies/shop/rules/r" + i + "?scope=cluster";
            return calls.send(i % 2 == 0 ? one : two, "PUT", rule, DELAY.formatted(1 + i))
                    .statusCode();
        }));

        assertTrue(Set.of(201, 409).containsAll(statuses), statuses.toString());
        long made = statuses.stream().filter(status -> status == 201).count();
        TestProxy.await(
                "agreement",
                () -> plan(one).equals(plan(two)) && plan(one).rules().size() == made);
        assertEquals(made, Calls.json(calls.get(one, "/api/v1/fleet")).getLong("plan.version"));
    }

    @Test
    void ofFiveHundredChangesNinetyNinePercentAreInForceWithinASecond() throws Exception {
        long[] nanos = new long[500];
        for (int i = 0; i < nanos.length; i++) {
            ChaosServer other = i % 2 == 0 ? two : one;
            int millis = 1000 + i;
            long begin = System.nanoTime();
            assertTrue(put(i % 2 == 0 ? one : two, millis).statusCode() <= 201);
            while (!isSlow(other, millis)) {
                assertTrue(System.nanoTime() - begin < 60_000_000_000L, "change " + i);
                Thread.sleep(1);
            }
            nanos[i] = System.nanoTime() - begin;
        }
        Arrays.sort(nanos);
        assertTrue(nanos[495] < 1_000_000_000, nanos[495] / 1e6 + " ms");
    }

    @Test
    void badScopesAreRefused() throws Exception {
        assertEquals(
                400,
                calls.send(one, "PUT", "/api/v1/proxies/shop/rules/slow?scope=all", DELAY.formatted(1))
                        .statusCode());
        assertEquals(
                400,
                calls.send(one, "PUT", SLOW + "&lease=x", DELAY.formatted(1)).statusCode());
        assertEquals(
                400,
                calls.send(one, "PATCH", "/api/v1/proxies/shop?scope=cluster", "{\"listen\": \"127.0.0.1:0\"}")
                        .statusCode());
    }

    @Test
    void replicasDrawForThemselvesAndARunRepeats() {
        assertEquals(SeededRandom.ofReplica(1, "one"), SeededRandom.ofReplica(1, "one"));
        assertNotEquals(SeededRandom.ofReplica(1, "one"), SeededRandom.ofReplica(1, "two"));
        assertNotEquals(SeededRandom.ofReplica(1, "one"), SeededRandom.ofReplica(2, "one"));
    }

    @Test
    void theFleetHasBothWithWhatTheyShare() throws Exception {
        awaitReplicas(2);
        Config replica = Calls.json(calls.get(one, "/api/v1/fleet"))
                .getConfigList("replicas")
                .getLast();
        assertEquals("two", replica.getString("name"));
        assertTrue(replica.getBoolean("alive"));
        two.close();
        awaitReplicas(1);
        assertTrue(calls.get(one, "/metrics").body().contains("chaos_cluster_connected{cluster=\"chaos-proxy\"} 1"));
    }

    @Test
    void toxicsAreOfAllReplicasIfTheSettingsSaySo() throws Exception {
        ChaosServer three = replicas.start("three", "toxiproxy = true", CONTROL);
        String toxic = "{\"name\": \"late\", \"type\": \"latency\", \"attributes\": {\"latency\": 100}}";
        HttpResponse<String> answer = calls.send(three, "POST", "/proxies/shop/toxics", toxic);

        assertEquals(200, answer.statusCode(), answer.body());
        TestProxy.await("the toxic on another replica", () -> plan(one).rules().size() == 1);
        assertEquals(plan(three), plan(one));
        assertEquals(
                204,
                calls.send(three, "DELETE", "/proxies/shop/toxics/late", "").statusCode());
        TestProxy.await("its end", () -> plan(one).rules().isEmpty());

        calls.send(one, "POST", "/proxies/shop/toxics", toxic); // whose settings don't say so
        assertEquals(1, plan(one).rules().size());
        assertEquals(2, Calls.json(calls.get(one, "/api/v1/fleet")).getInt("plan.version"));
        calls.send(three, "POST", "/proxies/shop/toxics", toxic);
        TestProxy.await("the toxic", () -> plan(two).rules().size() == 1);
        assertEquals(204, calls.send(three, "POST", "/reset", "").statusCode());
        TestProxy.await("no toxics", () -> plan(two).rules().isEmpty());
    }

    @Test
    void anyReplicaListsChangesAndRemovesAToxic() throws Exception {
        ChaosServer three = replicas.start("three", "toxiproxy = true", CONTROL);
        ChaosServer four = replicas.start("four", "toxiproxy = true", CONTROL);
        for (String toxic : List.of(
                "'name': 'a', 'type': 'latency', 'stream': 'upstream', 'toxicity': 0.3, 'attributes': {'latency': 9,"
                        + " 'jitter': 4}",
                "'name': 'b', 'type': 'bandwidth', 'attributes': {'rate': 1000}",
                "'name': 'c', 'type': 'slow_close', 'attributes': {'delay': 5}",
                "'name': 'd', 'type': 'timeout', 'attributes': {'timeout': 60000}",
                "'name': 'e', 'type': 'reset_peer', 'attributes': {'timeout': 60000}",
                "'name': 'f', 'type': 'slicer', 'attributes': {'average_size': 90, 'size_variation': 30, 'delay': 7}",
                "'name': 'g', 'type': 'limit_data', 'attributes': {'bytes': 100000000}")) {
            String body = "{" + toxic.replace('\'', '"') + "}";
            assertEquals(200, calls.send(three, "POST", TOXICS, body).statusCode(), body);
        }
        String all = calls.get(three, TOXICS).body();
        TestProxy.await("the same toxics", () -> toxics(four).equals(all));

        HttpResponse<String> changed = calls.send(four, "POST", TOXICS + "/b", "{\"attributes\": {\"rate\": 2000}}");
        assertEquals(200, changed.statusCode(), changed.body());
        TestProxy.await("the change", () -> toxics(three).contains("\"rate\":2000"));
        assertEquals(204, calls.send(four, "DELETE", TOXICS + "/a", "").statusCode());
        TestProxy.await("the end of one", () -> !toxics(three).contains("\"a\""));
        assertEquals(
                200,
                calls.send(three, "POST", TOXICS, "{\"type\": \"latency\"}").statusCode());
        TestProxy.await("seven", () -> plan(four).rules().size() == 7);
        assertEquals(toxics(three), toxics(four));
    }

    @Test
    void aToxicWhoseRuleWasChangedByOtherMeansStays() throws Exception {
        ChaosServer three = replicas.start("three", "toxiproxy = true", CONTROL);
        String rule = "/api/v1/proxies/shop/rules/toxic:x?scope=cluster";
        String temporary = "{\"type\": \"latency\", \"delay\": \"5ms\", \"direction\": \"down\", \"ttl\": \"1h\"}";
        HttpResponse<String> put = calls.send(one, "PUT", rule, temporary);
        assertEquals(201, put.statusCode(), put.body());
        TestProxy.await("the rule", () -> plan(three).rules().size() == 1);
        assertEquals(
                200,
                calls.send(three, "POST", TOXICS, "{\"type\": \"timeout\"}").statusCode());
        TestProxy.await("both", () -> plan(one).rules().size() == 2);
        assertFalse(toxics(three).contains("\"x\""));
    }

    private String toxics(ChaosServer replica) {
        try {
            return calls.get(replica, TOXICS).body();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void awaitReplicas(int count) throws InterruptedException {
        TestProxy.await(count + " replicas", () -> replicasOf(one) == count);
    }

    private int replicasOf(ChaosServer replica) {
        try {
            return Calls.json(calls.get(replica, "/api/v1/fleet"))
                    .getConfigList("replicas")
                    .size();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
