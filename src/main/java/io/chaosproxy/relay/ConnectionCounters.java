package io.chaosproxy.relay;

import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.TimeSource;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** Bytes and times of one connection. Thread-safe. */
final class ConnectionCounters {
    private final TimeSource time;
    private final AtomicLong up = new AtomicLong();
    private final AtomicLong down = new AtomicLong();
    private final AtomicInteger waitsOfFaults = new AtomicInteger(); // at this moment
    private volatile long lastMove;
    private volatile long lastHeld;
    private volatile boolean awaitsResponse;
    private volatile long responseAt;

    ConnectionCounters(TimeSource time) {
        this.time = time;
        this.lastMove = time.nanoTime();
        this.lastHeld = lastMove;
    }

    /** Bytes have been handed on. */
    void moved(Direction direction, int bytes) {
        (direction == Direction.UP ? up : down).addAndGet(bytes);
        long now = time.nanoTime();
        lastMove = now;
        if (awaitsResponse && direction == Direction.DOWN) {
            responseAt = now;
            awaitsResponse = false;
        }
    }

    /** Bytes handed on in this direction. */
    long bytes(Direction direction) {
        return (direction == Direction.UP ? up : down).get();
    }

    /** The next byte to the client is the first one of a response. */
    void awaitResponse() {
        awaitsResponse = true;
    }

    /** When the client got the first byte of the last response, as {@code nanoTime}; empty if it hasn't yet. */
    OptionalLong responseAt() {
        return awaitsResponse ? OptionalLong.empty() : OptionalLong.of(responseAt);
    }

    /** Runs a wait of a fault, which is no idle time; the result is that of the wait. */
    boolean heldBack(BooleanSupplier wait) {
        waitsOfFaults.incrementAndGet();
        try {
            return wait.getAsBoolean();
        } finally {
            lastHeld = time.nanoTime(); // before the count, which says that it is of use
            waitsOfFaults.decrementAndGet();
        }
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
