package io.chaosproxy.control.api;

import io.chaosproxy.control.web.JsonWriter;
import io.chaosproxy.control.web.Problem;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.observe.ConnectionInfo;
import io.chaosproxy.observe.Event;
import io.chaosproxy.observe.EventBus;
import io.chaosproxy.observe.ExchangeInfo;
import io.chaosproxy.relay.ProxyRegistry;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.Status;
import io.helidon.http.sse.SseEvent;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.sse.SseSink;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Server-sent events of the native API (HTML Standard §9.2). Each stream runs on the thread of its request and has a bounded
 * queue; a slow reader loses events and receives their number. A stream may ask for samples of all counters as well.
 */
final class EventsApi implements AutoCloseable {
    /** Upper bound for the queued events of one stream. */
    static final int CAPACITY = 1024;

    /** Upper bound for open streams, each of which occupies a control connection. */
    static final int MAX_STREAMS = 16;

    /** Idle time after which a comment is sent, so that a closed connection is noticed. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);

    /** Interval of the samples of a stream that asks for {@code stats}. */
    private static final Duration SAMPLE = Duration.ofSeconds(1);

    private static final String STATS = "stats";
    private static final String EXCHANGE = "exchange";

    /** Default types of events of a stream. */
    private static final Set<String> DEFAULT_TYPES = Set.of("connection", "hit", "plan", "proxy");

    private static final Set<String> ALL = Set.of("connection", EXCHANGE, "hit", "plan", "proxy", STATS);

    private final ProxyRegistry registry;
    private final EventBus events;
    private final Set<Subscriber> subscribers = ConcurrentHashMap.newKeySet();

    EventsApi(ProxyRegistry registry) {
        this.registry = registry;
        this.events = registry.common().events();
    }

    List<Route> routes() {
        return List.of(Route.get("/api/v1/events", this::stream).query("types"));
    }

    private void stream(ServerRequest request, ServerResponse response) {
        if (!request.headers().isAccepted(MediaTypes.TEXT_EVENT_STREAM)) {
            throw new Problem(Status.NOT_ACCEPTABLE_406, "events come as text/event-stream only");
        }
        Set<String> types = types(request);
        Subscriber subscriber = new Subscriber(CAPACITY);
        subscribers.add(subscriber);
        if (subscribers.size() > MAX_STREAMS) {
            subscribers.remove(subscriber);
            throw new Problem(
                    Status.SERVICE_UNAVAILABLE_503, "there are " + MAX_STREAMS + " streams of events already");
        }
        boolean samples = types.contains(STATS);
        boolean records = types.contains(EXCHANGE);
        FirstBytes firstBytes = new FirstBytes();
        Consumer<Event> listener = event -> {
            if (types.contains(typeOf(event))) {
                listen(subscriber, event);
            }
            if (samples) {
                firstBytes.accept(event);
            }
            if (records && event instanceof Event.Ended ended) {
                subscriber.add(EXCHANGE, exchange(ended.exchange()));
            }
        };
        events.add(
                listener,
                () -> true,
                () -> samples || records); // before the head is sent, so that no later event is missed
        if (records) {
            registry.common().traces().stay();
        }
        try {
            SseSink sink = response.sink(SseSink.TYPE);
            if (samples) {
                tellAndSample(subscriber, firstBytes, sink);
            } else {
                tell(subscriber, sink);
            }
            sink.close();
        } catch (UncheckedIOException e) {
            throw new CloseConnectionException("the reader of events is gone", e);
        } catch (InterruptedException e) {
            throw new CloseConnectionException("the control plane ends", e);
        } finally {
            if (records) {
                registry.common().traces().leave(ExchangesApi.KEPT_FOR);
            }
            events.remove(listener);
            subscribers.remove(subscriber);
        }
    }

    private static void tell(Subscriber subscriber, SseSink sink) throws InterruptedException {
        Optional<Subscriber.News> next = subscriber.next(HEARTBEAT);
        while (next.isPresent()) {
            sink.emit(event(next.get()));
            next = subscriber.next(HEARTBEAT);
        }
    }

    private static Set<String> types(ServerRequest request) {
        Optional<String> asked = RequestParams.query(request, "types");
        if (asked.isEmpty()) {
            return DEFAULT_TYPES;
        }
        Set<String> types = new TreeSet<>(List.of(asked.get().split(",", -1)));
        for (String type : types) {
            if (!ALL.contains(type)) {
                throw RequestParams.wrong(
                        "types", "must be some of connection, exchange, hit, plan, proxy, stats, not \"" + type + "\"");
            }
        }
        return types;
    }

    /** Type under which a stream sends this event; empty if it doesn't. */
    private static String typeOf(Event event) {
        return switch (event) {
            case Event.Opened opened -> "connection";
            case Event.Closed closed -> "connection";
            case Event.Struck struck -> "hit";
            case Event.Planned planned -> "plan";
            case Event.Added added -> "proxy";
            case Event.Removed removed -> "proxy";
            case Event.Changed changed -> "proxy";
            case Event.Switched switched -> "proxy";
            case Event.Severed severed -> "proxy";
            case Event.Delayed delayed -> "";
            case Event.Handshake handshake -> "";
            case Event.Begun begun -> "";
            case Event.Ended ended -> "";
        };
    }

    /** With a sample of all counters at each full interval, which is a sign of life, too. */
    private void tellAndSample(Subscriber subscriber, FirstBytes firstBytes, SseSink sink) throws InterruptedException {
        long due = System.nanoTime();
        while (true) {
            long left = due - System.nanoTime();
            if (left <= 0) {
                firstBytes.sample();
                sink.emit(event(STATS, stats(firstBytes)));
                due = System.nanoTime() + left % SAMPLE.toNanos() + SAMPLE.toNanos();
                left = due - System.nanoTime();
            }
            Optional<Subscriber.News> next = subscriber.next(Duration.ofNanos(left));
            if (next.isEmpty()) {
                return;
            }
            if (!(next.get() instanceof Subscriber.News.Silence)) {
                sink.emit(event(next.get()));
            }
        }
    }

    private Map<String, Object> stats(FirstBytes firstBytes) {
        Map<String, Object> proxies = new HashMap<>();
        registry.all().forEach(proxy -> {
            Map<String, Object> shown = new HashMap<>(JournalApi.stats(proxy));
            firstBytes.quantile(proxy.name(), 0.5).ifPresent(millis -> shown.put("first-byte-p50-ms", millis));
            firstBytes.quantile(proxy.name(), 0.99).ifPresent(millis -> shown.put("first-byte-p99-ms", millis));
            proxies.put(proxy.name(), shown);
        });
        return Map.of("at", Instant.now().toString(), "proxies", proxies);
    }

    private static SseEvent event(Subscriber.News news) {
        return switch (news) {
            case Subscriber.News.Happened happened -> event(happened.name(), happened.data());
            case Subscriber.News.Lost lost -> event("lost", Map.of("events", lost.events()));
            case Subscriber.News.Silence silence ->
                SseEvent.builder().comment("").build();
        };
    }

    /**
     * Queues an event. Exchanges are left out: they are too frequent for a stream that people watch, unless it asks for them.
     */
    static void listen(Subscriber subscriber, Event event) {
        switch (event) {
            case Event.Opened opened -> subscriber.add("connection", connection("opened", opened.connection()));
            case Event.Closed closed -> subscriber.add("connection", closed(closed));
            case Event.Struck struck -> subscriber.add("hit", JsonViews.hit(struck.hit()));
            case Event.Planned planned -> subscriber.add("plan", plan(planned));
            case Event.Added added -> subscriber.add("proxy", proxy("added", added.proxy()));
            case Event.Removed removed -> subscriber.add("proxy", proxy("removed", removed.proxy()));
            case Event.Changed changed -> subscriber.add("proxy", proxy("changed", changed.proxy()));
            case Event.Switched switched ->
                subscriber.add("proxy", proxy(switched.on() ? "enabled" : "disabled", switched.proxy()));
            case Event.Severed severed -> subscriber.add("proxy", severed(severed));
            case Event.Delayed delayed -> {}
            case Event.Handshake handshake -> {}
            case Event.Begun begun -> {}
            case Event.Ended ended -> {}
        }
    }

    private static Map<String, Object> exchange(ExchangeInfo exchange) {
        Map<String, Object> shown = new HashMap<>(Map.of(
                "proxy", exchange.id().proxy(),
                "connection", exchange.id().connection(),
                "exchange", exchange.id().number(),
                "at", exchange.id().began().toString(),
                "client", exchange.client().getHostAddress(),
                "status", exchange.status(),
                "bytes", exchange.bytes(),
                "time-ms", exchange.time().toNanos() / 1e6,
                "hits", exchange.hits()));
        String line = exchange.requestLine();
        shown.put("request", line.substring(0, Math.min(line.length(), Hit.LONGEST_REQUEST)));
        exchange.firstByte().ifPresent(time -> shown.put("first-byte-ms", time.toNanos() / 1e6));
        return shown;
    }

    private static Map<String, Object> proxy(String what, String proxy) {
        return Map.of("at", Instant.now().toString(), "what", what, "proxy", proxy);
    }

    private static Map<String, Object> severed(Event.Severed severed) {
        Map<String, Object> shown = new HashMap<>(proxy("severed", severed.proxy()));
        shown.put("connections", severed.connections());
        return shown;
    }

    private static Map<String, Object> closed(Event.Closed closed) {
        Map<String, Object> shown = connection("closed", closed.connection());
        shown.put("cause", closed.cause().toString());
        return shown;
    }

    private static Map<String, Object> connection(String what, ConnectionInfo connection) {
        Map<String, Object> shown = new HashMap<>(JsonViews.connection(connection));
        shown.put("at", Instant.now().toString());
        shown.put("what", what);
        return shown;
    }

    private static Map<String, Object> plan(Event.Planned planned) {
        return Map.of(
                "at", Instant.now().toString(),
                "proxy", planned.proxy(),
                "version", planned.version(),
                "rules", planned.rules());
    }

    private static SseEvent event(String name, Map<String, Object> data) {
        return SseEvent.builder().name(name).data(JsonWriter.SORTED.write(data)).build();
    }

    /** Ends all streams. */
    @Override
    public void close() {
        subscribers.forEach(Subscriber::end);
    }
}
