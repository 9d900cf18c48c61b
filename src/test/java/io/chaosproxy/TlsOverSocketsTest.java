package io.chaosproxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.config.ListenerTls.ClientCertificates;
import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.config.ListenerTls.Terminated;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.UpstreamTls;
import io.chaosproxy.fault.BadCertificate;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetInTls;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.SlowHandshake;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.SelfSigned;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.kit.Together;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.observe.HandshakeKind;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.UnusableSettingsException;
import io.chaosproxy.tls.CertificateAuthority;
import io.chaosproxy.tls.Contexts;
import io.chaosproxy.tls.KeyAndChain;
import io.chaosproxy.tls.KeyReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS on either side and on both, as clients and upstreams see it. */
final class TlsOverSocketsTest {
    private static final CertificateAuthority CA = CertificateAuthority.create("test authority");
    private static final Duration MONTH = Duration.ofDays(30);
    private static final KeyAndChain LOCAL = CA.server(List.of("localhost", "127.0.0.1"), MONTH);
    private static final List<X509Certificate> TRUST = CA.own().chain();

    private static final String REQUEST = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    /** Twice what one read of a socket takes, so that a body consists of several TLS records. */
    private static final int LONG = 200_000;

    @TempDir
    private Path folder;

    private static SSLContext client() throws Exception {
        return Tls.context(TRUST, Optional.empty());
    }

    private Terminated listener() throws IOException {
        KeyFiles files = Tls.files(folder, "server", LOCAL);
        return Terminated.with(files.certificate(), files.key().orElseThrow());
    }

    private UpstreamTls trusting() throws IOException {
        return UpstreamTls.DEFAULTS.trusting(
                Tls.trust(folder, "ca.pem", CA.own().certificate()));
    }

    private static ProxySpec spec(Protocol protocol, Origin origin) {
        return TestProxy.spec(protocol, origin.port());
    }

    private static ProxyServer start(ProxySpec spec) throws IOException {
        return TestProxy.start(spec, 1);
    }

    private ProxyServer terminating(Protocol protocol, Origin origin, Fault... faults) throws IOException {
        return start(spec(protocol, origin)
                .tls(listener())
                .with(Plan.of(Stream.of(faults).map(TestProxy::rule).toArray(Rule[]::new))));
    }

    private static SSLSocket connect(ProxyServer proxy, String... protocols) throws Exception {
        return Tls.client(proxy.address(), client(), "localhost", protocols);
    }

    /** An upstream that speaks TLS. */
    private static Origin tlsOrigin(KeyAndChain identity, Origin.Script script, String... protocols) throws Exception {
        SSLContext context = Tls.context(TRUST, Optional.of(identity));
        return Origin.each(client -> {
            try (SSLSocket secured = Tls.server(client, context, protocols)) {
                secured.startHandshake();
                script.run(new Peer(secured));
            } catch (SSLException e) {
                // a test of proxies that reject this upstream
            }
        });
    }

    private static void answer(Peer client) throws IOException {
        while (!client.readHead().isEmpty()) {
            client.send(RESPONSE);
        }
    }

    private static String exchange(SSLSocket socket) throws IOException {
        return new Peer(socket).send(REQUEST).readResponse();
    }

    static Stream<Arguments> versions() {
        return TestProxy.WITH_UPSTREAM.stream()
                .flatMap(protocol -> Stream.of("TLSv1.2", "TLSv1.3").map(version -> Arguments.of(protocol, version)));
    }

    @ParameterizedTest
    @MethodSource("versions")
    void aListenerTerminatesBothVersions(Protocol protocol, String version) throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(protocol, origin);
                SSLSocket socket = connect(proxy)) {
            socket.setEnabledProtocols(new String[] {version});
            assertEquals(RESPONSE, exchange(socket));
            assertEquals(RESPONSE, exchange(socket));
            assertEquals(version, socket.getSession().getProtocol());
        }
    }

    @Test
    void manyClientsAtOnce() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(Protocol.HTTP, origin)) {
            SSLContext context = client();
            for (String response : Together.run(50, i -> {
                try (SSLSocket socket = Tls.client(proxy.address(), context, "localhost")) {
                    return exchange(socket);
                }
            })) {
                assertEquals(RESPONSE, response);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void longBodiesPassBothWaysThroughTlsOnBothSides(Protocol protocol) throws Exception {
        String body = "0123456789".repeat(LONG / 10);
        Origin.Script echo = client -> {
            client.readHead();
            String sent = client.read(LONG);
            client.send("HTTP/1.1 200 OK\r\nContent-Length: " + LONG + "\r\n\r\n" + sent);
        };
        try (Origin origin = tlsOrigin(LOCAL, echo);
                ProxyServer proxy = start(spec(protocol, origin).tls(listener()).upstreamTls(trusting()));
                SSLSocket socket = connect(proxy)) {
            String response = new Peer(socket)
                    .send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + LONG + "\r\n\r\n" + body)
                    .readResponse();
            assertTrue(response.endsWith("\r\n\r\n" + body));
        }
    }

    @Test
    void theJdksClientTalksToIt() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(Protocol.HTTP, origin);
                HttpClient http = HttpClient.newBuilder().sslContext(client()).build()) {
            URI uri = URI.create("https://localhost:" + proxy.address().getPort() + "/a");
            for (int i = 0; i < 3; i++) {
                HttpResponse<String> response =
                        http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
                assertEquals("hello", response.body());
                assertEquals(HttpClient.Version.HTTP_1_1, response.version());
            }
        }
    }

    /** On tcp the upstream chooses from what the client offers; without an offer there is no choice. */
    @ParameterizedTest
    @CsvSource({"'a,b', b", "'b,c', b", "'c,a', c", "'', ''"})
    void alpnIsTheUpstreams(String offered, String chosen) throws Exception {
        Origin.Script script = client -> client.send(((SSLSocket) client.socket()).getApplicationProtocol());
        try (Origin origin = tlsOrigin(LOCAL, script, "b", "c");
                ProxyServer proxy =
                        start(spec(Protocol.TCP, origin).tls(listener()).upstreamTls(trusting()));
                SSLSocket socket = connect(proxy, offered.isEmpty() ? new String[0] : offered.split(","))) {
            socket.startHandshake();
            assertEquals(chosen, new String(socket.getInputStream().readAllBytes(), ISO_8859_1));
            assertEquals(chosen, socket.getApplicationProtocol());
        }
    }

    @Test
    void httpOffersHttp1AndNoMore() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(Protocol.HTTP, origin);
                SSLSocket socket = connect(proxy, "h2", "http/1.1")) {
            assertEquals(RESPONSE, exchange(socket));
            assertEquals("http/1.1", socket.getApplicationProtocol());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aResetWhileTlsIsNegotiated(TlsFault.Stage stage) throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(Protocol.HTTP, origin, new ResetInTls(stage, Duration.ZERO))) {
            for (int i = 0; i < 20; i++) {
                try (SSLSocket socket = connect(proxy)) {
                    IOException failure = assertThrows(IOException.class, socket::startHandshake);
                    assertTrue(Tls.isReset(failure), () -> String.valueOf(failure));
                }
            }
            assertEquals(20, proxy.common().journal().hits("http", "reset"));
            proxy.plan(Plan.CLEAN);
            try (SSLSocket socket = connect(proxy)) {
                assertEquals(RESPONSE, exchange(socket));
            }
        }
    }

    @Test
    void aSlowHandshakeIsLateByItsDelayAndTheRestIsNot() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(Protocol.HTTP, origin, SlowHandshake.of(Duration.ofMillis(300)));
                SSLSocket socket = connect(proxy)) {
            long begun = System.nanoTime();
            socket.startHandshake();
            assertTrue(System.nanoTime() - begun >= Duration.ofMillis(300).toNanos());
            assertEquals(RESPONSE, exchange(socket));
            assertEquals(1, proxy.common().journal().hits("http", "latency"));
        }
    }

    /** Clients trust the listener's own authority, so that nothing but the defect speaks against the certificate. */
    @ParameterizedTest
    @EnumSource
    void eachDefectIsRejectedForItsOwnReason(TlsFault.Defect defect) throws Exception {
        Path file = folder.resolve("own.pem");
        Terminated own = Terminated.selfSigned().writtenTo(file);
        Rule rule = TestProxy.rule(new BadCertificate(defect));
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = start(spec(Protocol.HTTP, origin).tls(own).with(Plan.of(rule)))) {
            SSLContext context = Tls.context(KeyReader.trusted(file), Optional.empty());
            try (SSLSocket socket = Tls.client(proxy.address(), context, "localhost")) {
                SSLHandshakeException refused = assertThrows(SSLHandshakeException.class, socket::startHandshake);
                Throwable root = refused;
                while (root.getCause() != null) {
                    root = root.getCause();
                }
                switch (defect) {
                    case EXPIRED -> assertEquals(CertificateExpiredException.class, root.getClass());
                    case WRONG_NAME -> {
                        assertEquals(CertificateException.class, root.getClass());
                        assertTrue(root.getMessage().contains("localhost"), root.getMessage());
                    }
                    case SELF_SIGNED, UNKNOWN_CA ->
                        assertTrue(root.getClass().getName().endsWith("CertPathBuilderException"), root.toString());
                }
            }
            assertEquals(1, proxy.common().journal().hits("http", "certificate"));
            X509Certificate shown = shown(proxy, "localhost");
            assertEquals(
                    defect == TlsFault.Defect.SELF_SIGNED,
                    shown.getIssuerX500Principal().equals(shown.getSubjectX500Principal()));
            proxy.plan(Plan.CLEAN);
            try (SSLSocket socket = Tls.client(proxy.address(), context, "localhost")) {
                assertEquals(RESPONSE, exchange(socket));
            }
        }
    }

    /** The certificate that a listener shows, whether it is acceptable or not. */
    private static X509Certificate shown(ProxyServer proxy, String host) throws Exception {
        SSLContext any = Contexts.of(Optional.empty(), Contexts.trustAll());
        try (SSLSocket socket = Tls.client(proxy.address(), any, host)) {
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    @Test
    void aResponseOfTheProxyInsideTls() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(Protocol.HTTP, origin, Respond.of(503));
                SSLSocket socket = connect(proxy)) {
            assertTrue(exchange(socket).startsWith("HTTP/1.1 503 "));
        }
    }

    @ParameterizedTest
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void theFirstByteInsideTlsIsLate(Protocol protocol) throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(protocol, origin, Latency.of(Duration.ofMillis(200)));
                SSLSocket socket = connect(proxy)) {
            socket.startHandshake();
            long begun = System.nanoTime();
            assertEquals(RESPONSE, exchange(socket));
            assertTrue(System.nanoTime() - begun >= Duration.ofMillis(200).toNanos());
        }
    }

    @ParameterizedTest
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void aRateIsThatOfThePayload(Protocol protocol) throws Exception {
        String body = "x".repeat(100_000);
        try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + body);
                ProxyServer proxy = terminating(protocol, origin, Rate.of(200_000));
                SSLSocket socket = connect(proxy)) {
            socket.startHandshake();
            long begun = System.nanoTime();
            assertTrue(exchange(socket).endsWith(body));
            long millis = NANOSECONDS.toMillis(System.nanoTime() - begun);
            assertTrue(millis >= 300, millis + " ms"); // half a second, less what a limiter lends at the start
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void aResetIsOneAndSendsNoCloseNotify(Protocol protocol, String version) throws Exception {
        // on tcp nobody knows where a body ends, so a reset within it may come with later bytes
        Reset reset = protocol == Protocol.HTTP ? Reset.inBody() : Reset.atFirstByte();
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(protocol, origin, reset)) {
            for (int i = 0; i < 20; i++) {
                try (SSLSocket socket = connect(proxy)) {
                    socket.setEnabledProtocols(new String[] {version});
                    socket.startHandshake();
                    new Peer(socket).send(REQUEST);
                    assertEquals("reset", Tls.ending(socket));
                }
            }
        }
    }

    @Test
    void aTruncatedBodyEndsTheConnection() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(Protocol.HTTP, origin, Truncate.at(2));
                SSLSocket socket = connect(proxy)) {
            Peer client = new Peer(socket).send(REQUEST);
            client.readHead();
            assertEquals("he", client.read(2));
            assertNotEquals("reset", Tls.ending(socket));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "WANT, NONE, true",
        "WANT, GOOD, true",
        "REQUIRE, NONE, false",
        "REQUIRE, GOOD, true",
        "REQUIRE, STRANGE, false"
    })
    void clientCertificates(ClientCertificates asked, String shown, boolean accepted) throws Exception {
        SelfSigned known = clientCertificate("known");
        Terminated tls = asked == ClientCertificates.WANT
                ? listener().wantClients(known.certificate())
                : listener().requireClients(known.certificate());
        Optional<KeyAndChain> identity = switch (shown) {
            case "GOOD" -> Optional.of(identity(known));
            case "STRANGE" -> Optional.of(identity(clientCertificate("strange")));
            default -> Optional.empty();
        };
        try (LogLines log = LogLines.of("http");
                Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = start(spec(Protocol.HTTP, origin).tls(tls));
                SSLSocket socket = Tls.client(proxy.address(), Tls.context(TRUST, identity), "localhost")) {
            if (accepted) {
                assertEquals(RESPONSE, exchange(socket));
            } else {
                assertThrows(IOException.class, () -> {
                    String response = exchange(socket);
                    if (response.isEmpty()) {
                        throw new IOException("closed without a response");
                    }
                });
                log.await("TLS handshake failed");
            }
        }
    }

    /** Those of the authority are for servers alone. */
    private SelfSigned clientCertificate(String name) throws Exception {
        return SelfSigned.in(Files.createDirectory(folder.resolve(name)));
    }

    private static KeyAndChain identity(SelfSigned files) throws IOException {
        return KeyReader.read(files.certificate(), Optional.of(files.key()), Optional.empty());
    }

    @Test
    void severalCertificatesByServerName() throws Exception {
        KeyFiles first = Tls.files(folder, "first", CA.server(List.of("localhost"), MONTH));
        KeyFiles shop = Tls.files(folder, "shop", CA.server(List.of("shop.test"), MONTH));
        KeyFiles wild = Tls.files(folder, "wild", CA.server(List.of("*.example.test"), MONTH));
        Terminated tls = Terminated.with(first.certificate(), first.key().orElseThrow())
                .and("shop", shop)
                .and("wild", wild);
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = start(spec(Protocol.HTTP, origin).tls(tls))) {
            for (String host : List.of("localhost", "shop.test", "a.example.test")) {
                try (SSLSocket socket = Tls.client(proxy.address(), client(), host)) {
                    assertEquals(RESPONSE, exchange(socket), host);
                }
            }
            try (SSLSocket socket = Tls.client(proxy.address(), client(), "other.test")) {
                assertThrows(SSLHandshakeException.class, socket::startHandshake);
            }
        }
    }

    @Test
    void anUpstreamIsCheckedAndA502SaysWhatIsWrong() throws Exception {
        KeyAndChain elsewhere = CA.server(List.of("shop.test"), MONTH);
        try (Origin origin = tlsOrigin(elsewhere, TlsOverSocketsTest::answer)) {
            ProxySpec spec = spec(Protocol.HTTP, origin);
            assertEquals(RESPONSE, plain(spec.upstreamTls(UpstreamTls.DEFAULTS.acceptingAll())));
            UpstreamTls named = new UpstreamTls(trusting().trust(), false, Optional.empty(), Optional.of("shop.test"));
            assertEquals(RESPONSE, plain(spec.upstreamTls(named)));
            for (UpstreamTls wrong : List.of(
                    trusting(), UpstreamTls.DEFAULTS)) { // another name; an authority that the system doesn't know
                String response = plain(spec.upstreamTls(wrong));
                assertTrue(response.startsWith("HTTP/1.1 502 "), response);
                assertTrue(response.contains("http"), response);
                assertTrue(response.contains("127.0.0.1:" + origin.port()), response);
            }
        }
    }

    /** Names of hosts in a network of containers may have underscores, of which the JDK knows nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"my_host", "a_.test"})
    void anUpstreamWithANameThatTheJdkRejects(String name) throws Exception {
        try (LogLines log = LogLines.of("http");
                Origin origin = tlsOrigin(LOCAL, TlsOverSocketsTest::answer)) {
            ProxySpec spec = spec(Protocol.HTTP, origin);
            UpstreamTls any = new UpstreamTls(Optional.empty(), true, Optional.empty(), Optional.of(name));
            assertEquals(RESPONSE, plain(spec.upstreamTls(any)));
            UpstreamTls checked = new UpstreamTls(trusting().trust(), false, Optional.empty(), Optional.of(name));
            String response = plain(spec.upstreamTls(checked));
            assertTrue(response.startsWith("HTTP/1.1 502 "), response);
            assertTrue(response.contains("can't check a certificate for the host " + name), response);
            log.await("can't check a certificate for the host " + name, "set server-name");
            assertTrue(log.lines().stream().noneMatch(line -> line.contains("Exception")), log.lines()::toString);
        }
    }

    private static String plain(ProxySpec spec) throws Exception {
        try (ProxyServer proxy = start(spec);
                Peer client = Peer.connect(proxy.address())) {
            return client.send(REQUEST).readResponse();
        }
    }

    @Test
    void anUpstreamThatAsksForACertificateGetsIt() throws Exception {
        SelfSigned me = clientCertificate("me");
        SSLContext context = Tls.context(KeyReader.trusted(me.certificate()), Optional.of(LOCAL));
        KeyFiles own = KeyFiles.pem(me.certificate(), me.key());
        UpstreamTls tls = new UpstreamTls(trusting().trust(), false, Optional.of(own), Optional.empty());
        try (Origin origin = Origin.each(client -> {
            try (SSLSocket secured = Tls.server(client, context)) {
                secured.setNeedClientAuth(true);
                answer(new Peer(secured));
            } catch (SSLException e) {
                // the second client has none
            }
        })) {
            assertEquals(RESPONSE, plain(spec(Protocol.HTTP, origin).upstreamTls(tls)));
            // TLS 1.3 tells it behind the handshake (RFC 8446 §4.4.2.4), as an end of the connection with the request
            // under way
            String response;
            try {
                response = plain(spec(Protocol.HTTP, origin).upstreamTls(trusting()));
            } catch (IOException e) {
                response = "";
            }
            assertTrue(response.isEmpty() || response.startsWith("HTTP/1.1 502 "), response);
        }
    }

    @Test
    void anUpstreamWithoutTlsGives502() throws Exception {
        try (Origin origin = Origin.each(client -> client.send("HTTP/1.1 400 Bad Request\r\n\r\n"))) {
            String response = plain(spec(Protocol.HTTP, origin).upstreamTls(trusting()));
            assertTrue(response.startsWith("HTTP/1.1 502 "), response);
        }
    }

    @Test
    void plainHttpIsRefusedAndLogged() throws Exception {
        try (LogLines log = LogLines.of("http");
                Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(Protocol.HTTP, origin);
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            String ending;
            try {
                ending = client.ending();
            } catch (IOException e) {
                ending = e.toString();
            }
            assertTrue(List.of("end", "reset").contains(ending), ending);
            log.await("does not speak TLS");
            assertTrue(origin.failures().isEmpty());
        }
    }

    /** It did begin TLS, so it is answered in TLS. */
    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"TCP", "HTTP", "AUTO"})
    void aHelloThatCannotBeReadIsAnsweredByAnAlert(Protocol protocol) throws Exception {
        byte[] long64 = new byte[70_000];
        for (int at = 0; at < long64.length; at += 1005) {
            System.arraycopy(
                    new byte[] {22, 3, 1, 1000 >> 8, (byte) 1000}, 0, long64, at, Math.min(5, long64.length - at));
        }
        System.arraycopy(new byte[] {1, 1, 0, 0}, 0, long64, 5, 4);
        try (LogLines log = LogLines.of(protocol.name().toLowerCase(Locale.ROOT));
                Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(protocol, origin)) {
            for (byte[] hello : List.of(Tls.helloNaming("bad!name"), Tls.helloNaming("münchen.de"), long64)) {
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send(hello);
                    assertEquals("\25\3\3\0\2\2\62", client.read(7));
                    assertEquals("end", client.ending());
                }
            }
            log.await("the ClientHello can't be read: its server name is no name of a host");
            log.await("the ClientHello can't be read: it exceeds 65536 bytes");
            assertTrue(log.lines().stream().noneMatch(line -> line.contains("speak TLS")), log.lines()::toString);
            assertEquals(3, proxy.traffic().handshakes(HandshakeKind.failed(HandshakeKind.Side.CLIENT, false)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"my_service", "a.test.", "-lead.test"})
    void aServerNameThatTheJdkRejectsIsNamed(String name) throws Exception {
        try (LogLines log = LogLines.of("http");
                Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(Protocol.HTTP, origin);
                Peer client = Peer.connect(proxy.address())) {
            client.send(Tls.helloNaming(name));
            assertEquals("\25\3\3\0\2\2\57", client.read(7));
            log.await("TLS handshake failed: the client's server name " + name + " is not one that Java accepts");
        }
    }

    /** A hello may come in records and segments of any size. */
    @ParameterizedTest
    @MethodSource("versions")
    void aHelloInPiecesOfOneByte(Protocol protocol, String version) throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(protocol, origin);
                Origin pieces = Origin.each(client -> byteByByte(client, proxy));
                SSLSocket socket =
                        Tls.client(new InetSocketAddress("127.0.0.1", pieces.port()), client(), "localhost")) {
            socket.setEnabledProtocols(new String[] {version});
            assertEquals(RESPONSE, exchange(socket));
        }
    }

    private static void byteByByte(Peer client, ProxyServer proxy) throws IOException {
        try (Peer onward = Peer.connect(proxy.address())) {
            Thread back = Thread.ofVirtual().start(() -> {
                try {
                    onward.socket().getInputStream().transferTo(client.socket().getOutputStream());
                } catch (IOException e) {
                    // the client has what it wanted
                }
            });
            InputStream in = client.socket().getInputStream();
            for (int b = in.read(); b >= 0; b = in.read()) {
                onward.socket().getOutputStream().write(b);
            }
            back.interrupt();
        } catch (SocketException e) {
            // the client has left
        }
    }

    /** One that sends nothing, one that sends the beginning of a hello, and one that does not answer the server's. */
    @Test
    void clientsThatDoNotFinishAreClosedAndHoldUpNobody() throws Exception {
        byte[] hello = Tls.hello("localhost");
        try (LogLines log = LogLines.of("http");
                Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(Protocol.HTTP, origin);
                Peer silent = Peer.connect(proxy.address());
                Peer half = Peer.connect(proxy.address());
                Peer whole = Peer.connect(proxy.address())) {
            half.send(Arrays.copyOf(hello, hello.length / 2));
            whole.send(hello);
            try (SSLSocket socket = connect(proxy)) {
                assertEquals(RESPONSE, exchange(socket));
            }
            for (Peer client : List.of(silent, half, whole)) {
                client.ending(); // fails after a minute
            }
            TestProxy.await("no connection is left", () -> proxy.connections().isEmpty());
            assertEquals(3, proxy.traffic().ended(EndCause.HANDSHAKE_TIMEOUT));
            assertEquals(3, proxy.traffic().handshakes(HandshakeKind.failed(HandshakeKind.Side.CLIENT, true)));
            log.await("#1 from", "its ClientHello was not complete within 10 s");
            log.await("#2 from", "its ClientHello was not complete within 10 s");
            log.await("#3 from", "was not finished within 10000 ms");
            assertEquals(3, log.lines().size(), log.lines()::toString);
        }
    }

    @Test
    void aChangedCertificateIsReadAgainAndABadOneIsNot() throws Exception {
        KeyFiles files = Tls.files(folder, "server", LOCAL);
        try (LogLines log = LogLines.of("http");
                Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(Protocol.HTTP, origin)) {
            assertEquals(LOCAL.certificate(), shown(proxy, "localhost"));
            KeyAndChain next = CA.server(List.of("localhost"), MONTH);
            Tls.files(folder, "server", next);
            touch(files, 1);
            awaitShown(proxy, next); // files are looked at when clients come, once a second
            log.await("read again");
            Files.writeString(files.certificate(), "nothing");
            touch(files, 2);
            while (log.lines().stream().noneMatch(line -> line.contains("stay as they were"))) {
                assertEquals(next.certificate(), shown(proxy, "localhost"));
            }
            log.await("stay as they were", files.certificate().toString(), "has no PEM certificate");
            assertEquals(next.certificate(), shown(proxy, "localhost"));
        }
    }

    private static void touch(KeyFiles files, int times) throws IOException {
        FileTime time = FileTime.from(Instant.now().plusSeconds(10L * times));
        Files.setLastModifiedTime(files.certificate(), time);
        Files.setLastModifiedTime(files.key().orElseThrow(), time);
    }

    private static void awaitShown(ProxyServer proxy, KeyAndChain expected) throws Exception {
        long end = System.nanoTime() + SECONDS.toNanos(60);
        while (!expected.certificate().equals(shown(proxy, "localhost"))) {
            assertTrue(System.nanoTime() < end, "still the certificate from before");
        }
    }

    @Test
    void aProxyWithAnUnusableFileDoesNotStart() throws Exception {
        Path missing = folder.resolve("missing.pem");
        Terminated tls = Terminated.with(missing, missing);
        try (Origin origin = Origin.answering(RESPONSE)) {
            UnusableSettingsException refused = assertThrows(
                    UnusableSettingsException.class,
                    () -> start(spec(Protocol.HTTP, origin).tls(tls)));
            assertEquals("proxies.http.tls.certificate: " + missing + " does not exist", refused.getMessage());
            UnusableSettingsException trust = assertThrows(
                    UnusableSettingsException.class,
                    () -> start(spec(Protocol.HTTP, origin).upstreamTls(UpstreamTls.DEFAULTS.trusting(missing))));
            assertEquals("proxies.http.upstream-tls.trust: " + missing + " does not exist", trust.getMessage());
        }
    }

    @Test
    void insecureIsAnnounced() throws Exception {
        try (LogLines log = LogLines.of("http");
                Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy =
                        start(spec(Protocol.HTTP, origin).upstreamTls(UpstreamTls.DEFAULTS.acceptingAll()))) {
            log.await("any certificate of its upstream is accepted");
            assertTrue(proxy.isEnabled());
        }
    }

    @Test
    void passthroughChangesNothing() throws Exception {
        try (Origin origin = tlsOrigin(LOCAL, TlsOverSocketsTest::answer, "x");
                ProxyServer proxy = start(spec(Protocol.TCP, origin).tls(new ListenerTls.Passthrough()));
                SSLSocket socket = connect(proxy, "x")) {
            assertEquals(RESPONSE, exchange(socket));
            assertEquals("x", socket.getApplicationProtocol());
            assertEquals(LOCAL.certificate(), socket.getSession().getPeerCertificates()[0]);
        }
    }
}
