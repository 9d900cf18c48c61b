package io.chaosproxy.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Options;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients and upstreams do with HTTP/1 is the same with the relay in between. */
final class Http1HandlerTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static final String UPGRADE =
            "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    private static final String SWITCHING =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

    /** An origin in the test's hand, the proxy before it and a client, of which the first bytes have been sent. */
    private record Trio(Origin origin, ProxyServer proxy, Peer client, Peer server) implements AutoCloseable {
        static Trio after(String sent) throws Exception {
            Origin origin = Origin.manual();
            ProxyServer proxy = TestProxy.http(origin.port());
            Peer client = Peer.connect(proxy.address());
            client.send(sent);
            return new Trio(origin, proxy, client, origin.next());
        }

        /** The proxy keeps nothing once both ends have gone. */
        void awaitClosed() throws InterruptedException {
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
            origin.close();
            proxy.close();
        }
    }

    @Test
    void keepsTheConnectionForTheNextExchange() throws Exception {
        try (Origin origin = Origin.answering(HELLO);
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 3; i++) {
                client.send(REQUEST);
                assertEquals(HELLO, client.readResponse());
            }
            assertEquals(1, proxy.traffic().connections());
            assertEquals(3, proxy.traffic().exchanges());
        }
    }

    /** RFC 9112 §2.2: some servers send one behind a body, and the connection stays good. */
    @ParameterizedTest
    @ValueSource(strings = {"\r\n", "\n", "\r\n\n\r\n", "\r|\n", "\r\n|\r\n"})
    void dropsEmptyLinesBetweenResponses(String lines) throws Exception {
        try (Trio trio = Trio.after(REQUEST)) {
            trio.server.readHead();
            sendInParts(trio.server, lines + HELLO + lines);
            assertEquals(HELLO, trio.client.readResponse());
            for (int i = 0; i < 3; i++) {
                trio.client.send(REQUEST);
                assertEquals(REQUEST, trio.server.readHead());
                sendInParts(trio.server, "HTTP/1.1 100 Continue\r\n\r\n" + lines + HELLO + lines);
                assertEquals("HTTP/1.1 100 Continue\r\n\r\n", trio.client.readHead());
                assertEquals(HELLO, trio.client.readResponse());
            }
            trio.server.endOutput();
            assertEquals("", trio.client.readText(), "an empty line before the end");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r\n", "\n", "\r"})
    void anEmptyLineInsteadOfAResponseIsAnEnd(String line) throws Exception {
        try (Trio trio = Trio.after(REQUEST)) {
            trio.server.readHead();
            trio.server.send(line).endOutput();
            assertEquals("", trio.client.readText());
        }
    }

    private static void sendInParts(Peer peer, String text) throws Exception {
        for (String part : text.split("\\|")) {
            peer.send(part);
            Thread.sleep(5); // most likely a packet of its own; any other cut is good as well
        }
    }

    @Test
    void answersPipelinedRequestsInOrderHoweverMany() throws Exception {
        int count = PipelinedExchanges.MAX_PIPELINED * 4;
        StringBuilder requests = new StringBuilder();
        for (int i = 0; i < count; i++) {
            requests.append("GET /").append(i).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        try (Trio trio = Trio.after(requests.toString())) {
            for (int i = 0; i < PipelinedExchanges.MAX_PIPELINED; i++) {
                assertEquals("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n", trio.server.readHead());
            }
            assertTrue(trio.server.isSilentFor(100), "more than may wait for answers");
            for (int i = 0; i < count; i++) {
                trio.server.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + String.format("%03d", i));
                assertTrue(trio.client.readResponse().endsWith(String.format("\r\n\r\n%03d", i)));
                if (i + PipelinedExchanges.MAX_PIPELINED < count) {
                    assertTrue(
                            trio.server.readHead().startsWith("GET /" + (i + PipelinedExchanges.MAX_PIPELINED) + " "));
                }
            }
        }
    }

    @Test
    void leavesExpectContinueToTheTwoEnds() throws Exception {
        String head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
        try (Trio trio = Trio.after(head)) {
            assertEquals(head, trio.server.readHead());
            assertTrue(trio.client.isSilentFor(100), "the proxy said something by itself");
            trio.server.send("HTTP/1.1 100 Continue\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue\r\n\r\n", trio.client.readHead());
            trio.client.send("body");
            assertEquals("body", trio.server.read(4));
            trio.server.send(HELLO);
            assertEquals(HELLO, trio.client.readResponse());
        }
    }

    @Test
    void anExpectationMayFail() throws Exception {
        String head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
        String no = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        try (Trio trio = Trio.after(head)) {
            trio.server.readHead();
            trio.server.send(no).endOutput();
            assertEquals(no, trio.client.readText());
        }
    }

    @Test
    void handsInformationalResponsesOnTheMomentTheyCome() throws Exception {
        try (Trio trio = Trio.after(REQUEST)) {
            trio.server.readHead();
            for (String hint : new String[] {
                "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n", "HTTP/1.1 102 Processing\r\n\r\n"
            }) {
                trio.server.send(hint);
                assertEquals(hint, trio.client.readHead());
            }
            trio.server.send(HELLO);
            assertEquals(HELLO, trio.client.readResponse());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\n\r\n"
            })
    void noBodyFollowsTheAnswerToHead(String answer) throws Exception {
        try (Trio trio = Trio.after("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")) {
            trio.server.readHead();
            trio.server.send(answer);
            assertEquals(answer, trio.client.readHead());
            trio.client.send(REQUEST);
            assertEquals(REQUEST, trio.server.readHead());
            trio.server.send(HELLO);
            assertEquals(HELLO, trio.client.readResponse());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 204 No Content\r\n\r\n",
                "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n",
                "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: \"x\"\r\n\r\n"
            })
    void noBodyFollowsTheseStatuses(String answer) throws Exception {
        try (Trio trio = Trio.after(REQUEST + REQUEST)) {
            trio.server.readHead();
            trio.server.readHead();
            trio.server.send(answer + HELLO);
            assertEquals(answer, trio.client.readHead());
            assertEquals(HELLO, trio.client.readResponse());
        }
    }

    @Test
    void aBodyMayEndWithTheConnection() throws Exception {
        try (Trio trio = Trio.after("GET / HTTP/1.0\r\n\r\n")) {
            trio.server.readHead(); // a response that no request asked for ends the connection
            trio.server.send("HTTP/1.0 200 OK\r\n\r\nall ");
            assertEquals("HTTP/1.0 200 OK\r\n\r\nall ", trio.client.read(23));
            trio.server.send("of it").close();
            assertEquals("of it", trio.client.readText());
            trio.client.close();
            trio.awaitClosed();
        }
    }

    /** The upstream reads on after its answer, as a well-behaved server does. */
    @Test
    void anAnswerMayComeWhileTheRequestFlows() throws Exception {
        String answer = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n";
        try (Trio trio = Trio.after("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n")) {
            trio.server.readHead();
            trio.server.send(answer).endOutput();
            assertEquals(answer, trio.client.readText());
            assertTrue(trio.server.isSilentFor(1500)); // longer than a connection without a purpose lingers
            byte[] body = new byte[20_000_000];
            FutureTask<byte[]> read = new FutureTask<>(trio.server::readAll);
            Thread.ofVirtual().start(read);
            trio.client.send(body).endOutput();
            assertEquals(body.length, read.get(60, TimeUnit.SECONDS).length);
            trio.awaitClosed();
        }
    }

    /** The upstream closes with the request unread: its kernel sends a reset behind the answer, most without an end. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false, true, false, true, false})
    void aResetBehindAnEarlyAnswerDoesNotOvertakeIt(boolean endsFirst) throws Exception {
        String head = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 20000\r\nConnection: close\r\n\r\n";
        String answer = head + "no".repeat(10_000); // as much as is with the proxy's kernel before the reset
        try (Trio trio = Trio.after("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000000\r\n\r\n")) {
            FutureTask<Peer> sending = new FutureTask<>(() -> trio.client.send(new byte[60_000_000]));
            Thread.ofVirtual().start(sending);
            trio.server.readHead();
            trio.server.read(1000);
            trio.server.send(answer);
            closeUnread(trio.server, endsFirst);
            sending.get(60, TimeUnit.SECONDS); // the client reads nothing before it has sent everything
            assertEquals(answer, trio.client.readText());
            trio.client.close();
            trio.awaitClosed();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aResetBehindTheAnswerToASmallBodyDoesNotOvertakeIt(boolean endsFirst) throws Exception {
        try (Trio trio = Trio.after("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")) {
            trio.server.readHead();
            TestProxy.await("the body", () -> available(trio.server) == 4);
            trio.server.send(HELLO);
            closeUnread(trio.server, endsFirst);
            assertEquals(HELLO, trio.client.readText());
        }
    }

    /** As Java closes a socket, or as the kernel does by itself. */
    private static void closeUnread(Peer peer, boolean endsFirst) throws IOException {
        if (endsFirst) {
            peer.close();
        } else {
            peer.reset();
        }
    }

    private static int available(Peer peer) {
        try {
            return peer.socket().getInputStream().available();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void afterAnUpgradeBothSidesSpeakAtOnce() throws Exception {
        byte[] data = new byte[5_000_000];
        new Random(3).nextBytes(data);
        try (Trio trio = Trio.after(UPGRADE)) {
            trio.server.readHead();
            trio.server.send(SWITCHING + "right behind"); // in one packet with the handshake
            assertEquals(SWITCHING, trio.client.readHead());
            assertEquals("right behind", trio.client.read(12));
            trio.client.send("GET / HTTP/9.9\r\n\r\n\0"); // bytes, not HTTP
            assertEquals("GET / HTTP/9.9\r\n\r\n\0", trio.server.read(19));
            FutureTask<Peer> up = new FutureTask<>(() -> trio.client.send(data).endOutput());
            FutureTask<Peer> down =
                    new FutureTask<>(() -> trio.server.send(data).endOutput());
            FutureTask<byte[]> atServer = new FutureTask<>(trio.server::readAll);
            for (FutureTask<?> task : new FutureTask<?>[] {up, down, atServer}) {
                Thread.ofVirtual().start(task);
            }
            assertArrayEquals(data, trio.client.readAll());
            assertArrayEquals(data, atServer.get(60, TimeUnit.SECONDS));
            trio.awaitClosed();
        }
    }

    @Test
    void whatAClientSendsBehindItsUpgradeWaitsForTheAnswer() throws Exception {
        try (Trio trio = Trio.after(UPGRADE + "early")) {
            assertEquals(UPGRADE, trio.server.readHead());
            trio.server.send(SWITCHING);
            assertEquals("early", trio.server.read(5));
            trio.server.endOutput(); // a tunnel has two ends
            assertEquals(SWITCHING, trio.client.readText());
            assertTrue(trio.server.isSilentFor(1500), "the other direction ended as well");
            trio.client.send("late").endOutput();
            assertEquals("late", trio.server.readText());
        }
    }

    @Test
    void aRefusedUpgradeIsAnExchangeLikeAnyOther() throws Exception {
        try (Trio trio = Trio.after(UPGRADE)) {
            trio.server.readHead();
            trio.server.send(HELLO);
            assertEquals(HELLO, trio.client.readResponse());
            trio.client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody" + REQUEST);
            trio.server.readHead();
            assertEquals("body", trio.server.read(4));
            assertEquals(REQUEST, trio.server.readHead());
            trio.server.send(HELLO + HELLO);
            assertEquals(HELLO, trio.client.readResponse());
            assertEquals(HELLO, trio.client.readResponse());
        }
    }

    @Test
    void anUpgradeThatIsNeverAnsweredEndsWithTheUpstream() throws Exception {
        try (Trio trio = Trio.after(UPGRADE + "early")) {
            trio.server.readHead();
            trio.server.close();
            assertEquals("end", trio.client.ending());
            trio.awaitClosed();
        }
    }

    @Test
    void connectOpensATunnel() throws Exception {
        String connect = "CONNECT db:5432 HTTP/1.1\r\nHost: db:5432\r\n\r\n";
        try (Trio trio = Trio.after(connect)) {
            assertEquals(connect, trio.server.readHead());
            trio.server.send("HTTP/1.1 200 Connected\r\n\r\n\0\1\2");
            assertEquals("HTTP/1.1 200 Connected\r\n\r\n\0\1\2", trio.client.read(29));
            trio.client.send("\3\4\5").endOutput();
            assertEquals("\3\4\5", trio.server.readText());
        }
    }

    @Test
    void aRefusedConnectIsAnExchangeLikeAnyOther() throws Exception {
        try (Trio trio = Trio.after("CONNECT db:5432 HTTP/1.1\r\nHost: db:5432\r\n\r\n")) {
            trio.server.readHead();
            trio.server.send(HELLO.replace("200 OK", "403 Forbidden"));
            assertTrue(trio.client.readResponse().endsWith("hello"));
            trio.client.send(REQUEST);
            assertEquals(REQUEST, trio.server.readHead());
        }
    }

    @Test
    void eventsArriveTheMomentTheyAreWritten() throws Exception {
        try (Trio trio = Trio.after(REQUEST)) {
            trio.server.readHead();
            String head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
            trio.server.send(head);
            assertEquals(head, trio.client.readHead());
            for (int i = 0; i < 50; i++) { // each is read before the next one is written
                String event = "9\r\ndata: " + (char) ('a' + i % 26) + "\n\n\r\n";
                for (String piece : new String[] {event.substring(0, 4), event.substring(4)}) {
                    trio.server.send(piece);
                    assertEquals(piece, trio.client.read(piece.length()));
                }
            }
            trio.server.send("0\r\n\r\n");
            assertEquals("0\r\n\r\n", trio.client.read(5));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                REQUEST,
                UPGRADE,
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nbody"
            })
    void theUpstreamSeesAtOnceThatAClientHasLeft(String request) throws Exception {
        try (Trio trio = Trio.after(request)) {
            trio.server.read(request.length());
            trio.client.close();
            long left = System.nanoTime();
            assertEquals("end", trio.server.ending());
            assertTrue(System.nanoTime() - left < 20_000_000_000L, "later than 20 seconds");
            trio.server.close();
            trio.awaitClosed();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {REQUEST, UPGRADE})
    void theUpstreamSeesThatAClientHasResetTheConnection(String request) throws Exception {
        try (Trio trio = Trio.after(request)) {
            trio.server.read(request.length());
            trio.client.reset();
            assertEquals("reset", trio.server.ending());
            trio.awaitClosed();
        }
    }

    @Test
    void aClientThatHasSentItsLastRequestStillGetsTheAnswers() throws Exception {
        try (Trio trio = Trio.after(REQUEST + REQUEST)) {
            trio.client.endOutput();
            trio.server.readHead();
            assertEquals(REQUEST, trio.server.readText());
            assertTrue(trio.client.isSilentFor(1500));
            trio.server.send(HELLO + HELLO).close();
            assertEquals(HELLO + HELLO, trio.client.readText());
            trio.awaitClosed();
        }
    }

    @Test
    void theClientSeesAtOnceThatTheUpstreamClosedAnIdleConnection() throws Exception {
        try (Trio trio = Trio.after(REQUEST)) {
            trio.server.readHead();
            trio.server.send(HELLO);
            assertEquals(HELLO, trio.client.readResponse());
            trio.server.close();
            long closed = System.nanoTime();
            assertEquals("end", trio.client.ending());
            assertTrue(System.nanoTime() - closed < 20_000_000_000L, "later than 20 seconds");
            trio.awaitClosed(); // though the client keeps its end open
        }
    }

    @Test
    void connectionsThatTheUpstreamClosesAreGoneWithTheClient() throws Exception {
        try (Origin origin = Origin.each(server -> {
                    server.readHead();
                    server.send("HTTP/1.0 200 OK\r\n\r\nhello");
                });
                ProxyServer proxy = TestProxy.http(origin.port())) {
            long begun = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                try (Peer client = Peer.connect(proxy.address())) {
                    assertEquals(
                            "HTTP/1.0 200 OK\r\n\r\nhello",
                            client.send("GET / HTTP/1.0\r\n\r\n").readText());
                }
                TestProxy.await("closed", () -> proxy.connections().isEmpty());
            }
            assertTrue(System.nanoTime() - begun < 18_000_000_000L, "each connection lingers");
        }
    }

    /** As ApacheBench does, with and without {@code -k}. */
    @Test
    void servesClientsOfVersionOneZero() throws Exception {
        try (Origin origin = Origin.each(server -> {
                    String head = server.readHead();
                    while (head.contains("Connection: Keep-Alive")) {
                        server.send("HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok");
                        head = server.readHead();
                    }
                    if (!head.isEmpty()) {
                        server.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
                    }
                });
                ProxyServer proxy = TestProxy.http(origin.port())) {
            String request = "GET / HTTP/1.0\r\nHost: a\r\nUser-Agent: ApacheBench/2.3\r\nAccept: */*\r\n\r\n";
            try (Peer client = Peer.connect(proxy.address())) {
                assertTrue(client.send(request).readText().endsWith("\r\n\r\nok"));
            }
            try (Peer client = Peer.connect(proxy.address())) {
                for (int i = 0; i < 3; i++) {
                    client.send(request.replace("Host", "Connection: Keep-Alive\r\nHost"));
                    assertTrue(client.readResponse().endsWith("\r\n\r\nok"));
                }
            }
            assertEquals(2, proxy.traffic().connections());
        }
    }

    @Test
    void theHostFieldStaysAsItIs() throws Exception {
        assertEquals(
                "GET http://shop.example:81/y HTTP/1.1\r\nhOST:  shop.example:81 \r\nA: b\r\n\r\n",
                seen("GET http://shop.example:81/y HTTP/1.1\r\nhOST:  shop.example:81 \r\nA: b\r\n\r\n", false));
    }

    @Test
    void theHostFieldBecomesTheUpstreamsIfAskedTo() throws Exception {
        String seen = seen("GET /y HTTP/1.1\r\nA: b\r\nhOST:  shop.example:81 \r\nC: d\r\n\r\n", true);
        assertTrue(
                seen.matches("GET /y HTTP/1\\.1\r\nA: b\r\nh?H?[oO][sS][tT]: 127\\.0\\.0\\.1:\\d+\r\nC: d\r\n\r\n"),
                seen);
    }

    @Test
    void aHostFieldIsNotAddedWhereThereWasNone() throws Exception {
        assertEquals("GET / HTTP/1.0\r\nA: b\r\n\r\n", seen("GET / HTTP/1.0\r\nA: b\r\n\r\n", true));
    }

    /** RFC 9112 §3.2.2: the host of an absolute target outdoes the field, so it must not go on beside the upstream's. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET http://shop.example/y?z=1 HTTP/1.1 | GET /y?z=1 HTTP/1.1",
                "GET http://shop.example HTTP/1.1 | GET / HTTP/1.1",
                "GET http://SHOP.example:80?q HTTP/1.1 | GET /?q HTTP/1.1",
                "POST https://shop.example:443//y/../%2f HTTP/1.1 | POST //y/../%2f HTTP/1.1",
                "OPTIONS http://shop.example HTTP/1.1 | OPTIONS * HTTP/1.1",
                "OPTIONS http://shop.example/ HTTP/1.1 | OPTIONS / HTTP/1.1",
            })
    void anAbsoluteTargetGoesOnWithoutItsHostIfTheHostBecomesTheUpstreams(String line, String sent) throws Exception {
        String fields = "A: b\r\nHost: shop.example\r\nContent-Length: 0\r\n\r\n";
        for (String start : List.of("", "\r\n")) {
            assertEquals(
                    start + sent + "\r\nA: b\r\nHost: UPSTREAM\r\nContent-Length: 0\r\n\r\n",
                    seen(start + line + "\r\n" + fields, true).replaceAll("127\\.0\\.0\\.1:\\d+", "UPSTREAM"));
            assertEquals(start + line + "\r\n" + fields, seen(start + line + "\r\n" + fields, false));
        }
    }

    @Test
    void anAbsoluteTargetWithoutAHostFieldGetsTheUpstreams() throws Exception {
        String seen = seen("GET http://shop.example/y HTTP/1.0\r\nA: b\n\r\n", true);
        assertTrue(seen.matches("GET /y HTTP/1\\.0\r\nA: b\r\nHost: 127\\.0\\.0\\.1:\\d+\r\n\r\n"), seen);
    }

    @Test
    void theHostFieldOfConnectStays() throws Exception {
        String connect = "CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n";
        assertEquals(connect, seen(connect, true));
    }

    private static String seen(String head, boolean rewriteHost) throws Exception {
        Options options = Options.DEFAULTS.rewriteHost(rewriteHost);
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.HTTP, origin.port()).with(options), 1);
                Peer client = Peer.connect(proxy.address())) {
            client.send(head);
            return origin.next().readHead();
        }
    }

    /** RFC 9112 §2.2, §5.1 and §5.2: bare LF, white space before a colon and folded lines go no further. */
    @Test
    void rewritesHeadsThatTwoParsersMayReadDifferently() throws Exception {
        String request = "POST / HTTP/1.1\r\nHost: a\r\nX: y\nTransfer-Encoding: chunked\n\r\n";
        String response = "HTTP/1.1 200 OK\nX : y\r\n\t z\r\nContent-Length\t:\r\n 5\r\n\nhello";
        try (Trio trio = Trio.after(request + "0\r\n\r\n")) {
            assertEquals(
                    "POST / HTTP/1.1\r\nHost: a\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n", trio.server.readHead());
            assertEquals("0\r\n\r\n", trio.server.read(5));
            trio.server.send(response);
            assertEquals(
                    "HTTP/1.1 200 OK\r\nX: y  \t z\r\nContent-Length:   5\r\n\r\nhello", trio.client.readResponse());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Upgrade: h2c; Connection: Upgrade, HTTP2-Settings; HTTP2-Settings: AAM | ",
                "upgrade: H2C; connection: upgrade,http2-settings; http2-settings: AAM | ",
                "Connection: keep-alive, Upgrade; Upgrade: h2c | Connection: keep-alive",
                "Connection: Upgrade; Connection: x; Upgrade: h2c | Connection: x",
                "Upgrade: websocket, h2c; Connection: Upgrade, HTTP2-Settings; HTTP2-Settings: AAM; A: b"
                        + " | Upgrade: websocket; Connection: Upgrade; A: b",
                "Upgrade: h2c; Upgrade: foo/1; Connection: Upgrade | Upgrade: foo/1; Connection: Upgrade",
                "HTTP2-Settings: AAM; Connection: HTTP2-Settings | ",
                "Upgrade: websocket; Connection: Upgrade | Upgrade: websocket; Connection: Upgrade",
                "Upgrade: h2c-17; Connection:  Upgrade | Upgrade: h2c-17; Connection:  Upgrade",
            })
    void takesTheWishForHttp2OutOfRequests(String sent, String seen) throws Exception {
        String start = "GET / HTTP/1.1\r\nHost: a\r\n";
        try (LogLines log = LogLines.of("http");
                Trio trio = Trio.after(start + sent.replace("; ", "\r\n") + "\r\n\r\n" + REQUEST)) {
            String fields = seen == null ? "" : seen.replace("; ", "\r\n") + "\r\n";
            assertEquals(start + fields + "\r\n", trio.server.readHead());
            if (fields.contains("Upgrade")) {
                assertTrue(trio.server.isSilentFor(50), "what follows waits for the upstream's word");
            }
            trio.server.send(HELLO);
            assertEquals(REQUEST, trio.server.readHead());
            assertEquals(HELLO, trio.client.readResponse());
            trio.server.send(HELLO); // or the log would tell of this connection's end, perhaps in the next case
            assertEquals(HELLO, trio.client.readResponse());
            int lines =
                    sent.contains("h2c-17") || !sent.toLowerCase(Locale.ROOT).matches(".*(h2c|http2).*") ? 0 : 1;
            assertEquals(lines, log.lines().size(), log.lines()::toString);
        }
    }
}
