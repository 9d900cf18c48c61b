package io.chaosproxy.observe;

import io.chaosproxy.fault.Hit;
import io.chaosproxy.text.HostPort;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/**
 * Connections, exchanges and hits as events of the JDK's flight recorder. While nothing records, each costs a look at a flag.
 *
 * <p>The first use of an event class makes the JDK initialize its whole flight recorder, which takes longer than starting a proxy. So no
 * event class is used before a recording has been started.
 */
public final class FlightEvents implements Consumer<Event> {
    private final Map<ConnectionKey, ConnectionEvent> connections = new ConcurrentHashMap<>();
    private final Map<ExchangeId, ExchangeEvent> exchanges = new ConcurrentHashMap<>();

    /** A proxy that was replaced by one of the same name may still have connections; the time tells them apart. */
    private record ConnectionKey(String proxy, long number, Instant since) {
        static ConnectionKey of(ConnectionInfo connection) {
            return new ConnectionKey(connection.proxy(), connection.number(), connection.since());
        }
    }

    private FlightEvents() {}

    /** Records what is told from now on, if this Java has a flight recorder. */
    public static void record(EventBus events) {
        if (ModuleLayer.boot().findModule("jdk.jfr").isPresent()) {
            FlightEvents recorder = new FlightEvents();
            events.add(recorder, recorder::wantsConnections, recorder::wantsExchanges);
        }
    }

    @Override
    public void accept(Event event) {
        if (FlightRecorder.isInitialized()) {
            record(event);
        }
    }

    private void record(Event event) {
        switch (event) {
            case Event.Opened opened -> begin(opened.connection());
            case Event.Closed closed -> end(closed.connection(), closed.cause());
            case Event.Begun begun -> begin(begun.exchange());
            case Event.Ended ended -> end(ended.exchange());
            case Event.Struck struck -> hit(struck.hit());
            case Event.Delayed delayed -> {}
            case Event.Handshake handshake -> {}
            case Event.Planned planned -> {}
            case Event.Added added -> {}
            case Event.Removed removed -> {}
            case Event.Changed changed -> {}
            case Event.Switched switched -> {}
            case Event.Severed severed -> {}
        }
    }

    /** Initializes all event classes with the first connection. Done in the first exchange, it would delay the time stamp of its start. */
    private static final class Registered {
        static final boolean ALL = List.of(new ConnectionEvent(), new ExchangeEvent(), new HitEvent())
                        .size()
                == 3;
    }

    private void begin(ConnectionInfo connection) {
        if (new ConnectionEvent().isEnabled()) {
            ConnectionEvent event = new ConnectionEvent();
            event.begin();
            connections.put(ConnectionKey.of(connection), event);
        }
    }

    private void end(ConnectionInfo connection, EndCause cause) {
        ConnectionEvent event = connections.remove(ConnectionKey.of(connection));
        if (event != null) {
            event.proxy = connection.proxy();
            event.number = connection.number();
            event.client = HostPort.text(connection.client());
            event.up = connection.up();
            event.down = connection.down();
            event.cause = cause.toString();
            event.protocol = connection.protocol();
            event.serverName = connection.serverName();
            connection.tls().ifPresent(tls -> {
                event.tls = tls.version();
                event.cipher = tls.cipher();
            });
            event.commit();
        }
    }

    private boolean wantsConnections() {
        return FlightRecorder.isInitialized()
                && Registered.ALL
                && (new ConnectionEvent().isEnabled() || !connections.isEmpty());
    }

    private boolean wantsExchanges() {
        return FlightRecorder.isInitialized() && (new ExchangeEvent().isEnabled() || !exchanges.isEmpty());
    }

    private void begin(ExchangeId exchange) {
        if (new ExchangeEvent().isEnabled()) {
            ExchangeEvent event = new ExchangeEvent();
            event.begin();
            exchanges.put(exchange, event);
        }
    }

    private void end(ExchangeInfo exchange) {
        ExchangeEvent event = exchanges.remove(exchange.id());
        if (event != null) {
            event.proxy = exchange.id().proxy();
            event.connection = exchange.id().connection();
            event.number = exchange.id().number();
            event.request = exchange.requestLine();
            event.status = exchange.status();
            event.bytes = exchange.bytes();
            event.firstByte = exchange.firstByte().map(time -> time.toNanos()).orElse(Long.MIN_VALUE); // JFR's "none"
            event.hits = String.join(",", exchange.hits());
            event.commit();
        }
    }

    private static void hit(Hit hit) {
        HitEvent event = new HitEvent();
        if (event.isEnabled()) {
            event.proxy = hit.proxy();
            event.connection = hit.connection();
            event.exchange = hit.exchange();
            event.request = hit.request();
            event.rule = hit.rule();
            event.type = hit.type();
            event.protocol = hit.spoken().name();
            event.serverName = hit.spoken().serverName();
            event.tls = hit.spoken().tls();
            event.cipher = hit.spoken().cipher();
            event.drawn = hit.drawn().toString();
            event.commit();
        }
    }

    @Name("io.chaosproxy.Connection")
    @Label("Connection")
    @Category("chaos-proxy")
    @Description("An accepted connection and its upstream twin, from accept to close.")
    @StackTrace(false)
    static final class ConnectionEvent extends jdk.jfr.Event {
        @Label("Proxy")
        String proxy = "";

        @Label("Number")
        long number;

        @Label("Client")
        String client = "";

        @Label("Bytes up")
        @DataAmount
        long up;

        @Label("Bytes down")
        @DataAmount
        long down;

        @Label("Cause")
        @Description("Why it ended")
        String cause = "";

        @Label("Protocol")
        @Description("What the client spoke, as far as the proxy knows")
        String protocol = "";

        @Label("Server name")
        @Description("SNI of its ClientHello, if that was read")
        String serverName = "";

        @Label("TLS version")
        String tls = "";

        @Label("Cipher suite")
        String cipher = "";
    }

    @Name("io.chaosproxy.Exchange")
    @Label("Exchange")
    @Category("chaos-proxy")
    @Description("An HTTP request and its response, from the request's head to the response's end.")
    @StackTrace(false)
    static final class ExchangeEvent extends jdk.jfr.Event {
        @Label("Proxy")
        String proxy = "";

        @Label("Connection")
        long connection;

        @Label("Number")
        long number;

        @Label("Request")
        String request = "";

        @Label("Status")
        @Description("0 if there was no response")
        int status;

        @Label("Body bytes")
        @DataAmount
        long bytes;

        @Label("Time to first byte")
        @Timespan(Timespan.NANOSECONDS)
        long firstByte;

        @Label("Hits")
        @Description("Names of rules")
        String hits = "";
    }

    @Name("io.chaosproxy.Hit")
    @Label("Hit")
    @Category("chaos-proxy")
    @Description("A rule really did something.")
    @StackTrace(false)
    static final class HitEvent extends jdk.jfr.Event {
        @Label("Proxy")
        String proxy = "";

        @Label("Connection")
        long connection;

        @Label("Exchange")
        long exchange;

        @Label("Request")
        String request = "";

        @Label("Rule")
        String rule = "";

        @Label("Type")
        String type = "";

        @Label("Drawn")
        String drawn = "";

        @Label("Protocol")
        String protocol = "";

        @Label("Server name")
        String serverName = "";

        @Label("TLS version")
        String tls = "";

        @Label("Cipher suite")
        String cipher = "";
    }
}
