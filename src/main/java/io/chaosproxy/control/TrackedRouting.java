package io.chaosproxy.control;

import io.chaosproxy.control.web.RequestMemory;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpSecurity;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/** Routing that marks the begin and end of each request on its connection, for its timeouts. */
final class TrackedRouting implements HttpRouting {
    private final HttpRouting routing;

    private TrackedRouting(HttpRouting routing) {
        this.routing = routing;
    }

    /** Builds it around another one. */
    record Builder(HttpRouting.Builder routing) implements io.helidon.common.Builder<Builder, HttpRouting> {
        @Override
        public HttpRouting build() {
            return new TrackedRouting(routing.build());
        }
    }

    @Override
    public void route(ConnectionContext context, RoutingRequest request, RoutingResponse response) {
        ControlConnection connection = (ControlConnection) context;
        connection.answer(() -> {
            try {
                routing.route(context, request, response);
            } finally {
                RequestMemory.release(request);
            }
            if (!response.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
                consume(request); // what follows on this connection is the next request
            }
        });
        connection.answered();
    }

    private static void consume(RoutingRequest request) {
        try {
            request.content().consume();
        } catch (RuntimeException e) { // Helidon's, of several kinds
            throw new CloseConnectionException("the rest of the body didn't come", e);
        }
    }

    @Override
    public HttpSecurity security() {
        return routing.security();
    }

    @Override
    public void beforeStart() {
        routing.beforeStart();
    }

    @Override
    public void afterStop() {
        routing.afterStop();
    }
}
