package io.chaosproxy.observe;

import io.chaosproxy.fault.Direction;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counters of one proxy. Thread-safe. */
public final class Traffic {
    private final LongAdder receivedUp = new LongAdder();
    private final LongAdder receivedDown = new LongAdder();
    private final LongAdder up = new LongAdder();
    private final LongAdder down = new LongAdder();
    private final AtomicLong accepted = new AtomicLong();
    private final LongAdder exchanges = new LongAdder();
    private final LongAdder dialFailures = new LongAdder();
    private final Map<EndCause, LongAdder> ended = new EnumMap<>(EndCause.class);
    private final Map<HandshakeKind, LongAdder> handshakes = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> detected = new ConcurrentHashMap<>();
    private final TimeHistogram upstreamFirstByte = new TimeHistogram();
    private final TimeHistogram clientFirstByte = new TimeHistogram();
    private final LongAdder[] answers = {
        new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder()
    };

    /** Nothing counted yet. */
    public Traffic() {
        for (EndCause cause : EndCause.values()) {
            ended.put(cause, new LongAdder());
        }
    }

    /** Bytes handed on to the end that this direction leads to. */
    public long bytes(Direction direction) {
        return (direction == Direction.UP ? up : down).sum();
    }

    /** Bytes that came from the end that this direction leads away from. */
    public long received(Direction direction) {
        return (direction == Direction.UP ? receivedUp : receivedDown).sum();
    }

    /** Connections accepted so far. */
    public long connections() {
        return accepted.get();
    }

    /** Connections that have ended for this cause. */
    public long ended(EndCause cause) {
        return adder(cause).sum();
    }

    private LongAdder adder(EndCause cause) {
        return Objects.requireNonNull(ended.get(cause)); // there is one for each
    }

    /** TLS handshakes of this kind. */
    public long handshakes(HandshakeKind kind) {
        LongAdder count = handshakes.get(kind);
        return count == null ? 0 : count.sum();
    }

    /** The kinds of TLS handshakes that there have been. */
    public Set<HandshakeKind> handshakes() {
        return Set.copyOf(handshakes.keySet());
    }

    /** A TLS handshake has ended. */
    public void countHandshake(HandshakeKind kind) {
        handshakes.computeIfAbsent(kind, first -> new LongAdder()).increment();
    }

    /** Connections, and tunnels of a forward proxy, whose client turned out to speak this. */
    public long detected(String protocol) {
        LongAdder count = detected.get(protocol);
        return count == null ? 0 : count.sum();
    }

    /** Counts a connection whose protocol was detected. */
    public void countDetected(String protocol) {
        detected.computeIfAbsent(protocol, first -> new LongAdder()).increment();
    }

    /** HTTP exchanges begun so far. */
    public long exchanges() {
        return exchanges.sum();
    }

    /** Connections for which the upstream could not be reached. */
    public long dialFailures() {
        return dialFailures.sum();
    }

    /**
     * HTTP exchanges whose response has begun.
     *
     * @param statusClass 1 to 5 for 1xx to 5xx, 0 for those that ended without a response
     */
    public long answers(int statusClass) {
        return answers[statusClass].sum();
    }

    /** Times from the head of a request until the head of its response came from the upstream. */
    public TimeHistogram upstreamFirstByte() {
        return upstreamFirstByte;
    }

    /** Times from the head of a request until the first byte of its response was handed on to the client. */
    public TimeHistogram clientFirstByte() {
        return clientFirstByte;
    }

    /** Counts bytes handed on in this direction. */
    public void count(Direction direction, long bytes) {
        (direction == Direction.UP ? up : down).add(bytes);
    }

    /** Counts bytes read from the end that this direction leads away from. */
    public void countReceived(Direction direction, long bytes) {
        (direction == Direction.UP ? receivedUp : receivedDown).add(bytes);
    }

    /** The number of the connection that was just accepted, from 1. */
    public long acceptedNow() {
        return accepted.incrementAndGet();
    }

    /** Counts the end of a connection. */
    public void endedFor(EndCause cause) {
        adder(cause).increment();
    }

    /** Counts an HTTP exchange. */
    public void exchangeBegun() {
        exchanges.increment();
    }

    /** The head of a final response has been handed on, or, with status 0, there will be none. */
    public void answered(int status) {
        answers[Math.clamp(status / 100, 0, 5)].increment();
    }

    /** Counts a connection whose upstream could not be reached. */
    public void dialFailed() {
        dialFailures.increment();
    }
}
