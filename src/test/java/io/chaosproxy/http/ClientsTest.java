package io.chaosproxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Options;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.WebSocketMessages;
import io.chaosproxy.relay.ProxyServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.junit.jupiter.api.Test;

/** Real clients work through the proxy as they do without it. */
final class ClientsTest {
    private static final Pattern KEY = Pattern.compile("Sec-WebSocket-Key: (\\S+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern LENGTH = Pattern.compile("Content-Length: (\\d+)", Pattern.CASE_INSENSITIVE);

    /** An origin that sends each body back, in gzip if the client takes it. */
    private static Origin mirror() throws IOException {
        return Origin.each(client -> {
            for (String head = client.readHead(); !head.isEmpty(); head = client.readHead()) {
                byte[] body = body(client, head);
                boolean zipped = head.contains("gzip");
                byte[] answer = zipped ? gzip(body) : body;
                String method = head.substring(0, head.indexOf(' '));
                client.send("HTTP/1.1 200 OK\r\nX-Method: " + method + "\r\n"
                        + (zipped ? "Content-Encoding: gzip\r\n" : "") + "Transfer-Encoding: chunked\r\n\r\n");
                for (int at = 0; at < answer.length && !method.equals("HEAD"); at += 10_000) {
                    int length = Math.min(10_000, answer.length - at);
                    client.send(Integer.toHexString(length) + "\r\n");
                    client.send(Arrays.copyOfRange(answer, at, at + length));
                    client.send("\r\n");
                }
                client.send(method.equals("HEAD") ? "" : "0\r\n\r\n");
            }
        });
    }

    private static byte[] body(Peer client, String head) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        Matcher length = LENGTH.matcher(head);
        if (length.find()) {
            body.writeBytes(client.read(Integer.parseInt(length.group(1))).getBytes(ISO_8859_1));
        } else if (head.toLowerCase(Locale.ROOT).contains("transfer-encoding: chunked")) {
            int size;
            do {
                StringBuilder line = new StringBuilder();
                while (line.indexOf("\r\n") < 0) {
                    line.append((char) client.read());
                }
                size = Integer.parseInt(line.toString().strip(), 16);
                body.writeBytes(client.read(size).getBytes(ISO_8859_1));
                client.read(2);
            } while (size > 0);
        }
        return body.toByteArray();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            out.write(bytes);
        }
        return zipped.toByteArray();
    }

    private static byte[] random(int size) {
        byte[] data = new byte[size];
        new Random(size).nextBytes(data);
        return data;
    }

    private static String url(ProxyServer proxy) {
        return "http://127.0.0.1:" + proxy.address().getPort();
    }

    /** It asks for an upgrade to h2c with each new connection. */
    @Test
    void theJdksClient() throws Exception {
        try (Origin origin = mirror();
                ProxyServer proxy = TestProxy.http(origin.port());
                HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create(url(proxy) + "/a?b=%20");
            for (int size : new int[] {0, 1, 3_000_000}) {
                byte[] data = random(size);
                HttpRequest known = HttpRequest.newBuilder(uri)
                        .POST(BodyPublishers.ofByteArray(data))
                        .build();
                assertArrayEquals(
                        data, client.send(known, BodyHandlers.ofByteArray()).body());
                HttpRequest chunked = HttpRequest.newBuilder(uri)
                        .PUT(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(data)))
                        .build();
                assertArrayEquals(
                        data, client.send(chunked, BodyHandlers.ofByteArray()).body());
            }
            HttpResponse<String> head =
                    client.send(HttpRequest.newBuilder(uri).HEAD().build(), BodyHandlers.ofString());
            assertEquals("HEAD", head.headers().firstValue("X-Method").orElseThrow());
            assertEquals(7, proxy.traffic().exchanges());
            assertEquals(1, proxy.traffic().connections());
        }
    }

    /** An upgrade would make the connection a tunnel, of which rules see nothing. */
    @Test
    void theJdksClientStaysInHttp1WithAServerThatWouldGoOnInHttp2() throws Exception {
        BlockingQueue<String> heads = new LinkedBlockingQueue<>();
        try (Origin origin = Origin.each(client -> {
                    for (String head = client.readHead(); !head.isEmpty(); head = client.readHead()) {
                        heads.add(head);
                        client.send(
                                head.contains("Upgrade: h2c")
                                        ? "HTTP/1.1 101 Switching Protocols\r\n"
                                                + "Connection: Upgrade\r\n"
                                                + "Upgrade: h2c\r\n\r\n"
                                        : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                    }
                });
                LogLines log = LogLines.of("http");
                ProxyServer proxy = TestProxy.http(
                        origin.port(), TestProxy.rule(Respond.of(503)).when(Match.ANY.nth(2)));
                HttpClient client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_2)
                        .build()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url(proxy))).build();
            List<Integer> statuses = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
                assertEquals(HttpClient.Version.HTTP_1_1, response.version());
                statuses.add(response.statusCode());
            }
            assertEquals(List.of(200, 503, 200, 503), statuses);
            assertEquals(2, heads.size());
            for (String head : heads) {
                assertFalse(head.toLowerCase(Locale.ROOT).matches("(?s).*(upgrade|h2c|http2).*"), head);
            }
            assertEquals(1, log.lines().size(), "one line for each proxy, however often clients ask");
        }
    }

    @Test
    void anUpgradeToHttp2IsATunnelIfItIsLetThrough() throws Exception {
        String request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                + "HTTP2-Settings: AAM\r\n\r\n";
        String accepted = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(Options.DEFAULTS.h2c(Options.H2c.PASS), origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send(request);
            Peer server = origin.next();
            assertEquals(request, server.readHead());
            server.send(accepted + "\0\1");
            assertEquals(accepted + "\0\1", client.read(accepted.length() + 2));
            client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            assertEquals("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", server.read(24));
        }
    }

    @Test
    void theJdksClientManyAtOnce() throws Exception {
        try (Origin origin = mirror();
                ProxyServer proxy = TestProxy.http(origin.port());
                HttpClient client = HttpClient.newHttpClient()) {
            List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                HttpRequest request = HttpRequest.newBuilder(URI.create(url(proxy)))
                        .POST(BodyPublishers.ofByteArray(random(10_000 + i)))
                        .build();
                answers.add(client.sendAsync(request, BodyHandlers.ofByteArray()));
            }
            for (int i = 0; i < answers.size(); i++) {
                assertArrayEquals(
                        random(10_000 + i),
                        answers.get(i).get(60, TimeUnit.SECONDS).body());
            }
        }
    }

    @Test
    void okHttpWithItsPoolAndGzip() throws Exception {
        OkHttpClient client = new OkHttpClient();
        try (Origin origin = mirror();
                ProxyServer proxy = TestProxy.http(origin.port())) {
            for (int i = 0; i < 5; i++) {
                byte[] data = ("text " + i + " ").repeat(10_000).getBytes(UTF_8);
                RequestBody known = RequestBody.create(data, MediaType.get("text/plain"));
                RequestBody chunked = new RequestBody() {
                    @Override
                    public MediaType contentType() {
                        return MediaType.get("text/plain");
                    }

                    @Override
                    public void writeTo(BufferedSink sink) throws IOException {
                        for (int at = 0; at < data.length; at += 1000) {
                            sink.write(data, at, 1000);
                            sink.flush();
                        }
                    }
                };
                for (RequestBody body : List.of(known, chunked)) {
                    Request request =
                            new Request.Builder().url(url(proxy)).post(body).build();
                    try (Response response = client.newCall(request).execute()) {
                        assertArrayEquals(data, response.body().bytes());
                        assertEquals("gzip", response.networkResponse().header("Content-Encoding"));
                    }
                }
            }
            assertEquals(10, proxy.traffic().exchanges());
            assertEquals(1, proxy.traffic().connections());
        } finally {
            client.connectionPool().evictAll();
            client.dispatcher().executorService().shutdown();
        }
    }

    @Test
    void theJdksWebSocket() throws Exception {
        try (Origin origin = Origin.each(ClientsTest::echoFrames);
                ProxyServer proxy = TestProxy.http(origin.port());
                HttpClient client = HttpClient.newHttpClient()) {
            WebSocketMessages heard = new WebSocketMessages();
            URI chat = URI.create("ws://127.0.0.1:" + proxy.address().getPort() + "/chat");
            WebSocket socket =
                    client.newWebSocketBuilder().buildAsync(chat, heard).get(60, TimeUnit.SECONDS);
            assertEquals("hello", heard.next()); // sent in one packet with the handshake
            for (String text : List.of("a", "b".repeat(1000), "c".repeat(100_000))) {
                socket.sendText(text, true).get(60, TimeUnit.SECONDS);
                assertEquals(text, heard.next());
            }
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(60, TimeUnit.SECONDS);
            assertEquals("closed 1000", heard.next());
            assertTrue(origin.failures().isEmpty(), () -> origin.failures().toString());
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
        }
    }

    /** Just enough of RFC 6455: a greeting behind the handshake, then each frame back without its mask. */
    private static void echoFrames(Peer client) throws Exception {
        Matcher key = KEY.matcher(client.readHead());
        assertTrue(key.find());
        byte[] accept = MessageDigest.getInstance("SHA-1")
                .digest((key.group(1) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(ISO_8859_1));
        client.send("HTTP/1.1 101 Switching Protocols\r\n"
                + "Upgrade: websocket\r\n"
                + "Connection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: "
                + Base64.getEncoder().encodeToString(accept) + "\r\n\r\n\u0081\5hello");
        int opcode;
        do {
            String start = client.read(2);
            opcode = start.charAt(0) & 0x0F;
            int length = start.charAt(1) & 0x7F;
            String longer = client.read(length == 126 ? 2 : length == 127 ? 8 : 0);
            if (!longer.isEmpty()) {
                length = longer.chars().reduce(0, (sum, b) -> sum << 8 | b);
            }
            String mask = client.read(4);
            byte[] payload = client.read(length).getBytes(ISO_8859_1);
            for (int i = 0; i < length; i++) {
                payload[i] ^= (byte) mask.charAt(i % 4);
            }
            client.send(start.charAt(0) + "" + (char) (start.charAt(1) & 0x7F) + longer);
            client.send(payload);
        } while (opcode != 8);
    }
}
