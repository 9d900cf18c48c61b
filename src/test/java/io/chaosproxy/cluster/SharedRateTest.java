package io.chaosproxy.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.ChaosServer;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.server.RunningServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.RedisClient;

/** One rate for several replicas, by way of a real Redis, measured where the bytes arrive. */
@Execution(ExecutionMode.CONCURRENT)
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

        Evenness evenness = new Evenness(clients);
        Throughput throughput = Throughput.of(downloads::total, 10);

        throughput.assertRate(RATE, 0.02 * RATE);
        throughput.assertEachSecond(1.05 * RATE);
        assertTrue(evenness.jain() >= 0.95, "Jain index " + evenness.jain());
    }

    /** What each client receives from now on. */
    private record Evenness(List<Downloads.Client> clients, List<Long> before) {
        Evenness(List<Downloads.Client> clients) {
            this(clients, clients.stream().map(Downloads.Client::bytes).toList());
        }

        /** 1 if all received the same, 1/n if one of n received everything. */
        double jain() {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < before.size(); i++) {
                double bytes = clients.get(i).bytes() - before.get(i);
                sum += bytes;
                squares += bytes * bytes;
            }
            return sum * sum / (before.size() * squares);
        }
    }

    @Test
    void theShareOfAKilledProcessIsFreeWithinTwoSeconds() throws Exception {
        RunningServer stays = replicas.run("stays", "speed = 1MB");
        List<Downloads.Client> ofStaying = downloads.through(Replicas.shop(stays), 4);
        try (ReplicaProcess dies = ReplicaProcess.start(redis.url(), "dies", downloads.port(), "speed = 1MB")) {
            downloads.through(dies.shop(), 4);
            awaitRate(ofStaying, 0.45, 0.55);

            long begin = System.nanoTime();
            dies.kill();
            awaitShare(stays, 0.9, 1.1);
            double seconds = (System.nanoTime() - begin) / 1e9;
            assertTrue(seconds < 2, seconds + " s");
            awaitRate(ofStaying, 0.9, 1.1);
        }
    }

    @Test
    void aNewReplicaHasItsShareWithinTwoSeconds() throws Exception {
        RunningServer first = replicas.run("first", "speed = 1MB");
        List<Downloads.Client> ofFirst = downloads.through(Replicas.shop(first), 4);
        awaitRate(ofFirst, 0.9, 1.1);
        RunningServer second = replicas.run("second", "speed = 1MB");

        long begin = System.nanoTime();
        List<Downloads.Client> ofSecond = downloads.through(Replicas.shop(second), 4);
        awaitShare(first, 0.45, 0.55);
        awaitShare(second, 0.45, 0.55);
        double seconds = (System.nanoTime() - begin) / 1e9;
        assertTrue(seconds < 2, seconds + " s");
        awaitRate(ofSecond, 0.45, 0.55);

        long closed = System.nanoTime();
        second.close();
        awaitShare(first, 0.9, 1.1);
        assertTrue(System.nanoTime() - closed < 2e9, "a lease that is given back is free at once");
        awaitRate(ofFirst, 0.9, 1.1);
    }

    /** A shutdown closes the proxies first, and an exchange with Redis may come between. */
    @Test
    void aShareIsGivenBackThoughItsProxyHasClosedBefore() throws Exception {
        RunningServer leaves = replicas.run("leaves", "speed = 1MB");
        downloads.through(Replicas.shop(leaves), 1);
        Fleet fleet = leaves.registry().common().fleet().orElseThrow();
        TestProxy.await("a share", () -> !fleet.shares().isEmpty());
        leaves.registry().remove("shop");
        TestProxy.await("an exchange without it", () -> fleet.shares().isEmpty());
        leaves.close();
        try (RedisClient stored = redis.client()) {
            String sharers = new Keys("chaos-proxy").sharers("all-speed", Direction.DOWN);
            assertEquals(0.0, stored.zscore(sharers, "leaves"));
        }
    }

    @Test
    void whatAReplicaDoesNotUseIsOthers() throws Exception {
        ChaosServer busy = replicas.start("busy", "speed = 1MB");
        replicas.start("idle", "speed = 1MB");
        List<Downloads.Client> ofBusy = downloads.through(Replicas.shop(busy), 1);
        awaitRate(ofBusy, 0.97, 1.03);
    }

    @Test
    void aChangedRateIsThatOfAllReplicas() throws Exception {
        ChaosServer one = replicas.start("one", "speed = 1MB");
        ChaosServer two = replicas.start("two", "speed = 1MB");
        List<Downloads.Client> clients = new ArrayList<>(downloads.through(Replicas.shop(one), 2));
        clients.addAll(downloads.through(Replicas.shop(two), 2));
        awaitRate(clients, 0.9, 1.1);
        Rule slower = Rule.of("all-speed", Rate.of(500_000).sharedBy(FaultScope.CLUSTER));
        one.proxy("shop").plan(Plan.of(slower));
        two.proxy("shop").plan(Plan.of(slower));
        awaitRate(clients, 0.48, 0.52);
    }

    /** Waits until a replica may use this much of the rate, as parts of the whole; so the clients' reading has no part in the time. */
    private static void awaitShare(RunningServer replica, double least, double most) throws InterruptedException {
        Fleet fleet = replica.registry().common().fleet().orElseThrow();
        TestProxy.await(
                least + " to " + most + " of the rate",
                () -> fleet.shares().stream()
                        .filter(share -> share.direction() == Direction.DOWN)
                        .anyMatch(share -> share.rate() >= least * RATE && share.rate() <= most * RATE));
    }

    /** Waits until the rate of half a second is in these bounds, as parts of the whole. */
    private static void awaitRate(List<Downloads.Client> some, double least, double most) throws InterruptedException {
        long end = System.nanoTime() + 60_000_000_000L;
        double part;
        do {
            part = Throughput.ofMillis(() -> Downloads.total(some), 500).rate() / RATE;
            assertTrue(System.nanoTime() < end, part + " of the rate");
        } while (part < least || part > most);
    }
}
