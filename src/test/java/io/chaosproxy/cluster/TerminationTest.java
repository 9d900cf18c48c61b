package io.chaosproxy.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** What a pod does between SIGTERM and its end: a process, a real Redis, a request under way. */
final class TerminationTest {
    private static final Duration DELAY = Duration.ofSeconds(5);
    private static final String NAME = "leaves";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final Keys KEYS = new Keys("chaos-proxy");

    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    private void answer(Peer client) throws Exception {
        for (String head = client.readHead(); !head.isEmpty(); head = client.readHead()) {
            if (head.startsWith("GET /slow")) {
                arrived.countDown();
                assertTrue(released.await(5, TimeUnit.MINUTES));
            }
            client.send(OK);
        }
    }

    @Test
    void readinessGoesFirstThenConnectionsDrainThenTheLeasesAreGivenBack() throws Exception {
        try (TestRedis redis = TestRedis.started();
                RedisClient stored = redis.client();
                Origin origin = Origin.each(this::answer);
                ReplicaProcess replica =
                        ReplicaProcess.start(redis.url(), NAME, origin.port(), """
                            control.shutdown-delay = %ds
                            proxies.shop { protocol = http, drain = 1h }
                            speed = 1MB\
                            """.formatted(DELAY.toSeconds()))) {
            InetSocketAddress control = socket(replica.control());
            InetSocketAddress shop = socket(replica.shop());
            assertEquals(200, status(control, "/health/ready"));
            try (Peer stays = Peer.connect(shop)) {
                stays.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
                assertTrue(arrived.await(1, TimeUnit.MINUTES));
                TestProxy.await("the lease", () -> hasLease(stored));

                long begin = System.nanoTime();
                replica.terminate();
                TestProxy.await("not ready", () -> isDown(control));
                assertEquals(200, status(control, "/health/live"));
                boolean accepted = isServed(shop);
                assertTrue(
                        accepted || System.nanoTime() - begin >= DELAY.toNanos(),
                        "accepts connections until load balancers have seen it");
                TestProxy.await("refused", () -> !isServed(shop));
                assertTrue(System.nanoTime() - begin >= DELAY.toNanos());

                assertEquals(503, status(control, "/health/ready"));
                assertNotNull(stored.zscore(KEYS.replicas(), NAME));
                released.countDown();
                assertTrue(stays.readText().endsWith("ok")); // and the connection ends behind it
            }
            assertEquals(0, replica.exitCode());
            assertNull(stored.zscore(KEYS.replicas(), NAME)); // there is no other replica that could have removed it
            assertNull(stored.hget(KEYS.instances(), NAME));
            assertFalse(hasLease(stored));
        }
    }

    private static InetSocketAddress socket(Address address) {
        return new InetSocketAddress(address.host(), address.port());
    }

    /** A share that hasn't been given back: its end is a moment, not 0. */
    private static boolean hasLease(RedisClient stored) {
        Double ends = stored.zscore(KEYS.sharers("all-speed", Direction.DOWN), NAME);
        return ends != null && ends > 0;
    }

    private static boolean isDown(InetSocketAddress control) {
        try {
            return status(control, "/health/ready") == 503;
        } catch (IOException e) {
            throw new AssertionError("the control plane stays until the end", e);
        }
    }

    private static int status(InetSocketAddress control, String path) throws IOException {
        try (Peer client = Peer.connect(control)) {
            String head = client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .readHead();
            return Integer.parseInt(head.substring(9, 12));
        }
    }

    private static boolean isServed(InetSocketAddress shop) {
        try (Peer client = Peer.connect(shop)) {
            return client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    .readText()
                    .endsWith("ok");
        } catch (IOException e) {
            return false;
        }
    }
}
