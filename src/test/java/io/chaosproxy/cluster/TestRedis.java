package io.chaosproxy.cluster;

import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.net.ServerSocket;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;
import redis.embedded.RedisServer;
import redis.embedded.core.RedisServerBuilder;

/** A real redis-server that keeps nothing on disk. */
public final class TestRedis implements AutoCloseable {
    private final int port;
    private final String[] settings;
    private RedisServer server;

    private TestRedis(int port, String... settings) throws IOException {
        this.port = port;
        this.settings = settings;
        start();
    }

    public static TestRedis started(String... settings) throws IOException {
        return new TestRedis(freePort(), settings);
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }

    int port() {
        return port;
    }

    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    RedisClient client() {
        return RedisClient.create("127.0.0.1", port);
    }

    /** Starts it without data, on the port that it had. */
    void start() throws IOException {
        RedisServerBuilder builder = RedisServer.newRedisServer().port(port).setting("save \"\"");
        for (String setting : settings) {
            builder.setting(setting);
        }
        server = builder.build();
        server.start();
    }

    /** Ends it; its data is gone. */
    void stop() throws IOException, InterruptedException {
        server.stop();
        TestProxy.await("the end of Redis", () -> {
            try (RedisClient client = client()) {
                client.ping();
                return false;
            } catch (JedisException e) {
                return true;
            }
        });
    }

    @Override
    public void close() throws IOException {
        server.stop();
    }
}
