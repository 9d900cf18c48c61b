package io.chaosproxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection ends behind the exchange of which a message says so (RFC 9112 §9.6), whoever says it. */
final class ConnectionCloseTest {
    private static final String REQUEST = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String CLOSING = "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    private static final String SECOND = "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static final String LAST = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";

    private static Rule without(Headers.On on) {
        return TestProxy.rule(new Headers(on, Map.of(), List.of("Connection")));
    }

    private static Rule setting(Headers.On on, String options) {
        return TestProxy.rule(new Headers(on, Map.of("Connection", options), List.of()));
    }

    /** What the client gets and what the upstream got, of two requests sent at once to an upstream that never closes. */
    private record Seen(String client, String upstream) {
        static Seen of(String requests, String answer, Rule... rules) throws Exception {
            try (Origin origin = Origin.manual();
                    ProxyServer proxy = TestProxy.http(origin.port(), rules)) {
                Peer client = Peer.connect(proxy.address());
                Peer server;
                String got;
                String head;
                try (client) {
                    client.send(requests);
                    server = origin.next();
                    head = server.readHead();
                    server.send(answer);
                    got = client.readText(); // fails if the connection stays
                }
                try (server) {
                    TestProxy.await("closed", () -> proxy.connections().isEmpty());
                    return new Seen(got, head + server.readText());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "Close", "keep-alive, close", "x,close"})
    void aRuleThatSetsItOfTheResponse(String options) throws Exception {
        Seen seen = Seen.of(REQUEST, HELLO, setting(Headers.On.RESPONSE, options));
        assertEquals(HELLO.replace("\r\n\r\n", "\r\nConnection: " + options + "\r\n\r\n"), seen.client);
        assertEquals(REQUEST, seen.upstream);
    }

    @Test
    void aRuleThatSetsItOfAChunkedResponse() throws Exception {
        Seen seen = Seen.of(
                REQUEST,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                setting(Headers.On.RESPONSE, "close"));
        assertTrue(seen.client.endsWith("Connection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), seen.client);
    }

    @Test
    void aRuleThatSetsItOfTheRequest() throws Exception {
        Seen seen = Seen.of(REQUEST, HELLO, setting(Headers.On.REQUEST, "close"));
        assertEquals(HELLO, seen.client);
        assertEquals(REQUEST.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"), seen.upstream);
    }

    @Test
    void theClient() throws Exception {
        Seen seen = Seen.of(CLOSING, HELLO);
        assertEquals(HELLO, seen.client);
        assertEquals(CLOSING, seen.upstream);
    }

    /** Its client waits for the end all the same. */
    @Test
    void theClientAndARuleThatRemovesIt() throws Exception {
        Seen seen = Seen.of(CLOSING, HELLO, without(Headers.On.REQUEST));
        assertEquals(HELLO, seen.client);
        assertEquals(REQUEST, seen.upstream);
    }

    @Test
    void theUpstream() throws Exception {
        assertEquals(LAST, Seen.of(REQUEST, LAST).client);
    }

    /** It takes no further request all the same. */
    @Test
    void theUpstreamAndARuleThatRemovesIt() throws Exception {
        assertEquals(HELLO, Seen.of(REQUEST, LAST, without(Headers.On.RESPONSE)).client);
    }

    @Test
    void theUpstreamAndARuleThatPromisesTheOpposite() throws Exception {
        Seen seen = Seen.of(REQUEST, LAST, setting(Headers.On.RESPONSE, "keep-alive"));
        assertEquals(LAST.replace("close", "keep-alive"), seen.client);
    }

    @Test
    void anUpstreamOfVersionOneZero() throws Exception {
        String answer = HELLO.replace("1.1", "1.0");
        assertEquals(answer, Seen.of(REQUEST, answer).client);
    }

    /** RFC 9112 §9.6: what follows a request that closes is not processed. */
    @Test
    void aRequestBehindTheLastOneIsDropped() throws Exception {
        Seen seen = Seen.of(CLOSING + SECOND, HELLO);
        assertEquals(HELLO, seen.client);
        assertEquals(CLOSING, seen.upstream);
    }

    @Test
    void pipelinedRequestsBehindTheLastResponseGetNone() throws Exception {
        Seen seen = Seen.of(REQUEST + SECOND, HELLO + HELLO, setting(Headers.On.RESPONSE, "close"));
        assertEquals(HELLO.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"), seen.client);
    }

    /** Also an answer of the proxy itself, which a rule for headers edits like any other. */
    @Test
    void aRuleThatSetsItOfAnAnswerOfTheProxy() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(
                        origin.port(), TestProxy.rule(Respond.of(503)), setting(Headers.On.RESPONSE, "close"));
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST + SECOND);
            String got = client.readText();
            assertTrue(got.contains("Connection: close\r\n"), got);
            assertEquals(0, got.lastIndexOf("HTTP/1.1 503"));
        }
    }

    /** The upload goes on, and the connection ends behind it. */
    @Test
    void anEarlyResponseLetsItsRequestGoOn() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port(), setting(Headers.On.RESPONSE, "close"));
                Peer client = Peer.connect(proxy.address())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
            try (Peer server = origin.next()) {
                server.readHead();
                server.read(5);
                server.send(HELLO);
                assertTrue(client.readResponse().contains("Connection: close"));
                client.send("world");
                assertEquals("world", server.read(5));
                assertEquals("", client.readText());
                assertEquals("", server.readText());
            }
        }
    }

    /** Other values change nothing, and neither does a field that a rule removes from both. */
    @Test
    void otherOptionsKeepIt() throws Exception {
        try (Origin origin = Origin.answering(HELLO);
                ProxyServer proxy = TestProxy.http(
                        origin.port(),
                        Rule.of("a", new Headers(Headers.On.REQUEST, Map.of("Connection", "x, closed"), List.of())),
                        Rule.of("b", new Headers(Headers.On.RESPONSE, Map.of("Connection", "keep-alive"), List.of())));
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 3; i++) {
                assertTrue(client.send(REQUEST).readResponse().endsWith("hello"));
            }
            assertEquals(1, proxy.traffic().connections());
            assertFalse(proxy.connections().isEmpty());
        }
    }
}
