package io.chaosproxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.chaosproxy.config.Options;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Messages that arrive on the other side byte for byte, both ways, however they are cut into packets. */
final class CorpusTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /** A request and its response, each a whole message. */
    private record Pair(String what, String request, String response) {}

    private static final List<Pair> PAIRS = List.of(
            new Pair("the usual", GET, OK),
            new Pair("no reason phrase", GET, "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok"),
            new Pair("no blank behind the status", GET, "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"),
            new Pair("a reason phrase beyond ASCII", GET, "HTTP/1.1 200 Schön \377\r\nContent-Length: 2\r\n\r\nok"),
            new Pair("a status without a meaning", GET, "HTTP/1.1 799 ?\r\nContent-Length: 2\r\n\r\nok"),
            new Pair("empty lines first", "\r\n\r\n" + GET, OK),
            new Pair("names in any case", "GET / HTTP/1.1\r\nhOsT: a\r\nx-A: 1\r\nX-a: 2\r\n\r\n", OK),
            new Pair(
                    "order and repetition",
                    "GET / HTTP/1.1\r\nZ: 1\r\nA: 2\r\nHost: a\r\nZ: 3\r\nA: 2\r\n\r\n",
                    "HTTP/1.1 200 OK\r\n"
                            + "Set-Cookie: b=1\r\n"
                            + "Set-Cookie: a=2\r\n"
                            + "Content-Length: 2\r\n"
                            + "Set-Cookie: b=1\r\n\r\n"
                            + "ok"),
            new Pair(
                    "white space around values",
                    "GET / HTTP/1.1\r\nHost:a\r\nA:\r\nB:   \t\r\nC: \t c d  \t\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nContent-Length:\t2  \r\nA:\r\n\r\nok"),
            new Pair(
                    "values beyond ASCII",
                    "GET / HTTP/1.1\r\nHost: a\r\nA: \200\377 ä \t\1\177\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: \303\244\360\237\230\200\r\n\r\nok"),
            new Pair(
                    "every sign of a token",
                    "M!#$%&'*+-.^_`|~9 / HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~: 1\r\n\r\n",
                    OK),
            new Pair("a method of its own", "PROPFIND /dav HTTP/1.1\r\nHost: a\r\nDepth: 1\r\n\r\n", OK),
            new Pair("a method in small letters", "get / HTTP/1.1\r\nHost: a\r\n\r\n", OK),
            new Pair("an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", OK),
            new Pair(
                    "a higher minor version",
                    "GET / HTTP/1.7\r\nHost: a\r\n\r\n",
                    "HTTP/1.9 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            new Pair("an asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", OK),
            new Pair("an absolute target", "GET http://a:80/y?z HTTP/1.1\r\nHost: A\r\n\r\n", OK),
            new Pair("dots and slashes", "GET //a/./b/../..//c;d=e/%2e%2E/%2f HTTP/1.1\r\nHost: a\r\n\r\n", OK),
            new Pair("escapes in a target", "GET /%41%4a%zz%00?q=%20+&&=; HTTP/1.1\r\nHost: a\r\n\r\n", OK),
            new Pair("odd signs in a target", "GET /\"<>[]\\^`{|}\303\244\377 HTTP/1.1\r\nHost: a\r\n\r\n", OK),
            new Pair("a long target", "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: a\r\n\r\n", OK),
            new Pair(
                    "many fields",
                    "GET / HTTP/1.1\r\nHost: a\r\n" + "A: b\r\n".repeat(3000) + "\r\n",
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + "A: b\r\n".repeat(3000) + "\r\nok"),
            new Pair(
                    "bodies with lengths",
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\n\r\n\r\n\r\n\0\1\2GET / ",
                    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1\n"),
            new Pair(
                    "empty bodies",
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            new Pair(
                    "zeros before a length",
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0002\r\n\r\nok",
                    "HTTP/1.1 200 OK\r\nContent-Length: 000000000000000000000002\r\n\r\nok"),
            new Pair("a body with GET", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", OK),
            new Pair(
                    "large bodies",
                    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + "up".repeat(150_000),
                    "HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n" + "down".repeat(100_000)),
            new Pair(
                    "chunks",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n0\r\n\r\n\r\n1\r\n\0\r\n0\r\n\r\n"),
            new Pair(
                    "chunks with extensions",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                            + "3;a;b=c;d=\"e;\\\" f\" \r\nabc\r\n0;last\r\n\r\n",
                    "HTTP/1.1 200 OK\r\ntransfer-encoding:CHUNKED\r\n\r\n3 \t; x = y\r\nabc\r\n000;z\r\n\r\n"),
            new Pair(
                    "chunks with trailers",
                    "POST / HTTP/1.1\r\nHost: a\r\nTrailer: T\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "3\r\nabc\r\n0\r\nt: 1\r\nT: \377\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n"
                            + "3\r\nabc\r\n0\r\nDigest: x=\r\nDigest: y\r\n\r\n"),
            new Pair(
                    "sizes in any spelling",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "0000a\r\n0123456789\r\nB\r\n0123456789a\r\n00\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n01\r\nx\r\n0000000000000\r\n\r\n"),
            new Pair(
                    "another coding beneath the chunks",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\n\37\r\n0\r\n\r\n",
                    "HTTP/1.1 200 OK\r\n"
                            + "Transfer-Encoding: gzip\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n"
                            + "1\r\n"
                            + "\37\r\n"
                            + "0\r\n\r\n"),
            new Pair(
                    "large chunks",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + ("2710\r\n" + "u".repeat(10_000) + "\r\n").repeat(9) + "0\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + "1\r\n\0\r\n".repeat(9000) + "0\r\n\r\n"),
            new Pair(
                    "informational responses",
                    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
                    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 103 \r\n\r\n"
                            + OK),
            new Pair("HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
            new Pair(
                    "HEAD, chunked",
                    "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            new Pair("204", "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"),
            new Pair("304", GET, "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n"),
            new Pair(
                    "a refused upgrade",
                    "GET / HTTP/1.1\r\n"
                            + "Host: a\r\n"
                            + "Connection: Upgrade, x\r\n"
                            + "Upgrade: TLS/1.3, websocket\r\n\r\n",
                    OK),
            new Pair(
                    "a refused CONNECT",
                    "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
                    "HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nok"),
            new Pair(
                    "hop-by-hop fields",
                    "GET / HTTP/1.1\r\n"
                            + "Host: a\r\n"
                            + "Connection: keep-alive, X-Hop\r\n"
                            + "X-Hop: 1\r\n"
                            + "Keep-Alive: 5\r\n"
                            + "TE: trailers\r\n"
                            + "Proxy-Connection: x\r\n"
                            + "Via: 1.0 v\r\n"
                            + "Forwarded: for=_x\r\n\r\n",
                    "HTTP/1.1 200 OK\r\n"
                            + "Connection: keep-alive\r\n"
                            + "Keep-Alive: timeout=5\r\n"
                            + "Content-Length: 2\r\n\r\n"
                            + "ok"),
            new Pair(
                    "HTTP/1.0 that stays",
                    "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
                    "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok"),
            new Pair("HTTP/1.0 without fields", "GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nuntil the end\r\n"),
            new Pair("a body until the end", GET, "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
            new Pair("a coding until the end", GET, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n\37\213"),
            new Pair(
                    "HTTP/1.0 with a body",
                    "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nok",
                    "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"));

    /** Forms that pass as they are only with {@code http.strict = false} and {@code h2c = pass}. */
    private static final List<Pair> ODD_PAIRS = List.of(
            new Pair(
                    "lines that end with LF",
                    "GET / HTTP/1.1\nHost: a\n\n",
                    "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
            new Pair(
                    "a bare LF before the coding",
                    "POST / HTTP/1.1\r\nHost: a\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    OK),
            new Pair(
                    "a folded field of a response",
                    GET,
                    "HTTP/1.1 200 OK\r\nA: b\r\n  c\r\nContent-Length: 2\r\n\r\nok"),
            new Pair("a blank before the colon of a response", GET, "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok"),
            new Pair(
                    "chunk lines that end with LF",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0;x\nA: b\n\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\r\n1 \n \n0\r\n\n"),
            new Pair(
                    "a trailer without a colon",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA b\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA b\r\n c\r\n\r\n"),
            new Pair(
                    "odd lists of codings",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,x;a=b, identity,, chunked,\r\n\r\n0\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"),
            new Pair(
                    "a blank behind a chunk size",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\t\r\n\r\n",
                    OK),
            new Pair(
                    "trailers that would frame or route",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "0\r\nContent-Length: 1\r\nhost: b\r\nTRANSFER-ENCODING: chunked\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 1\r\n\r\n"),
            new Pair("a host that is none", "GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n", OK),
            new Pair("a literal that is no address", "GET / HTTP/1.1\r\nHost: [zz]\r\n\r\n", OK),
            new Pair("another host", "GET http://u:p@x:1/y?z#f HTTP/1.1\r\nHost: a\r\n\r\n", OK),
            new Pair("a fragment", "GET /#f HTTP/1.1\r\nHost: a\r\n\r\n", OK),
            new Pair("a target of another method", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", OK),
            new Pair("a target without a scheme", "GET a:1 HTTP/1.1\r\nHost: a\r\n\r\n", OK),
            new Pair(
                    "framing hop by hop",
                    "GET / HTTP/1.1\r\nHost: a\r\nConnection: content-length\r\nContent-Length: 0\r\n\r\n",
                    OK),
            new Pair(
                    "a refused upgrade to HTTP/2",
                    "GET / HTTP/1.1\r\n"
                            + "Host: a\r\n"
                            + "Connection: Upgrade, HTTP2-Settings\r\n"
                            + "Upgrade: h2c\r\n"
                            + "HTTP2-Settings: AAM\r\n\r\n",
                    OK));

    @TestFactory
    Stream<DynamicTest> oddOnesIfWanted() {
        Options options = Options.DEFAULTS.strict(false).h2c(Options.H2c.PASS);
        return ODD_PAIRS.stream()
                .flatMap(pair -> Stream.of(
                        dynamicTest(pair.what(), () -> exchange(pair, left -> left, options)),
                        dynamicTest(pair.what() + ", byte by byte", () -> exchange(pair, left -> 1, options))));
    }

    @TestFactory
    Stream<DynamicTest> whole() {
        return PAIRS.stream().map(pair -> dynamicTest(pair.what(), () -> exchange(pair, left -> left)));
    }

    @TestFactory
    Stream<DynamicTest> byteByByte() {
        return PAIRS.stream()
                .filter(pair -> pair.request().length() + pair.response().length() < 2000)
                .map(pair -> dynamicTest(pair.what(), () -> exchange(pair, left -> 1)));
    }

    @TestFactory
    Stream<DynamicTest> cutAtRandom() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Pair pair : PAIRS) {
            for (int seed = 0; seed < 5; seed++) {
                Random random = new Random(seed * 1000L + pair.what().hashCode());
                int most = 2 + (pair.request().length() + pair.response().length()) / 20;
                tests.add(dynamicTest(
                        pair.what() + ", seed " + seed,
                        () -> exchange(pair, left -> Math.min(left, 1 + random.nextInt(most)))));
            }
        }
        return tests.stream();
    }

    /** One connection for all pairs that leave it open, sent in one go. */
    @Test
    void allInOnePipeline() throws Exception {
        StringBuilder requests = new StringBuilder();
        StringBuilder responses = new StringBuilder();
        for (Pair pair : PAIRS) {
            if (!standsAlone(pair)) {
                requests.append(pair.request());
                responses.append(pair.response());
            }
        }
        exchange(new Pair("all", requests.toString(), responses.toString()), left -> left);
    }

    /** Whether another pair can follow at once. */
    private static boolean standsAlone(Pair pair) {
        return pair.what().contains("refused") // what follows has to wait for the refusal
                || pair.what().contains("the end")
                || pair.response().contains("until the end");
    }

    private static void exchange(Pair pair, IntUnaryOperator cut) throws Exception {
        exchange(pair, cut, Options.DEFAULTS);
    }

    private static void exchange(Pair pair, IntUnaryOperator cut, Options options) throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(options, origin.port());
                Peer client = Peer.connect(proxy.address())) {
            FutureTask<Boolean> sent = new FutureTask<>(() -> send(client, pair.request(), cut));
            Thread.ofVirtual().start(sent);
            try (Peer server = origin.next()) {
                assertEquals(pair.request(), server.read(pair.request().length()));
                sent.get(60, TimeUnit.SECONDS);
                FutureTask<Boolean> answered = new FutureTask<>(() -> send(server, pair.response(), cut));
                Thread.ofVirtual().start(answered);
                assertEquals(pair.response(), client.read(pair.response().length()));
                answered.get(60, TimeUnit.SECONDS);
                server.endOutput();
                assertEquals("", client.readText(), "something was added to the response");
                client.endOutput();
                assertEquals("", server.readText(), "something was added to the request");
            }
        }
    }

    private static boolean send(Peer peer, String message, IntUnaryOperator cut) throws IOException {
        byte[] bytes = message.getBytes(ISO_8859_1);
        int at = 0;
        while (at < bytes.length) {
            int length = cut.applyAsInt(bytes.length - at);
            peer.send(Arrays.copyOfRange(bytes, at, at + length));
            at += length;
        }
        return true;
    }
}
