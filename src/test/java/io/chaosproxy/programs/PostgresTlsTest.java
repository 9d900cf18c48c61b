package io.chaosproxy.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.ChaosProxy;
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
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.tls.CertificateAuthority;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.util.PSQLState;

/** PostgreSQL over TLS with {@code sslmode=verify-full}: begun within the stream, and from the first byte. */
final class PostgresTlsTest {
    private static final CertificateAuthority CA = CertificateAuthority.create("databases");
    private static final Duration DELAY = Duration.ofMillis(300);

    @TempDir
    private static Path folder;

    private static Path trust;
    private static EmbeddedPostgres server;

    @BeforeAll
    static void startServer() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        KeyFiles files = Tls.files(folder, "server", CA.server(List.of("localhost"), Duration.ofDays(1)));
        Path key = files.key().orElseThrow();
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        trust = Tls.trust(folder, "databases.pem", CA.own().certificate());
        server = EmbeddedPostgres.builder()
                .setServerConfig("fsync", "off")
                .setServerConfig("ssl", "on")
                .setServerConfig("ssl_cert_file", "'" + files.certificate() + "'")
                .setServerConfig("ssl_key_file", "'" + key + "'")
                .start();
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.close();
    }

    private static ProxySpec spec() {
        return ProxySpec.tcp("localhost", server.getPort());
    }

    private static Connection connect(ChaosProxy proxy, String negotiation, Path trusted) throws SQLException {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {"localhost"});
        source.setPortNumbers(new int[] {proxy.port()});
        source.setUser("postgres");
        source.setDatabaseName("postgres");
        source.setSslMode("verify-full");
        source.setSslRootCert(trusted.toString());
        source.setSslNegotiation(negotiation);
        source.setSocketTimeout(60);
        return source.getConnection();
    }

    /** How the server sees its connection. */
    private static boolean isTlsForTheServer(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("select ssl from pg_stat_ssl where pid = pg_backend_pid()")) {
            assertTrue(result.next());
            return result.getBoolean(1);
        }
    }

    private static void assertLatencyAndResetArrive(ChaosProxy proxy, String negotiation, Path trusted)
            throws SQLException {
        try (Connection connection = connect(proxy, negotiation, trusted)) {
            try (Injection late = proxy.inject(Latency.of(DELAY).onStream())) {
                Clock clock = Clock.start();
                isTlsForTheServer(connection);
                assertTrue(clock.millis() >= DELAY.toMillis());
                assertTrue(late.hits() > 0);
            }
            proxy.inject(Reset.atFirstByte());
            SQLException broken = assertThrows(SQLException.class, () -> isTlsForTheServer(connection));
            assertEquals(PSQLState.CONNECTION_FAILURE.getState(), broken.getSQLState());
            assertTrue(causes(broken).contains("Connection reset"), causes(broken));
        }
        proxy.clear();
    }

    private static String causes(Throwable failure) {
        StringBuilder causes = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            causes.append(cause).append('\n');
        }
        return causes.toString();
    }

    enum Opaque {
        PLAIN,
        PASSTHROUGH
    }

    /** The certificate that clients check is the server's, so the name that they connect to has to be one of it. */
    @ParameterizedTest
    @EnumSource
    void passesThroughHoweverItBegins(Opaque how) throws Exception {
        ProxySpec spec = how == Opaque.PLAIN ? spec() : spec().tls(new Passthrough());
        try (ChaosProxy proxy = ChaosProxy.start(spec)) {
            for (String negotiation : List.of("postgres", "direct")) {
                try (Connection connection = connect(proxy, negotiation, trust)) {
                    assertTrue(isTlsForTheServer(connection));
                }
                assertLatencyAndResetArrive(proxy, negotiation, trust);
            }
        }
    }

    /** What it begins with is no ClientHello. */
    @Test
    void aListenerWithTlsRejectsAStartWithinTheStream() {
        try (ChaosProxy proxy =
                ChaosProxy.start(spec().tls(Terminated.selfSigned().writtenTo(folder.resolve("a.pem"))))) {
            SQLException refused =
                    assertThrows(SQLException.class, () -> connect(proxy, "postgres", folder.resolve("a.pem")));
            assertTrue(PSQLState.isConnectionError(refused.getSQLState()), refused.toString());
        }
    }

    enum Sides {
        LISTENER,
        BOTH
    }

    @ParameterizedTest
    @EnumSource
    void aListenerTerminatesTlsThatBeginsWithTheFirstByte(Sides sides) throws Exception {
        Path own = folder.resolve(sides + ".pem");
        ProxySpec spec = spec().tls(Terminated.selfSigned().writtenTo(own));
        try (ChaosProxy proxy =
                ChaosProxy.start(sides == Sides.BOTH ? spec.upstreamTls(UpstreamTls.DEFAULTS.trusting(trust)) : spec)) {
            try (Connection connection = connect(proxy, "direct", own)) {
                assertEquals(sides == Sides.BOTH, isTlsForTheServer(connection));
            }
            assertLatencyAndResetArrive(proxy, "direct", own);
            for (BadCertificate bad :
                    List.of(BadCertificate.expired(), BadCertificate.selfSigned(), BadCertificate.unknownAuthority())) {
                try (Injection rule = proxy.inject(bad)) {
                    SQLException refused = assertThrows(SQLException.class, () -> connect(proxy, "direct", own));
                    assertTrue(
                            causes(refused).contains("CertPathValidatorException")
                                    || causes(refused).contains("unable to find valid certification path"),
                            causes(refused));
                    assertTrue(rule.hits() > 0);
                }
            }
            try (Injection rule = proxy.inject(BadCertificate.wrongName())) {
                SQLException refused = assertThrows(SQLException.class, () -> connect(proxy, "direct", own));
                assertTrue(causes(refused).contains("localhost"), causes(refused));
                assertTrue(rule.hits() > 0);
            }
            proxy.inject(ResetInTls.atHello());
            SQLException reset = assertThrows(SQLException.class, () -> connect(proxy, "direct", own));
            assertTrue(causes(reset).contains("reset"), causes(reset));
        }
    }
}
