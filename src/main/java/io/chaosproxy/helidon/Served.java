package io.chaosproxy.helidon;

import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.Severed;
import io.chaosproxy.relay.Passage;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** An exchange that the server has, from the head of its request to its answer. The connection's thread runs it. */
final class Served {
    private final Passage passage;
    private final Optional<Accepted> connection;
    private final RoutingRequest request;
    private final RoutingResponse response;
    private boolean bodyFiltered;
    private volatile boolean cut;

    /**
     * An exchange whose head is here.
     *
     * @param connection if it is known
     */
    Served(Passage passage, Optional<Accepted> connection, RoutingRequest request, RoutingResponse response) {
        this.passage = passage;
        this.connection = connection;
        this.request = request;
        this.response = response;
    }

    void run(FilterChain chain) {
        try {
            carryOut(() -> passage.head(Direction.UP));
            if (passage.touchesBody(Direction.UP)) {
                request.streamFilter(in -> new ReadBody(passage, Direction.UP, in, this::carryOut));
            }
            response.beforeSend(this::respond);
            Optional<ActiveRule> answer = passage.firstHit(Respond.class);
            if (answer.isPresent()) {
                passage.hit(answer.get());
                answer((Respond) answer.get().rule().fault());
            } else {
                chain.proceed();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The response is about to begin; once more if Helidon sends an error in the place of one that had not. */
    private void respond() {
        try {
            passage.subject().contentLength(response.headers().contentLength().orElse(-1));
            carryOut(() -> passage.head(Direction.DOWN));
            for (ActiveRule rule : passage.edits(Headers.On.RESPONSE)) {
                edit((Headers) rule.rule().fault());
                passage.hit(rule);
            }
            if (passage.touchesBody(Direction.DOWN) && !bodyFiltered) {
                bodyFiltered = true;
                response.streamFilter(out -> new WrittenBody(passage, out, this::carryOut));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void edit(Headers fields) {
        fields.set().forEach((name, value) -> response.headers().set(HeaderValues.create(name, value)));
        fields.remove().forEach(name -> response.headers().remove(HeaderNames.create(name)));
    }

    private void answer(Respond answer) {
        response.status(answer.status());
        response.header("Content-Type", "text/plain; charset=utf-8");
        answer.retryAfter()
                .ifPresent(time -> response.header("Retry-After", String.valueOf(Math.ceilDiv(time.toMillis(), 1000))));
        answer.headers().forEach((name, value) -> response.header(name, value));
        boolean bodiless = switch (answer.status()) {
            case 204, 205, 304 -> true; // RFC 9110 §15.3.5, §15.3.6, §15.4.5
            default -> request.prologue().method().equals(Method.HEAD);
        };
        if (bodiless) {
            response.send();
        } else {
            response.send(answer.body().getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Runs a step, and resets the connection if that is what a fault orders. */
    private void carryOut(Ending.Step step) throws IOException {
        if (cut) {
            throw new CloseConnectionException("the connection was reset by a rule");
        }
        try {
            step.run();
        } catch (Severed order) {
            cut = true;
            if (connection.isEmpty()) {
                throw new IllegalStateException(
                        order.getMessage() + ": the server doesn't use connectionOptions(chaos.sockets())", order);
            }
            connection.get().reset();
            throw new CloseConnectionException(order.getMessage(), order);
        }
    }
}
