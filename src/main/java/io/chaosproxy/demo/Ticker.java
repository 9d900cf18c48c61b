package io.chaosproxy.demo;

import io.helidon.http.HeaderNames;
import io.helidon.http.sse.SseEvent;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.sse.SseSink;
import java.time.Duration;

/**
 * A stream of server-sent events at an even pace, each with a sequence number and the time at which it was sent.
 *
 * <p>Runs in the connection's own thread until the client leaves. That shows when an event can no longer be written,
 * which is why the pace is bounded; a client that goes on after {@code Last-Event-ID} gets the numbers after it.
 */
final class Ticker implements Handler {
    private static final WholeNumber EVERY_MILLIS = new WholeNumber("every", 10, 10_000);
    private static final String DEFAULT_MILLIS = "250";

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        long every = EVERY_MILLIS.of(request.query().first("every").orElse(DEFAULT_MILLIS));
        try (SseSink sink = response.sink(SseSink.TYPE)) {
            tick(sink, lastSeen(request), every);
        }
    }

    private static void tick(SseSink sink, long lastSeen, long everyMillis) {
        long period = Duration.ofMillis(everyMillis).toNanos();
        long due = System.nanoTime();
        for (long sequence = lastSeen + 1; ; sequence++) {
            sink.emit(event(sequence, everyMillis));
            // After a write that was held up the pace begins anew: no burst to make up for it.
            due = Math.max(due + period, System.nanoTime());
            DemoOrigin.pause(Duration.ofNanos(due - System.nanoTime()));
        }
    }

    private static SseEvent event(long sequence, long everyMillis) {
        String data = "{\"sequence\":%d,\"sentAt\":%d,\"every\":%d}"
                .formatted(sequence, System.currentTimeMillis(), everyMillis);
        return SseEvent.builder().id(Long.toString(sequence)).data(data).build();
    }

    private static long lastSeen(ServerRequest request) {
        String id = request.headers().first(HeaderNames.create("Last-Event-ID")).orElse("");
        return id.matches("[0-9]{1,15}") ? Long.parseLong(id) : 0;
    }
}
