package io.chaosproxy.relay;

import io.chaosproxy.config.Address;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.inject.Target;
import io.chaosproxy.inject.Trace;
import io.chaosproxy.net.Transport;
import io.chaosproxy.observe.ConnectionInfo;
import io.chaosproxy.observe.HandshakeKind;
import io.chaosproxy.observe.Traffic;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Bytes and times of one connection. Thread-safe. */
public final class ConnectionCounters {
    private final TimeSource time;
    private final Traffic traffic;
    private final Instant since = Instant.now();
    private final AtomicLong up = new AtomicLong();
    private final AtomicLong down = new AtomicLong();
    private final AtomicInteger waitsOfFaults = new AtomicInteger(); // at this moment
    private volatile long lastMove;
    private volatile long lastHeld;
    private volatile long requestAt;
    private volatile boolean awaitsResponse;
    private volatile long responseAt;

    /**
     * Nothing yet.
     *
     * @param traffic counts for the whole proxy
     */
    ConnectionCounters(TimeSource time, Traffic traffic) {
        this.time = time;
        this.traffic = traffic;
        this.lastMove = time.nanoTime();
        this.lastHeld = lastMove;
    }

    /** The sink into a socket that counts what it takes. */
    TransportSink sink(Transport transport, Direction direction, Function<Direction, FaultPipeline> pipelines) {
        return new TransportSink(
                transport,
                () -> pipelines.apply(direction).keepsWriting(),
                bytes -> moved(direction, bytes, pipelines.apply(direction).trace()));
    }

    private void moved(Direction direction, int bytes, @Nullable Trace trace) {
        (direction == Direction.UP ? up : down).addAndGet(bytes);
        traffic.count(direction, bytes);
        long now = time.nanoTime();
        lastMove = now;
        if (awaitsResponse && direction == Direction.DOWN) {
            responseAt = now;
            awaitsResponse = false;
            traffic.clientFirstByte().record(now - requestAt);
        }
        if (trace != null) {
            trace.moved(direction, bytes);
        }
    }

    /** The state of the connection at this moment. */
    ConnectionInfo info(
            String proxy,
            Target target,
            InetSocketAddress client,
            int waiting,
            ConnectionPipelines pipelines,
            ConnectionFacts facts) {
        return new ConnectionInfo(
                proxy,
                target.connection(),
                client,
                since,
                bytes(Direction.UP),
                bytes(Direction.DOWN),
                waiting,
                pipelines.rules(),
                pipelines.exchange(),
                facts.spoken(),
                facts.target().map(Address::toString).orElse(""),
                target.serverName().orElse(""),
                facts.tls(HandshakeKind.Side.CLIENT),
                facts.tls(HandshakeKind.Side.UPSTREAM));
    }

    /** Bytes handed on in this direction. */
    public long bytes(Direction direction) {
        return (direction == Direction.UP ? up : down).get();
    }

    /** Whether no byte has been handed on in either direction. */
    boolean isUnused() {
        return up.get() == 0 && down.get() == 0;
    }

    /** The next byte to the client is the first one of the response to a request that came at this {@code nanoTime}. */
    public void awaitResponse(long since) {
        requestAt = since;
        awaitsResponse = true;
    }

    /** When the client got the first byte of the last response, as {@code nanoTime}; empty if it hasn't yet. */
    public OptionalLong responseAt() {
        return awaitsResponse ? OptionalLong.empty() : OptionalLong.of(responseAt);
    }

    /** A thread begins to wait for a fault, which is no idle time. */
    void holdBegins() {
        waitsOfFaults.incrementAndGet();
    }

    /** The wait is over. */
    void holdEnds() {
        lastHeld = time.nanoTime(); // before the count, which says that it is of use
        waitsOfFaults.decrementAndGet();
    }

    /** Nanoseconds in which nothing moved and no fault held anything back. */
    long idle(long now) {
        return waitsOfFaults.get() > 0 ? 0 : Math.min(now - lastMove, now - lastHeld);
    }

    /** Nanoseconds since bytes were handed on. */
    long sinceLastMove(long now) {
        return now - lastMove;
    }
}
