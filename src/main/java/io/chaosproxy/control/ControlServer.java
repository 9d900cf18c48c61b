package io.chaosproxy.control;

import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.config.InvalidConfigException;
import io.chaosproxy.control.web.Defects;
import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.PathSegments;
import io.chaosproxy.control.web.PlanVersion;
import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.control.web.RouteTable;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.RateConflict;
import io.chaosproxy.inject.PlanMemoryException;
import io.chaosproxy.inject.ProxyClosedException;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.tls.TlsServer;
import io.helidon.common.context.Context;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.media.MediaContext;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * The web server of the control plane: a listener of ours with Helidon's HTTP/1.1 and routing on its connections.
 *
 * <p>Helidon's own listener at 4.5.0 ends for good when an accept fails, knows no time limit for a request that stops half
 * way, and leaves a timer thread behind.
 */
public final class ControlServer implements AutoCloseable {
    private static final String HTTP_1_1 = "http/1.1";

    private final ControlListener listener;
    private final Router router;
    private final InetSocketAddress address;

    private ControlServer(ControlListener listener, Router router, InetSocketAddress address) {
        this.listener = listener;
        this.router = router;
        this.address = address;
    }

    /**
     * Listens.
     *
     * @param otherwise handles requests that no route matches
     * @throws IOException naming the address if it can't, or if the settings give unauthenticated access to the network
     */
    public static ControlServer start(ControlSettings settings, List<Route> routes, Handler otherwise)
            throws IOException {
        return start(settings, routes, otherwise, Optional::empty);
    }

    /** Listens; the dashboard shows a demo. */
    static ControlServer start(
            ControlSettings settings, List<Route> routes, Handler otherwise, Supplier<Optional<Dashboard.Demo>> demo)
            throws IOException {
        return start(settings, routes, Dashboard.before(otherwise, demo), ControlConnection.Timeouts.DEFAULTS);
    }

    /** Listens with these timeouts, and without the page of the dashboard. */
    static ControlServer start(
            ControlSettings settings, List<Route> routes, Handler otherwise, ControlConnection.Timeouts timeouts)
            throws IOException {
        AccessFilter.check(settings);
        String host = settings.listen().host();
        InetSocketAddress wanted = host.isEmpty()
                ? new InetSocketAddress(settings.listen().port())
                : new InetSocketAddress(host, settings.listen().port());
        Supplier<@Nullable SSLEngine> tls = settings.tls().isPresent()
                ? engines(Certificates.read(settings.tls().get()))
                : () -> null;
        HttpRouting.Builder routing = HttpRouting.builder();
        route(routing, settings, routes, otherwise);
        Router router =
                Router.builder().addRouting(new TrackedRouting.Builder(routing)).build();
        ListenerContext context = new Shared();
        ServerConnectionSelector protocol =
                Http1ConnectionSelector.builder().config(Http1Config.create()).build();
        router.beforeStart();
        ControlListener listener;
        try {
            listener = ControlListener.open(
                    host,
                    wanted,
                    (client, id) -> new ControlConnection(client, id, tls.get(), context, router, protocol, timeouts));
        } catch (IOException | RuntimeException e) {
            throw new IOException("control can't listen on " + settings.listen() + ": " + e.getMessage(), e);
        }
        return new ControlServer(listener, router, new InetSocketAddress(wanted.getAddress(), listener.port()));
    }

    /** Context that all connections share. */
    private record Shared(
            Context context,
            MediaContext mediaContext,
            ContentEncodingContext contentEncodingContext,
            DirectHandlers directHandlers,
            ListenerConfig config)
            implements ListenerContext {
        Shared() {
            this(
                    Context.builder().id("control").build(),
                    MediaContext.create(),
                    ContentEncodingContext.builder()
                            .contentEncodingsDiscoverServices(false)
                            .build(),
                    DirectHandlers.create(),
                    ListenerConfig.builder().protocolsDiscoverServices(false).build());
        }

        @Override
        public ExecutorService executor() {
            throw new UnsupportedOperationException("writes are direct, so that nothing runs on other threads");
        }
    }

    private static Supplier<@Nullable SSLEngine> engines(TlsServer server) {
        return () -> {
            SSLEngine engine = server.engine(Optional.empty(), List.of());
            engine.setHandshakeApplicationProtocolSelector(
                    (each, offered) -> offered.contains(HTTP_1_1) ? HTTP_1_1 : null);
            return engine;
        };
    }

    private static void route(
            HttpRouting.Builder routing, ControlSettings settings, List<Route> routes, Handler otherwise) {
        routing.addFilter(ControlServer::frame);
        routing.addFilter(new AccessFilter(settings));
        routing.error(Problem.class, (request, response, problem) -> Json.send(response, problem));
        routing.error(
                InvalidValueException.class, (request, response, refused) -> Json.send(response, problem(refused)));
        routing.error(
                InvalidConfigException.class,
                (request, response, refused) -> Json.send(response, Json.problem(refused)));
        routing.error(HttpException.class, (request, response, e) -> {
            if (e.status().equals(Status.NOT_MODIFIED_304)) { // of a file of the dashboard; has no body
                response.status(e.status()).send();
            } else {
                Json.send(response, new Problem(e.status(), String.valueOf(e.getMessage())));
            }
        });
        routing.error(
                ProxyClosedException.class,
                (request, response, e) ->
                        Json.send(response, new Problem(Status.CONFLICT_409, String.valueOf(e.getMessage()))));
        routing.error(Fleet.ConflictException.class, (request, response, e) -> {
            PlanVersion.say(response, e.version(), false);
            Json.send(response, new Problem(Status.CONFLICT_409, String.valueOf(e.getMessage())));
        });
        routing.error(
                PlanMemoryException.class,
                (request, response, e) -> Json.send(
                        response, new Problem(Status.SERVICE_UNAVAILABLE_503, String.valueOf(e.getMessage()))));
        routing.error(RuntimeException.class, (request, response, e) -> {
            if (Defects.isClientGone(e)) {
                throw new CloseConnectionException("the client left", e);
            }
            Defects.log(request.prologue().toString(), e);
            Json.send(response, new Problem(Status.INTERNAL_SERVER_ERROR_500, "a defect of chaos-proxy: " + e));
        });
        Dashboard.route(routing);
        routing.any(handler(new RouteTable(routes), otherwise));
    }

    private static Handler handler(RouteTable routes, Handler otherwise) {
        return (request, response) -> {
            Optional<RouteTable.Match> match = routes.find(
                    request.prologue().method(),
                    PathSegments.ofRaw(request.prologue().uriPath().rawPath()));
            if (match.isPresent()) {
                match.get().handle(request, response);
            } else {
                otherwise.handle(request, response);
            }
        };
    }

    private static Problem problem(InvalidValueException refused) {
        List<Problem.Field> errors = List.of(new Problem.Field(refused.key(), refused.reason()));
        return switch (refused) {
            case RateConflict conflict ->
                new Problem(
                        Status.CONFLICT_409,
                        "proxies share one rate under this name; PUT /api/v1/rules/NAME (ctl replace) changes it on"
                                + " all of them, and so does the file",
                        errors);
            case InvalidValueException other -> new Problem(Status.BAD_REQUEST_400, "invalid request", errors);
        };
    }

    /** Filter around every response. */
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
        listener.close();
        router.afterStop();
    }
}
