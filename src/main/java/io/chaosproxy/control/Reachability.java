package io.chaosproxy.control;

import io.chaosproxy.config.Address;
import io.chaosproxy.net.NameResolver;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Reachability of upstreams, by dialling on demand: at most once in ten seconds each, because the upstream sees each dial.
 * Thread-safe.
 */
final class Reachability {
    private static final Duration KEPT = Duration.ofSeconds(10);

    /** Upper bound for the wait of a probe; the default timeout of Kubernetes is one second. */
    private static final Duration PROBE_TIMEOUT = Duration.ofMillis(400);

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    /** Dials take descriptors of the reserve. */
    private static final Semaphore DIAL_PERMITS = new Semaphore(8);

    private final Map<Address, State> known = new ConcurrentHashMap<>();
    private final Map<Address, Thread> dialling = new ConcurrentHashMap<>();

    /**
     * Last result of checking an upstream.
     *
     * @param word reachable, unreachable or unknown
     * @param reason empty unless unreachable
     * @param at {@code nanoTime} at which it was found out
     */
    record State(String word, String reason, long at) {
        boolean isFresh() {
            return System.nanoTime() - at < KEPT.toNanos();
        }
    }

    /** The state of the upstream of each proxy that has one, in the given order; those that haven't answered yet are as they were, or unknown. */
    Map<ProxyServer, State> of(Collection<ProxyServer> proxies) {
        Map<ProxyServer, Address> upstreams = new LinkedHashMap<>();
        proxies.forEach(proxy -> proxy.spec().upstream().ifPresent(upstream -> upstreams.put(proxy, upstream)));
        known.keySet().retainAll(upstreams.values());
        List<Thread> dials = upstreams.values().stream()
                .distinct()
                .filter(upstream -> !state(upstream).isFresh())
                .map(upstream -> dialling.computeIfAbsent(upstream, this::start))
                .toList();
        await(dials);
        Map<ProxyServer, State> states = new LinkedHashMap<>();
        upstreams.forEach((proxy, upstream) -> states.put(proxy, state(upstream)));
        return states;
    }

    private State state(Address upstream) {
        return known.getOrDefault(upstream, new State("unknown", "", System.nanoTime() - KEPT.toNanos()));
    }

    private Thread start(Address upstream) {
        return Thread.ofVirtual().name("reachability of " + upstream).start(() -> {
            try {
                DIAL_PERMITS.acquire();
                try {
                    known.put(upstream, dial(upstream));
                } finally {
                    DIAL_PERMITS.release();
                }
            } catch (InterruptedException e) {
                // not expected; the state stays as it was
            } finally {
                dialling.remove(upstream);
            }
        });
    }

    private static State dial(Address upstream) {
        State state = new State("unreachable", "no address", System.nanoTime());
        try {
            for (InetSocketAddress address : NameResolver.OF_PROCESS.resolve(upstream.unresolved(), CONNECT_TIMEOUT)) {
                state = dial(address);
                if (state.word().equals("reachable")) {
                    return state;
                }
            }
            return state;
        } catch (UnknownHostException | RuntimeException e) {
            return new State("unreachable", String.valueOf(e.getMessage()), System.nanoTime());
        }
    }

    private static State dial(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, (int) CONNECT_TIMEOUT.toMillis());
            return new State("reachable", "", System.nanoTime());
        } catch (IOException | RuntimeException e) {
            return new State("unreachable", String.valueOf(e.getMessage()), System.nanoTime());
        }
    }

    private static void await(List<Thread> dials) {
        long end = System.nanoTime() + PROBE_TIMEOUT.toNanos();
        try {
            for (Thread dial : dials) {
                dial.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the server goes down: the answer says what is known
        }
    }
}
