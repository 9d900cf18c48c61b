package io.chaosproxy.helidon;

import io.chaosproxy.ChaosServer;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.inject.HeaderEdits;
import io.chaosproxy.inject.InProcessConnection;
import io.chaosproxy.inject.InProcessExchange;
import io.helidon.http.ClientResponseHeaders;
import io.helidon.http.WritableHeaders;
import io.helidon.webclient.api.WebClientServiceRequest;
import io.helidon.webclient.api.WebClientServiceResponse;
import io.helidon.webclient.spi.WebClientService;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A plan for what a WebClient asks: latency, outage, rate of response bodies, headers of both.
 *
 * <p>Helidon runs it on the thread that makes the call, which waits as long as the faults say. Those waits are no silence
 * of the socket, so a read timeout of the client doesn't end them.
 */
public final class ChaosService extends InProcessChaos implements WebClientService {
    private final AtomicLong exchanges = new AtomicLong();

    private ChaosService(String name, long seed) {
        super(name, seed, SupportedFaults::checkClient);
    }

    /**
     * Without rules yet, with a seed drawn for it.
     *
     * @param name stands in the journal, and is part of the draws
     * @return a service without rules
     */
    public static ChaosService create(String name) {
        return create(name, ChaosServer.drawSeed());
    }

    /**
     * Without rules yet.
     *
     * @param name stands in the journal, and is part of the draws
     * @param seed the same seed gives the same faults to the same calls, counted in the order in which they begin
     * @return a service without rules
     */
    public static ChaosService create(String name, long seed) {
        return new ChaosService(name, seed);
    }

    @Override
    public WebClientServiceResponse handle(Chain chain, WebClientServiceRequest request) {
        InetAddress here = InetAddress.getLoopbackAddress();
        InProcessExchange exchange =
                new InProcessConnection(injector(), 1, here, exchanges).begin(new AskedRequest(request));
        try {
            HelidonHeaders.apply(HelidonHeaders.of(exchange, Direction.UP, request.headers()), request.headers());
            exchange.head(Direction.UP, HeadLength.of(request));
            WebClientServiceResponse response = chain.proceed(request);
            exchange.target().contentLength(response.headers().contentLength().orElse(-1));
            WebClientServiceResponse edited = edited(response, exchange);
            exchange.head(Direction.DOWN, HeadLength.of(edited));
            return slowed(edited, exchange);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static WebClientServiceResponse edited(WebClientServiceResponse response, InProcessExchange exchange) {
        HeaderEdits edits = HelidonHeaders.of(exchange, Direction.DOWN, response.headers());
        if (edits.isEmpty()) {
            return response;
        }
        WritableHeaders<?> fields = WritableHeaders.create(response.headers());
        HelidonHeaders.apply(edits, fields);
        return WebClientServiceResponse.builder(response)
                .headers(ClientResponseHeaders.create(fields))
                .build();
    }

    private static WebClientServiceResponse slowed(WebClientServiceResponse response, InProcessExchange exchange)
            throws IOException {
        if (response.inputStream().isEmpty() || !exchange.touchesBody(Direction.DOWN)) {
            return response;
        }
        InputStream body = response.inputStream().get();
        return WebClientServiceResponse.builder(response)
                .inputStream(new ReadBody(exchange, Direction.DOWN, body, AbortHandler.Step::run))
                .build();
    }

    /** Such as {@code orders, seed 42}. */
    @Override
    public String toString() {
        return name() + ", seed " + seed();
    }
}
