package io.chaosproxy.helidon;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.ExchangeFault;
import io.chaosproxy.inject.InProcessExchange;
import io.chaosproxy.inject.ReservedResponse;
import io.chaosproxy.stream.ConnectionAbort;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** An exchange that the server has, from the head of its request to its answer. The connection's thread runs it. */
final class ServerExchange {
    private final InProcessExchange exchange;
    private final Optional<ServerConnection> connection;
    private final RoutingRequest request;
    private final RoutingResponse response;
    private boolean bodyFiltered;
    private volatile boolean cut;

    /**
     * An exchange whose head is here.
     *
     * @param connection if it is known
     */
    ServerExchange(
            InProcessExchange exchange,
            Optional<ServerConnection> connection,
            RoutingRequest request,
            RoutingResponse response) {
        this.exchange = exchange;
        this.connection = connection;
        this.request = request;
        this.response = response;
    }

    void run(FilterChain chain) {
        Optional<ReservedResponse> reserved = ReservedResponse.of(exchange.active(), exchange.target(), exchange);
        try {
            carryOut(() -> exchange.head(Direction.UP, HeadLength.of(request)));
            response.beforeSend(this::respond);
            if (reserved.isPresent()) {
                answer(reserved.get().take());
            } else {
                if (exchange.touchesBody(Direction.UP)) {
                    request.streamFilter(in -> new ReadBody(exchange, Direction.UP, in, this::carryOut));
                }
                chain.proceed();
            }
            if (response.isSent() && closes()) {
                throw new CloseConnectionException("closed as its response says");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            reserved.ifPresent(ReservedResponse::close);
        }
    }

    /** The response is about to begin; once more if Helidon sends an error in the place of one that had not. */
    private void respond() {
        try {
            boolean bodiless = isBodiless();
            long length = bodiless ? 0 : response.headers().contentLength().orElse(-1);
            boolean lengthToCome = length < 0 && exchange.touchesBody(Direction.DOWN) && !isEventStream();
            if (!lengthToCome) {
                headPasses(length);
            }
            if (!bodiless && !bodyFiltered && exchange.touchesBody(Direction.DOWN)) {
                bodyFiltered = true;
                WrittenBody.Head head = lengthToCome ? this::headPasses : WrittenBody.PASSED;
                response.streamFilter(out -> new WrittenBody(exchange, out, this::carryOut, head, length));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void headPasses(long contentLength) throws IOException {
        exchange.target().contentLength(contentLength);
        carryOut(() -> {
            if (contentLength == 0) {
                exchange.noBody();
            }
            HelidonHeaders.apply(HelidonHeaders.of(exchange, Direction.DOWN, response.headers()), response.headers());
            exchange.head(Direction.DOWN, HeadLength.of(response));
        });
    }

    /** Events go past the filter of bodies. */
    private boolean isEventStream() {
        return response.headers()
                .contentType()
                .filter(type -> type.mediaType().text().equals("text/event-stream"))
                .isPresent();
    }

    private void answer(ExchangeFault.Response answer) {
        response.status(answer.status());
        answer.headers().forEach((name, value) -> response.header(name, value));
        if (hasNoContent()) {
            response.send();
        } else if (isToHead()) {
            response.headers().contentLength(answer.body().remaining()); // what a GET would get: RFC 9110 §9.3.2
            response.send();
        } else {
            response.send(bytes(answer.body()));
        }
        if (bodyFiltered) {
            response.commit(); // what goes through a stream counts as sent only then
        }
    }

    private static byte[] bytes(ByteBuffer body) {
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        return bytes;
    }

    /** Whether the response says that it is the last one: Helidon writes the field and keeps the connection. */
    private boolean closes() {
        return response.headers().contains(HeaderNames.CONNECTION)
                && response.headers().get(HeaderNames.CONNECTION).allValues(true).stream()
                        .anyMatch("close"::equalsIgnoreCase);
    }

    /** Whether no body follows the head of the response. */
    private boolean isBodiless() {
        return isToHead()
                || hasNoContent()
                || response.headers().contentLength().orElse(-1) == 0;
    }

    private boolean isToHead() {
        return request.prologue().method().equals(Method.HEAD);
    }

    /** Whether its status says so: RFC 9110 §15.3.5, §15.3.6, §15.4.5. */
    private boolean hasNoContent() {
        return switch (response.status().code()) {
            case 204, 205, 304 -> true;
            default -> false;
        };
    }

    /** Runs a step, and resets the connection if that is what a fault orders. */
    private void carryOut(AbortHandler.Step step) throws IOException {
        if (cut) {
            throw new CloseConnectionException("the connection was reset by a rule");
        }
        try {
            step.run();
        } catch (ConnectionAbort order) {
            cut = true;
            if (connection.isEmpty()) {
                throw new IllegalStateException(
                        order.getMessage() + ": the server doesn't use connectionOptions(chaos.sockets())", order);
            }
            throw connection.get().abort(order);
        }
    }
}
