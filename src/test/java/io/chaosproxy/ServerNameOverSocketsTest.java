package io.chaosproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetInTls;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.observe.ConnectionInfo;
import io.chaosproxy.observe.HandshakeKind;
import io.chaosproxy.observe.TlsInfo;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.tls.CertificateAuthority;
import io.chaosproxy.tls.KeyAndChain;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Conditions about the server name of a ClientHello and about the upstream, and what else is known of a connection. */
@SuppressWarnings("try") // closing is a part of what is tested
final class ServerNameOverSocketsTest {
    private static final CertificateAuthority CA = CertificateAuthority.create("test authority");
    private static final KeyAndChain NAMES =
            CA.server(List.of("one.example.com", "two.example.org", "127.0.0.1"), Duration.ofDays(30));

    private static final String REQUEST = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static final X509Certificate OTHER =
            CertificateAuthority.create("stranger").own().certificate();

    @TempDir
    private Path folder;

    private ListenerTls terminated() throws IOException {
        ListenerTls.KeyFiles files = Tls.files(folder, "server", NAMES);
        return ListenerTls.Terminated.with(files.certificate(), files.key().orElseThrow());
    }

    private static Rule forCom(String name, Fault fault) {
        return Rule.of(name, fault).when(Match.ANY.sni("*.example.com"));
    }

    private static Peer tls(ProxyServer proxy, String host) throws Exception {
        SSLContext context = Tls.context(CA.own().chain(), Optional.empty());
        SSLSocket socket = Tls.client(proxy.address(), context, host);
        socket.startHandshake();
        return new Peer(socket);
    }

    /** A server behind a proxy that passes TLS through. */
    private static Origin secured() throws Exception {
        SSLContext server = Tls.context(List.of(), Optional.of(NAMES));
        return Origin.each(client -> {
            try (Peer inside = new Peer(Tls.server(client, server))) {
                while (!inside.readHead().isEmpty()) {
                    inside.send(RESPONSE);
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP", "AUTO"})
    void aRuleForRequestsHitsThoseOfOneName(Protocol protocol) throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(protocol, origin.port())
                                .tls(terminated())
                                .with(Plan.of(forCom("no", Respond.of(503)))),
                        1);
                Peer com = tls(proxy, "one.example.com");
                Peer org = tls(proxy, "two.example.org");
                Peer none = tls(proxy, "127.0.0.1")) {
            assertTrue(com.send(REQUEST).readResponse().startsWith("HTTP/1.1 503 "));
            assertEquals(RESPONSE, org.send(REQUEST).readResponse());
            assertEquals(RESPONSE, none.send(REQUEST).readResponse());
            assertEquals(
                    List.of("one.example.com"),
                    proxy.common().journal().hits().stream()
                            .map(hit -> hit.spoken().serverName())
                            .toList());
        }
    }

    @Test
    void aHandshakeFaultHitsThoseOfOneName() throws Exception {
        Rule reset = forCom("reset", new ResetInTls(TlsFault.Stage.HELLO, Duration.ZERO));
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.HTTP, origin.port())
                                .tls(terminated())
                                .with(Plan.of(reset)),
                        1);
                Peer org = tls(proxy, "two.example.org")) {
            assertThrows(IOException.class, () -> tls(proxy, "one.example.com"));
            assertEquals(RESPONSE, org.send(REQUEST).readResponse());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "AUTO"})
    void aRuleForBytesHitsThoseOfOneNameThatPassThrough(Protocol protocol) throws Exception {
        Rule reset = forCom("reset", Reset.atFirstByte());
        try (Origin origin = secured();
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(protocol, origin.port())
                                .tls(new ListenerTls.Passthrough())
                                .with(Plan.of(reset)),
                        1);
                Peer org = tls(proxy, "two.example.org");
                Peer none = tls(proxy, "127.0.0.1")) {
            assertThrows(IOException.class, () -> tls(proxy, "one.example.com"));
            assertEquals(RESPONSE, org.send(REQUEST).readResponse());
            assertEquals(RESPONSE, none.send(REQUEST).readResponse());
            assertEquals(
                    "one.example.com",
                    proxy.common().journal().hits().getFirst().spoken().serverName());
        }
    }

    @Test
    void aRuleThatComesLaterCountsForConnectionsThatComeAfterIt() throws Exception {
        try (Origin origin = secured();
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.TCP, origin.port()).tls(new ListenerTls.Passthrough()), 1);
                Peer before = tls(proxy, "one.example.com")) {
            assertEquals("", info(proxy).serverName());
            proxy.plan(Plan.of(forCom("late", Latency.of(Duration.ofMillis(1)).onStream())));
            assertEquals(RESPONSE, before.send(REQUEST).readResponse());
            assertEquals(0, proxy.common().journal().hits(proxy.name(), "late"));
            before.close();
            TestProxy.await("gone", () -> proxy.connections().isEmpty());
            try (Peer after = tls(proxy, "one.example.com")) {
                assertEquals(RESPONSE, after.send(REQUEST).readResponse());
                assertEquals("one.example.com", info(proxy).serverName());
                assertEquals(1, proxy.common().journal().hits(proxy.name(), "late"));
            }
        }
    }

    private static ConnectionInfo info(ProxyServer proxy) {
        assertEquals(1, proxy.connections().size());
        return proxy.connections().iterator().next().info();
    }

    @Test
    void otherBytesPassThroughAsWell() throws Exception {
        Rule reset = forCom("reset", Reset.atFirstByte());
        try (Origin origin = Origin.each(client -> {
                    client.send("220 ready\r\n");
                    client.socket().getInputStream().transferTo(client.socket().getOutputStream());
                });
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.TCP, origin.port())
                                .tls(new ListenerTls.Passthrough())
                                .with(Plan.of(reset)),
                        1);
                Peer client = Peer.connect(proxy.address())) {
            assertEquals("220 ready\r\n", client.read(11));
            client.send("no TLS");
            assertEquals("no TLS", client.read(6));
        }
    }

    @Test
    void whatIsKnownOfAConnection() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.AUTO, origin.port()).tls(terminated()), 1);
                Peer client = tls(proxy, "one.example.com")) {
            client.send(REQUEST).readResponse();
            ConnectionInfo known = info(proxy);
            assertEquals("http", known.protocol());
            assertEquals("one.example.com", known.serverName());
            TlsInfo tls = known.tls().orElseThrow();
            assertEquals("TLSv1.3", tls.version());
            assertTrue(tls.cipher().startsWith("TLS_"), tls.cipher());
            assertEquals(Optional.empty(), known.upstreamTls());
            HandshakeKind done = HandshakeKind.done(HandshakeKind.Side.CLIENT, tls);
            assertEquals(1, proxy.traffic().handshakes(done));
            assertThrows(SSLException.class, () -> {
                try (SSLSocket stranger =
                        Tls.client(proxy.address(), Tls.context(List.of(OTHER), Optional.empty()), "one.example.com")) {
                    stranger.startHandshake();
                }
            });
            HandshakeKind failed = HandshakeKind.failed(HandshakeKind.Side.CLIENT, false);
            TestProxy.await("counted", () -> proxy.traffic().handshakes(failed) == 1);
            assertEquals(Set.of(done, failed), proxy.traffic().handshakes());
        }
    }

    @ParameterizedTest
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void theConfiguredUpstreamIsTheTarget(Protocol protocol) throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(
                                protocol,
                                origin.port(),
                                Rule.of("here", Latency.of(Duration.ofMillis(1)))
                                        .when(Match.ANY.target("127.0.*:" + origin.port())),
                                Rule.of("other", Latency.of(Duration.ofMillis(1)))
                                        .when(Match.ANY.target("127.0.*:" + (origin.port() + 1)))),
                        1);
                Peer client = Peer.connect(proxy.address())) {
            assertEquals(RESPONSE, client.send(REQUEST).readResponse());
            assertEquals(1, proxy.common().journal().hits(proxy.name(), "here"));
            assertEquals(0, proxy.common().journal().hits(proxy.name(), "other"));
        }
    }

    @Test
    void aTunnelGoesToTheTargetThatItsClientNames() throws Exception {
        try (Origin http = Origin.answering(RESPONSE);
                Origin secure = secured();
                ProxyServer proxy = TestProxy.start(
                        ProxySpec.forward()
                                .with(Plan.of(
                                        Rule.of("busy", Respond.of(503))
                                                .when(Match.ANY.target("127.0.*:" + http.port())),
                                        Rule.of("free", Respond.of(500))
                                                .when(Match.ANY.target("127.0.*:" + secure.port())),
                                        forCom("slow", Latency.of(Duration.ofMillis(1))))),
                        1)) {
            try (Peer client = tunnel(proxy, http)) {
                assertTrue(client.send(REQUEST).readResponse().startsWith("HTTP/1.1 503 "));
            }
            try (Peer client = tunnel(proxy, secure)) {
                SSLContext context = Tls.context(CA.own().chain(), Optional.empty());
                SSLSocket inside = (SSLSocket)
                        context.getSocketFactory().createSocket(client.socket(), "one.example.com", 443, true);
                inside.startHandshake();
                assertEquals(RESPONSE, new Peer(inside).send(REQUEST).readResponse());
            }
            assertEquals(
                    List.of("", "one.example.com"),
                    proxy.common().journal().hits().stream()
                            .map(hit -> hit.spoken().serverName())
                            .toList());
        }
    }

    private static Peer tunnel(ProxyServer proxy, Origin to) throws IOException {
        Peer client = Peer.connect(proxy.address());
        client.send("CONNECT " + to.address() + " HTTP/1.1\r\nHost: " + to.address() + "\r\n\r\n");
        assertTrue(client.readHead().startsWith("HTTP/1.1 200 "));
        return client;
    }

    @Test
    void whereNothingReadsAClientHelloThereIsNoSni() {
        String needs =
                "sni needs tls { ... }, tls = passthrough or protocol = auto: nothing else here reads a ClientHello";
        Plan plan = Plan.of(forCom("slow", Latency.of(Duration.ofMillis(1))));
        ProxySpec http = ProxySpec.http("localhost", 1);
        ProxySpec tcp = ProxySpec.tcp("localhost", 1);
        refused("faults.slow.when: " + needs, () -> http.with(plan));
        refused("faults.slow.when: " + needs, () -> tcp.with(plan));
        refused("when: " + needs, () -> tcp.check(plan.rules().getFirst()));
        assertEquals(plan, tcp.tls(new ListenerTls.Passthrough()).with(plan).plan());
        assertEquals(plan, ProxySpec.auto("localhost", 1).with(plan).plan());
        refused(
                "when: there is no ClientHello yet when a connection is accepted, so no sni",
                () -> forCom("x", new Refuse(AcceptFault.How.RESET, Duration.ZERO)));
    }

    private static void refused(String message, Executable change) {
        assertEquals(message, assertThrows(InvalidValueException.class, change).getMessage());
    }
}
