package io.chaosproxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Deaf;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.RefusingPort;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.observe.Event;
import io.chaosproxy.observe.ExchangeInfo;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the proxy says itself: when the upstream can't be reached, and about messages that can't be understood. */
@SuppressWarnings("try") // closing is a part of what is tested
final class ErrorsTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static ProxyServer start(Address upstream, Duration connectTimeout) throws IOException {
        Options options = Options.DEFAULTS.connectTimeout(connectTimeout);
        ProxySpec spec = TestProxy.spec(Protocol.HTTP, 1);
        return TestProxy.start(
                new ProxySpec(spec.name(), spec.protocol(), spec.listen(), upstream, spec.plan(), options), 1);
    }

    /** A whole answer of the proxy itself: that status, a text for people that names it and its upstream, and the end. */
    private static void assertSays(String status, Address upstream, String answer) {
        assertTrue(answer.startsWith("HTTP/1.1 " + status + "\r\n"), answer);
        assertTrue(answer.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"), answer);
        assertTrue(answer.contains("\r\nConnection: close\r\n"), answer);
        int body = answer.indexOf("\r\n\r\n") + 4;
        assertTrue(answer.contains("\r\nContent-Length: " + (answer.length() - body) + "\r\n"), answer);
        assertTrue(answer.substring(body).contains("\"http\""), answer);
        assertTrue(answer.substring(body).contains(upstream.toString()), answer);
        assertTrue(answer.endsWith("\n"), answer);
    }

    @Test
    void anUpstreamThatRefusesIsA502() throws Exception {
        try (RefusingPort nobody = new RefusingPort();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = start(new Address("127.0.0.1", nobody.port()), Duration.ofSeconds(10));
                Peer client = Peer.connect(proxy.address())) {
            Address upstream = proxy.spec().upstream().orElseThrow();
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
                    .send(new byte[3_000_000]);
            assertSays("502 Bad Gateway", upstream, client.readText());
            log.await("proxy http", upstream.toString(), "refused");
            assertEquals(1, log.lines().size());
            assertEquals(1, proxy.traffic().dialFailures());
            client.close();
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
        }
    }

    @Test
    void theAnswerToHeadHasNoBodyHere() throws Exception {
        try (RefusingPort nobody = new RefusingPort();
                ProxyServer proxy = start(new Address("127.0.0.1", nobody.port()), Duration.ofSeconds(10));
                LogLines log = LogLines.of("http");
                Peer client = Peer.connect(proxy.address())) {
            String answer = client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").readText();
            assertTrue(answer.startsWith("HTTP/1.1 502 "), answer);
            assertTrue(answer.endsWith("\r\n\r\n"), answer);
            log.await("refused");
        }
    }

    @Test
    void anUpstreamThatDoesNotAnswerInTimeIsA504() throws Exception {
        try (Deaf deaf = new Deaf();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = start(new Address("127.0.0.1", deaf.port()), Duration.ofMillis(300));
                Peer client = Peer.connect(proxy.address())) {
            long begun = System.nanoTime();
            client.send(REQUEST);
            assertSays("504 Gateway Timeout", proxy.spec().upstream().orElseThrow(), client.readText());
            assertTrue(System.nanoTime() - begun > 290_000_000L, "gave up too early");
            log.await("proxy http", "127.0.0.1:" + deaf.port(), "did not answer within 300 ms");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nobody.invalid", "999.1.1.1"})
    void aNameThatDoesNotResolveIsA502(String host) throws Exception {
        Address upstream = new Address(host, 80);
        try (LogLines log = LogLines.of("http");
                ProxyServer proxy = start(upstream, Duration.ofSeconds(9));
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            assertSays("502 Bad Gateway", upstream, client.readText());
            log.await("proxy http", host);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET / HTTP/1.1\nHost: a\rX: b\n\n",
                "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
                "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nA: \0\r\n\r\n",
                "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
                "\u0016\u0003\u0001\u0002\0\u0001\0\u0001", // the beginning of a TLS handshake
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 6\r\n\r\nhello",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            })
    void aHeadThatCanNotBeUnderstoodIsA400AndNeverGoesUp(String request) throws Exception {
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(request);
            assertSays("400 Bad Request", proxy.spec().upstream().orElseThrow(), client.readText());
            log.await("proxy http", "refused a request");
            assertTrue(origin.isUntouched());
            assertCounted(proxy, 400);
        }
    }

    /** One exchange, with this status; a client has its answer a moment before. */
    private static void assertCounted(ProxyServer proxy, int status) throws InterruptedException {
        TestProxy.await("counted", () -> proxy.traffic().answers(status / 100) == 1);
        assertEquals(1, proxy.traffic().exchanges());
        assertEquals(0, proxy.traffic().answers(0));
    }

    /** Forms that another parser may read differently. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n",
                "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET b:80 HTTP/1.1\r\nHost: b:80\r\n\r\n",
            })
    void aHeadThatIsAmbiguousIsA400UnlessItIsWanted(String request) throws Exception {
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                ProxyServer lenient = TestProxy.http(Options.DEFAULTS.strict(false), origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer odd = Peer.connect(lenient.address())) {
            client.send(request);
            assertSays("400 Bad Request", proxy.spec().upstream().orElseThrow(), client.readText());
            log.await("proxy http", "refused a request");
            assertTrue(origin.isUntouched());
            assertCounted(proxy, 400);
            odd.send(request);
            assertEquals(request, origin.next().read(request.length()));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "400 nonsense\r\n\r\n",
                "400 \u0016\u0003\u0001\u0002\0\u0001",
                "505 PRI * HTTP/2.0\r\n\r\n",
                "501 POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x, chunked\r\n\r\n",
            })
    void aRefusedRequestIsAnExchangeThatNoRuleHits(String text) throws Exception {
        int status = Integer.parseInt(text.substring(0, 3));
        Rule respond = TestProxy.rule(Respond.of(200));
        Rule slow = TestProxy.rule(Latency.of(Duration.ofHours(1)));
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port(), respond, slow);
                Peer client = Peer.connect(proxy.address())) {
            BlockingQueue<ExchangeInfo> ended = new LinkedBlockingQueue<>();
            proxy.common().events().add(event -> {
                if (event instanceof Event.Ended over) {
                    ended.add(over.exchange());
                }
            });
            client.send(text.substring(4));
            assertTrue(client.readText().startsWith("HTTP/1.1 " + status + " "));
            ExchangeInfo exchange = ended.poll(10, TimeUnit.SECONDS);
            assertEquals(status, exchange.status());
            assertEquals(text.substring(4).split("\r\n", -1)[0], exchange.requestLine());
            assertTrue(exchange.bytes() > 0);
            assertCounted(proxy, status);
            assertEquals(0, proxy.common().journal().hits("http", "respond"));
            assertEquals(0, proxy.common().journal().hits("http", "latency"));
        }
    }

    @Test
    void aRequestThatIsRefusedBehindAGoodOneCountsByItself() throws Exception {
        try (Origin origin = Origin.answering(HELLO);
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST + "nonsense\r\n\r\n");
            assertEquals(HELLO, client.readResponse());
            assertSays("400 Bad Request", proxy.spec().upstream().orElseThrow(), client.readText());
            TestProxy.await("counted", () -> proxy.traffic().answers(4) == 1);
            assertEquals(2, proxy.traffic().exchanges());
            assertEquals(1, proxy.traffic().answers(2));
        }
    }

    @Test
    void aBodyThatGoesWrongBehindTheAnswerOfARuleGetsNoSecondAnswer() throws Exception {
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port(), TestProxy.rule(Respond.of(200, "ok")));
                Peer client = Peer.connect(proxy.address())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokX");
            assertTrue(client.readResponse().endsWith("\r\n\r\nok"));
            assertEquals("", client.readText());
            log.await("refused a request");
            assertEquals(1, proxy.traffic().answers(2));
            assertEquals(0, proxy.traffic().answers(4));
        }
    }

    @Test
    void aClientThatSpeaksTlsIsToldWhatToDo() throws Exception {
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Socket socket =
                        new Socket(proxy.address().getAddress(), proxy.address().getPort());
                SSLSocket client = (SSLSocket) ((SSLSocketFactory) SSLSocketFactory.getDefault())
                        .createSocket(socket, "localhost", proxy.address().getPort(), true)) {
            client.setSoTimeout(10_000);
            SSLException told = assertThrows(SSLException.class, client::startHandshake);
            assertTrue(String.valueOf(told.getMessage()).contains("SSL message"), told.getMessage());
            log.await("this is TLS; set tls { ... } on the listener, or protocol = tcp");
            assertCounted(proxy, 400);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x\r\n",
                "-5\r\n",
                "0x5\r\n",
                "5\nhello",
                "5 5\r\n",
                "5\rhello",
                "5\r\nhelloX",
                "FFFFFFFFFFFFFFFF\r\n"
            })
    void aBadChunkIsA400(String chunk) throws Exception {
        String head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(head + "2\r\nok\r\n");
            Peer server = origin.next();
            assertEquals(head + "2\r\nok\r\n", server.read(head.length() + 7));
            server.send("HTTP/1.1 100 Continue\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue\r\n\r\n", client.readHead());
            client.send(chunk);
            assertSays("400 Bad Request", proxy.spec().upstream().orElseThrow(), client.readText());
            assertTrue(!server.readText().contains("0\r\n\r\n"), "the upstream takes the request for complete");
            log.await("refused a request");
        }
    }

    @Test
    void aGoodRequestBeforeABadOneStillGetsItsAnswer() throws Exception {
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST + REQUEST + "nonsense\r\n\r\n" + REQUEST);
            Peer server = origin.next();
            server.readHead();
            server.readHead();
            log.await("refused a request");
            assertTrue(client.isSilentFor(100), "the second answer came first");
            server.send(HELLO);
            assertEquals(HELLO, client.readResponse());
            assertTrue(client.isSilentFor(100), "the third answer came second");
            server.send(HELLO);
            assertEquals(HELLO, client.readResponse());
            assertSays("400 Bad Request", proxy.spec().upstream().orElseThrow(), client.readText());
            assertEquals("", server.readText());
        }
    }

    @Test
    void aBadChunkBehindAGoodRequestWaitsItsTurn() throws Exception {
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST + "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx");
            Peer server = origin.next();
            server.readHead();
            assertTrue(client.isSilentFor(100), "the second answer came first");
            server.send(HELLO);
            assertEquals(HELLO, client.readResponse());
            assertSays("400 Bad Request", proxy.spec().upstream().orElseThrow(), client.readText());
            log.await("refused a request");
        }
    }

    /** An answer of the proxy would become a part of that body. */
    @Test
    void nothingIsAddedToABodyThatEndsWithTheConnection() throws Exception {
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST + "nonsense\r\n\r\n");
            Peer server = origin.next();
            server.readHead();
            log.await("refused a request");
            server.send("HTTP/1.1 200 OK\r\n\r\nall").close();
            assertEquals("HTTP/1.1 200 OK\r\n\r\nall", client.readText());
        }
    }

    @Test
    void aHeadThatIsTooLargeIsA431() throws Exception {
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nA: " + "b".repeat(3_000_000));
            assertSays(
                    "431 Request Header Fields Too Large",
                    proxy.spec().upstream().orElseThrow(),
                    client.readText());
            assertTrue(origin.isUntouched());
            log.await("longer than 65536 bytes");
        }
    }

    @Test
    void aRequestLineThatIsTooLongIsA414() throws Exception {
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET /" + "b".repeat(3_000_000));
            assertSays("414 URI Too Long", proxy.spec().upstream().orElseThrow(), client.readText());
            assertTrue(origin.isUntouched());
            log.await("request line is longer than 65536 bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "\r\n\r\nnonsense",
                "SSH-2.0-OpenSSH_9.2\r\n",
                "HTTP/2.0 200 OK\r\n\r\n",
                "HTTP/1.1 20 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            })
    void anAnswerThatCanNotBeUnderstoodIsA502(String answer) throws Exception {
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            Peer server = origin.next();
            server.readHead();
            server.send(answer);
            String seen = client.readText();
            assertSays(
                    "502 Bad Gateway",
                    proxy.spec().upstream().orElseThrow(),
                    seen.startsWith("HTTP/1.1 100 ") ? seen.substring(seen.indexOf("\r\n\r\n") + 4) : seen);
            assertEquals("end", server.ending());
            log.await("proxy http");
            client.close();
            server.close();
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
        }
    }

    @Test
    void emptyLinesWithoutEndAreA502() throws Exception {
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            Peer server = origin.next();
            server.readHead();
            server.send("\r\n".repeat(33));
            assertSays("502 Bad Gateway", proxy.spec().upstream().orElseThrow(), client.readText());
            log.await("proxy http", "more than 32 empty lines");
        }
    }

    @Test
    void anAnswersHeadThatIsTooLargeIsA502() throws Exception {
        try (Origin origin = Origin.each(server -> {
                    server.readHead();
                    server.send("HTTP/1.1 200 OK\r\nA: " + "b".repeat(70_000));
                });
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            assertSays("502 Bad Gateway", proxy.spec().upstream().orElseThrow(), client.readText());
            log.await("longer than 65536 bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\nContent-Le", "H"})
    void anEndWithinTheHeadIsA502(String part) throws Exception {
        try (Origin origin = Origin.each(server -> {
                    server.readHead();
                    server.send(part);
                });
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            assertSays("502 Bad Gateway", proxy.spec().upstream().orElseThrow(), client.readText());
            log.await("ended within the head");
        }
    }

    /** Without the proxy the client would see just this. */
    @Test
    void anEndInsteadOfAnAnswerIsAnEnd() throws Exception {
        try (Origin origin = Origin.each(Peer::readHead);
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            assertEquals("", client.send(REQUEST).readText());
        }
    }

    @Test
    void badChunksOfTheUpstreamEndTheBody() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            Peer server = origin.next();
            server.readHead();
            server.send(head + "2\r\nok\r\n");
            assertEquals(head + "2\r\nok\r\n", client.read(head.length() + 7));
            server.send("zz\r\nbad");
            assertEquals("end", client.ending());
            log.await("proxy http", "chunk size");
        }
    }

    /** Head, good chunks and error in one packet or in two: the client gets the same, and then the end. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "|x",
                "5|\nhello",
                "5\r\nhello|X\r\n",
                "5\r\nhello\r\n|zz\r\nbad",
                "5\r\nhello\r\n3;a\r\nabc\r\n2|\n",
                "5\r\nhello\r\n0\r\n|\0\r\n",
                "5\r\nhello\r\n0\r\nA: b|\n\r\n",
                "00000000000000005\r\nhello\r\n7fffffffffffffff|f\r\n",
            })
    void theClientGetsAllThatCameBeforeABadChunk(String marked) throws Exception {
        String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        String good = head + marked.substring(0, marked.indexOf('|'));
        String all = head + marked.replace("|", "");
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port())) {
            for (int cut = 1; cut <= all.length(); cut += cut < head.length() - 2 ? 13 : 1) {
                try (Peer client = Peer.connect(proxy.address())) {
                    client.send(REQUEST);
                    Peer server = origin.next();
                    server.readHead();
                    server.send(all.substring(0, cut)).send(all.substring(cut));
                    assertEquals(good, client.readText(), "cut at " + cut);
                    server.close();
                }
            }
        }
    }

    /** A latency of the stream holds the good bytes; the end must not overtake them. */
    @Test
    void whatAFaultHoldsComesBeforeTheEndThatABadChunkBrings() throws Exception {
        String good = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
        Rule slow = TestProxy.rule(Latency.of(Duration.ofMillis(100)).onStream());
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port(), slow);
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            Peer server = origin.next();
            server.readHead();
            server.send(good + "zz");
            assertEquals(good, client.readText());
        }
    }

    @Test
    void aBadChunkInTheRequestsFirstPacketIsA400() throws Exception {
        String head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (String chunks : new String[] {"x", "2\r\nok\r\nx", "2\r\nokX", "2\nok", "0\r\n\0", "0\r\nA: b\n"}) {
            try (Origin origin = Origin.manual();
                    LogLines log = LogLines.of("http");
                    ProxyServer proxy = TestProxy.http(origin.port());
                    Peer client = Peer.connect(proxy.address())) {
                client.send(head + chunks);
                assertSays("400 Bad Request", proxy.spec().upstream().orElseThrow(), client.readText());
                assertTrue(
                        !origin.next().readText().endsWith("0\r\n\r\n"), "the upstream takes the request for complete");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
            })
    void theClientSeesTheShortBodyAndTheEnd(String part) throws Exception {
        try (Origin origin = Origin.each(server -> {
                    server.readHead();
                    server.send(part);
                });
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            assertEquals(part, client.send(REQUEST).readText());
            log.await("proxy http", "upstream broke off");
        }
    }

    @Test
    void theClientSeesThatTheUpstreamResetTheConnection() throws Exception {
        String part = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            Peer server = origin.next();
            server.readHead();
            server.send(part);
            assertEquals(part, client.read(part.length()));
            server.reset();
            assertEquals("reset", client.ending());
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
        }
    }

    @Test
    void aResetOfAnIdleConnectionIsAReset() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            Peer server = origin.next();
            server.readHead();
            server.send(HELLO);
            assertEquals(HELLO, client.readResponse());
            server.reset();
            assertEquals("reset", client.ending());
        }
    }
}
