package io.chaosproxy.control;

import io.chaosproxy.net.Address;
import io.chaosproxy.relay.Proxy;
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
 * Whether upstreams accept connections, found out by dialling them when somebody asks: at most once in ten seconds each, for
 * a dial is something that the upstream sees. Any thread may ask.
 */
final class Reachability {
    private static final Duration KEPT = Duration.ofSeconds(10);

    /** What whoever asks waits for at most; a probe of Kubernetes gives up after a second. */
    private static final Duration PATIENCE = Duration.ofMillis(400);

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    /** Dials take descriptors of the reserve. */
    private static final Semaphore AT_ONCE = new Semaphore(8);

    private final Map<Address, State> known = new ConcurrentHashMap<>();
    private final Map<Address, Thread> dialling = new ConcurrentHashMap<>();

    /**
     * What is known of an upstream.
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

    /** The state of each proxy's upstream, in the given order; those that haven't answered yet are as they were, or unknown. */
    Map<Proxy, State> of(Collection<Proxy> proxies) {
        Map<Proxy, Address> upstreams = new LinkedHashMap<>();
        proxies.forEach(proxy -> upstreams.put(proxy, proxy.spec().upstream()));
        known.keySet().retainAll(upstreams.values());
        List<Thread> dials = upstreams.values().stream()
                .distinct()
                .filter(upstream -> !state(upstream).isFresh())
                .map(upstream -> dialling.computeIfAbsent(upstream, this::start))
                .toList();
        await(dials);
        Map<Proxy, State> states = new LinkedHashMap<>();
        upstreams.forEach((proxy, upstream) -> states.put(proxy, state(upstream)));
        return states;
    }

    private State state(Address upstream) {
        return known.getOrDefault(upstream, new State("unknown", "", System.nanoTime() - KEPT.toNanos()));
    }

    private Thread start(Address upstream) {
        return Thread.ofVirtual().name("reachability of " + upstream).start(() -> {
            try {
                AT_ONCE.acquire();
                try {
                    known.put(upstream, dial(upstream));
                } finally {
                    AT_ONCE.release();
                }
            } catch (InterruptedException e) {
                // nobody interrupts this thread on purpose; nothing is found out
            } finally {
                dialling.remove(upstream);
            }
        });
    }

    private static State dial(Address upstream) {
        State state = new State("unreachable", "no address", System.nanoTime());
        try {
            for (InetSocketAddress address : upstream.resolved(CONNECT_TIMEOUT)) {
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
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            for (Thread dial : dials) {
                dial.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the server goes down: the answer says what is known
        }
    }
}
