package io.chaosproxy.demo;

import io.helidon.http.HttpMediaType;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.websocket.WsListener;
import io.helidon.websocket.WsSession;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One of the messages that the demo delivers in four ways: one each half second, numbered by the clock, so that nothing is kept
 * between requests and all clients get the same ones, whichever way they use.
 *
 * @param sequence number of the half second
 */
record Tick(long sequence) {
    static final long EVERY_MILLIS = 500;

    private static final WholeNumber SEQUENCE = new WholeNumber("after", 0, Long.MAX_VALUE / EVERY_MILLIS);
    private static final HttpMediaType JSON = HttpMediaType.create("application/json");

    /** The latest one. */
    static Tick now() {
        return new Tick(System.currentTimeMillis() / EVERY_MILLIS);
    }

    private long sentAt() {
        return sequence * EVERY_MILLIS;
    }

    private String json() {
        return "{\"sequence\":%d,\"sentAt\":%d,\"every\":%d}".formatted(sequence, sentAt(), EVERY_MILLIS);
    }

    /** Waits until it is time for the next one. */
    private Tick awaitNext() {
        Tick next = new Tick(sequence + 1);
        DemoOrigin.pause(Duration.ofMillis(Math.max(0, next.sentAt() - System.currentTimeMillis())));
        return next;
    }

    /** Responds with the latest one; with {@code after}, once there is a later one than that. */
    static final class Poll implements Handler {
        @Override
        public void handle(ServerRequest request, ServerResponse response) {
            Optional<String> after = request.query().first("after").asOptional();
            Tick latest = now();
            if (after.isPresent() && latest.sequence <= SEQUENCE.of(after.get())) {
                latest = latest.awaitNext(); // the next at the latest, whatever the client believes to have seen
            }
            DemoOrigin.send(request, response, Status.OK_200, JSON, latest.json());
        }
    }

    /** Sends each one to the client of a WebSocket, from a thread of its own until the connection ends. */
    static final class Socket implements WsListener {
        private @Nullable Thread sender;

        @Override
        public void onOpen(WsSession session) {
            sender = Thread.ofVirtual().name("demo socket").start(() -> send(session));
        }

        private static void send(WsSession session) {
            try {
                for (Tick tick = now(); ; tick = tick.awaitNext()) {
                    session.send(tick.json(), true);
                }
            } catch (RuntimeException e) {
                // the connection has ended
            }
        }

        @Override
        public void onClose(WsSession session, int status, String reason) {
            end();
        }

        @Override
        public void onError(WsSession session, Throwable failure) {
            end();
        }

        private void end() {
            if (sender != null) {
                sender.interrupt();
            }
        }
    }
}
