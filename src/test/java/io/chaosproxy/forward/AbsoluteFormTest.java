package io.chaosproxy.forward;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import io.chaosproxy.relay.ProxyServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests for absolute URIs over real sockets: what the target gets, and one client connection that asks for several targets. */
final class AbsoluteFormTest {
    private static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static String get(Origin origin, String path, String... fields) {
        StringBuilder head = new StringBuilder(
                "GET http://" + origin.address() + path + " HTTP/1.1\r\nHost: " + origin.address() + "\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    @Test
    void theTargetGetsOriginFormAndNothingThatIsForTheProxy(@TempDir Path folder) throws Exception {
        Path users = Files.writeString(folder.resolve("users"), "a:b\n");
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.forward(ForwardAccess.OPEN.credentials(users));
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET http://" + origin.address() + "/a/b?c=d HTTP/1.1\r\nhost:  " + origin.address()
                    + "\r\nProxy-Connection: Keep-Alive\r\nX-Odd:  as it came\r\nProxy-Authorization: Basic "
                    + Base64.getEncoder().encodeToString("a:b".getBytes(UTF_8)) + "\r\n\r\n");
            Peer server = origin.next();
            assertEquals(
                    "GET /a/b?c=d HTTP/1.1\r\nhost: " + origin.address() + "\r\nX-Odd:  as it came\r\n\r\n",
                    server.readHead());
            server.send(ok("x"));
            assertEquals(ok("x"), client.readResponse());
        }
    }

    /** RFC 9112 §3.2.2: a proxy ignores the field and puts the target's host in its place. */
    @Test
    void anotherHostFieldIsReplaced() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET http://" + origin.address() + "/ HTTP/1.1\r\nHost: proxy.example:3128\r\n\r\n");
            assertEquals(
                    "GET / HTTP/1.1\r\nHost: " + origin.address() + "\r\n\r\n",
                    origin.next().readHead());
        }
    }

    @Test
    void anHttp10RequestWithoutHostGetsOne() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET http://" + origin.address() + " HTTP/1.0\r\n\r\n");
            assertEquals(
                    "GET / HTTP/1.0\r\nHost: " + origin.address() + "\r\n\r\n",
                    origin.next().readHead());
        }
    }

    @Test
    void oneConnectionAsksForSeveralTargets() throws Exception {
        try (Origin one = Origin.answering(ok("one"));
                Origin two = Origin.answering(ok("two"));
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 3; i++) {
                assertEquals(ok("one"), client.send(get(one, "/")).readResponse());
                assertEquals(ok("one"), client.send(get(one, "/")).readResponse());
                assertEquals(ok("two"), client.send(get(two, "/")).readResponse());
            }
            assertEquals(9, proxy.traffic().exchanges());
            assertEquals(1, proxy.traffic().connections());
        }
    }

    @Test
    void pipelinedRequestsForSeveralTargetsAreAnsweredInOrder() throws Exception {
        try (Origin one = Origin.manual();
                Origin two = Origin.answering(ok("two"));
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send(get(one, "/1") + get(one, "/2") + get(two, "/3") + get(one, "/4"));
            Peer server = one.next();
            assertTrue(server.readHead().startsWith("GET /1 "));
            assertTrue(server.readHead().startsWith("GET /2 "));
            server.send(ok("1"));
            assertEquals(ok("1"), client.readResponse());
            server.send(ok("2"));
            assertEquals(ok("2"), client.readResponse());
            assertEquals(ok("two"), client.readResponse());
            assertEquals(-1, server.read(), "it was left for the other target");
            Peer again = one.next();
            assertTrue(again.readHead().startsWith("GET /4 "));
            again.send(ok("4"));
            assertEquals(ok("4"), client.readResponse());
        }
    }

    @Test
    void aBodyGoesToItsTarget() throws Exception {
        try (Origin one = Origin.manual();
                Origin two = Origin.answering(ok("two"));
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send("POST http://" + one.address() + "/ HTTP/1.1\r\nHost: " + one.address()
                    + "\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            Peer server = one.next();
            assertTrue(server.readHead().contains("Expect: 100-continue"));
            server.send("HTTP/1.1 100 Continue\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue\r\n\r\n", client.readHead());
            client.send("hello" + get(two, "/"));
            assertEquals("hello", server.read(5));
            server.send(ok("one"));
            assertEquals(ok("one"), client.readResponse());
            assertEquals(ok("two"), client.readResponse());
        }
    }

    /** The client may be about to ask for another host, and would take a close for the end of that. */
    @Test
    void anIdleTargetThatClosesDoesNotEndTheClientsConnection() throws Exception {
        try (Origin one = Origin.manual();
                ProxyServer proxy = TestProxy.start(ProxySpec.forward().named("idle target"), 1);
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 3; i++) {
                client.send(get(one, "/" + i));
                Peer server = one.next();
                assertTrue(server.readHead().startsWith("GET /" + i + " "));
                server.send(ok("x"));
                assertEquals(ok("x"), client.readResponse());
                if (i == 1) {
                    server.reset();
                } else {
                    server.endOutput();
                    assertEquals(-1, server.read(), "its connection is not kept");
                    server.close();
                }
                Threads.awaitNone("idle target #1 down");
                assertTrue(client.isSilentFor(50));
            }
        }
    }

    /** The target may have answered and gone before the thread that wrote the request's last bytes knows that it did. */
    @Test
    void aTargetThatResetsBehindItsAnswerDoesNotEndTheClientsConnection() throws Exception {
        try (Origin one = Origin.manual();
                ProxyServer proxy = TestProxy.start(ProxySpec.forward().named("hasty target"), 1);
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 100; i++) {
                boolean isPost = i % 2 == 1;
                String get = get(one, "/" + i);
                client.send(
                        isPost
                                ? get.replace("GET", "POST").replace("\r\n\r\n", "\r\nContent-Length: 4\r\n\r\nbody")
                                : get);
                Peer server = one.next();
                server.readHead();
                assertEquals(isPost ? "body" : "", server.read(isPost ? 4 : 0));
                server.send(ok("x"));
                assertEquals(ok("x"), client.readResponse(), "exchange " + i);
                server.reset();
                Threads.awaitNone("hasty target #1 down");
            }
        }
    }

    @Test
    void aResponseThatOnlyTheEndOfTheStreamEndsEndsTheClientsConnection() throws Exception {
        assertHandedOnToTheEnd("HTTP/1.1 200 OK\r\n\r\nall");
    }

    @Test
    void aTargetThatBreaksOffIsSeen() throws Exception {
        assertHandedOnToTheEnd("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnot");
    }

    private static void assertHandedOnToTheEnd(String response) throws Exception {
        try (Origin one = Origin.each(server -> {
                    server.readHead();
                    server.send(response);
                });
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send(get(one, "/"));
            assertEquals(response, client.readText());
        }
    }

    @Test
    void aTargetThatAnswersWithoutBeingAskedEndsTheConnection() throws Exception {
        try (Origin one = Origin.manual();
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send(get(one, "/"));
            Peer server = one.next();
            server.readHead();
            server.send(ok("x") + ok("y"));
            assertEquals(ok("x"), client.readResponse());
            assertEquals("end", client.ending());
            client.send(get(one, "/again"));
            TestProxy.await("the end", () -> proxy.connections().isEmpty());
            assertTrue(one.isUntouched());
        }
    }

    @Test
    void connectMayFollowOtherRequests() throws Exception {
        try (Origin one = Origin.answering(ok("one"));
                Origin two = Origin.manual();
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send(get(one, "/") + "CONNECT " + two.address() + " HTTP/1.1\r\nHost: " + two.address()
                    + "\r\n\r\n\0raw");
            assertEquals(ok("one"), client.readResponse());
            assertEquals("HTTP/1.1 200 Connection established\r\n\r\n", client.readHead());
            Peer server = two.next();
            assertEquals("\0raw", server.read(4));
            server.send("\0back").endOutput();
            assertEquals("\0back", client.readText());
        }
    }

    @Test
    void anUpgradeIsATunnelToItsTarget() throws Exception {
        try (Origin one = Origin.manual();
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send(get(one, "/ws", "Connection: Upgrade", "Upgrade: websocket"));
            Peer server = one.next();
            assertTrue(server.readHead().contains("Upgrade: websocket"));
            String accepted = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
            server.send(accepted + "\0\1");
            assertEquals(accepted + "\0\1", client.read(accepted.length() + 2));
            client.send("\2\3");
            assertEquals("\2\3", server.read(2));
        }
    }

    @Test
    void rulesSeeHostAndPath() throws Exception {
        try (Origin one = Origin.answering(ok("one"));
                ProxyServer proxy = TestProxy.forward(TestProxy.rule(Respond.of(503))
                        .when(Match.path("/broken").host("127.0.0.*")));
                Peer client = Peer.connect(proxy.address())) {
            assertTrue(client.send(get(one, "/broken")).readResponse().startsWith("HTTP/1.1 503 "));
            assertEquals(ok("one"), client.send(get(one, "/fine")).readResponse());
            assertTrue(client.send(get(one, "/broken")).readResponse().startsWith("HTTP/1.1 503 "));
        }
    }

    @Test
    void rulesSeeTheTargetAndJournalAndConnectionsShowIt() throws Exception {
        try (Origin one = Origin.answering(ok("one"));
                Origin two = Origin.answering(ok("two"));
                ProxyServer proxy =
                        TestProxy.forward(TestProxy.rule(Respond.of(503)).when(Match.ANY.target(two.address())));
                Peer client = Peer.connect(proxy.address())) {
            assertEquals(ok("one"), client.send(get(one, "/a")).readResponse());
            assertEquals(
                    one.address(), proxy.connections().iterator().next().info().target());
            assertTrue(client.send(get(two, "/b")).readResponse().startsWith("HTTP/1.1 503 "));
            assertEquals(ok("one"), client.send(get(one, "/a")).readResponse());
            List<Hit> hits = proxy.common().journal().hits();
            assertEquals(1, hits.size());
            assertEquals("GET http://" + two.address() + "/b", hits.getFirst().request());
        }
    }

    @Test
    void aPathAloneNamesNoTarget() throws Exception {
        try (ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
            String answer = client.readText();
            assertTrue(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
            assertTrue(answer.contains("this port is a forward proxy"), answer);
        }
    }

    @Test
    void httpsIsForConnect() throws Exception {
        try (ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET https://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n");
            String answer = client.readText();
            assertTrue(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
            assertTrue(answer.contains("CONNECT"), answer);
        }
    }

    @Test
    void withoutCredentials407(@TempDir Path folder) throws Exception {
        Path users = Files.writeString(folder.resolve("users"), "a:b\n");
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.forward(ForwardAccess.OPEN.credentials(users));
                Peer client = Peer.connect(proxy.address())) {
            client.send(get(origin, "/"));
            String answer = client.readText();
            assertTrue(answer.startsWith("HTTP/1.1 407 Proxy Authentication Required\r\n"), answer);
            assertTrue(answer.contains("\r\nProxy-Authenticate: Basic"), answer);
            assertTrue(origin.isUntouched());
        }
    }

    @Test
    void targetsThatAreNotPermittedAre403() throws Exception {
        try (Origin one = Origin.answering(ok("one"));
                Origin two = Origin.manual();
                ProxyServer proxy = TestProxy.forward(ForwardAccess.OPEN.allowing(one.address()));
                Peer client = Peer.connect(proxy.address())) {
            assertEquals(ok("one"), client.send(get(one, "/")).readResponse());
            assertTrue(client.send(get(two, "/")).readText().startsWith("HTTP/1.1 403 Forbidden\r\n"));
            assertTrue(two.isUntouched());
        }
    }

    @Test
    void aShutdownEndsBehindTheResponse() throws Exception {
        try (Origin one = Origin.answering(ok("one"));
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            assertEquals(ok("one"), client.send(get(one, "/")).readResponse());
            proxy.close(java.time.Duration.ofSeconds(30));
            assertFalse(client.read() >= 0);
        }
    }
}
