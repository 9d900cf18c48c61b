package io.chaosproxy.programs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.kit.FreePort;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.embedded.RedisServer;

/** Redis with Jedis and its pool behind a tcp proxy. */
final class RedisTest {
    private static final int TIMEOUT = 3000;

    private static RedisServer server;
    private static int port;
    private ProxyServer proxy;
    private RedisClient redis;

    @BeforeAll
    static void startServer() throws IOException {
        port = FreePort.any();
        server = RedisServer.newRedisServer().port(port).setting("save \"\"").build();
        server.start();
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.stop();
    }

    @BeforeEach
    void connect() throws IOException {
        proxy = TestProxy.tcp(port);
        redis = RedisClient.builder()
                .hostAndPort(new HostAndPort("127.0.0.1", proxy.address().getPort()))
                .clientConfig(DefaultJedisClientConfig.builder()
                        .socketTimeoutMillis(TIMEOUT)
                        .build())
                .build();
        redis.flushAll();
    }

    @AfterEach
    void close() {
        redis.close();
        proxy.close();
    }

    @Test
    void answersCommandsPipelinesAndTransactions() {
        assertEquals("OK", redis.set("name", "value"));
        assertEquals("value", redis.get("name"));
        List<Response<Long>> counts = new ArrayList<>();
        try (var pipeline = redis.pipelined()) {
            for (int i = 0; i < 10_000; i++) {
                counts.add(pipeline.incr("count"));
            }
        }
        for (int i = 0; i < 10_000; i++) {
            assertEquals(i + 1, counts.get(i).get());
        }
        try (var transaction = redis.multi()) {
            transaction.decrBy("count", 9_000);
            transaction.get("count");
            assertEquals(List.of(1_000L, "1000"), transaction.exec());
        }
    }

    @Test
    void carriesLargeValues() {
        byte[] key = {1, 2, 3};
        byte[] value = new byte[16 << 20];
        new Random(5).nextBytes(value);
        redis.set(key, value);
        assertArrayEquals(value, redis.get(key));
    }

    @Test
    void deliversPublishedMessages() throws Exception {
        LinkedBlockingQueue<String> arrived = new LinkedBlockingQueue<>();
        CountDownLatch subscribed = new CountDownLatch(1);
        JedisPubSub subscriber = new JedisPubSub() {
            @Override
            public void onSubscribe(String channel, int count) {
                subscribed.countDown();
            }

            @Override
            public void onMessage(String channel, String message) {
                arrived.add(message);
            }
        };
        Thread thread = Thread.ofVirtual().start(() -> redis.subscribe(subscriber, "news"));
        assertTrue(subscribed.await(60, TimeUnit.SECONDS));
        for (int i = 0; i < 1000; i++) {
            redis.publish("news", "message " + i);
        }
        for (int i = 0; i < 1000; i++) {
            assertEquals("message " + i, arrived.poll(60, TimeUnit.SECONDS));
        }
        subscriber.unsubscribe();
        assertTrue(thread.join(Duration.ofSeconds(60)));
    }

    @Test
    void addsTheLatencyToEachRoundTrip() {
        assertTrue(fastest() < 500, "quick without a fault");
        inject(Latency.of(Duration.ofMillis(500)).onStream());
        double millis = fastest();
        assertTrue(millis >= 500 && millis < 1000, "one latency a command, not " + millis + " ms");
        proxy.plan(Plan.CLEAN);
        assertTrue(fastest() < 500, "quick again");
    }

    @Test
    void timesOutWhereNothingComesBack() {
        inject(Timeout.never());
        JedisConnectionException e = assertThrows(JedisConnectionException.class, () -> redis.get("name"));
        assertInstanceOf(SocketTimeoutException.class, e.getCause());
        proxy.plan(Plan.CLEAN);
        assertEquals("PONG", redis.ping());
    }

    @Test
    void breaksWhenResetAndThePoolRecovers() {
        redis.set("name", "value");
        inject(Reset.at(Reset.At.FIRST_BYTE));
        JedisConnectionException e = assertThrows(JedisConnectionException.class, () -> redis.get("name"));
        assertTrue(String.valueOf(e.getCause()).contains("reset"), "by RST: " + e.getCause());
        assertThrows(JedisConnectionException.class, () -> redis.get("name"), "new connections are reset, too");
        proxy.plan(Plan.CLEAN);
        assertEquals("value", redis.get("name"));
    }

    @Test
    void goesOnWithTheSameDataAfterAnOutage() {
        redis.set("count", "0");
        inject(Outage.of(Duration.ofMillis(400)));
        long start = System.nanoTime();
        for (int i = 1; i <= 100; i++) {
            assertEquals(i, redis.incr("count"));
        }
        assertTrue(System.nanoTime() - start >= 400_000_000, "it was held up");
        proxy.plan(Plan.CLEAN);
        assertEquals("100", redis.get("count"));
        assertEquals(1, proxy.traffic().connections(), "on one connection all along");
    }

    private void inject(Fault fault) {
        proxy.plan(Plan.of(TestProxy.rule(fault)));
    }

    /** Milliseconds of the fastest of some commands: a busy machine makes some slower, never one faster. */
    private double fastest() {
        double fastest = Double.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            long start = System.nanoTime();
            redis.ping();
            fastest = Math.min(fastest, (System.nanoTime() - start) / 1e6);
        }
        return fastest;
    }
}
