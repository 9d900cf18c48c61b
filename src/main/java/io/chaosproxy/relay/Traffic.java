package io.chaosproxy.relay;

import io.chaosproxy.flow.Direction;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What went through a proxy, counted while it goes. Any thread may count and read. */
public final class Traffic {
    private final LongAdder receivedUp = new LongAdder();
    private final LongAdder receivedDown = new LongAdder();
    private final LongAdder up = new LongAdder();
    private final LongAdder down = new LongAdder();
    private final AtomicLong accepted = new AtomicLong();
    private final LongAdder exchanges = new LongAdder();
    private final LongAdder dialFailures = new LongAdder();
    private final LongAdder[] answers = {
        new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder()
    };

    Traffic() {}

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

    void count(Direction direction, long bytes) {
        (direction == Direction.UP ? up : down).add(bytes);
    }

    void countReceived(Direction direction, long bytes) {
        (direction == Direction.UP ? receivedUp : receivedDown).add(bytes);
    }

    /** The number of the connection that was just accepted, from 1. */
    long acceptedNow() {
        return accepted.incrementAndGet();
    }

    public void exchangeBegun() {
        exchanges.increment();
    }

    /** The head of a final response has been handed on, or, with status 0, there will be none. */
    public void answered(int status) {
        answers[Math.clamp(status / 100, 0, 5)].increment();
    }

    void dialFailed() {
        dialFailures.increment();
    }
}
