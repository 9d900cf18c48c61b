package io.chaosproxy.control;

import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.fault.Refused;
import io.chaosproxy.relay.ProxyClosed;
import io.helidon.common.configurable.Resource;
import io.helidon.common.pki.Keys;
import io.helidon.common.tls.Tls;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.PathMatchers;
import io.helidon.http.Status;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The web server of the control plane.
 *
 * <p>At 4.5.0 the daemon thread of Helidon's idle timer outlives {@link #close}, so one of these per process, please.
 */
public final class ControlServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("io.chaosproxy.control");

    /** As Toxiproxy's; an idle client connection costs nothing, but somebody may hold thousands. */
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(60);

    private final WebServer server;
    private final InetSocketAddress address;

    private ControlServer(WebServer server, InetSocketAddress address) {
        this.server = server;
        this.address = address;
    }

    /**
     * Listens.
     *
     * @param otherwise answers what no route does
     * @throws IOException naming the address if it can't, or if the settings would let anybody on the network in
     */
    static ControlServer start(ControlSettings settings, List<Route> routes, Handler otherwise) throws IOException {
        Guard.check(settings);
        String host = settings.listen().host();
        InetSocketAddress wanted = host.isEmpty()
                ? new InetSocketAddress(settings.listen().port())
                : new InetSocketAddress(host, settings.listen().port());
        probe(settings, wanted);
        WebServerConfig.Builder builder = WebServer.builder();
        if (settings.tls().isPresent()) {
            builder.tls(tls(settings.tls().get()));
        }
        WebServer server = builder.shutdownHook(false)
                .featuresDiscoverServices(false)
                .protocolsDiscoverServices(false)
                .addConnectionSelector(Http1ConnectionSelector.builder()
                        .config(Http1Config.create())
                        .build())
                .contentEncoding(ContentEncodingContext.builder()
                        .contentEncodingsDiscoverServices(false)
                        .build())
                .bindAddress(wanted)
                .connectionOptions(options -> options.tcpNoDelay(true)) // Helidon leaves Nagle's algorithm on
                .idleConnectionTimeout(IDLE_TIMEOUT)
                .shutdownGracePeriod(Duration.ofMillis(100))
                .routing(routing -> route(routing, settings, routes, otherwise))
                .build()
                .start();
        if (!server.isRunning()) { // start() logs a failed bind and returns normally
            throw new IOException("control can't listen on " + settings.listen());
        }
        return new ControlServer(server, new InetSocketAddress(wanted.getAddress(), server.port()));
    }

    /**
     * The certificate of the control port.
     *
     * @throws IOException naming the file that can't be read
     */
    private static Tls tls(ControlSettings.Tls files) throws IOException {
        for (Path file : List.of(files.certificate(), files.key())) {
            if (!Files.isReadable(file)) {
                throw new IOException("control.tls: can't read " + file);
            }
        }
        try {
            Keys keys = Keys.builder()
                    .pem(pem -> pem.key(Resource.create(files.key())).certChain(Resource.create(files.certificate())))
                    .build();
            return Tls.builder().privateKey(keys).privateKeyCertChain(keys).build();
        } catch (RuntimeException e) { // of whatever kind the PEM reader has
            throw new IOException(
                    "control.tls: no PEM certificate and PKCS#8 key in " + files.certificate() + " and " + files.key()
                            + ": " + e.getMessage(),
                    e);
        }
    }

    /** Binds and lets go at once: only so is the reason of a failure known. */
    private static void probe(ControlSettings settings, InetSocketAddress wanted) throws IOException {
        try (ServerSocketChannel probe = ServerSocketChannel.open()) {
            probe.bind(wanted);
        } catch (IOException | RuntimeException e) {
            throw new IOException("control can't listen on " + settings.listen() + ": " + e.getMessage(), e);
        }
    }

    private static void route(
            HttpRouting.Builder routing, ControlSettings settings, List<Route> routes, Handler otherwise) {
        routing.addFilter(ControlServer::frame);
        routing.addFilter(new Guard(settings));
        routing.error(Problem.class, (request, response, problem) -> Json.send(response, problem));
        routing.error(
                Refused.class,
                (request, response, refused) -> Json.send(
                        response,
                        new Problem(
                                Status.BAD_REQUEST_400,
                                "the request can't be taken as it is",
                                List.of(new Problem.Field(refused.key(), refused.reason())))));
        routing.error(
                HttpException.class,
                (request, response, e) -> Json.send(response, new Problem(e.status(), String.valueOf(e.getMessage()))));
        routing.error(
                ProxyClosed.class,
                (request, response, e) ->
                        Json.send(response, new Problem(Status.CONFLICT_409, String.valueOf(e.getMessage()))));
        routing.error(RuntimeException.class, (request, response, e) -> {
            LOG.log(Level.ERROR, request.prologue().toString(), e);
            Json.send(response, new Problem(Status.INTERNAL_SERVER_ERROR_500, "a defect of chaos-proxy: " + e));
        });
        for (Route route : routes) {
            routing.route(route.method(), PathMatchers.create(route.path()), route.handler());
        }
        routing.any(otherwise);
    }

    /** What is done around every answer. */
    private static void frame(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        chain.proceed();
        // Helidon 4.5.0 says "Connection: close" when it is asked to, and leaves the connection open.
        if (request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            request.content().consume();
            throw new CloseConnectionException("as the client asked");
        }
    }

    /** Where it listens, with the real port. */
    public InetSocketAddress address() {
        return address;
    }

    @Override
    public void close() {
        server.stop();
    }
}
