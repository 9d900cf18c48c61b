package io.chaosproxy.helidon;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.chaosproxy.kit.Peer;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** A real WebServer on a free loopback port, with a filter before it. */
final class Shop implements AutoCloseable {
    /** Big enough for many pieces, small enough for a test. */
    static final int SIZE = 30_000;

    private final Queue<String> handled = new ConcurrentLinkedQueue<>();
    private final WebServer server;

    private Shop(WebServerConfig.Builder builder, Consumer<HttpRouting.Builder> filters) {
        server = builder.host("127.0.0.1")
                .port(0)
                .shutdownHook(false)
                .routing(routing -> {
                    filters.accept(routing);
                    route(routing);
                })
                .build()
                .start();
    }

    /** One without a filter. */
    static Shop plain() {
        return new Shop(WebServer.builder(), routing -> {});
    }

    /** One whose filter knows the sockets. */
    static Shop open(ChaosFilter chaos) {
        return new Shop(WebServer.builder().connectionOptions(chaos.sockets()), routing -> routing.addFilter(chaos));
    }

    /** One whose filter doesn't. */
    static Shop withoutSockets(ChaosFilter chaos) {
        return new Shop(WebServer.builder(), routing -> routing.addFilter(chaos));
    }

    private void route(HttpRouting.Builder routing) {
        routing.get("/hello", (request, response) -> {
            handled.add("GET /hello");
            response.send("hello");
        });
        routing.head("/hello", (request, response) -> {
            response.contentLength(5);
            response.send();
        });
        routing.get("/bytes", (request, response) -> response.send(bytes()));
        routing.get("/stream", this::stream);
        routing.get("/known", this::known);
        routing.get("/empty", (request, response) -> response.send());
        routing.get("/broken", (request, response) -> {
            throw new IllegalStateException("broken");
        });
        routing.post("/count", this::count);
    }

    static byte[] bytes() {
        byte[] bytes = new byte[SIZE];
        for (int i = 0; i < SIZE; i++) {
            bytes[i] = (byte) ('a' + i % 23);
        }
        return bytes;
    }

    private void stream(ServerRequest request, ServerResponse response) throws IOException {
        try (OutputStream out = response.outputStream()) {
            for (byte b : bytes()) {
                out.write(b);
            }
        }
    }

    private void known(ServerRequest request, ServerResponse response) throws IOException {
        response.contentLength(SIZE);
        try (OutputStream out = response.outputStream()) {
            out.write(bytes());
        }
    }

    private void count(ServerRequest request, ServerResponse response) throws IOException {
        try (InputStream in = request.content().inputStream()) {
            byte[] all = in.readAllBytes();
            response.status(java.util.Arrays.equals(all, bytes()) ? Status.OK_200 : Status.BAD_REQUEST_400);
            response.send(String.valueOf(all.length));
        }
    }

    /** What reached a handler. */
    Queue<String> handled() {
        return handled;
    }

    String url() {
        return "http://127.0.0.1:" + server.port();
    }

    InetSocketAddress address() {
        return new InetSocketAddress("127.0.0.1", server.port());
    }

    Peer connect() throws IOException {
        return Peer.connect(new InetSocketAddress("127.0.0.1", server.port()));
    }

    static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    }

    static String post(String path) {
        return "POST " + path + " HTTP/1.1\r\nHost: shop.example\r\nContent-Length: " + SIZE + "\r\n\r\n"
                + new String(bytes(), ISO_8859_1);
    }

    @Override
    public void close() {
        server.stop();
    }
}
