package io.chaosproxy.relay;

import io.chaosproxy.net.Listener;
import io.chaosproxy.observe.EndCause;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.List;

/**
 * Watches the connections of a proxy while it listens: ends those whose client has left while a rule holds it, and those on which
 * nothing has moved for the idle timeout. Each on a thread of its own.
 */
final class ConnectionWatch {
    /** How often held clients are looked after. */
    private static final long LOOK = Duration.ofMillis(250).toNanos();

    private final ProxyState proxy;
    private final OpenConnections connections;

    ConnectionWatch(ProxyState proxy, OpenConnections connections) {
        this.proxy = proxy;
        this.connections = connections;
    }

    /** Begins to watch, until this listener is closed. */
    void start(Listener whileOpen) {
        proxy.threads().start(Thread.ofVirtual().name(proxy.name() + " watch"), () -> watchClients(whileOpen));
        watchIdle(whileOpen);
    }

    /** Watches under the present idle timeout, until this listener is closed or the timeout changes. */
    void watchIdle(Listener whileOpen) {
        Duration limit = proxy.options().idleTimeout();
        if (!limit.isZero()) {
            proxy.threads().start(Thread.ofVirtual().name(proxy.name() + " idle"), () -> closeIdle(whileOpen, limit));
        }
    }

    /** Releases clients that have left while a rule holds them; one look at each connection, and nothing without rules. */
    private void watchClients(Listener whileOpen) {
        ByteBuffer scratch = ByteBuffer.allocate(16 * 1024);
        while (whileOpen.pause(LOOK)) {
            if (!proxy.active().inForce().isEmpty()) {
                connections.stream().forEach(connection -> connection.held().releaseIfLeft(scratch));
                releaseTorn();
            }
        }
    }

    private void releaseTorn() {
        List<HeldClient> full = connections.stream()
                .map(Connection::held)
                .filter(HeldClient::needsSelector)
                .toList();
        if (!full.isEmpty()) {
            try (Selector selector = Selector.open()) {
                full.forEach(client -> client.releaseIfTorn(selector));
            } catch (IOException e) {
                // no descriptor is left; the next look may find one
            }
        }
    }

    private void closeIdle(Listener whileOpen, Duration timeout) {
        long limit = timeout.toNanos();
        while (whileOpen.pause(limit / 4) && proxy.options().idleTimeout().equals(timeout)) {
            long now = proxy.common().time().nanoTime();
            connections.stream()
                    .filter(connection -> connection.counters().idle(now) >= limit)
                    .forEach(connection -> OpenConnections.stop(connection, EndCause.IDLE_TIMEOUT));
        }
    }
}
