package io.chaosproxy.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.ChaosServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One rate for several replicas, by way of a real Redis, measured where the bytes arrive. */
final class SharedRateTest {
    private static final double RATE = 1_000_000;

    private TestRedis redis;
    private Downloads downloads;
    private Replicas replicas;

    @BeforeEach
    void start() throws Exception {
        redis = TestRedis.started();
        downloads = new Downloads();
        replicas = new Replicas(redis.url(), downloads.port());
    }

    @AfterEach
    void stop() throws Exception {
        downloads.close();
        replicas.close();
        redis.close();
    }

    @ParameterizedTest(name = "{0} replicas with {1} and {2} connections")
    @CsvSource({"2, 4, 4", "3, 1, 8", "8, 2, 6"})
    void allConnectionsOfAllReplicasShareItEvenly(int count, int odd, int even) throws Exception {
        List<Downloads.Client> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ChaosServer replica = replicas.start("r" + i, "speed = 1MB");
            clients.addAll(downloads.through(Replicas.shop(replica), i % 2 == 0 ? even : odd));
        }
        Throughput.of(downloads::total, 2); // until the shares are as the load is
        long[] before = clients.stream().mapToLong(Downloads.Client::bytes).toArray();

        Throughput throughput = Throughput.of(downloads::total, 10);

        double jain = jain(clients, before);
        System.out.printf(
                "%d replicas: %.0f B/s, worst second %.0f B/s, Jain %.4f%n",
                count, throughput.rate(), throughput.worstSecond(), jain);
        assertEquals(RATE, throughput.rate(), 0.02 * RATE);
        assertTrue(throughput.worstSecond() <= 1.05 * RATE, throughput.worstSecond() + " in a second");
        assertTrue(jain >= 0.95, "Jain index " + jain);
    }

    private static double jain(List<Downloads.Client> clients, long[] before) {
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < before.length; i++) {
            double bytes = clients.get(i).bytes() - before[i];
            sum += bytes;
            squares += bytes * bytes;
        }
        return sum * sum / (before.length * squares);
    }
}
