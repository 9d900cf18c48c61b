package io.chaosproxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.config.ListenerTls.Terminated;
import io.chaosproxy.config.UpstreamTls;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.net.SocketTransport;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.tls.CertificateAuthority;
import io.chaosproxy.tls.KeyAndChain;
import io.chaosproxy.tls.Openssl;
import io.chaosproxy.tls.TlsTransport;
import io.chaosproxy.tls.TlsTruncatedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How connections over TLS end, and whether the other end gets to know why. */
final class TlsEndsTest {
    private static final CertificateAuthority CA = CertificateAuthority.create("test authority");
    private static final KeyAndChain LOCAL = CA.server(List.of("localhost", "127.0.0.1"), Duration.ofDays(30));
    private static final List<X509Certificate> TRUST = CA.own().chain();

    private static final String REQUEST = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    /** An end that overtakes what was sent before does so now and then only. */
    private static final int OFTEN = 20;

    @TempDir
    private Path folder;

    private Terminated listener() throws IOException {
        KeyFiles files = Tls.files(folder, "server", LOCAL);
        return Terminated.with(files.certificate(), files.key().orElseThrow());
    }

    private Path trust() throws IOException {
        return Tls.trust(folder, "ca.pem", CA.own().certificate());
    }

    private static SSLSocket connect(ProxyServer proxy) throws Exception {
        return Tls.client(proxy.address(), Tls.context(TRUST, Optional.empty()), "localhost");
    }

    private ProxyServer terminating(Protocol protocol, Origin origin, Fault... faults) throws IOException {
        return TestProxy.start(
                TestProxy.spec(protocol, origin.port())
                        .tls(listener())
                        .with(Plan.of(Stream.of(faults).map(TestProxy::rule).toArray(Rule[]::new))),
                1);
    }

    /** The client has sent its request already, which the proxy doesn't read: the kernel would answer that with a reset. */
    @Test
    void aClientWithoutCertificateIsToldSoByAnAlert() throws Exception {
        Terminated tls = listener().requireClients(trust());
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.HTTP, origin.port()).tls(tls), 1)) {
            for (int i = 0; i < OFTEN; i++) {
                try (SSLSocket socket = connect(proxy)) {
                    Peer client = new Peer(socket).send(REQUEST).send(REQUEST);
                    IOException failure = assertThrows(IOException.class, client::readResponse);
                    assertTrue(String.valueOf(failure.getMessage()).contains("certificate"), failure::toString);
                }
            }
        }
    }

    /** An upstream that wants a certificate and does not get one. TLS 1.3 says so behind the handshake (RFC 8446 §4.4.2.4). */
    private static Origin strict() throws Exception {
        SSLContext context = Tls.context(TRUST, Optional.of(LOCAL));
        return Origin.each(client -> {
            try (SSLSocket secured = Tls.server(client, context)) {
                secured.setNeedClientAuth(true);
                new Peer(secured).send("x");
            } catch (SSLException e) {
                // as it has to be
            }
        });
    }

    private UpstreamTls trusting() throws IOException {
        return UpstreamTls.DEFAULTS.trusting(trust());
    }

    @Test
    void anUpstreamThatRejectsOurCertificateGivesA502ThatSaysSo() throws Exception {
        try (Origin origin = strict();
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.HTTP, origin.port()).upstreamTls(trusting()), 1)) {
            for (int i = 0; i < OFTEN; i++) {
                try (Peer client = Peer.connect(proxy.address())) {
                    String response = client.send(REQUEST).readResponse();
                    assertTrue(response.startsWith("HTTP/1.1 502 "), response);
                    assertTrue(response.contains("upstream ended TLS: "), response);
                    assertTrue(response.contains("certificate"), response);
                }
            }
        }
    }

    @Test
    void onTcpTheLogSaysSo() throws Exception {
        try (LogLines log = LogLines.of("tcp");
                Origin origin = strict();
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.TCP, origin.port()).upstreamTls(trusting()), 1);
                Peer client = Peer.connect(proxy.address())) {
            client.ending();
            log.await("upstream ended TLS", "certificate");
        }
    }

    static Stream<Arguments> cuts() {
        return Stream.of("TLSv1.2", "TLSv1.3")
                .flatMap(version -> Stream.of(
                        Arguments.of(version, Protocol.HTTP, Truncate.at(2), "close_notify"),
                        Arguments.of(version, Protocol.HTTP, Truncate.at(2).withoutCloseNotify(), "truncated"),
                        Arguments.of(version, Protocol.TCP, Limit.of(40), "close_notify"),
                        Arguments.of(version, Protocol.TCP, Limit.of(40).withoutCloseNotify(), "truncated")));
    }

    @ParameterizedTest
    @MethodSource("cuts")
    void aCutStreamEndsAsItsRuleSays(String version, Protocol protocol, Fault cut, String expected) throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(protocol, origin, cut);
                SocketChannel socket = SocketChannel.open(
                        new InetSocketAddress("127.0.0.1", proxy.address().getPort()));
                TlsTransport client = new TlsTransport(SocketTransport.over(socket), engine(true, version))) {
            client.handshake(Duration.ofMinutes(1));
            ByteBuffer request = ByteBuffer.wrap(REQUEST.getBytes(ISO_8859_1));
            while (request.hasRemaining()) {
                client.write(request, () -> true);
            }
            assertEquals(expected, ending(client));
        }
    }

    private static SSLEngine engine(boolean client, String version) throws Exception {
        SSLEngine engine = Tls.context(TRUST, Optional.of(LOCAL)).createSSLEngine("localhost", 443);
        engine.setUseClientMode(client);
        engine.setEnabledProtocols(new String[] {version});
        return engine;
    }

    /** How a stream ends for an end that insists on a close_notify; the JDK's own sockets don't, unless a property says so. */
    private static String ending(TlsTransport transport) throws IOException {
        try (Chunk chunk = new Chunk()) {
            while (chunk.readFrom(transport) >= 0) {
                chunk.bytes().position(chunk.bytes().limit());
            }
            return "close_notify";
        } catch (TlsTruncatedException e) {
            return "truncated";
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anUpstreamSeesACutOnTheWayUpAsItsRuleSays(boolean closeNotify) throws Exception {
        Limit limit = Limit.of(5);
        Rule rule =
                TestProxy.rule(closeNotify ? limit : limit.withoutCloseNotify()).way(Directions.UP);
        try (ServerSocketChannel upstream = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.TCP, upstream.socket().getLocalPort())
                                .upstreamTls(trusting())
                                .with(Plan.of(rule)),
                        1);
                Peer client = Peer.connect(proxy.address())) {
            client.send("0123456789");
            try (TlsTransport server =
                    new TlsTransport(SocketTransport.over(upstream.accept()), engine(false, "TLSv1.3"))) {
                server.handshake(Duration.ofMinutes(1));
                assertEquals(closeNotify ? "close_notify" : "truncated", ending(server));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void opensslReportsATruncationOnlyWithoutCloseNotify(boolean closeNotify) throws Exception {
        Openssl.assumePresent();
        Truncate cut = Truncate.at(2);
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(Protocol.HTTP, origin, closeNotify ? cut : cut.withoutCloseNotify());
                Openssl client = Openssl.start(
                        "s_client",
                        "-quiet",
                        "-CAfile",
                        trust().toString(),
                        "-connect",
                        "127.0.0.1:" + proxy.address().getPort())) {
            client.type(REQUEST);
            client.exit();
            assertTrue(client.output().contains("\r\n\r\nhe"), client::output);
            assertEquals(!closeNotify, client.output().contains("unexpected eof"), client::output);
        }
    }

    @Test
    void aClientWithoutACommonCipherIsToldSo() throws Exception {
        Openssl.assumePresent();
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(Protocol.HTTP, origin);
                Openssl client = Openssl.start(
                        "s_client",
                        "-tls1_2",
                        "-cipher",
                        "AES128-SHA:@SECLEVEL=0",
                        "-connect",
                        "127.0.0.1:" + proxy.address().getPort())) {
            client.exit();
            assertTrue(client.output().contains("alert handshake failure"), client::output);
        }
    }
}
