package io.chaosproxy.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.Injection;
import io.chaosproxy.config.ListenerTls.Terminated;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.BadCertificate;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetInTls;
import io.chaosproxy.fault.SlowHandshake;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.kit.ClientProgram;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.SelfSigned;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.tls.Openssl;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What HTTPS clients see of a listener that terminates TLS, and of its faults; {@code src/docs/tls.md} has a table of it. */
final class TlsClientsTest {
    private static final String REQUEST = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String RESPONSE =
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

    private static final Duration DELAY = Duration.ofMillis(300);

    /** By what they are called here. */
    private static final Map<String, Fault> FAULTS = faults();

    @TempDir
    private Path folder;

    @TempDir
    private static Path common;

    private static SelfSigned known;
    private static SelfSigned strange;

    private Origin origin;
    private ChaosProxy proxy;
    private Path authority;

    private static Map<String, Fault> faults() {
        Map<String, Fault> faults = new LinkedHashMap<>();
        faults.put("expired", BadCertificate.expired());
        faults.put("wrong name", BadCertificate.wrongName());
        faults.put("self-signed", BadCertificate.selfSigned());
        faults.put("unknown authority", BadCertificate.unknownAuthority());
        faults.put("reset at hello", ResetInTls.atHello());
        faults.put("reset at handshake", new ResetInTls(TlsFault.Stage.HANDSHAKE, Duration.ZERO));
        faults.put("reset at first byte", Reset.atFirstByte());
        return faults;
    }

    /** One exchange on a connection of its own. */
    private interface Client {
        /** The body of the response, or what the client says of a failure. */
        String get(String url) throws Exception;
    }

    @BeforeAll
    static void makeCertificates() throws Exception {
        known = SelfSigned.in(Files.createDirectory(common.resolve("known")));
        strange = SelfSigned.in(Files.createDirectory(common.resolve("strange")));
    }

    @BeforeEach
    void start() throws IOException {
        authority = folder.resolve("ca.pem");
        origin = Origin.answering(RESPONSE);
        proxy = ChaosProxy.start(ProxySpec.http("127.0.0.1", origin.port())
                .tls(Terminated.selfSigned().writtenTo(authority)));
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        origin.close();
    }

    private String url() {
        return "https://localhost:" + proxy.port() + "/a";
    }

    /** Checks that a client gets a response, a late one and none, each with the error that it is known for. */
    private void check(Client client, Map<String, String> errors) throws Exception {
        assertEquals("hello", client.get(url()));
        for (Fault late : List.of(Latency.of(DELAY), SlowHandshake.of(DELAY))) {
            try (Injection rule = proxy.inject(late)) {
                Clock clock = Clock.start();
                assertEquals("hello", client.get(url()));
                assertTrue(clock.millis() >= DELAY.toMillis(), late + " after " + clock.millis() + " ms");
                assertTrue(rule.hits() > 0);
            }
        }
        Map<String, String> seen = new LinkedHashMap<>();
        for (Map.Entry<String, Fault> fault : FAULTS.entrySet()) {
            try (Injection rule = proxy.inject(fault.getValue())) {
                String said = client.get(url());
                String expected = errors.get(fault.getKey());
                seen.put(fault.getKey(), said.contains(expected) ? expected : said);
                assertTrue(rule.hits() > 0, fault.getKey());
            }
        }
        assertEquals(errors, seen);
        assertEquals("hello", client.get(url()));
    }

    private static Map<String, String> errors(String... inOrder) {
        Map<String, String> errors = new LinkedHashMap<>();
        for (String fault : FAULTS.keySet()) {
            errors.put(fault, inOrder[errors.size()]);
        }
        return errors;
    }

    @Test
    void curl() throws Exception {
        check(
                this::curl,
                errors(
                        "(60) SSL certificate problem: certificate has expired",
                        "(60) SSL: no alternative certificate subject name matches",
                        "(60) SSL certificate problem: self-signed certificate",
                        "(60) SSL certificate problem: unable to get local issuer certificate",
                        "(35) Recv failure: Connection reset by peer",
                        "(35) Recv failure: Connection reset by peer",
                        "(56) Recv failure: Connection reset by peer"));
    }

    private String curl(String url, String... more) throws Exception {
        ClientProgram.assumePresent("curl");
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "-4", "--noproxy", "*", "--max-time", "60"));
        command.addAll(List.of("--cacert", authority.toString()));
        command.addAll(List.of(more));
        command.add(url);
        return said(command.toArray(String[]::new));
    }

    private String said(String... command) throws Exception {
        return ClientProgram.run(folder, Map.of(), command).output();
    }

    @Test
    void node() throws Exception {
        ClientProgram.assumePresent("node");
        check(
                url -> said("node", "-e", NODE, url, authority.toString()),
                errors(
                        "CERT_HAS_EXPIRED",
                        "ERR_TLS_CERT_ALTNAME_INVALID",
                        "DEPTH_ZERO_SELF_SIGNED_CERT",
                        "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
                        "ECONNRESET", // with "read ECONNRESET" or "socket hang up", as Node happens to notice it
                        "ECONNRESET",
                        "ECONNRESET"));
    }

    private static final String NODE = """
        const [url, ca] = process.argv.slice(1);
        const failed = e => process.stdout.write(e.code + ' ' + e.message);
        require('https').get(url, { ca: require('fs').readFileSync(ca) }, response => {
          response.on('data', data => process.stdout.write(data)).on('error', failed);
        }).on('error', failed);
        """;

    @Test
    void theJdksClient() throws Exception {
        check(
                url -> {
                    try (HttpClient client = HttpClient.newBuilder()
                            .sslContext(proxy.trust().sslContext())
                            .build()) {
                        HttpRequest request =
                                HttpRequest.newBuilder(URI.create(url)).build();
                        return said(() ->
                                client.send(request, BodyHandlers.ofString()).body());
                    }
                },
                errors(
                        "CertificateExpiredException",
                        "No subject alternative DNS name matching localhost found",
                        "unable to find valid certification path",
                        "unable to find valid certification path",
                        "Connection reset",
                        "Connection reset",
                        "Connection reset"));
    }

    @Test
    void okHttp() throws Exception {
        check(
                url -> {
                    OkHttpClient client = new OkHttpClient.Builder()
                            .sslSocketFactory(
                                    proxy.trust().sslContext().getSocketFactory(),
                                    proxy.trust().trustManager())
                            .build();
                    try {
                        Request request = new Request.Builder().url(url).build();
                        return said(() -> {
                            try (Response response = client.newCall(request).execute()) {
                                return response.body().string();
                            }
                        });
                    } finally {
                        client.connectionPool().evictAll();
                        client.dispatcher().executorService().shutdown();
                    }
                },
                errors(
                        "CertificateExpiredException",
                        "SSLPeerUnverifiedException: Hostname localhost not verified",
                        "unable to find valid certification path",
                        "unable to find valid certification path",
                        "Connection reset",
                        "Connection reset",
                        "Connection reset"));
    }

    private interface Call {
        String run() throws Exception;
    }

    /** A result, or a failure with all its causes. */
    private static String said(Call call) throws Exception {
        try {
            return call.run();
        } catch (IOException e) {
            StringBuilder causes = new StringBuilder();
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                causes.append(cause).append('\n');
            }
            return causes.toString();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void openssl(String version) throws Exception {
        check(
                url -> body(sClient(version)),
                errors(
                        "verify error:num=10:certificate has expired",
                        "verify error:num=62:hostname mismatch",
                        "verify error:num=18:self-signed certificate",
                        "verify error:num=20:unable to get local issuer certificate",
                        "errno=104",
                        "errno=104",
                        "errno=104"));
    }

    private String sClient(String version, String... more) throws Exception {
        Openssl.assumePresent();
        List<String> command = new ArrayList<>(List.of("s_client", version, "-quiet", "-verify_return_error"));
        command.addAll(List.of("-verify_hostname", "localhost", "-servername", "localhost"));
        command.addAll(List.of("-CAfile", authority.toString(), "-connect", "127.0.0.1:" + proxy.port()));
        command.addAll(List.of(more));
        try (Openssl client = Openssl.start(command.toArray(String[]::new))) {
            try {
                client.type(REQUEST);
            } catch (IOException e) {
                // it has ended
            }
            TestProxy.await(
                    "a response or an end",
                    () -> !client.isAlive() || client.output().endsWith("\r\n\r\nhello"));
            if (!client.isAlive()) {
                client.exit(); // all of its output
            }
            return client.output();
        }
    }

    private static String body(String output) {
        return output.endsWith("\r\n\r\nhello") ? "hello" : output;
    }

    @Test
    void chromium() throws Exception {
        ClientProgram.assumePresent("chromium");
        ClientProgram.assumePresent("certutil");
        try (Chromium browser = Chromium.start(Files.createDirectory(folder.resolve("home")), authority)) {
            check(
                    url -> {
                        proxy.sever(); // so that a new connection meets the rules
                        return browser.open(url);
                    },
                    errors(
                            "net::ERR_CERT_DATE_INVALID",
                            "net::ERR_CERT_COMMON_NAME_INVALID",
                            "net::ERR_CERT_AUTHORITY_INVALID",
                            "net::ERR_CERT_AUTHORITY_INVALID",
                            "net::ERR_CONNECTION_RESET",
                            "net::ERR_CONNECTION_RESET",
                            "net::ERR_CONNECTION_RESET"));
        }
    }

    /** TLS 1.3 tells a client behind its handshake that its certificate is missing or not trusted (RFC 8446 §4.4.2.4). */
    @ParameterizedTest
    @CsvSource({
        "-tls1_2, none, none, hello",
        "-tls1_2, none, known, hello",
        "-tls1_2, want, none, hello",
        "-tls1_2, want, known, hello",
        "-tls1_2, want, strange, alert",
        "-tls1_2, require, none, alert",
        "-tls1_2, require, known, hello",
        "-tls1_2, require, strange, alert",
        "-tls1_3, none, none, hello",
        "-tls1_3, none, known, hello",
        "-tls1_3, want, none, hello",
        "-tls1_3, want, known, hello",
        "-tls1_3, want, strange, alert",
        "-tls1_3, require, none, alert",
        "-tls1_3, require, known, hello",
        "-tls1_3, require, strange, alert",
    })
    void clientCertificatesOfOpensslAndCurl(String version, String asked, String shown, String result)
            throws Exception {
        proxy.close();
        Terminated own = Terminated.selfSigned().writtenTo(authority);
        Terminated tls = switch (asked) {
            case "want" -> own.wantClients(known.certificate());
            case "require" -> own.requireClients(known.certificate());
            default -> own;
        };
        proxy = ChaosProxy.start(ProxySpec.http("127.0.0.1", origin.port()).tls(tls));
        Optional<SelfSigned> client = switch (shown) {
            case "known" -> Optional.of(known);
            case "strange" -> Optional.of(strange);
            default -> Optional.empty();
        };
        String[] certificate = client.map(files -> new String[] {
                    "-cert", files.certificate().toString(), "-key", files.key().toString()
                })
                .orElse(new String[0]);
        String said = body(sClient(version, certificate));
        assertTrue(said.contains(result), said);
        List<String> options =
                new ArrayList<>(version.equals("-tls1_2") ? List.of("--tls-max", "1.2") : List.of("--tlsv1.3"));
        client.ifPresent(files -> options.addAll(List.of(
                "--cert", files.certificate().toString(), "--key", files.key().toString())));
        String byCurl = curl(url(), options.toArray(String[]::new));
        assertTrue(byCurl.contains(result), byCurl);
    }
}
