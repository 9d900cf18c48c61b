package io.chaosproxy.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.helidon.http.BadRequestException;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.HttpMediaType;
import io.helidon.http.Method;
import io.helidon.http.PathMatchers;
import io.helidon.http.Status;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.websocket.WsConfig;
import io.helidon.webserver.websocket.WsRouting;
import io.helidon.webserver.websocket.WsUpgrader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Demo HTTP/1.1 server behind the proxy: a page that shows the behaviour of the network, and the paths that it requests.
 *
 * <p>{@code /bytes/N} is a download whose every byte can be checked, {@code /slow?ms=} a late answer, {@code /events} a
 * stream of server-sent events, {@code /transports} a page that gets the same messages in four ways, {@code /echo} shows the request
 * as it came here. Nothing is kept between requests and
 * nothing depends on the name under which the server is asked, so it works behind any address.
 *
 * <p>Helidon runs each connection in a virtual thread of its own, and the accept loop in a platform thread that keeps
 * the process alive until {@link #close()}. At 4.5.0 the daemon thread of its idle timer outlives {@code close()}, so
 * create at most one origin per process, except in tests.
 */
public final class DemoOrigin implements AutoCloseable {
    /** The value of the {@code Server} field; an answer without it was made on the way, not here. */
    public static final String SERVER_NAME = "chaos-proxy-demo-origin";

    private static final String PATHS = """
        The demo origin of chaos-proxy answers these paths:

          /                a page that shows what the network does
          /bytes/N         N bytes, 0 to 10737418240; the byte at position p is p mod 251
          /slow?ms=N       answers after N milliseconds, 0 to 600000
          /events?every=N  server-sent events, one each N milliseconds, 10 to 10000, without N 250
          /transports      a page that gets the same messages by polling, long polling, events and WebSocket
          /ticks           the latest message; /ticks?after=N once there is one after message N
          /socket          a WebSocket with all messages
          /echo            the request as it came here, by any method
        """;
    private static final WholeNumber DELAY_MILLIS = new WholeNumber("ms", 0, 600_000);
    private static final HttpMediaType PLAIN = HttpMediaType.create("text/plain; charset=utf-8");
    private static final HttpMediaType HTML = HttpMediaType.create("text/html; charset=utf-8");

    private static final Header SERVER = HeaderValues.create(HeaderNames.SERVER, SERVER_NAME);
    private static final Header NO_STORE = HeaderValues.create(HeaderNames.CACHE_CONTROL, "no-store");
    private static final Header NO_SNIFF = HeaderValues.create("X-Content-Type-Options", "nosniff");
    private static final Header PAGE_POLICY = policy("'none'");

    /** The dashboard has this page in a frame; its address isn't known here, and there is nothing to lure anybody to click on. */
    private static final Header FRAMED_POLICY = policy("http: https:");

    /** Longer than any fault should last: a quiet connection that ends is to be the proxy's doing, not ours. */
    private static final Duration IDLE_TIMEOUT = Duration.ofHours(2);
    /** No drain at shutdown. */
    private static final Duration SHUTDOWN_GRACE = Duration.ofMillis(100);

    private final WebServer server;
    private final InetSocketAddress address;

    private static Header policy(String ancestors) {
        return HeaderValues.create(
                "Content-Security-Policy",
                "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:;"
                        + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors " + ancestors);
    }

    private DemoOrigin(WebServer server, InetSocketAddress address) {
        this.server = server;
        this.address = address;
    }

    /**
     * Starts an origin that listens on that address alone.
     *
     * @param port 0 for a free one, see {@link #address()}
     * @throws IOException when the address cannot be listened on; the message names it
     */
    public static DemoOrigin start(String host, int port) throws IOException {
        InetSocketAddress wanted = new InetSocketAddress(host, port);
        requireBindable(host, wanted);
        WebServer server = build(wanted).start();
        // Helidon's start() logs a failed bind and returns normally.
        if (!server.isRunning()) {
            throw cannotListen(host, port, "the address was taken meanwhile", null);
        }
        return new DemoOrigin(server, new InetSocketAddress(wanted.getAddress(), server.port()));
    }

    /** The address the origin listens on, with the port it was given. */
    public InetSocketAddress address() {
        return address;
    }

    /** Stops listening and breaks off what is under way; again is harmless. */
    @Override
    public void close() {
        server.stop();
    }

    @Override
    public String toString() {
        return "demo origin on " + address.getHostString() + ":" + address.getPort();
    }

    /** Binds and lets go at once: only so is the reason of a failure known, and Helidon's stack trace spared. */
    private static void requireBindable(String host, InetSocketAddress wanted) throws IOException {
        if (wanted.isUnresolved()) {
            throw cannotListen(host, wanted.getPort(), "unknown host", null);
        }
        try (ServerSocketChannel probe = ServerSocketChannel.open()) {
            probe.bind(wanted);
        } catch (IOException e) {
            throw cannotListen(host, wanted.getPort(), String.valueOf(e.getMessage()), e);
        }
    }

    private static IOException cannotListen(String host, int port, String why, @Nullable IOException cause) {
        return new IOException("cannot listen on " + host + ":" + port + ": " + why, cause);
    }

    /** Everything is said in code: no discovery, so that another protocol on the class path changes nothing here. */
    private static WebServer build(InetSocketAddress wanted) {
        return WebServer.builder()
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .protocolsDiscoverServices(false)
                .addConnectionSelector(Http1ConnectionSelector.builder()
                        .config(Http1Config.create())
                        .addUpgrader(new AnyOrigin())
                        .build())
                .contentEncoding(ContentEncodingContext.builder()
                        .contentEncodingsDiscoverServices(false)
                        .build())
                .addProtocol(WsConfig.create())
                .bindAddress(wanted)
                // Helidon leaves Nagle's algorithm on.
                .connectionOptions(options -> options.tcpNoDelay(true))
                .idleConnectionTimeout(IDLE_TIMEOUT)
                .shutdownGracePeriod(SHUTDOWN_GRACE)
                .routing(DemoOrigin::route)
                .addRouting(WsRouting.builder().endpoint("/socket", Tick.Socket::new))
                .build();
    }

    /** Upgrades for pages of any origin: a proxy may rewrite the Host field, and then the page's own looks foreign. */
    private static final class AnyOrigin extends WsUpgrader {
        AnyOrigin() {
            super(WsConfig.create());
        }

        @Override
        protected void validateOrigin(Headers headers, String authority) {
            // there is nothing that a page must not read
        }
    }

    private static void route(HttpRouting.Builder routing) {
        byte[] page = page("page.html");
        byte[] transports = page("transports.html");
        routing.addFilter(DemoOrigin::frame);
        routing.error(
                BadRequestException.class,
                (request, response, refusal) ->
                        sendText(request, response, Status.BAD_REQUEST_400, refusal.getMessage() + "\n"));
        Handler sendPage = (request, response) -> {
            response.header(PAGE_POLICY);
            send(request, response, Status.OK_200, HTML, page);
        };
        answer(routing, "/", sendPage, Method.GET, Method.HEAD);
        answer(
                routing,
                "/transports",
                (request, response) -> {
                    response.header(FRAMED_POLICY);
                    send(request, response, Status.OK_200, HTML, transports);
                },
                Method.GET,
                Method.HEAD);
        answer(routing, "/ticks", new Tick.Poll(), Method.GET, Method.HEAD);
        answer(routing, "/bytes/{size}", new CountedBytes(), Method.GET, Method.HEAD);
        answer(routing, "/slow", DemoOrigin::answerLate, Method.GET, Method.HEAD);
        answer(routing, "/events", new Ticker(), Method.GET);
        routing.any("/echo", new Echo());
        routing.any((request, response) -> sendText(request, response, Status.NOT_FOUND_404, PATHS));
    }

    /** Filter around every response. */
    private static void frame(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        response.headers().set(SERVER).set(NO_STORE).set(NO_SNIFF);
        chain.proceed();
        // Helidon 4.5.0 says "Connection: close" when it is asked to, and leaves the connection open.
        if (request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            // Closing on unread bytes would reset the connection, and the answer might be lost with it.
            request.content().consume();
            throw new CloseConnectionException("as the client asked");
        }
    }

    private static void answer(HttpRouting.Builder routing, String path, Handler handler, Method... methods) {
        String allowed = Stream.of(methods).map(Method::text).collect(Collectors.joining(", "));
        routing.route(Method.predicate(methods), PathMatchers.create(path), handler);
        routing.any(path, (request, response) -> {
            response.header(HeaderNames.ALLOW, allowed);
            sendText(request, response, Status.METHOD_NOT_ALLOWED_405, "answered here: " + allowed + "\n");
        });
    }

    private static void answerLate(ServerRequest request, ServerResponse response) {
        long millis = DELAY_MILLIS.of(request.query().first("ms").orElse(""));
        pause(Duration.ofMillis(millis));
        sendText(request, response, Status.OK_200, "answered after " + millis + " ms\n");
    }

    /** Waits; when the origin is closed meanwhile, the connection ends. */
    static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            throw new CloseConnectionException("the demo origin is being closed", e);
        }
    }

    static void sendText(ServerRequest request, ServerResponse response, Status status, String text) {
        send(request, response, status, PLAIN, text.getBytes(UTF_8));
    }

    static void send(ServerRequest request, ServerResponse response, Status status, HttpMediaType type, String text) {
        send(request, response, status, type, text.getBytes(UTF_8));
    }

    private static void send(
            ServerRequest request, ServerResponse response, Status status, HttpMediaType type, byte[] body) {
        response.status(status);
        response.headers().contentType(type);
        response.headers().contentLength(body.length);
        if (isHead(request)) {
            response.send();
        } else {
            response.send(body);
        }
    }

    static boolean isHead(ServerRequest request) {
        return request.prologue().method().equals(Method.HEAD);
    }

    private static byte[] page(String name) {
        try (InputStream page = requireNonNull(DemoOrigin.class.getResourceAsStream(name), name)) {
            return page.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the demo page", e);
        }
    }
}
