package io.chaosproxy.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.ChaosTrust;
import io.chaosproxy.Injection;
import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.config.ListenerTls.Passthrough;
import io.chaosproxy.config.ListenerTls.Terminated;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.UpstreamTls;
import io.chaosproxy.fault.BadCertificate;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetInTls;
import io.chaosproxy.kit.ClientProgram;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.FreePort;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.tls.CertificateAuthority;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.embedded.RedisServer;

/** Redis over TLS with Jedis and redis-cli: through a proxy that passes it, terminates it, or does so on both sides. */
final class RedisTlsTest {
    private static final CertificateAuthority CA = CertificateAuthority.create("caches");
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final Duration DELAY = Duration.ofMillis(300);

    @TempDir
    private static Path folder;

    private static Path trust;
    private static RedisServer server;
    private static int plainPort;
    private static int tlsPort;

    private ChaosProxy proxy;

    enum Sides {
        PASSTHROUGH,
        LISTENER,
        BOTH
    }

    @BeforeAll
    static void startServer() throws IOException {
        List<Integer> ports = FreePort.several(2);
        plainPort = ports.getFirst();
        tlsPort = ports.getLast();
        KeyFiles files = Tls.files(folder, "server", CA.server(List.of("localhost"), Duration.ofDays(1)));
        trust = Tls.trust(folder, "caches.pem", CA.own().certificate());
        server = RedisServer.newRedisServer()
                .port(plainPort)
                .setting("save \"\"")
                .setting("tls-port " + tlsPort)
                .setting("tls-cert-file " + files.certificate())
                .setting("tls-key-file " + files.key().orElseThrow())
                .setting("tls-ca-cert-file " + trust)
                .setting("tls-auth-clients no")
                .build();
        server.start();
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.stop();
    }

    private void start(Sides sides) {
        Terminated own = Terminated.selfSigned().writtenTo(folder.resolve("proxy.pem"));
        proxy = ChaosProxy.start(
                switch (sides) {
                    case PASSTHROUGH -> ProxySpec.tcp("localhost", tlsPort).tls(new Passthrough());
                    case LISTENER -> ProxySpec.tcp("localhost", plainPort).tls(own);
                    case BOTH ->
                        ProxySpec.tcp("localhost", tlsPort).tls(own).upstreamTls(UpstreamTls.DEFAULTS.trusting(trust));
                });
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    private RedisClient client(Sides sides) throws Exception {
        ChaosTrust trusted =
                sides == Sides.PASSTHROUGH ? new ChaosTrust(CA.own().chain()) : proxy.trust();
        return RedisClient.builder()
                .hostAndPort(new HostAndPort("localhost", proxy.port()))
                .clientConfig(DefaultJedisClientConfig.builder()
                        .socketTimeoutMillis(60_000)
                        .sslOptions(SslOptions.builder()
                                .trustStoreType("PKCS12")
                                .truststore(store(trusted), PASSWORD)
                                .sslVerifyMode(SslVerifyMode.FULL)
                                .build())
                        .build())
                .build();
    }

    private static File store(ChaosTrust trusted) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("authority", trusted.authorities().getFirst());
        File file = folder.resolve("trust.p12").toFile();
        try (OutputStream out = new FileOutputStream(file)) {
            store.store(out, PASSWORD);
        }
        return file;
    }

    @ParameterizedTest
    @EnumSource
    void jedis(Sides sides) throws Exception {
        start(sides);
        try (RedisClient redis = client(sides)) {
            assertEquals("OK", redis.set("name", "value"));
            try (Injection late = proxy.inject(Latency.of(DELAY).onStream())) {
                Clock clock = Clock.start();
                assertEquals("value", redis.get("name"));
                assertTrue(clock.millis() >= DELAY.toMillis());
                assertTrue(late.hits() > 0);
            }
            try (Injection reset = proxy.inject(Reset.atFirstByte())) {
                JedisConnectionException broken = assertThrows(JedisConnectionException.class, () -> redis.get("name"));
                assertTrue(causes(broken).contains("Connection reset"), causes(broken));
                assertTrue(reset.hits() > 0);
            }
            assertEquals("value", redis.get("name"));
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PASSTHROUGH")
    void jedisRejectsBadCertificates(Sides sides) throws Exception {
        start(sides);
        assertRejects(sides, BadCertificate.expired(), "CertificateExpiredException");
        assertRejects(sides, BadCertificate.wrongName(), "No subject alternative DNS name matching localhost");
        assertRejects(sides, BadCertificate.selfSigned(), "unable to find valid certification path");
        assertRejects(sides, BadCertificate.unknownAuthority(), "unable to find valid certification path");
    }

    private void assertRejects(Sides sides, BadCertificate bad, String reason) throws Exception {
        try (Injection rule = proxy.inject(bad);
                RedisClient redis = client(sides)) {
            JedisConnectionException refused = assertThrows(JedisConnectionException.class, redis::ping);
            assertTrue(causes(refused).contains(reason), causes(refused));
            assertTrue(rule.hits() > 0);
        }
    }

    private static String causes(Throwable failure) {
        StringBuilder causes = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            causes.append(cause).append('\n');
        }
        return causes.toString();
    }

    @ParameterizedTest
    @EnumSource
    void redisCli(Sides sides) throws Exception {
        ClientProgram.assumePresent("redis-cli");
        start(sides);
        Path trusted = sides == Sides.PASSTHROUGH ? trust : folder.resolve("proxy.pem");
        assertEquals("PONG", ping(trusted));
        try (Injection late = proxy.inject(Latency.of(DELAY).onStream())) {
            Clock clock = Clock.start();
            assertEquals("PONG", ping(trusted));
            assertTrue(clock.millis() >= DELAY.toMillis());
            assertTrue(late.hits() > 0);
        }
        proxy.inject(Reset.atFirstByte());
        assertTrue(ping(trusted).contains("Connection reset by peer"), ping(trusted));
    }

    /** It checks the chain, and not the name. */
    @Test
    void redisCliRejectsBadCertificatesButNotAnotherName() throws Exception {
        ClientProgram.assumePresent("redis-cli");
        start(Sides.LISTENER);
        Path trusted =
                Files.writeString(folder.resolve("trusted.pem"), proxy.trust().pem());
        for (BadCertificate bad :
                List.of(BadCertificate.expired(), BadCertificate.selfSigned(), BadCertificate.unknownAuthority())) {
            try (Injection rule = proxy.inject(bad)) {
                String said = ping(trusted);
                assertTrue(said.contains("certificate verify failed"), said);
                assertTrue(rule.hits() > 0);
            }
        }
        try (Injection rule = proxy.inject(BadCertificate.wrongName())) {
            assertEquals("PONG", ping(trusted));
            assertTrue(rule.hits() > 0);
        }
        proxy.inject(ResetInTls.atHello());
        assertTrue(ping(trusted).contains("Could not connect"), ping(trusted));
    }

    private String ping(Path trusted) throws IOException, InterruptedException {
        return ClientProgram.run(
                        folder,
                        Map.of(),
                        "redis-cli",
                        "--tls",
                        "--cacert",
                        trusted.toString(),
                        "-h",
                        "localhost",
                        "-p",
                        String.valueOf(proxy.port()),
                        "ping")
                .output()
                .strip();
    }
}
