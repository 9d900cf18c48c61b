package io.chaosproxy.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.kit.Deaf;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CONNECT over real sockets: the tunnel, what is in it, and the answers if there is none. */
final class ConnectTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n";

    private static String connect(String target, String... fields) {
        StringBuilder head = new StringBuilder("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    private static Peer tunnel(ProxyServer proxy, String target) throws Exception {
        Peer client = Peer.connect(proxy.address());
        client.send(connect(target));
        assertEquals(ESTABLISHED, client.readHead());
        return client;
    }

    private static void assertRefused(Peer client, String target, String status, String reason) throws Exception {
        client.send(connect(target));
        String answer = client.readText();
        assertTrue(answer.startsWith("HTTP/1.1 " + status + "\r\n"), answer);
        assertTrue(answer.contains(reason), answer);
    }

    private static int unusedPort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    @Test
    void bytesPassBothWaysAndEachEndByItself() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.forward();
                Peer client = tunnel(proxy, origin.address())) {
            Peer server = origin.next();
            client.send("\0\1\2hello");
            assertEquals("\0\1\2hello", server.read(8));
            server.send("\3world");
            assertEquals("\3world", client.read(6));
            client.endOutput();
            assertEquals(-1, server.read());
            server.send("late").endOutput();
            assertEquals("late", client.readText());
        }
    }

    @Test
    void bytesBehindTheHeadAreKept() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send(connect(origin.address()) + "\0early");
            assertEquals("\0early", origin.next().read(6));
            assertEquals(ESTABLISHED, client.readHead());
        }
    }

    /** Node's own clients name the proxy there. */
    @Test
    void theHostFieldDoesNotCount() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send("CONNECT " + origin.address() + " HTTP/1.1\r\nHost: proxy.example:3128\r\n\r\n");
            assertEquals(ESTABLISHED, client.readHead());
            client.send("\0");
            assertEquals(0, origin.next().read());
        }
    }

    @Test
    void aHeadMayArriveByteByByte() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            for (char c : (connect(origin.address()) + "\0").toCharArray()) {
                client.send(String.valueOf(c));
            }
            assertEquals(ESTABLISHED, client.readHead());
            assertEquals(0, origin.next().read());
        }
    }

    @Test
    void aServerMaySpeakFirst() throws Exception {
        try (Origin origin = Origin.each(server -> {
                    server.send("220 ready\r\n");
                    server.send("got " + server.read(4));
                });
                ProxyServer proxy = TestProxy.forward();
                Peer client = tunnel(proxy, origin.address())) {
            assertEquals("220 ready\r\n", client.read(11));
            client.send("EHLO");
            assertEquals("got EHLO", client.read(8));
        }
    }

    @Test
    void httpInTheTunnelHasExchangesAndAllFaults() throws Exception {
        try (Origin origin = Origin.answering(OK);
                ProxyServer proxy = TestProxy.forward(TestProxy.rule(Respond.of(503))
                        .when(Match.path("/broken").host("127.*")));
                Peer client = tunnel(proxy, origin.address())) {
            client.send("GET /fine HTTP/1.1\r\nHost: " + origin.address() + "\r\n\r\n");
            assertEquals(OK, client.readResponse());
            client.send("GET /broken HTTP/1.1\r\nHost: " + origin.address() + "\r\n\r\n");
            assertTrue(client.readResponse().startsWith("HTTP/1.1 503 "));
            client.send("GET /fine HTTP/1.1\r\nHost: " + origin.address() + "\r\n\r\n");
            assertEquals(OK, client.readResponse());
            assertEquals(3, proxy.traffic().exchanges());
            assertEquals(1, proxy.traffic().connections());
        }
    }

    @Test
    void bytesInTheTunnelMeetTheFaultsOfTcp() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.forward(TestProxy.rule(Reset.atFirstByte()));
                Peer client = tunnel(proxy, origin.address())) {
            client.send("\0ping");
            assertEquals("reset", client.ending());
            assertEquals(1, proxy.common().journal().byType().get("reset"));
        }
    }

    @Test
    void rulesSeeTheTargetAndJournalAndConnectionsShowIt() throws Exception {
        try (Origin one = Origin.echo();
                Origin two = Origin.echo();
                ProxyServer proxy = TestProxy.forward(
                        TestProxy.rule(Reset.atFirstByte()).when(Match.ANY.target("127.0.0.*:" + two.port())));
                Peer first = tunnel(proxy, one.address());
                Peer second = tunnel(proxy, two.address())) {
            first.send("\0ping");
            assertEquals("\0ping", first.read(5));
            second.send("\0ping");
            assertEquals("reset", second.ending());
            List<Hit> hits = proxy.common().journal().hits();
            assertEquals("CONNECT " + two.address(), hits.getFirst().request());
            TestProxy.await("the end", () -> proxy.connections().size() == 1);
            assertEquals(
                    one.address(), proxy.connections().iterator().next().info().target());
        }
    }

    @Test
    void aTargetThatRefusesIs502() throws Exception {
        int port = unusedPort();
        try (ProxyServer proxy = TestProxy.forward();
                LogLines log = LogLines.of("forward");
                Peer client = Peer.connect(proxy.address())) {
            client.send(connect("127.0.0.1:" + port));
            String answer = client.readText();
            assertTrue(answer.startsWith("HTTP/1.1 502 Bad Gateway\r\n"), answer);
            assertTrue(answer.contains("(upstream 127.0.0.1:" + port + ")"), answer);
            assertTrue(answer.contains("Connection refused"), answer);
            assertEquals(1, proxy.traffic().dialFailures());
            assertEquals(1, log.lines().size());
            assertTrue(
                    log.lines().getFirst().contains("127.0.0.1:" + port),
                    log.lines().toString());
        }
    }

    @Test
    void aTargetThatDoesNotAnswerInTimeIs504() throws Exception {
        Options brief = Options.DEFAULTS.connectTimeout(Duration.ofMillis(300));
        try (Deaf deaf = new Deaf();
                ProxyServer proxy = TestProxy.start(ProxySpec.forward().with(brief), 1);
                Peer client = Peer.connect(proxy.address())) {
            assertRefused(client, "127.0.0.1:" + deaf.port(), "504 Gateway Timeout", "did not answer within 300 ms");
        }
    }

    @Test
    void aNameWithoutAddressIs502() throws Exception {
        try (ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            assertRefused(client, "nobody.invalid:443", "502 Bad Gateway", "there is no host of this name");
        }
    }

    @Test
    void aGuardedTargetIs403() throws Exception {
        try (ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            assertRefused(
                    client,
                    "169.254.169.254:80",
                    "403 Forbidden",
                    "is not a permitted target: 169.254.169.254 is guarded");
        }
    }

    @Test
    void whatIsWrongWithAnAbsoluteTargetIsTold() throws Exception {
        Map<String, String> reasons = Map.of(
                "http://user:pw@a/", "absolute request target with user information",
                "http:///a", "absolute request target without a host",
                "http://a:99999999/@", "absolute request target with a bad host or port");
        for (Map.Entry<String, String> each : reasons.entrySet()) {
            try (ProxyServer proxy = TestProxy.forward();
                    Peer client = Peer.connect(proxy.address())) {
                client.send("GET " + each.getKey() + " HTTP/1.1\r\nHost: a\r\n\r\n");
                String answer = client.readText();
                assertTrue(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
                assertTrue(answer.contains(each.getValue()), each.getKey() + " " + answer);
            }
        }
    }

    @Test
    void aTargetThatIsNoneIs400() throws Exception {
        for (String target : new String[] {"example.com", "example.com:0", "example.com:70000", ":80"}) {
            try (ProxyServer proxy = TestProxy.forward();
                    Peer client = Peer.connect(proxy.address())) {
                client.send("CONNECT " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
                String answer = client.readText();
                assertTrue(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), target + " " + answer);
            }
        }
    }

    @Test
    void credentialsAreAskedForAndChecked(@TempDir Path folder) throws Exception {
        Path users = Files.writeString(folder.resolve("users"), "# of the team\nann:se:cret\n\nbob:\n");
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.forward(ForwardAccess.OPEN.credentials(users))) {
            for (String field :
                    new String[] {"X: y", "Proxy-Authorization: Basic YW5uOndyb25n", "Proxy-Authorization: Basic !"}) {
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send(connect(origin.address(), field));
                    String answer = client.readText();
                    assertTrue(answer.startsWith("HTTP/1.1 407 Proxy Authentication Required\r\n"), answer);
                    assertTrue(answer.contains("\r\nProxy-Authenticate: Basic realm="), answer);
                }
            }
            assertTrue(origin.isUntouched());
            for (String right : new String[] {"Basic YW5uOnNlOmNyZXQ=", "bAsIc Ym9iOg=="}) {
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send(connect(origin.address(), "Proxy-Authorization: " + right));
                    assertEquals(ESTABLISHED, client.readHead());
                }
            }
        }
    }

    @Test
    void tlsToTheProxyItselfNeedsItsSettings() throws Exception {
        try (ProxyServer proxy = TestProxy.forward();
                LogLines log = LogLines.of("forward");
                Peer client = Peer.connect(proxy.address())) {
            client.send("\26\3\1\0\5\1ello");
            client.ending();
            assertTrue(
                    log.lines().toString().contains("which has no tls { ... }"),
                    log.lines().toString());
        }
    }

    /** Servers differ in what they take for the body, so nothing of it may get to the target. */
    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 5", "Transfer-Encoding: chunked"})
    void aBodyIsRefused(String field) throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send(connect(origin.address(), field) + "hello");
            String answer = client.readText();
            assertTrue(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
            assertTrue(answer.contains("CONNECT with a body"), answer);
            assertTrue(origin.isUntouched());
        }
    }

    @Test
    void anEmptyBodyIsNone() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send(connect(origin.address(), "Content-Length: 0"));
            assertEquals(ESTABLISHED, client.readHead());
        }
    }
}
