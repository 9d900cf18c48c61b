package io.chaosproxy.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.SelfSigned;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ServerContext;
import io.chaosproxy.relay.TcpHandler;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AccessFilterTest {
    private static ControlSettings settings(String listen, Optional<String> token, boolean open) {
        return new ControlSettings(
                Address.parse("listen", listen),
                token,
                open,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    private static ControlPlane start(ControlSettings settings) throws IOException {
        ServerContext common = new ServerContext(1, TimeSource.SYSTEM, new Journal(10));
        return ControlPlane.start(settings, new ProxyRegistry(common, protocol -> new TcpHandler()), Optional.empty());
    }

    private static String status(ControlPlane plane, String path, String... fields) throws IOException {
        try (Peer client = Peer.connect(plane.address())) {
            return client.send("GET " + path + " HTTP/1.1\r\n" + String.join("\r\n", fields) + "\r\n\r\n")
                    .readHead()
                    .substring(9, 12);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:0", ":0", "[::]:0"})
    void anOpenAddressNeedsATokenOrAWord(String listen) {
        IOException refused = assertThrows(IOException.class, () -> start(settings(listen, Optional.empty(), false)));
        assertTrue(refused.getMessage().contains("control.token"), refused.getMessage());
        assertTrue(refused.getMessage().contains("control.open = true"), refused.getMessage());
    }

    @Test
    void theWildcardOfIpv4IsNotReachedByIpv6() throws IOException {
        try (ControlPlane plane = start(settings("0.0.0.0:0", Optional.empty(), true))) {
            int port = plane.address().getPort();
            new Socket("127.0.0.1", port).close();
            assertThrows(ConnectException.class, () -> new Socket("::1", port).close());
        }
    }

    @Test
    void anOpenAddressIsOpenOnPurpose() throws IOException {
        try (ControlPlane plane = start(settings("0.0.0.0:0", Optional.empty(), true))) {
            assertEquals("200", status(plane, "/version", "Host: toxiproxy:8474"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:8474, 200",
        "127.0.0.1:8474, 200",
        "[::1]:8474, 200",
        "app.localhost, 200",
        "rebound.example:8474, 403",
        "127.0.0.1.rebound.example, 403",
        "localhost.rebound.example, 403"
    })
    void aNameThatIsNotOursIsAPageThatReboundItself(String host, String expected) throws IOException {
        try (ControlPlane plane = start(settings("127.0.0.1:0", Optional.empty(), false))) {
            assertEquals(expected, status(plane, "/version", "Host: " + host));
            assertEquals(expected, status(plane, "/api/v1/proxies", "Host: " + host));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Origin: http://localhost:8474, 200",
        "Origin: https://localhost:8474, 200",
        "Origin: http://elsewhere.example, 403",
        "Origin: http://elsewhere.example://localhost:8474, 403",
        "Origin: null, 403",
        "Sec-Fetch-Site: same-origin, 200",
        "Sec-Fetch-Site: none, 200",
        "Sec-Fetch-Site: same-site, 403",
        "Sec-Fetch-Site: cross-site, 403"
    })
    void pagesOfOthersMayNot(String field, String expected) throws IOException {
        try (ControlPlane plane = start(settings("127.0.0.1:0", Optional.empty(), false))) {
            assertEquals(expected, status(plane, "/version", "Host: localhost:8474", field));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Bearer a-good-token, 200",
        "bearer a-good-token, 200",
        "BEARER a-good-token, 200",
        "Bearer a-good-tokem, 401",
        "Bearer a-good-token2, 401",
        "Basic a-good-token, 401",
        "'', 401"
    })
    void theTokenOpens(String authorization, String expected) throws IOException {
        try (ControlPlane plane = start(settings("0.0.0.0:0", Optional.of("a-good-token"), false))) {
            String field = "Authorization: " + authorization;
            assertEquals(expected, status(plane, "/version", "Host: anywhere.example", field));
            assertEquals(expected, status(plane, "/metrics", "Host: anywhere.example", field));
            assertEquals("200", status(plane, "/health/live", "Host: anywhere.example", field));
        }
    }

    /** What routing would tidy up is no path of health. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/health//x",
                "/health/%2e%2e/reset",
                "/health/../reset",
                "/health/./live",
                "//health/live",
                "/health/live/",
                "/health/live;x",
                "/health;x/live",
                "/health%2Flive",
                "/health/%6Cive",
                "/health/",
                "/health",
                "/health/live/../../reset"
            })
    void aStrangerGetsTheRestOfHealthNoMoreThanAnythingElse(String path) throws IOException {
        try (ControlPlane plane = start(settings("0.0.0.0:0", Optional.of("a-good-token"), false))) {
            String status = status(plane, path, "Host: anywhere.example");
            assertTrue(List.of("400", "401", "403").contains(status), status);
        }
        try (ControlPlane plane = start(settings("127.0.0.1:0", Optional.empty(), false))) {
            String status = status(plane, path, "Host: anywhere.example");
            assertTrue(List.of("400", "401", "403").contains(status), status);
        }
    }

    @ParameterizedTest
    @CsvSource({"-startdate -10d -validity 5, expired at", "-startdate +10d -validity 5, is not valid before"})
    void namesACertificateWhoseTimeIsNotNow(String time, String reason, @TempDir Path folder) throws Exception {
        SelfSigned made = SelfSigned.in(folder, time);
        String date = ((X509Certificate) made.store().getCertificate(SelfSigned.ALIAS))
                .getNotAfter()
                .toInstant()
                .toString();
        String shown = reason.startsWith("expired") ? reason + " " + date : reason;
        assertRefused(made.certificate(), made.key(), "control.tls.certificate: " + made.certificate() + " " + shown);
    }

    @Test
    void namesWhatIsWrongWithACertificateOrItsKey(@TempDir Path folder) throws Exception {
        SelfSigned one = SelfSigned.in(Files.createDirectory(folder.resolve("one")));
        SelfSigned other = SelfSigned.in(Files.createDirectory(folder.resolve("other")));
        assertRefused(
                one.certificate(),
                other.key(),
                "control.tls.key: " + other.key() + " is not the key of the certificate in " + one.certificate());
        assertRefused(one.key(), one.key(), "control.tls.certificate: " + one.key() + " has no PEM certificate");
        assertRefused(
                one.certificate(),
                one.certificate(),
                "control.tls.certificate: " + one.certificate() + " has no PEM key");
    }

    private static void assertRefused(Path certificate, Path key, String... words) {
        ControlSettings settings = tls(certificate, key);
        for (Executable start : List.<Executable>of(() -> start(settings), () -> ControlPlane.check(settings))) {
            String message = assertThrows(IOException.class, start).getMessage();
            for (String word : words) {
                assertTrue(message.contains(word), message);
            }
        }
    }

    @Test
    void speaksTlsWithItsOwnCertificate(@TempDir Path folder) throws Exception {
        SelfSigned made = SelfSigned.in(folder);
        try (ControlPlane plane = start(tls(made.certificate(), made.key()));
                HttpClient client = HttpClient.newBuilder()
                        .sslContext(trusting(made.store()))
                        .build()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create(
                                    "https://localhost:" + plane.address().getPort() + "/version"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertEquals(200, answer.statusCode());
            assertTrue(answer.sslSession().isPresent());
        }
    }

    @Test
    void namesTheFileOfACertificateThatCannotBeRead(@TempDir Path folder) throws IOException {
        Path missing = folder.resolve("missing.crt");
        Path garbage = Files.writeString(folder.resolve("garbage.key"), "garbage");
        assertTrue(assertThrows(IOException.class, () -> start(tls(missing, garbage)))
                .getMessage()
                .contains(missing.toString()));
        assertTrue(assertThrows(IOException.class, () -> start(tls(garbage, garbage)))
                .getMessage()
                .contains(garbage.toString()));
    }

    @Test
    void theTokenForMetricsReadsNothingElse() throws Exception {
        ControlSettings settings = new ControlSettings(
                new Address("127.0.0.1", 0),
                Optional.of("12345678"),
                Optional.of("87654321"),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                Duration.ZERO);
        try (ControlPlane plane = start(settings)) {
            String scrape = "Authorization: Bearer 87654321";
            assertEquals("200", status(plane, "/metrics", "Host: a", scrape));
            assertEquals("200", status(plane, "/metrics", "Host: a", "Authorization: Bearer 12345678"));
            assertEquals("401", status(plane, "/metrics", "Host: a"));
            assertEquals("401", status(plane, "/metrics", "Host: a", "Authorization: Bearer 876543210"));
            for (String other : List.of("/api/v1/proxies", "/proxies", "/metrics/", "/%6detrics", "/x/../metrics")) {
                assertEquals("401", status(plane, other, "Host: a", scrape), other);
            }
        }
        try (ControlPlane plane = start(settings("127.0.0.1:0", Optional.of("12345678"), false))) {
            assertEquals("401", status(plane, "/metrics", "Host: a", "Authorization: Bearer 87654321"));
        }
    }

    private static ControlSettings tls(Path certificate, Path key) {
        return new ControlSettings(
                new Address("127.0.0.1", 0),
                Optional.empty(),
                false,
                Optional.of(KeyFiles.pem(certificate, key)),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    private static SSLContext trusting(KeyStore store) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("control", store.getCertificate(SelfSigned.ALIAS));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
