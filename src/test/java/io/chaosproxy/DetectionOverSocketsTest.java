package io.chaosproxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxyProtocol;
import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.RefusingPort;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.tls.CertificateAuthority;
import io.chaosproxy.tls.KeyAndChain;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One port for HTTP, HTTPS and anything else: {@code protocol = auto}. */
final class DetectionOverSocketsTest {
    private static final CertificateAuthority CA = CertificateAuthority.create("test authority");
    private static final KeyAndChain LOCAL = CA.server(List.of("localhost", "127.0.0.1"), Duration.ofDays(30));

    private static final String REQUEST = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    @TempDir
    private Path folder;

    private ProxyServer terminating(int upstream, Rule... rules) throws IOException {
        ListenerTls.KeyFiles files = Tls.files(folder, "server", LOCAL);
        return TestProxy.start(
                TestProxy.spec(Protocol.AUTO, upstream, rules)
                        .tls(ListenerTls.Terminated.with(
                                files.certificate(), files.key().orElseThrow())),
                1);
    }

    private static Peer tls(ProxyServer proxy, String... protocols) throws Exception {
        SSLContext context = Tls.context(CA.own().chain(), Optional.empty());
        SSLSocket socket = Tls.client(proxy.address(), context, "localhost", protocols);
        socket.startHandshake();
        return new Peer(socket);
    }

    private static Peer plain(ProxyServer proxy) throws IOException {
        return Peer.connect(proxy.address());
    }

    /** What an origin answers that speaks HTTP to those that do, and sends everything else back. */
    private static Origin both() throws IOException {
        return Origin.each(client -> {
            byte[] bytes = new byte[8192];
            int count;
            while ((count = client.socket().getInputStream().read(bytes)) >= 0) {
                String text = new String(bytes, 0, count, ISO_8859_1);
                client.send(text.startsWith("GET ") ? RESPONSE : text);
            }
        });
    }

    @Test
    void theSamePlanServesAllKindsOfClientsOnOnePort() throws Exception {
        Rule[] rules = {
            Rule.of("busy", Respond.of(503)).when(Match.path("/busy")),
            Rule.of("marked", Headers.ofResponse("X-Marked", "yes")),
            Rule.of("cut", Truncate.at(3)).when(Match.path("/cut")),
            Rule.of("spoilt", Corrupt.of(1, 5)).way(Directions.DOWN),
        };
        try (Origin origin = both();
                ProxyServer proxy = terminating(origin.port(), rules)) {
            for (Peer http : List.of(plain(proxy), tls(proxy))) {
                try (http) {
                    http.send("GET /busy HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    assertTrue(http.readResponse().startsWith("HTTP/1.1 503 "));
                    http.send(REQUEST);
                    String response = http.readResponse();
                    assertTrue(response.contains("X-Marked: yes\r\n"), response);
                    assertFalse(response.endsWith("hello"), response);
                }
            }
            for (Peer other : List.of(plain(proxy), tls(proxy))) {
                try (other) {
                    String sent = "\0\1 no request at all";
                    other.send(sent);
                    String echoed = other.read(sent.length());
                    assertFalse(echoed.equals(sent), "the rule for all bytes has hit");
                }
            }
            assertEquals(2, hits(proxy, "busy"));
            assertEquals(4, hits(proxy, "marked"));
            assertEquals(0, hits(proxy, "cut"));
            assertEquals(4, hits(proxy, "spoilt"));
            assertEquals(4, proxy.traffic().exchanges());
        }
    }

    private static long hits(ProxyServer proxy, String rule) {
        return proxy.common().journal().hits(proxy.name(), rule);
    }

    @Test
    void faultsOfRequestsRestOnOtherConnections() throws Exception {
        Rule cut = Rule.of("cut", Truncate.at(1));
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.auto(origin.port(), cut);
                Peer client = plain(proxy)) {
            client.send("no request at all\r\n");
            assertEquals("no request at all\r\n", client.read(19));
            client.endOutput();
            assertEquals("", client.readText());
            assertEquals(0, hits(proxy, "cut"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aServerThatSpeaksFirstIsHeard(boolean secured) throws Exception {
        try (Origin origin = Origin.each(client -> {
                    client.send("220 mail ready\r\n");
                    client.socket().getInputStream().transferTo(client.socket().getOutputStream());
                });
                ProxyServer proxy = terminating(origin.port());
                Peer client = secured ? tls(proxy) : plain(proxy)) {
            assertEquals("220 mail ready\r\n", client.read(16));
            assertEquals(Protocol.TCP, only(proxy).facts().protocol());
            client.send("QUIT\r\n");
            assertEquals("QUIT\r\n", client.read(6));
        }
    }

    private static Connection only(ProxyServer proxy) {
        assertEquals(1, proxy.connections().size());
        return proxy.connections().iterator().next();
    }

    @Test
    void theUpstreamIsNotConnectedBeforeTheClientHasBeenSilentForAWhile() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.auto(origin.port())) {
            long begun = System.nanoTime();
            try (Peer client = plain(proxy);
                    Peer server = origin.next()) {
                assertTrue(System.nanoTime() - begun >= Duration.ofMillis(200).toNanos());
                assertEquals(Protocol.AUTO, only(proxy).facts().protocol());
                client.send(REQUEST);
                assertEquals(REQUEST, server.readHead());
                assertEquals(Protocol.HTTP, only(proxy).facts().protocol());
                server.send(RESPONSE);
                assertEquals(RESPONSE, client.readResponse());
                client.send(REQUEST);
                assertEquals(REQUEST, server.readHead());
                server.send(RESPONSE);
                assertEquals(RESPONSE, client.readResponse());
            }
            assertTrue(origin.isUntouched(), "one upstream connection for one client");
        }
    }

    @Test
    void aClientThatIsSlowWithItsFirstRequestIsStillHttp() throws Exception {
        Rule busy = Rule.of("busy", Respond.of(503));
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.auto(origin.port(), busy);
                Peer client = plain(proxy);
                Peer server = origin.next()) {
            assertTrue(client.isSilentFor(2500), "longer than any patience");
            client.send(REQUEST);
            assertTrue(client.readResponse().startsWith("HTTP/1.1 503 "));
            assertTrue(server.isSilentFor(1));
        }
    }

    @Test
    void bytesThatDoNotTellTheirProtocolGoOnAfterAWhile() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.auto(origin.port());
                Peer client = plain(proxy)) {
            client.send("HELO");
            assertEquals("HELO", client.read(4));
            client.send("GET / HTTP/1.1\r\n\r\n");
            assertEquals("GET / HTTP/1.1\r\n\r\n", client.read(18));
            assertEquals(0, proxy.traffic().exchanges());
        }
    }

    @Test
    void aRequestInPiecesIsARequest() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.auto(origin.port());
                Peer client = plain(proxy)) {
            for (String piece : REQUEST.split("")) {
                client.send(piece);
            }
            assertEquals(RESPONSE, client.readResponse());
            assertEquals(1, proxy.traffic().exchanges());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\0", "GET", "\26\3\1", "\5\1\0", "SSH-2.0-x\r\n", "get k\r\n", "GET /\r\n", PREFACE})
    void anyOtherBytesPassUnchanged(String sent) throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.auto(origin.port());
                Peer client = plain(proxy)) {
            client.send(sent).endOutput();
            assertEquals(sent, client.readText());
            assertEquals(0, proxy.traffic().exchanges());
        }
    }

    @Test
    void withoutACertificateTlsPassesAsBytes() throws Exception {
        SSLContext server = Tls.context(List.of(), Optional.of(LOCAL));
        try (Origin origin = Origin.each(client -> {
                    try (Peer inside = new Peer(Tls.server(client, server))) {
                        inside.send(inside.readHead());
                    }
                });
                ProxyServer proxy = TestProxy.auto(origin.port());
                Peer client = tls(proxy)) {
            client.send(REQUEST);
            assertEquals(REQUEST, client.readHead());
            assertEquals(0, proxy.traffic().exchanges());
        }
    }

    @Test
    void clientsThatOfferHttp1ByAlpnGetIt() throws Exception {
        SSLContext context = Tls.context(CA.own().chain(), Optional.empty());
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = terminating(origin.port());
                SSLSocket both = Tls.client(proxy.address(), context, "localhost", "h2", "http/1.1");
                SSLSocket neither = Tls.client(proxy.address(), context, "localhost", "h2")) {
            both.startHandshake();
            assertEquals("http/1.1", both.getApplicationProtocol());
            neither.startHandshake();
            assertEquals("", neither.getApplicationProtocol());
        }
    }

    @Test
    void anUpstreamThatCannotBeReachedEndsASilentConnectionAndAnswersARequest() throws Exception {
        try (RefusingPort nothing = new RefusingPort();
                ProxyServer proxy = TestProxy.auto(nothing.port());
                Peer silent = plain(proxy);
                Peer client = plain(proxy)) {
            client.send(REQUEST);
            assertTrue(client.readResponse().startsWith("HTTP/1.1 502 "));
            assertEquals("", silent.readText());
        }
    }

    @Test
    void anUpstreamThatEndsAtOnceEndsASilentConnection() throws Exception {
        try (Origin origin = Origin.each(Peer::endOutput);
                ProxyServer proxy = TestProxy.auto(origin.port());
                Peer client = plain(proxy)) {
            assertEquals("end", client.ending());
        }
    }

    @Test
    void anUpstreamThatResetsResetsASilentConnection() throws Exception {
        Options announcing = Options.DEFAULTS.proxyProtocol(ProxyProtocol.OFF.send(ProxyProtocol.Send.V1));
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.AUTO, origin.port()).with(announcing), 1);
                Peer client = plain(proxy);
                Peer server = origin.next()) {
            assertTrue(server.read(5).startsWith("PROXY"), "it is connected");
            server.reset();
            assertEquals("reset", client.ending());
        }
    }

    @Test
    void aClientThatLeavesUndecidedIsForgotten() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.auto(origin.port())) {
            try (Peer client = plain(proxy);
                    Peer server = origin.next()) {
                client.reset();
                assertEquals("reset", server.ending());
            }
            TestProxy.await("forgotten", () -> proxy.connections().isEmpty());
        }
    }

    @Test
    void aChangeThatSparesExchangesUnderWayHoldsForOtherConnectionsAtOnce() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.auto(origin.port());
                Peer http = plain(proxy);
                Peer other = plain(proxy)) {
            http.send(REQUEST);
            Peer first = origin.next();
            first.readHead();
            other.send("\0");
            Peer second = origin.next();
            second.read(1);
            proxy.changeGently(plan -> Plan.of(Rule.of("spoilt", Corrupt.of(1, 1))));
            first.send(RESPONSE);
            assertEquals(RESPONSE, http.readResponse());
            second.send("b");
            assertFalse(other.read(1).equals("b"));
            http.send(REQUEST);
            first.readHead();
            first.send(RESPONSE);
            assertFalse(http.readResponse().endsWith("hello"));
        }
    }

    @Test
    void aDrainEndsUndecidedAndIdleConnections() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.auto(origin.port());
                Peer idle = plain(proxy);
                Peer silent = plain(proxy)) {
            idle.send(REQUEST);
            assertEquals(RESPONSE, idle.readResponse());
            proxy.close(Duration.ofMinutes(2));
            assertEquals("", idle.readText());
            assertEquals("", silent.readText());
        }
    }
}
