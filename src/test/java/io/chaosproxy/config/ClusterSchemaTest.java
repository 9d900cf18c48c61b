package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
final class ClusterSchemaTest {
    private static final ClusterSettings EVERY_SETTING = new ClusterSettings(
            new RedisAddress(
                    true,
                    Optional.of("shop"),
                    Optional.empty(),
                    List.of(new Address("10.0.0.1", 26379), new Address("::1", 6379)),
                    0),
            "shop",
            Optional.of("shop-0"),
            Optional.empty(),
            Optional.of(Path.of("/run/secrets/redis")),
            Optional.of(Path.of("ca.pem")),
            Optional.of("mymaster"),
            true);

    private static final String EVERYTHING = """
        cluster {
          redis = "rediss://shop@10.0.0.1:26379,[::1]", name = shop, replica = shop-0
          password-file = /run/secrets/redis, trust = ca.pem, sentinel-master = mymaster, toxiproxy = true
        }\
        """;

    @Test
    void withoutTheSectionThereIsNone() {
        assertEquals(
                Optional.empty(), Texts.config("chaos-proxy { proxies {} }").cluster());
    }

    @Test
    void theAddressIsEnough() {
        ClusterSettings settings = cluster("cluster.redis = \"redis://redis:7000/3\"");

        assertEquals(ClusterSettings.at("redis://redis:7000/3"), settings);
        assertEquals(List.of(new Address("redis", 7000)), settings.redis().hosts());
        assertEquals(3, settings.redis().database());
        assertEquals("chaos-proxy", settings.name());
    }

    @Test
    void everySetting() {
        assertEquals(EVERY_SETTING, cluster(EVERYTHING));
    }

    @Test
    void writtenItIsReadBack() {
        ChaosConfig config = Texts.config("chaos-proxy { " + EVERYTHING + ", speed = 1MiB }");
        ConfigObject written = ConfigWriter.write(config);

        assertEquals(config, ConfigReader.read(written.toConfig()));
        assertEquals(config, ConfigReader.read(ConfigReader.json(ConfigWriter.json(written), "test")));
    }

    @Test
    void userAndPasswordOfTheUrlAreDecodedAndWrittenBackButNotShown() {
        RedisAddress address = RedisAddress.parse("redis://u%3Aser:p%40ss%20+word@host");

        assertEquals(Optional.of("u:ser"), address.user());
        assertEquals(Optional.of("p@ss +word"), address.password());
        assertEquals("redis://host:6379", address.toString());
        assertEquals(address, RedisAddress.parse(address.url()));
        ClusterSettings settings = cluster("cluster.redis = \"redis://:s3cret@host\"");
        assertFalse(settings.toString().contains("s3cret"), settings.toString());
        assertEquals(Optional.of("s3cret"), settings.redis().password());
        assertEquals(Optional.empty(), settings.withoutSecrets().redis().password());
    }

    @Test
    void theSpeedAtTheTopLevelIsOneOfAllReplicas() {
        ChaosConfig config = Texts.config("chaos-proxy { cluster.redis = \"redis://x\", speed = 1MiB }");

        assertEquals(
                List.of(Rule.of("all-speed", Rate.of(1 << 20).sharedBy(FaultScope.CLUSTER))),
                config.common().rules());
        assertEquals(
                List.of(Rule.of("all-speed", Rate.of(1 << 20).sharedBy(FaultScope.ALL))),
                Texts.config("chaos-proxy { speed = 1MiB }").common().rules());
    }

    @Test
    void allMistakesAtTheirLines() {
        assertEquals("""
            test.conf:2: cluster.redis: must be a URL redis://host:port or rediss://host:port, not "http://x"
            test.conf:3: cluster.toxiproxy: must be true or false, not "maybe"
            test.conf:4: cluster.sentinel: unknown key; did you mean sentinel-master?\
            """, errors("""
                chaos-proxy.cluster {
                  redis = "http://x"
                  toxiproxy = maybe
                  sentinel = x
                }\
                """));
        assertEquals(
                "test.conf:1: cluster.password-env: must be the name of an environment variable, which has the"
                        + " password",
                errors("chaos-proxy.cluster { redis = \"redis://x\", password-env = \"a b\" }"));
        assertEquals(
                "test.conf:1: cluster.redis: is missing; it must be a URL such as redis://host:6379",
                errors("chaos-proxy.cluster {}"));
    }

    @Test
    void aMistakeInAUrlDoesNotShowItsPassword() {
        String message = errors("chaos-proxy.cluster.redis = \"redsi://:s3cret@host\"");

        assertEquals("test.conf:1: cluster.redis: must be a URL redis://host:port or rediss://host:port", message);
        assertFalse(errors("chaos-proxy.cluster.redis = \"redis://:s3cret@host:99999\"")
                .contains("s3cret"));
        assertEquals(
                "test.conf:1: cluster.redis: must have % in its user and password written as %25, and other reserved"
                        + " characters likewise (RFC 3986)",
                errors("chaos-proxy.cluster.redis = \"redis://:s3cret%zz@host\""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis://",
                "redis://host:0",
                "redis:host",
                "redis://a,b/2",
                "redis://host/x",
                "redis://host?x=1",
                "redis://u:p%zz@host",
                ""
            })
    void whatIsNoAddressIsRefused(String url) {
        assertThrows(InvalidValueException.class, () -> RedisAddress.parse(url));
    }

    @Test
    void aRateOfTheClusterNeedsOne() {
        assertEquals(
                "test.conf:2: proxies.a.faults.b.shared: cluster needs a section cluster { redis = ... } in the"
                        + " configuration file",
                errors("""
                    chaos-proxy.proxies.a { protocol = tcp, upstream = "h:1", listen = "127.0.0.1:0", faults {
                        b { type = rate, rate = 1MB, shared = cluster }
                      }
                    }\
                    """));
    }

    @Test
    void anOutageIsNotShared() {
        assertTrue(errors("""
            chaos-proxy { cluster.redis = "redis://x", faults.b { type = outage, min = 1s, max = 2s, scope = cluster } }\
            """)
                .contains(
                        "scope:" + " must" + " be one" + " of connection," + " proxy," + " all," + " not \"cluster\""));
    }

    private static ClusterSettings cluster(String section) {
        return Texts.config("chaos-proxy { " + section + " }").cluster().orElseThrow();
    }

    private static String errors(String text) {
        return assertThrows(
                        InvalidConfigException.class,
                        () -> ConfigReader.read(ConfigFactory.parseString(
                                        text, ConfigParseOptions.defaults().setOriginDescription("test.conf"))
                                .resolve()))
                .getMessage();
    }
}
