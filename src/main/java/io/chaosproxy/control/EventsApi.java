package io.chaosproxy.control;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.fault.PlainText;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.Event;
import io.chaosproxy.relay.Events;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.Status;
import io.helidon.http.sse.SseEvent;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.sse.SseSink;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What happens, while it happens, as server-sent events (HTML Standard §9.2). Each reader has the thread of its request and
 * a queue; one that can't keep up loses events and is told how many.
 */
final class EventsApi implements AutoCloseable {
    /** Events that wait for one reader at the most. */
    static final int CAPACITY = 1024;

    /** Upper bound for open streams, each of which holds a control connection as long as its reader wants. */
    static final int MOST = 16;

    /** A line without meaning after so long without events: that is how a reader that went away is noticed. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);

    private final Events events;
    private final Set<Subscriber> subscribers = ConcurrentHashMap.newKeySet();

    EventsApi(Events events) {
        this.events = events;
    }

    List<Route> routes() {
        return List.of(Route.get("/api/v1/events", this::stream));
    }

    private void stream(ServerRequest request, ServerResponse response) {
        if (!request.headers().isAccepted(MediaTypes.TEXT_EVENT_STREAM)) {
            throw new Problem(Status.NOT_ACCEPTABLE_406, "events come as text/event-stream only");
        }
        Subscriber subscriber = new Subscriber(CAPACITY);
        subscribers.add(subscriber);
        if (subscribers.size() > MOST) {
            subscribers.remove(subscriber);
            throw new Problem(Status.SERVICE_UNAVAILABLE_503, "there are " + MOST + " streams of events already");
        }
        events.add(subscriber); // before the head is sent: who has it misses nothing from there on
        try {
            SseSink sink = response.sink(SseSink.TYPE);
            tell(subscriber, sink);
            sink.close();
        } catch (UncheckedIOException e) {
            throw new CloseConnectionException("the reader of events is gone", e);
        } catch (InterruptedException e) {
            throw new CloseConnectionException("the control plane ends", e);
        } finally {
            events.remove(subscriber);
            subscribers.remove(subscriber);
        }
    }

    private static void tell(Subscriber subscriber, SseSink sink) throws InterruptedException {
        Optional<Subscriber.News> next = subscriber.next(HEARTBEAT);
        while (next.isPresent()) {
            event(next.get()).ifPresent(sink::emit);
            next = subscriber.next(HEARTBEAT);
        }
    }

    /** What is sent; empty for what happens too often for a stream that people watch: exchanges. */
    private static Optional<SseEvent> event(Subscriber.News news) {
        return switch (news) {
            case Subscriber.News.Happened happened -> event(happened.event());
            case Subscriber.News.Lost lost -> Optional.of(event("lost", Map.of("events", lost.events())));
            case Subscriber.News.Silence silence ->
                Optional.of(SseEvent.builder().comment("").build());
        };
    }

    private static Optional<SseEvent> event(Event event) {
        return switch (event) {
            case Event.Opened opened -> Optional.of(event("connection", connection("opened", opened.connection())));
            case Event.Closed closed -> Optional.of(event("connection", connection("closed", closed.connection())));
            case Event.Struck struck -> Optional.of(event("hit", Shown.hit(struck.hit())));
            case Event.Planned planned -> Optional.of(event("plan", plan(planned)));
            case Event.Added added ->
                Optional.of(event(
                        "proxy", Map.of("what", "added", "proxy", added.proxy().name())));
            case Event.Removed removed ->
                Optional.of(event(
                        "proxy",
                        Map.of("what", "removed", "proxy", removed.proxy().name())));
            case Event.Delayed delayed -> Optional.empty();
            case Event.Begun begun -> Optional.empty();
            case Event.Ended ended -> Optional.empty();
        };
    }

    private static Map<String, Object> connection(String what, Connection connection) {
        Map<String, Object> shown = new HashMap<>(Shown.connection(connection));
        shown.put("what", what);
        return shown;
    }

    private static Map<String, Object> plan(Event.Planned planned) {
        return Map.of(
                "proxy", planned.proxy().name(),
                "version", planned.plan().version(),
                "rules", planned.plan().plan().rules().stream().map(Rule::name).toList());
    }

    private static SseEvent event(String name, Map<String, Object> data) {
        return SseEvent.builder()
                .name(name)
                .data(PlainText.escapedJson(ConfigValueFactory.fromMap(data).render(ConfigRenderOptions.concise())))
                .build();
    }

    /** Ends all streams. */
    @Override
    public void close() {
        subscribers.forEach(Subscriber::end);
    }
}
