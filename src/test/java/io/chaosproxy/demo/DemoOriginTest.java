package io.chaosproxy.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class DemoOriginTest {
    private static final String LOOPBACK = "127.0.0.1";
    private static final Warnings WARNINGS = new Warnings();
    private static final Logger HELIDON = Logger.getLogger("io.helidon");
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @SuppressWarnings("NullAway.Init")
    private static DemoOrigin origin;

    @BeforeAll
    static void start() throws IOException {
        HELIDON.addHandler(WARNINGS);
        origin = DemoOrigin.start(LOOPBACK, 0);
    }

    @AfterAll
    static void stop() {
        origin.close();
        HELIDON.removeHandler(WARNINGS);
        CLIENT.close();
        assertEquals(List.of(), WARNINGS.messages, "whatever a client does is no reason to warn");
    }

    @Test
    void thePageNeedsNothingFromElsewhereAndNamesNoHost() throws Exception {
        HttpResponse<String> answer = get("/");

        assertEquals(200, answer.statusCode());
        assertEquals("text/html; charset=utf-8", field(answer, "Content-Type"));
        assertEquals(DemoOrigin.SERVER_NAME, field(answer, "Server"));
        assertTrue(answer.body().contains("This page stands behind chaos-proxy; what you feel is its doing."));
        String withoutNamespaces = answer.body().replace("http://www.w3.org/2000/svg", "");
        assertTrue(!withoutNamespaces.contains("http://") && !withoutNamespaces.contains("https://"));
        assertTrue(!withoutNamespaces.contains("localhost") && !withoutNamespaces.contains(LOOPBACK));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 250, 251, 252, 64_255, 64_256, 64_257, 1 << 20})
    void bytesAreCountedAndKnownByTheirPosition(int size) throws Exception {
        HttpResponse<byte[]> answer = CLIENT.send(request("/bytes/" + size).build(), BodyHandlers.ofByteArray());

        assertEquals(200, answer.statusCode());
        assertEquals(String.valueOf(size), field(answer, "Content-Length"));
        assertArrayEquals(pattern(size), answer.body());
    }

    @Test
    void headOfTheLargestDownloadHasItsLengthAndNoBody() throws Exception {
        HttpRequest head = request("/bytes/10737418240").HEAD().build();
        HttpResponse<byte[]> answer = CLIENT.send(head, BodyHandlers.ofByteArray());

        assertEquals(200, answer.statusCode());
        assertEquals("10737418240", field(answer, "Content-Length"));
        assertEquals(0, answer.body().length);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/bytes/10737418241",
                "/bytes/-1",
                "/bytes/many",
                "/bytes/99999999999999999999",
                "/slow",
                "/slow?ms=600001",
                "/slow?ms=soon",
                "/events?every=9",
                "/events?every=10001"
            })
    void numbersOutOfBoundsAreRefusedWithTheBounds(String path) throws Exception {
        HttpResponse<String> answer = get(path);

        assertEquals(400, answer.statusCode());
        assertTrue(answer.body().contains("must be a whole number from"), answer.body());
    }

    @Test
    void aDownloadThatTheClientLeavesEndsQuietly() throws Exception {
        try (Socket socket = connect()) {
            send(socket, "GET /bytes/10737418240 HTTP/1.1\r\nHost: x\r\n\r\n");
            assertEquals('H', socket.getInputStream().read());
            socket.setSoLinger(true, 0);
        }
        awaitNoHandler(CountedBytes.class);
    }

    @Test
    void aSlowAnswerComesAfterItsTime() throws Exception {
        long start = System.nanoTime();
        HttpResponse<String> answer = get("/slow?ms=200");

        assertEquals("answered after 200 ms\n", answer.body());
        assertTrue(since(start).compareTo(ofMillis(200)) >= 0);
    }

    @Test
    void aHundredSlowAnswersWaitTogether() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            List<Callable<String>> askers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                askers.add(() -> rawExchange("GET /slow?ms=300 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
            }
            for (Future<String> answer : threads.invokeAll(askers)) {
                assertTrue(answer.get().startsWith("HTTP/1.1 200 "));
            }
            assertTrue(since(start).compareTo(ofMillis(1500)) < 0, "took " + since(start));
        }
    }

    @Test
    void aThousandIdleConnectionsAreNoTrouble() throws Exception {
        List<Socket> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 1000; i++) {
                idle.add(connect());
            }
            for (Socket socket : idle) {
                send(socket, "HEAD /bytes/7 HTTP/1.1\r\nHost: x\r\n\r\n");
            }
            for (Socket socket : idle) {
                assertTrue(readHead(socket.getInputStream()).contains("Content-Length: 7\r\n"));
            }
            assertEquals(200, get("/bytes/1").statusCode());
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }

    @Test
    void eventsArriveAtTheirPace() throws Exception {
        long start = System.nanoTime();
        HttpResponse<InputStream> answer =
                CLIENT.send(request("/events?every=100").build(), BodyHandlers.ofInputStream());
        assertEquals("text/event-stream", field(answer, "Content-Type"));

        try (BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), ISO_8859_1))) {
            for (int sequence = 1; sequence <= 5; sequence++) {
                assertEquals("id:" + sequence, lines.readLine());
                String data = lines.readLine();
                String expected = "data:\\{\"sequence\":" + sequence + ",\"sentAt\":[0-9]{13},\"every\":100}";
                assertTrue(data.matches(expected), data);
                assertEquals("", lines.readLine());
            }
            assertTrue(since(start).compareTo(ofMillis(400)) >= 0, "took " + since(start));
        }
        awaitNoHandler(Ticker.class);
    }

    @Test
    void anEventArrivesLongBeforeTheNextIsSent() throws Exception {
        try (DemoOrigin slow = DemoOrigin.start(LOOPBACK, 0);
                Socket socket = new Socket(LOOPBACK, slow.address().getPort())) {
            socket.setSoTimeout(60_000);
            send(socket, "GET /events?every=10000 HTTP/1.1\r\nHost: x\r\n\r\n");
            InputStream in = socket.getInputStream();
            readHead(in);
            assertTrue(readUntil(in, "\n\n").contains("\nid:1\n"));
        }
    }

    @Test
    void eventsGoOnAfterTheLastOneSeen() throws Exception {
        HttpRequest again = request("/events").header("Last-Event-ID", "41").build();
        try (InputStream body = CLIENT.send(again, BodyHandlers.ofInputStream()).body()) {
            assertEquals("id:42\n", new String(body.readNBytes(6), ISO_8859_1));
        }
    }

    @Test
    void theTickerEndsWhenTheClientLeaves() throws Exception {
        try (Socket socket = connect()) {
            send(socket, "GET /events?every=20 HTTP/1.1\r\nHost: x\r\n\r\n");
            readHead(socket.getInputStream());
            assertTrue(Threads.isAnyWithin(Ticker.class, "handle"));
        }
        awaitNoHandler(Ticker.class);
    }

    @Test
    void theLatestMessageIsThereAtOnceAndTheNextIsWaitedFor() throws Exception {
        Message latest = Message.of(get("/ticks").body());

        Message next = Message.of(get("/ticks?after=" + latest.sequence).body());
        Message afterOneYetToCome =
                Message.of(get("/ticks?after=" + (latest.sequence + 1_000_000)).body());

        assertTrue(next.sequence > latest.sequence);
        assertTrue(afterOneYetToCome.sequence < latest.sequence + 1_000_000, "a wrong number holds nobody for long");
        assertTrue(System.currentTimeMillis() >= next.sentAt);
        assertEquals(400, get("/ticks?after=x").statusCode());
    }

    @Test
    void aWebSocketGetsEachMessageUntilItCloses() throws Exception {
        LinkedBlockingQueue<String> received = new LinkedBlockingQueue<>();
        WebSocket socket = CLIENT.newWebSocketBuilder()
                .header("Origin", "http://elsewhere:8080") // a proxy may rewrite the host, not the origin
                .buildAsync(
                        URI.create("ws://" + LOOPBACK + ":" + origin.address().getPort() + "/socket"),
                        new WebSocket.Listener() {
                            @Override
                            public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
                                received.add(data.toString());
                                from.request(1);
                                return CompletableFuture.completedStage(null);
                            }
                        })
                .get();
        Message first = Message.of(received.take());
        Message second = Message.of(received.take());
        assertEquals(first.sequence + 1, second.sequence);
        assertEquals(first.sentAt + 500, second.sentAt);

        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get();

        Threads.awaitNone("demo socket");
    }

    private record Message(long sequence, long sentAt) {
        static Message of(String json) {
            Matcher found = Pattern.compile("\\{\"sequence\":(\\d+),\"sentAt\":(\\d+),\"every\":500}")
                    .matcher(json);
            assertTrue(found.matches(), json);
            return new Message(Long.parseLong(found.group(1)), Long.parseLong(found.group(2)));
        }
    }

    @Test
    void echoShowsTheHeadOfTheRequest() throws Exception {
        String answer = rawExchange("""
            DELETE /echo?a=b%20c HTTP/1.1
            Host: any.name:99
            X-Twice: one
            X-Twice: two
            Connection: close

            """.replace("\n", "\r\n"));

        String echo = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        assertTrue(echo.startsWith("DELETE /echo?a=b%20c HTTP/1.1\n"), echo);
        assertTrue(echo.contains("Host: any.name:99\n"), echo);
        assertTrue(echo.contains("X-Twice: one\nX-Twice: two\n"), echo);
        assertTrue(echo.endsWith("\n\n"), echo);
    }

    @Test
    void echoShowsTheBodyIfItIsText() throws Exception {
        HttpRequest post = request("/echo")
                .header("Content-Type", "text/x-note; charset=utf-8")
                .POST(BodyPublishers.ofString("grüß dich"))
                .build();
        HttpResponse<String> answer = CLIENT.send(post, BodyHandlers.ofString());

        assertEquals("text/plain; charset=utf-8", field(answer, "Content-Type"));
        assertTrue(answer.body().startsWith("POST /echo HTTP/1.1\n"));
        assertTrue(answer.body().endsWith("\n\ngrüß dich"), answer.body());
    }

    @Test
    void echoHandsAnyOtherBodyBackAsItIs() throws Exception {
        byte[] body = pattern(3 << 20);
        HttpRequest put = request("/echo")
                .header("Content-Type", "image/x-pattern")
                .PUT(BodyPublishers.ofByteArray(body))
                .build();
        HttpResponse<byte[]> answer = CLIENT.send(put, BodyHandlers.ofByteArray());

        assertEquals("image/x-pattern", field(answer, "Content-Type"));
        assertEquals(String.valueOf(body.length), field(answer, "Content-Length"));
        assertArrayEquals(body, answer.body());
    }

    @Test
    void echoAnswersEachChunkBeforeTheNextIsSent() throws Exception {
        try (Socket socket = connect()) {
            String head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n";
            send(socket, head + "3\r\none\r\n");
            InputStream in = socket.getInputStream();
            assertTrue(readHead(in).contains("Transfer-Encoding: chunked\r\n"));
            assertEquals("3\r\none\r\n", new String(in.readNBytes(8), ISO_8859_1));
            send(socket, "3\r\ntwo\r\n");
            assertEquals("3\r\ntwo\r\n", new String(in.readNBytes(8), ISO_8859_1));
            send(socket, "0\r\n\r\n");
            assertEquals("0\r\n\r\n", new String(in.readNBytes(5), ISO_8859_1));
        }
    }

    @Test
    void anUploadThatTheClientBreaksOffEndsQuietly() throws Exception {
        try (Socket socket = connect()) {
            send(socket, "PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 99\r\n\r\nbegun");
            readHead(socket.getInputStream());
            socket.setSoLinger(true, 0);
        }
        awaitNoHandler(Echo.class);
    }

    @Test
    void anUnknownPathIsAnsweredWithTheKnownOnes() throws Exception {
        HttpResponse<String> answer = get("/nothing/here");

        assertEquals(404, answer.statusCode());
        assertEquals("text/plain; charset=utf-8", field(answer, "Content-Type"));
        for (String path : List.of("/bytes/N", "/slow?ms=N", "/events", "/echo")) {
            assertTrue(answer.body().contains(path), path);
        }
    }

    @Test
    void anotherMethodIsToldTheRightOnes() throws Exception {
        HttpRequest post = request("/slow?ms=0").POST(BodyPublishers.noBody()).build();
        HttpResponse<String> answer = CLIENT.send(post, BodyHandlers.ofString());

        assertEquals(405, answer.statusCode());
        assertEquals("GET, HEAD", field(answer, "Allow"));
    }

    @Test
    void aConnectionIsKeptForTheNextRequest() throws Exception {
        try (Socket socket = connect()) {
            for (String path : List.of("/bytes/5", "/nothing", "/slow?ms=never", "/bytes/5")) {
                send(socket, "HEAD " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
                assertTrue(readHead(socket.getInputStream()).contains("Connection: keep-alive\r\n"), path);
            }
        }
    }

    @Test
    void aConnectionIsClosedAfterTheAnswerWhenTheClientAsksForIt() throws Exception {
        String body = "x".repeat(300_000);
        String answer = rawExchange("POST /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body);

        assertTrue(answer.startsWith("HTTP/1.1 404 "));
        assertTrue(answer.contains("Connection: close\r\n"));
        assertTrue(answer.endsWith("by any method\n"));
    }

    @Test
    void aTakenPortIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName(LOOPBACK))) {
            int port = taken.getLocalPort();
            IOException refusal = assertThrows(IOException.class, () -> DemoOrigin.start(LOOPBACK, port));

            String message = String.valueOf(refusal.getMessage());
            assertTrue(message.startsWith("cannot listen on 127.0.0.1:" + port + ": "), message);
        }
    }

    @Test
    void anUnknownHostIsNamed() {
        IOException refusal = assertThrows(IOException.class, () -> DemoOrigin.start("no.such.host.invalid", 80));

        assertEquals("cannot listen on no.such.host.invalid:80: unknown host", refusal.getMessage());
    }

    @Test
    void onlyTheGivenAddressIsListenedOn() {
        InetSocketAddress elsewhere =
                new InetSocketAddress("127.0.0.2", origin.address().getPort());

        assertThrows(IOException.class, () -> {
            try (Socket socket = new Socket()) {
                socket.connect(elsewhere, 1000);
            }
        });
    }

    @Test
    void closeFreesThePortAndBreaksOffWhatIsUnderWay() throws Exception {
        DemoOrigin second = DemoOrigin.start(LOOPBACK, 0);
        int port = second.address().getPort();
        try (Socket stream = new Socket(LOOPBACK, port);
                Socket idle = new Socket(LOOPBACK, port)) {
            stream.setSoTimeout(60_000);
            idle.setSoTimeout(60_000);
            send(stream, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
            readHead(stream.getInputStream());
            send(idle, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
            readHead(idle.getInputStream());
            long start = System.nanoTime();
            second.close();
            second.close();
            assertTrue(since(start).compareTo(ofSeconds(30)) < 0, "took " + since(start));
            stream.getInputStream().readAllBytes();
            assertEquals(-1, idle.getInputStream().read());
        }
        try (DemoOrigin third = DemoOrigin.start(LOOPBACK, port)) {
            assertEquals(port, third.address().getPort());
            assertEquals("demo origin on 127.0.0.1:" + port, third.toString());
        }
    }

    private static HttpRequest.Builder request(String path) {
        InetSocketAddress at = origin.address();
        return HttpRequest.newBuilder(URI.create("http://" + LOOPBACK + ":" + at.getPort() + path))
                .timeout(ofSeconds(60));
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return CLIENT.send(request(path).build(), BodyHandlers.ofString());
    }

    private static String field(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private static Socket connect() throws IOException {
        Socket socket = new Socket(LOOPBACK, origin.address().getPort());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(ISO_8859_1));
        out.flush();
    }

    private static String rawExchange(String request) throws IOException {
        try (Socket socket = connect()) {
            send(socket, request);
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    private static String readHead(InputStream in) throws IOException {
        return readUntil(in, "\r\n\r\n");
    }

    private static String readUntil(InputStream in, String end) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int next = in.read();
            assertTrue(next >= 0, "ended too early: " + text);
            text.append((char) next);
        }
        return text.toString();
    }

    private static byte[] pattern(int size) {
        byte[] bytes = new byte[size];
        for (int position = 0; position < size; position++) {
            bytes[position] = (byte) (position % 251);
        }
        return bytes;
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Waits until no thread, virtual ones included, is within that handler. */
    private static void awaitNoHandler(Class<?> handler) throws InterruptedException {
        TestProxy.await("no thread in " + handler, () -> !Threads.isAnyWithin(handler, "handle"));
    }

    /** Collects what Helidon warns of. */
    private static final class Warnings extends Handler {
        private final List<String> messages = new CopyOnWriteArrayList<>();

        @Override
        public void publish(@Nullable LogRecord line) {
            if (line != null && line.getLevel().intValue() >= Level.WARNING.intValue()) {
                messages.add(line.getLoggerName() + ": " + line.getMessage() + " " + line.getThrown());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
