package io.chaosproxy.bench.cluster;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import redis.clients.jedis.RedisClient;
import redis.embedded.RedisServer;

/** Prints the table of {@code src/docs/cluster.md} and draws its charts: 10, 100 and 1,000 replicas, 0.2 to 5 ms from Redis. */
final class SimulateCluster {
    private static final int SECONDS = 10;
    private static final double RATE_PER_REPLICA = 1e6;

    private SimulateCluster() {}

    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args.length > 0 ? args[0] : "target/bench"));
        ClusterCharts charts = new ClusterCharts();
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        RedisServer server =
                RedisServer.newRedisServer().port(port).setting("save \"\"").build();
        server.start();
        try (RedisClient redis = RedisClient.create("127.0.0.1", port)) {
            System.out.println(
                    "| replicas | round trip | load | error | worst second | Jain | converged | scripts/s |");
            System.out.println("|---|---|---|---|---|---|---|---|");
            for (int replicas : List.of(10, 100, 1000)) {
                for (long latency : List.of(200L, 5000L)) {
                    run(redis, replicas, latency, charts);
                }
            }
            charts.draw(folder);
        } finally {
            server.stop();
        }
    }

    private static void run(RedisClient redis, int count, long latency, ClusterCharts charts) {
        Simulation cluster = new Simulation(redis, count * RATE_PER_REPLICA);
        List<Simulation.Replica> replicas =
                IntStream.range(0, count).mapToObj(i -> cluster.add(latency)).toList();
        phase(
                "even: 8 each",
                count,
                latency,
                cluster,
                charts,
                i -> replicas.get(i).load(8, 0));
        phase(
                "uneven: 1 or 16",
                count,
                latency,
                cluster,
                charts,
                i -> replicas.get(i).load(i % 2 == 0 ? 1 : 16, 0));
        phase(
                "a third idle, a third at 0.3 MB/s",
                count,
                latency,
                cluster,
                charts,
                i -> replicas.get(i).load(i % 3 == 0 ? 8 : 0, i % 3 == 1 ? 300_000 : 0));
        phase(
                "all busy at once",
                count,
                latency,
                cluster,
                charts,
                i -> replicas.get(i).load(8, 0));
        phase("a fifth killed", count, latency, cluster, charts, i -> {
            if (i % 5 == 0) {
                replicas.get(i).die();
            }
        });
        phase("they are back", count, latency, cluster, charts, i -> {
            if (i % 5 == 0) {
                replicas.get(i).live();
            }
        });
        charts.rates(count, latency, cluster.percent());
    }

    private static void phase(
            String load, int count, long latency, Simulation cluster, ClusterCharts charts, IntConsumer change) {
        IntStream.range(0, count).forEach(change);
        Simulation.Outcome outcome = cluster.run(SECONDS);
        charts.converged(count, latency, load, outcome.converged());
        System.out.printf(
                Locale.ROOT,
                "| %,d | %.1f ms | %s | %+.2f %% | %+.2f %% | %.4f | %.2f s | %,.0f |%n",
                count,
                latency / 1000.0,
                load,
                outcome.error() * 100,
                outcome.excess() * 100,
                outcome.jain(),
                outcome.converged(),
                outcome.operations());
    }
}
