package io.chaosproxy.control.meters;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.observe.Event;
import io.chaosproxy.observe.HandshakeKind;
import io.chaosproxy.observe.Traffic;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * The meters of a registry, in any registry of Micrometer. Those of a proxy come and go with it.
 *
 * <p>Counters are read on each scrape; only the histogram of injected delays records, when a rule hits.
 */
public final class ProxyMeters implements MeterBinder, AutoCloseable {
    /** Protocols that can be detected. */
    private static final List<String> DETECTED = List.of("http", "http2", "tls", "socks5", "opaque");

    private static final Duration[] DELAYS =
            millis(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000);

    private final ProxyRegistry proxies;
    private final List<Binding> bindings = new CopyOnWriteArrayList<>();

    public ProxyMeters(ProxyRegistry proxies) {
        this.proxies = proxies;
    }

    /** Registers the meters, and keeps them in step with the registry until this is closed. */
    @Override
    public void bindTo(MeterRegistry registry) {
        Binding binding = new Binding(proxies, registry);
        bindings.add(binding);
        proxies.common().events().addWithoutTraffic(binding);
        binding.begin();
    }

    /** Removes all meters from all registries. */
    @Override
    public void close() {
        for (Binding binding : bindings) {
            proxies.common().events().remove(binding);
            binding.end();
        }
        bindings.clear();
    }

    private static Duration[] millis(long... all) {
        Duration[] durations = new Duration[all.length];
        for (int i = 0; i < all.length; i++) {
            durations[i] = Duration.ofMillis(all[i]);
        }
        return durations;
    }

    /** The meters in one registry. Any thread may tell it of events. */
    private static final class Binding implements Consumer<Event> {
        private final ProxyRegistry proxies;
        private final MeterRegistry registry;
        private final ReentrantLock changing = new ReentrantLock();
        private final Map<ProxyServer, List<Meter>> ofProxies = new HashMap<>();
        private final Map<Journal.Count, Meter> hits = new ConcurrentHashMap<>();
        private final Map<Journal.Count, Timer> delays = new ConcurrentHashMap<>(); // by proxy and type
        private final Map<ProxyServer, Map<HandshakeKind, Meter>> handshakes = new HashMap<>(); // guarded by the lock

        Binding(ProxyRegistry proxies, MeterRegistry registry) {
            this.proxies = proxies;
            this.registry = registry;
        }

        void begin() {
            follow();
            proxies.common().journal().counted().forEach(this::counted);
        }

        void end() {
            changing.lock();
            try {
                ofProxies.values().forEach(meters -> meters.forEach(registry::remove));
                ofProxies.clear();
                handshakes.values().forEach(meters -> meters.values().forEach(registry::remove));
                handshakes.clear();
                forget(hits, count -> true);
                forget(delays, count -> true);
            } finally {
                changing.unlock();
            }
        }

        @Override
        public void accept(Event event) {
            if (event instanceof Event.Struck struck) {
                hit(struck.hit());
            } else if (event instanceof Event.Delayed delayed) {
                delays.computeIfAbsent(new Journal.Count(delayed.proxy(), "", delayed.type()), this::delay)
                        .record(delayed.nanos(), TimeUnit.NANOSECONDS);
            } else if (event instanceof Event.Handshake ended) {
                shaken(ended);
            } else if (event instanceof Event.Added || event instanceof Event.Removed) {
                follow();
            } else if (event instanceof Event.Planned) {
                forgetCountsThatAreGone();
            }
        }

        /** A series of each rule that ever was would be too many; the journal bounds those of removed rules. */
        private void forgetCountsThatAreGone() {
            Set<Journal.Count> counted = proxies.common().journal().counted();
            if (hits.size() > counted.size()) {
                changing.lock();
                try {
                    forget(hits, count -> !counted.contains(count));
                } finally {
                    changing.unlock();
                }
            }
        }

        /** Makes the meters those of the proxies that there are now. */
        private void follow() {
            changing.lock();
            try {
                for (ProxyServer gone : List.copyOf(ofProxies.keySet())) {
                    if (proxies.find(gone.name()).orElse(null) != gone) {
                        remove(gone);
                    }
                }
                for (ProxyServer proxy : proxies.all()) {
                    if (!ofProxies.containsKey(proxy)) {
                        ofProxies.put(proxy, metersOf(proxy));
                        proxy.traffic().handshakes().forEach(kind -> counted(proxy, kind));
                    }
                }
            } finally {
                changing.unlock();
            }
        }

        private void remove(ProxyServer gone) {
            List<Meter> meters = ofProxies.remove(gone);
            if (meters != null) {
                meters.forEach(registry::remove);
            }
            handshakes.getOrDefault(gone, Map.of()).values().forEach(registry::remove);
            handshakes.remove(gone);
            forget(hits, count -> count.proxy().equals(gone.name()));
            forget(delays, count -> count.proxy().equals(gone.name()));
        }

        private void forget(Map<Journal.Count, ? extends Meter> meters, Predicate<Journal.Count> which) {
            meters.forEach((count, meter) -> {
                if (which.test(count)) {
                    meters.remove(count);
                    registry.remove(meter);
                }
            });
        }

        private List<Meter> metersOf(ProxyServer proxy) {
            List<Meter> meters = new ArrayList<>();
            meters.add(gauge(proxy, "up", "1 if the proxy listens.", p -> p.isEnabled() ? 1 : 0));
            meters.add(gauge(
                    proxy, "rules", "Rules in force.", p -> p.active().inForce().size()));
            meters.add(gauge(
                    proxy,
                    "connections.open",
                    "Connections open now.",
                    p -> p.connections().size()));
            meters.add(counter(proxy, "connections", "Connections accepted.", Traffic::connections)
                    .register(registry));
            meters.add(counter(
                            proxy,
                            "dial.failures",
                            "Connections that didn't reach the upstream.",
                            Traffic::dialFailures)
                    .register(registry));
            for (EndCause cause : EndCause.values()) {
                meters.add(counter(
                                proxy,
                                "connections.ended",
                                "Connections that have ended, by cause.",
                                traffic -> traffic.ended(cause))
                        .tag("cause", cause.toString())
                        .register(registry));
            }
            if (proxy.protocol().isDetected()) {
                for (String protocol : DETECTED) {
                    meters.add(counter(
                                    proxy,
                                    "connections.detected",
                                    "Connections and tunnels whose protocol was detected.",
                                    traffic -> traffic.detected(protocol))
                            .tag("protocol", protocol)
                            .register(registry));
                }
            }
            for (Direction direction : Direction.values()) {
                String word = direction.name().toLowerCase(Locale.ROOT);
                meters.add(counter(proxy, "forwarded", "Bytes handed on.", traffic -> traffic.bytes(direction))
                        .baseUnit("bytes")
                        .tag("direction", word)
                        .register(registry));
            }
            for (int i = 0; i <= 5; i++) {
                int statusClass = i;
                meters.add(counter(
                                proxy,
                                "exchanges",
                                "HTTP exchanges by status; none: they ended without a response.",
                                traffic -> traffic.answers(statusClass))
                        .tag("status", i == 0 ? "none" : i + "xx")
                        .register(registry));
            }
            return meters;
        }

        /** A kind of handshakes is there from the first one on. */
        private void shaken(Event.Handshake ended) {
            changing.lock();
            try {
                proxies.find(ended.proxy())
                        .filter(ofProxies::containsKey)
                        .ifPresent(proxy -> counted(proxy, ended.handshake()));
            } finally {
                changing.unlock();
            }
        }

        private void counted(ProxyServer proxy, HandshakeKind kind) {
            handshakes
                    .computeIfAbsent(proxy, first -> new HashMap<>())
                    .computeIfAbsent(
                            kind,
                            first -> counter(
                                            proxy,
                                            "tls.handshakes",
                                            "TLS handshakes that have ended.",
                                            traffic -> traffic.handshakes(kind))
                                    .tag("side", word(kind.side()))
                                    .tag("version", kind.version())
                                    .tag("cipher", kind.cipher())
                                    .tag("result", word(kind.result()))
                                    .register(registry));
        }

        private static String word(Enum<?> value) {
            return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private Gauge gauge(ProxyServer proxy, String name, String help, ToDoubleFunction<ProxyServer> value) {
            return Gauge.builder("chaos." + name, proxy, value)
                    .description(help)
                    .tag("proxy", proxy.name())
                    .register(registry);
        }

        private static FunctionCounter.Builder<Traffic> counter(
                ProxyServer proxy, String name, String help, ToDoubleFunction<Traffic> value) {
            return FunctionCounter.builder("chaos." + name, proxy.traffic(), value)
                    .description(help)
                    .tag("proxy", proxy.name());
        }

        private void hit(Hit hit) {
            counted(new Journal.Count(hit.proxy(), hit.rule(), hit.type()));
        }

        private void counted(Journal.Count count) {
            hits.computeIfAbsent(
                    count,
                    c -> FunctionCounter.builder("chaos.hits", proxies.common().journal(), journal -> journal.hits(c))
                            .description("What rules really did.")
                            .tag("proxy", c.proxy())
                            .tag("rule", c.rule())
                            .tag("type", c.type())
                            .register(registry));
        }

        private Timer delay(Journal.Count of) {
            return Timer.builder("chaos.injected.delay")
                    .description("Time that rules added.")
                    .tag("proxy", of.proxy())
                    .tag("type", of.type())
                    .serviceLevelObjectives(DELAYS)
                    .register(registry);
        }
    }
}
