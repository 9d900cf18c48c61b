package io.chaosproxy.relay;

import io.chaosproxy.fault.Protocol;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.observe.EndCause;
import java.time.Duration;
import java.util.function.ToLongBiFunction;

/**
 * Drain of a proxy that has stopped listening: what is under way goes on. Idle http connections are closed at once, the others
 * behind their next response, which says so; those that are new have a moment for their first request.
 */
final class ProxyDrain {
    /**
     * A tcp connection that holds no bytes and on which nothing moved for this long isn't waited for, nor is an http connection
     * on which nothing ever came.
     */
    private static final long QUIET = Duration.ofMillis(500).toNanos();

    private final ProxyState proxy;
    private final OpenConnections connections;

    ProxyDrain(ProxyState proxy, OpenConnections connections) {
        this.proxy = proxy;
        this.connections = connections;
    }

    /**
     * Waits until nothing is under way any more.
     *
     * @param end of the wait at the latest, as in {@code nanoTime}
     * @throws InterruptedException if the calling thread is interrupted
     */
    void await(long end) throws InterruptedException {
        endIdle(true);
        awaitAll(end, ProxyDrain::newFor);
        endIdle(false);
        awaitAll(end, this::underWayFor);
    }

    /** Waits for the longest of these waits of each connection, in nanoseconds from now. */
    private void awaitAll(long end, ToLongBiFunction<Connection, Long> wait) throws InterruptedException {
        if (!proxy.awaitSettled(() -> {
            long now = now();
            return Math.min(connections.longest(connection -> wait.applyAsLong(connection, now)), end - now);
        })) {
            throw new InterruptedException();
        }
    }

    private void endIdle(boolean exceptNew) {
        long now = now();
        connections.stream()
                .filter(connection ->
                        mayHaveExchanges(connection) && connection.activity().isIdle())
                .filter(connection -> !exceptNew || newFor(connection, now) <= 0)
                .forEach(connection -> connection.teardown().close(EndCause.PROXY_STOPPED));
    }

    private static boolean mayHaveExchanges(Connection connection) {
        return connection.facts().protocol() != Protocol.TCP;
    }

    /** Nanoseconds in which the first request of a client that has just connected is still to be expected. */
    private static long newFor(Connection connection, long now) {
        boolean isNew = mayHaveExchanges(connection)
                && connection.activity().isIdle()
                && connection.counters().isUnused();
        return isNew ? QUIET - connection.counters().sinceLastMove(now) : 0;
    }

    /** An exchange and an orderly close announce their end; of a tcp connection that holds no bytes only silence tells it. */
    private long underWayFor(Connection connection, long now) {
        if (connection.teardown().isLingering()) {
            return Waits.FOREVER;
        }
        return switch (connection.facts().protocol()) {
            case HTTP -> connection.activity().isIdle() ? 0 : Waits.FOREVER;
            case TCP, AUTO, FORWARD ->
                connection.holdsBytes() || connection.isHandingOn()
                        ? QUIET
                        : QUIET - connection.counters().sinceLastMove(now);
        };
    }

    private long now() {
        return proxy.common().time().nanoTime();
    }
}
