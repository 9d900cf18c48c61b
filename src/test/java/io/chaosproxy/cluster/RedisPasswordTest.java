package io.chaosproxy.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.ChaosServer;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;

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

    private String fleet(ChaosServer replica) {
        try {
            return calls.get(replica, "/api/v1/fleet").body();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
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

    private static void assertRefused(String expected, String redis, String message) {
        assertTrue(message.startsWith(expected + ": " + redis), message);
    }

    @Test
    void aWrongOneAndNoneAreRefusedAtTheStartWithTheSettingToChange(@TempDir Path folder) throws Exception {
        String at = "Redis at " + redis.url();
        assertRefused(
                "cluster.redis: " + at + " wants a password; set password-env or password-file in the section cluster",
                "NOAUTH",
                refusal(redis.url(), ""));
        String otherwise = "; correct it, or set password-env or password-file in the section cluster in its place";
        assertRefused(
                "cluster.redis: " + at + " refuses the password in the URL" + otherwise,
                "WRONGPASS",
                refusal(with(":other" + PASSWORD), ""));
        assertRefused(
                "cluster.redis: " + at + " refuses the user or the password in the URL" + otherwise,
                "WRONGPASS",
                refusal(with("other:" + PASSWORD), ""));
        Path file = Files.writeString(folder.resolve("password"), "other" + PASSWORD + "\n");
        assertRefused(
                "cluster.password-file: " + at + " refuses the password in " + file,
                "WRONGPASS",
                refusal(redis.url(), "password-file = \"" + file + "\""));
        assertRefused(
                "cluster.password-env: " + at + " refuses the password in the variable PATH",
                "WRONGPASS",
                refusal(redis.url(), "password-env = PATH"));
    }

    @Test
    void afterAChangeOfThePasswordTheSettingToChangeIsNamed() throws Exception {
        try (Replicas replicas = new Replicas(with(":" + PASSWORD), 1);
                RedisClient client = RedisClient.create(with(":" + PASSWORD))) {
            ChaosServer replica = replicas.start("one", "", CONTROL);
            client.configSet("requirepass", "new" + PASSWORD);
            client.executeCommand(new CommandArguments(Protocol.Command.CLIENT)
                    .add("KILL")
                    .add("TYPE")
                    .add("normal"));
            String expected = "it refuses the password in the URL; correct it, or set password-env";
            TestProxy.await(expected, () -> fleet(replica).contains(expected));
            assertFalse(fleet(replica).contains(PASSWORD), fleet(replica));
        }
    }

    @Test
    void aFileOrVariableThatIsMissingIsAMistakeOfItsKey(@TempDir Path folder) throws Exception {
        Path missing = folder.resolve("missing");
        assertEquals(
                "cluster.password-file: " + missing + " does not exist",
                refusal(redis.url(), "password-file = \"" + missing + "\""));
        Path empty = Files.writeString(folder.resolve("empty"), "\n");
        assertEquals(
                "cluster.password-file: " + empty + " has no password in its first line",
                refusal(redis.url(), "password-file = \"" + empty + "\""));
        assertEquals(
                "cluster.password-env: the environment variable NO_SUCH_VARIABLE is not set",
                refusal(redis.url(), "password-env = NO_SUCH_VARIABLE"));
    }
}
