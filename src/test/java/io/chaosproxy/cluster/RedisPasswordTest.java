package io.chaosproxy.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.ChaosServer;
import io.chaosproxy.config.ChaosConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Redis that wants a password ({@code requirepass}). */
final class RedisPasswordTest {
    private static final String PASSWORD = "s3cret";
    private static final String CONTROL = "control.listen = \"127.0.0.1:0\"";

    private final Calls calls = new Calls();
    private TestRedis redis;

    @BeforeEach
    void start() throws IOException {
        redis = TestRedis.started("requirepass " + PASSWORD);
    }

    @AfterEach
    void stop() throws IOException {
        calls.close();
        redis.close();
    }

    private void assertConnects(String url, String more) throws Exception {
        try (Replicas replicas = new Replicas(url, 1)) {
            ChaosServer replica = replicas.start("one", more, CONTROL);
            String fleet = calls.get(replica, "/api/v1/fleet").body();
            assertTrue(fleet.contains("\"connected\""), fleet);
            assertFalse(fleet.contains(PASSWORD), fleet);
            String config = calls.get(replica, "/api/v1/config").body();
            assertFalse(config.contains(PASSWORD), config);
            assertEquals(
                    redis.url(),
                    ChaosConfig.parse(config).cluster().orElseThrow().redis().toString());
            assertEquals(url.contains(PASSWORD), config.contains("# cluster.redis has a password, which is not shown"));
        }
    }

    private String refusal(String url, String more) throws IOException {
        try (Replicas replicas = new Replicas(url, 1)) {
            String message = String.valueOf(assertThrows(IOException.class, () -> replicas.start("one", more, ""))
                    .getMessage());
            assertFalse(message.contains(PASSWORD), message);
            return message;
        }
    }

    private String with(String user) {
        return redis.url().replace("//", "//" + user + "@");
    }

    @Test
    void theRightOneIsTakenFromTheUrlOrAFile(@TempDir Path folder) throws Exception {
        assertConnects(with(":" + PASSWORD), "");
        assertConnects(with("default:" + PASSWORD), "");
        Path file = Files.writeString(folder.resolve("password"), PASSWORD + "\n");
        assertConnects(redis.url(), "password-file = \"" + file + "\"");
    }

    @Test
    void aWrongOneAndNoneAreRefusedAtTheStart(@TempDir Path folder) throws Exception {
        String where = "cluster.redis: Redis at " + redis.url() + " refuses: ";
        String wrong = refusal(with(":other" + PASSWORD), "");
        assertTrue(wrong.startsWith(where), wrong);
        String none = refusal(redis.url(), "");
        assertTrue(none.startsWith(where), none);
        Path missing = folder.resolve("missing");
        assertTrue(refusal(redis.url(), "password-file = \"" + missing + "\"").contains("cluster.password-file: "));
    }
}
