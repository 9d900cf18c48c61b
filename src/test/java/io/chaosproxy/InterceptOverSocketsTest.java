package io.chaosproxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Intercept;
import io.chaosproxy.config.Intercept.OnRefusal;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.UpstreamTls;
import io.chaosproxy.fault.BadCertificate;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.ResetInTls;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.UnusableSettingsException;
import io.chaosproxy.tls.AuthorityFiles;
import io.chaosproxy.tls.CertificateAuthority;
import io.chaosproxy.tls.KeyAndChain;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS through CONNECT and SOCKS 5 that the proxy terminates, as clients and their targets see it. */
final class InterceptOverSocketsTest {
    private static final CertificateAuthority OURS = CertificateAuthority.create("interception");
    private static final CertificateAuthority THEIRS = CertificateAuthority.create("the web");
    private static final Duration MONTH = Duration.ofDays(30);
    private static final KeyAndChain SITE =
            THEIRS.server(List.of("localhost", "127.0.0.1", "shop.example.com", "bücher.example"), MONTH);

    private static final String REQUEST = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    @TempDir
    private Path folder;

    private AuthorityFiles files;

    @BeforeEach
    void write() throws IOException {
        files = AuthorityFiles.in(folder);
        files.write(OURS, false);
    }

    private Intercept all() {
        return Intercept.all(files.certificate(), files.key());
    }

    private ProxySpec spec(Intercept how, Rule... rules) throws IOException {
        Path web = Tls.trust(folder, "web.pem", THEIRS.own().certificate());
        return ProxySpec.forward()
                .intercept(how)
                .upstreamTls(UpstreamTls.DEFAULTS.trusting(web))
                .with(Plan.of(rules));
    }

    private ProxyServer start(Intercept how, Rule... rules) throws IOException {
        return TestProxy.start(spec(how, rules), 1);
    }

    private static Rule[] rules(Fault... faults) {
        return Stream.of(faults).map(TestProxy::rule).toArray(Rule[]::new);
    }

    /** A site that speaks TLS, with this certificate. */
    private static Origin site(KeyAndChain identity, Origin.Script script, String... protocols) throws Exception {
        SSLContext context = Tls.context(List.of(), Optional.of(identity));
        return Origin.each(client -> {
            try (SSLSocket secured = Tls.server(client, context, protocols)) {
                secured.startHandshake();
                script.run(new Peer(secured));
            } catch (SSLException e) {
                // a test of a client, or a proxy, that rejects it
            }
        });
    }

    private static Origin site() throws Exception {
        return site(SITE, InterceptOverSocketsTest::answer);
    }

    private static void answer(Peer client) throws IOException {
        while (!client.readHead().isEmpty()) {
            client.send(RESPONSE);
        }
    }

    /** A client behind the proxy that trusts this authority; its handshake has not begun. */
    private static SSLSocket client(
            ProxyServer proxy, String target, int port, CertificateAuthority trusted, String name, String... protocols)
            throws Exception {
        Socket plain = new Socket();
        plain.connect(new InetSocketAddress("127.0.0.1", proxy.address().getPort()), 60_000);
        plain.setSoTimeout(60_000);
        Peer peer = new Peer(plain);
        String authority = target + ":" + port;
        String reply = peer.send("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
                .readHead();
        assertTrue(reply.startsWith("HTTP/1.1 200 "), reply);
        SSLSocket socket = (SSLSocket) Tls.context(trusted.own().chain(), Optional.empty())
                .getSocketFactory()
                .createSocket(plain, name, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
        return socket;
    }

    private static SSLSocket client(ProxyServer proxy, Origin site, CertificateAuthority trusted) throws Exception {
        return client(proxy, "localhost", site.port(), trusted, "localhost", "h2", "http/1.1");
    }

    private static String exchange(SSLSocket socket) throws IOException {
        return exchange(socket, "/a");
    }

    private static String exchange(SSLSocket socket, String path) throws IOException {
        return new Peer(socket).send(REQUEST.replace("/a", path)).readResponse();
    }

    private static X509Certificate shown(SSLSocket socket) throws IOException {
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }

    private static String names(X509Certificate certificate) throws Exception {
        List<String> names = new ArrayList<>();
        for (List<?> name : certificate.getSubjectAlternativeNames()) {
            names.add(String.valueOf(name.get(1)));
        }
        return String.join(" ", names);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void requestsWithinTlsMeetTheFaultsOfHttp(String version) throws Exception {
        Rule busy = Rule.of("busy", Respond.of(503, "come again\n")).when(io.chaosproxy.fault.Match.path("/busy"));
        try (Origin site = site();
                ProxyServer proxy = start(all(), busy);
                SSLSocket socket = client(proxy, site, OURS)) {
            socket.setEnabledProtocols(new String[] {version});
            assertEquals(RESPONSE, exchange(socket));
            assertTrue(exchange(socket, "/busy").startsWith("HTTP/1.1 503 "));
            assertEquals(RESPONSE, exchange(socket));
            assertEquals("http/1.1", socket.getApplicationProtocol());
            assertEquals("localhost", names(shown(socket)));
            shown(socket).verify(OURS.own().certificate().getPublicKey());
            assertEquals(1, proxy.common().journal().hits("forward", "busy"));
        }
    }

    @Test
    void aTruncatedBodyHeadersAndLatency() throws Exception {
        Headers headers = Headers.ofResponse("X-Chaos", "yes");
        try (Origin site = site();
                ProxyServer proxy = start(all(), rules(headers, Latency.of(Duration.ofMillis(200)), Truncate.at(2)));
                SSLSocket socket = client(proxy, site, OURS)) {
            long begun = System.nanoTime();
            socket.getOutputStream().write(REQUEST.getBytes(ISO_8859_1));
            Peer peer = new Peer(socket);
            String head = peer.readHead();
            assertTrue(System.nanoTime() - begun >= Duration.ofMillis(200).toNanos());
            assertTrue(head.contains("X-Chaos: yes"), head);
            assertEquals("he", peer.read(2));
            assertNotEquals("reset", Tls.ending(socket));
        }
    }

    /** The tunnel is there when the certificate of its target is checked, so the client gets the reason as a response. */
    @Test
    void anUntrustedTargetIsA502WithTheReason() throws Exception {
        KeyAndChain unknown = CertificateAuthority.create("unknown").server(List.of("localhost"), MONTH);
        try (LogLines log = LogLines.of("forward");
                Origin site = site(unknown, InterceptOverSocketsTest::answer);
                ProxyServer proxy = start(all());
                SSLSocket socket = client(proxy, site, OURS)) {
            String response = exchange(socket);
            assertTrue(response.startsWith("HTTP/1.1 502 "), response);
            assertTrue(response.contains("PKIX path building failed"), response);
            log.await("localhost:" + site.port(), "PKIX path building failed");
        }
    }

    @Test
    void aTargetWithAnotherNameIsA502AsWell() throws Exception {
        KeyAndChain other = THEIRS.server(List.of("other.example"), MONTH);
        try (Origin site = site(other, InterceptOverSocketsTest::answer);
                ProxyServer proxy = start(all());
                SSLSocket socket = client(proxy, site, OURS)) {
            String response = exchange(socket);
            assertTrue(response.startsWith("HTTP/1.1 502 "), response);
            assertTrue(response.contains("localhost"), response);
        }
    }

    /** Else a client could be led to a server that has no certificate for the name which the client checks. */
    @Test
    void theTargetHasToProveTheNameThatTheClientGetsACertificateFor() throws Exception {
        try (Origin site = site();
                ProxyServer proxy = start(all());
                SSLSocket socket = client(proxy, "localhost", site.port(), OURS, "stranger.example", "http/1.1")) {
            String response = exchange(socket);
            assertEquals("stranger.example", names(shown(socket)));
            assertTrue(response.startsWith("HTTP/1.1 502 "), response);
            assertTrue(response.contains("stranger.example"), response);
        }
    }

    @Test
    void aTargetWithoutHttpEndsTheConnection() throws Exception {
        KeyAndChain unknown = CertificateAuthority.create("unknown").server(List.of("localhost"), MONTH);
        try (Origin site = site(unknown, InterceptOverSocketsTest::answer);
                ProxyServer proxy = start(all());
                SSLSocket socket = client(proxy, "localhost", site.port(), OURS, "localhost")) {
            socket.getOutputStream().write(new byte[] {0, 1, 2, 3});
            assertEquals(-1, endOf(socket));
        }
    }

    private static int endOf(SSLSocket socket) {
        try {
            return socket.getInputStream().read();
        } catch (IOException e) {
            return -1;
        }
    }

    /** The client of the name in TLS expects a certificate for that, wherever the tunnel leads to. */
    @ParameterizedTest
    @CsvSource({
        "localhost, localhost, localhost",
        "127.0.0.1, shop.example.com, shop.example.com",
        "localhost, shop.example.com, shop.example.com",
        "127.0.0.1, 127.0.0.1, 127.0.0.1",
        "localhost, xn--bcher-kva.example, xn--bcher-kva.example",
    })
    void theCertificateIsForWhatTheClientNames(String target, String name, String certified) throws Exception {
        try (Origin site = site();
                ProxyServer proxy = start(all());
                SSLSocket socket = client(proxy, target, site.port(), OURS, name, "http/1.1")) {
            if (!name.equals("127.0.0.1")) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setServerNames(List.of(new SNIHostName(name)));
                socket.setSSLParameters(parameters);
            }
            assertEquals(RESPONSE, exchange(socket));
            assertEquals(certified, names(shown(socket)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, '', true",
        "other.example, '', false",
        "'', localhost, false",
        "'*', 'local*', false",
        "'127.0.0.0/8', '', true",
        "'', '127.0.0.1', false",
        "'localhost:1', '', false",
        "'*.example.com', '', true", // by the name in TLS
        "'', 'shop.example.com:*', false"
    })
    void onlySelectedTargetsAreIntercepted(String only, String except, boolean intercepted) throws Exception {
        Intercept how = all();
        how = only.isEmpty() ? how : how.only(only);
        how = except.isEmpty() ? how : how.except(except);
        String name = (only + except).contains("example.com") ? "shop.example.com" : "localhost";
        try (Origin site = site();
                ProxyServer proxy = start(how);
                SSLSocket socket =
                        client(proxy, "localhost", site.port(), intercepted ? OURS : THEIRS, name, "http/1.1")) {
            assertEquals(RESPONSE, exchange(socket));
            assertEquals(!intercepted, shown(socket).equals(SITE.certificate()));
        }
    }

    /** The engine would reject these server names, though the target may accept them. */
    @ParameterizedTest
    @ValueSource(strings = {"my_service", "a.test.", "-lead.test", "a..b", "bad!name"})
    void aServerNameThatTheJdkRejectsPassesThrough(String name) throws Exception {
        byte[] hello = Tls.helloNaming(name);
        try (Origin site = Origin.each(
                        client -> client.send("<" + client.read(hello.length).length() + ">"));
                ProxyServer proxy = start(all());
                Peer client = Peer.connect(proxy.address())) {
            client.send("CONNECT " + site.address() + " HTTP/1.1\r\nHost: " + site.address() + "\r\n\r\n");
            assertTrue(client.readHead().startsWith("HTTP/1.1 200 "));
            client.send(hello);
            assertEquals(
                    "<" + hello.length + ">",
                    client.read(String.valueOf(hello.length).length() + 2));
        }
    }

    /** What it would understand, nobody here speaks. */
    @Test
    void aClientOfOtherProtocolsAlonePassesThrough() throws Exception {
        try (Origin site = site(SITE, InterceptOverSocketsTest::answer, "h2");
                ProxyServer proxy = start(all());
                SSLSocket socket = client(proxy, "localhost", site.port(), THEIRS, "localhost", "h2")) {
            assertEquals(RESPONSE, exchange(socket));
            assertEquals(SITE.certificate(), shown(socket));
            assertEquals("h2", socket.getApplicationProtocol());
        }
    }

    @Test
    void otherBytesWithinTlsAreRelayed() throws Exception {
        try (Origin site = site(SITE, client -> client.send("<" + client.read(4) + ">"));
                ProxyServer proxy = start(all());
                SSLSocket socket = client(proxy, "localhost", site.port(), OURS, "localhost")) {
            socket.getOutputStream().write(new byte[] {0, 1, 2, 3});
            assertEquals("<\0\1\2\3>", new String(socket.getInputStream().readAllBytes(), ISO_8859_1));
        }
    }

    @Test
    void aTargetMaySpeakFirst() throws Exception {
        try (Origin site = site(SITE, client -> client.send("220 ready\r\n").read(4));
                ProxyServer proxy = start(all());
                SSLSocket socket = client(proxy, "localhost", site.port(), OURS, "localhost")) {
            assertEquals("220 ready\r\n", new Peer(socket).read(11));
            socket.getOutputStream().write("QUIT".getBytes(ISO_8859_1));
            assertEquals(-1, socket.getInputStream().read());
        }
    }

    @Test
    void whatIsNotTlsIsNotIntercepted() throws Exception {
        try (Origin site = Origin.answering(RESPONSE);
                ProxyServer proxy = start(all());
                Socket plain = new Socket("127.0.0.1", proxy.address().getPort())) {
            Peer peer = new Peer(plain);
            peer.send("CONNECT " + site.address() + " HTTP/1.1\r\nHost: " + site.address() + "\r\n\r\n");
            assertTrue(peer.readHead().startsWith("HTTP/1.1 200 "));
            assertEquals(RESPONSE, peer.send(REQUEST).readResponse());
        }
    }

    @Test
    void throughSocksAsWell() throws Exception {
        try (Origin site = site();
                ProxyServer proxy = start(all(), rules(Respond.of(418, "")));
                Socket plain = new Socket("127.0.0.1", proxy.address().getPort())) {
            Peer peer = new Peer(plain);
            byte[] host = "localhost".getBytes(ISO_8859_1);
            plain.getOutputStream().write(new byte[] {5, 1, 0});
            assertEquals("\5\0", peer.read(2));
            plain.getOutputStream().write(new byte[] {5, 1, 0, 3, (byte) host.length});
            plain.getOutputStream().write(host);
            plain.getOutputStream().write(new byte[] {(byte) (site.port() >> 8), (byte) site.port()});
            assertEquals("\5\0", peer.read(10).substring(0, 2));
            try (SSLSocket socket = (SSLSocket) Tls.context(OURS.own().chain(), Optional.empty())
                    .getSocketFactory()
                    .createSocket(plain, "localhost", site.port(), true)) {
                assertTrue(exchange(socket).startsWith("HTTP/1.1 418 "));
            }
        }
    }

    /** A client that has a certificate, or its authority, of its own. */
    @Test
    void aClientThatRejectsTheCertificatePassesThroughTheNextTime() throws Exception {
        try (LogLines log = LogLines.of("forward");
                Origin site = site();
                ProxyServer proxy = start(all().onRefusal(OnRefusal.PASSTHROUGH), rules(Respond.of(418, "")))) {
            try (SSLSocket socket = client(proxy, site, THEIRS)) {
                assertThrows(SSLException.class, socket::startHandshake);
            }
            log.await("rejects the certificate for localhost (certificate_unknown)", "not intercepted for 1 h");
            try (SSLSocket socket = client(proxy, site, THEIRS)) {
                assertEquals(RESPONSE, exchange(socket));
                assertEquals(SITE.certificate(), shown(socket));
            }
            Hit said = proxy.common().journal().hits().getFirst();
            assertEquals(
                    List.of("intercept", "passthrough", "localhost", 2L, 0L),
                    List.of(said.rule(), said.type(), said.spoken().serverName(), said.connection(), said.exchange()));
            try (SSLSocket socket = client(proxy, "127.0.0.1", site.port(), OURS, "127.0.0.1", "http/1.1")) {
                assertTrue(exchange(socket).startsWith("HTTP/1.1 418 ")); // another name
            }
        }
    }

    /** As clients do that compare the certificate, or its key, with one that they know. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatLeavesAfterTheHandshakePassesThroughTheNextTime(boolean orderly) throws Exception {
        try (LogLines log = LogLines.of("forward");
                Origin site = site();
                ProxyServer proxy = start(all().onRefusal(OnRefusal.PASSTHROUGH))) {
            try (SSLSocket socket = client(proxy, site, OURS)) {
                socket.startHandshake();
                if (!orderly) {
                    socket.setSoLinger(true, 0);
                }
            }
            log.await("ends the connection", "not intercepted for 1 h");
            try (SSLSocket socket = client(proxy, site, THEIRS)) {
                assertEquals(RESPONSE, exchange(socket));
                assertEquals(SITE.certificate(), shown(socket));
            }
        }
    }

    @Test
    void aClientThatHasAcceptedItBeforeMayLeave() throws Exception {
        try (Origin site = site();
                ProxyServer proxy = start(all().onRefusal(OnRefusal.PASSTHROUGH))) {
            try (SSLSocket socket = client(proxy, site, OURS)) {
                assertEquals(RESPONSE, exchange(socket));
            }
            for (int i = 0; i < 3; i++) {
                try (SSLSocket socket = client(proxy, site, OURS)) {
                    socket.startHandshake(); // connects in advance
                }
            }
            try (SSLSocket socket = client(proxy, site, OURS)) {
                assertEquals(RESPONSE, exchange(socket));
            }
            assertTrue(proxy.common().journal().hits().isEmpty());
        }
    }

    /** The client has to reject it, and is to be asked again. */
    @ParameterizedTest
    @EnumSource
    void aCertificateWithADefectIsNotTakenForARefusal(TlsFault.Defect defect) throws Exception {
        try (Origin site = site();
                ProxyServer proxy = start(all().onRefusal(OnRefusal.PASSTHROUGH), rules(new BadCertificate(defect)))) {
            for (int i = 0; i < 2; i++) {
                try (SSLSocket socket = client(proxy, site, OURS)) {
                    assertThrows(SSLException.class, socket::startHandshake);
                }
            }
            assertEquals(2, proxy.common().journal().hits("forward", "certificate"));
            proxy.plan(Plan.CLEAN);
            try (SSLSocket socket = client(proxy, site, OURS)) {
                assertEquals(RESPONSE, exchange(socket));
            }
        }
    }

    @Test
    void aResetOfTheHandshake() throws Exception {
        try (Origin site = site();
                ProxyServer proxy = start(all(), rules(ResetInTls.atHello()));
                SSLSocket socket = client(proxy, site, OURS)) {
            assertTrue(Tls.isReset(assertThrows(IOException.class, socket::startHandshake)));
        }
    }

    @Test
    void byDefaultARejectionFailsEachTimeAndSaysWhatToDo() throws Exception {
        try (LogLines log = LogLines.of("forward");
                Origin site = site();
                ProxyServer proxy = start(all())) {
            for (int i = 0; i < 2; i++) {
                try (SSLSocket socket = client(proxy, site, THEIRS)) {
                    assertThrows(SSLException.class, socket::startHandshake);
                }
            }
            log.await(
                    "#2",
                    "rejects the certificate for localhost (certificate_unknown): it has to trust the authority in "
                            + files.certificate(),
                    "on-refusal = passthrough");
        }
    }

    @Test
    void manyClientsAtOnce() throws Exception {
        try (Origin site = site();
                ProxyServer proxy = start(all())) {
            for (X509Certificate shown : Together.run(30, i -> {
                try (SSLSocket socket = client(proxy, site, OURS)) {
                    assertEquals(RESPONSE, exchange(socket));
                    return shown(socket);
                }
            })) {
                assertEquals("localhost", names(shown));
            }
        }
    }

    @Test
    void anotherAuthorityIsReadWithoutARestartAndABadOneIsNot() throws Exception {
        CertificateAuthority next = CertificateAuthority.create("next");
        try (LogLines log = LogLines.of("forward");
                Origin site = site();
                ProxyServer proxy = start(all())) {
            try (SSLSocket socket = client(proxy, site, OURS)) {
                assertEquals(RESPONSE, exchange(socket));
            }
            files.write(next, true);
            awaitIssuer(proxy, site, next);
            log.await("read again");
            Files.writeString(files.key(), "nothing");
            while (log.lines().stream().noneMatch(line -> line.contains("stay as they were"))) {
                awaitIssuer(proxy, site, next);
            }
            log.await("stay as they were", files.key().toString());
        }
    }

    private static void awaitIssuer(ProxyServer proxy, Origin site, CertificateAuthority issuer) throws Exception {
        long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (true) {
            try (SSLSocket socket = client(proxy, site, issuer)) {
                socket.startHandshake();
                return;
            } catch (SSLException e) {
                assertTrue(System.nanoTime() < end, "still the authority from before");
            }
        }
    }

    @Test
    void withAnUnusableAuthorityItDoesNotStart() throws Exception {
        Files.writeString(files.certificate(), "nothing");
        UnusableSettingsException refused = assertThrows(UnusableSettingsException.class, () -> start(all()));
        assertTrue(
                refused.getMessage().contains("intercept.ca: " + files.certificate() + " has no PEM certificate"),
                refused.getMessage());
        Tls.files(folder, "chaos-proxy-ca", SITE);
        refused = assertThrows(UnusableSettingsException.class, () -> start(all()));
        assertTrue(refused.getMessage().contains("is not one of an authority"), refused.getMessage());
    }

    @Test
    void aKeyThatEverybodyCanReadIsWarnedOf() throws Exception {
        try (LogLines log = LogLines.of("forward")) {
            start(all()).close();
            assertTrue(
                    log.lines().stream().noneMatch(line -> line.contains("can read")),
                    log.lines().toString());
            Files.setPosixFilePermissions(files.key(), PosixFilePermissions.fromString("rw-r--r--"));
            start(all()).close();
            log.await("every user of this machine can read " + files.key());
        }
    }
}
