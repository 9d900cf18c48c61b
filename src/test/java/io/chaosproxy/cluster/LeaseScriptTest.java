package io.chaosproxy.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.cluster.VirtualReplicas.Replica;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.RedisClient;

/** The script that divides a rate, in virtual time: what replicas get whose exchanges with Redis take some time. */
final class LeaseScriptTest {
    private static final double RATE = VirtualReplicas.RATE;

    private TestRedis redis;
    private RedisClient client;
    private VirtualReplicas cluster;

    @BeforeEach
    void start() throws Exception {
        redis = TestRedis.started();
        client = redis.client();
        cluster = new VirtualReplicas(client);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        redis.close();
    }

    @ParameterizedTest(name = "round trips of {0} and {1} ms")
    @CsvSource({"0.2, 0.2", "0.2, 5", "0.2, 60", "0.2, 400", "5, 150", "60, 60", "400, 400", "400, 900", "900, 900"})
    void anyRoundTripGivesTheWholeRateAndFairShares(double fast, double slow) {
        Replica one = cluster.start(2, fast);
        cluster.run(1);
        Replica two = cluster.start(2, slow);
        cluster.run(8);
        double before = one.total() - two.total();
        cluster.run(10);

        assertEquals(RATE, cluster.rate(10), 0.02 * RATE);
        double worst = cluster.worstSecond(fast < 900 ? 18 : 10); // of all but the first second
        assertTrue(worst <= 1.05 * RATE, worst + " in a second");
        double difference = (one.total() - two.total() - before) / 10;
        assertEquals(0, difference, 0.1 * RATE);
    }

    @ParameterizedTest(name = "{0} replicas with {1} and {2} connections")
    @CsvSource({"2, 4, 4", "3, 1, 8", "8, 2, 6"})
    void allConnectionsOfAllReplicasShareItEvenly(int count, int odd, int even) {
        List<Replica> replicas = IntStream.range(0, count)
                .mapToObj(i -> cluster.start(i % 2 == 0 ? even : odd, 0.5))
                .toList();
        cluster.run(2);
        double[] before = replicas.stream().mapToDouble(Replica::total).toArray();
        cluster.run(10);

        assertEquals(RATE, cluster.rate(10), 0.02 * RATE);
        assertTrue(cluster.worstSecond(11) <= 1.05 * RATE, cluster.worstSecond(11) + " in a second");
        int connections = replicas.stream().mapToInt(Replica::connections).sum();
        double squares = 0;
        for (int i = 0; i < count; i++) {
            Replica replica = replicas.get(i);
            double each = (replica.total() - before[i]) / replica.connections();
            squares += each * each * replica.connections();
        }
        double sum = 10 * cluster.rate(10);
        double jain = sum * sum / (connections * squares);
        assertTrue(jain >= 0.95, "Jain index " + jain);
    }

    @Test
    void aSlowReplicaGetsItsShareWithinTwoSeconds() {
        Replica one = cluster.start(2, 0.2);
        cluster.run(2);
        Replica two = cluster.start(2, 400);
        cluster.run(2);
        double first = one.total();
        double second = two.total();
        cluster.run(2);

        assertEquals(0.5 * RATE, (one.total() - first) / 2, 0.05 * RATE);
        assertEquals(0.5 * RATE, (two.total() - second) / 2, 0.05 * RATE);
    }
}
