package io.chaosproxy.fault;

import io.chaosproxy.stream.FaultContext;
import io.chaosproxy.stream.ForwardingSink;
import io.chaosproxy.stream.OutageState;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Nothing moves for a while on the connection, or on all of them; then everything goes on and no byte is lost.
 *
 * <p>A short loss of radio, a failover, a full garbage collection look like this. By default there is one trial at the
 * first byte of a response and one more for each further second in which the exchange carries bytes ({@link TrialUnit#SECOND}).
 * While bytes go up and none come down, as during an upload, those are the trials: one for each second after the first.
 *
 * <p>With a wider {@link FaultScope} one hit stalls all connections of the scope at once, those that the conditions of the
 * rule leave out as well, and all resume together. {@link TrialUnit#SECOND} then means one trial for each second in which
 * any of them carries bytes, up or down; with another {@link TrialUnit} each exchange or connection has its own trial. No
 * trial hits during an outage.
 *
 * @param min the shortest outage
 * @param max the longest
 * @param scope what one hit stalls
 */
public record Outage(Duration min, Duration max, FaultScope scope) implements StreamFault {
    private static final long SECOND = 1_000_000_000;

    static {
        StreamEffects.add(Outage.class, Outage::attach);
    }

    /** Rejects a range whose ends are not in order. */
    public Outage {
        Check.range("min", min, "max", max);
        Check.given("scope", scope);
        Check.that(
                scope != FaultScope.CLUSTER,
                "scope",
                "must be connection, proxy or all: only rates are shared by a cluster");
    }

    /**
     * An outage of one connection.
     *
     * @param min shortest outage
     * @param max longest outage
     */
    public Outage(Duration min, Duration max) {
        this(min, max, FaultScope.CONNECTION);
    }

    /**
     * Always this long.
     *
     * @param length length of each outage
     * @return the fault
     */
    public static Outage of(Duration length) {
        return new Outage(length, length);
    }

    /**
     * As long as is drawn evenly from this range.
     *
     * @param min shortest outage
     * @param max longest outage
     * @return the fault
     */
    public static Outage between(Duration min, Duration max) {
        return new Outage(min, max);
    }

    /**
     * {@return this outage for all connections of this scope}
     *
     * @param wider connections that one hit stalls
     */
    public Outage scope(FaultScope wider) {
        return new Outage(min, max, wider);
    }

    @Override
    public String type() {
        return "outage";
    }

    @Override
    public Optional<FaultScope> stalls() {
        return Optional.of(scope);
    }

    /** A dead link is dead both ways. */
    @Override
    public Directions defaultDirections() {
        return Directions.BOTH;
    }

    @Override
    public TrialUnit defaultPer() {
        return TrialUnit.SECOND;
    }

    Sink attach(Sink next, FaultContext line) {
        OutageState stall = line.stall();
        return new ForwardingSink(next) {
            private boolean tried; // for the bytes of this write
            private long seen = -1; // of what the other direction carried
            private long since;
            private long second;

            @Override
            public void write(ByteBuffer bytes) throws IOException {
                if (!tried) {
                    if (scope == FaultScope.CONNECTION) { // else a trial that is due during an outage is left out
                        await();
                    }
                    tried = true;
                    tryOnce();
                }
                await();
                write(bytes, bytes.remaining());
            }

            @Override
            protected void passed(int count) {
                tried &= count == 0;
            }

            private void tryOnce() {
                boolean isPrimary = line.isPrimary();
                if (isPrimary && scope == FaultScope.CONNECTION) {
                    stall.primaryCarries();
                }
                if (isPrimary ? line.trial() : uploads() && line.retrial()) {
                    long nanos = draw(line.random());
                    if (nanos > 0) {
                        stall.begin(line.now(), nanos, begins -> line.hitNanos("outage", nanos, begins));
                    }
                }
            }

            @Override
            public void end() throws IOException {
                await();
                next.end();
            }

            @Override
            public void breakOff() throws IOException {
                await();
                next.breakOff();
            }

            // Whether this is the first write of a further second in which bytes go this way and none the other.
            private boolean uploads() {
                long now = line.now();
                long primary = stall.primaryCount();
                if (seen != primary) {
                    seen = primary;
                    since = now;
                    second = 0;
                }
                long before = second;
                second = (now - since) / SECOND;
                return second > before;
            }

            private void await() throws IOException {
                for (long left = stall.left(line.now()); left > 0; left = stall.left(line.now())) {
                    line.pause(left);
                }
            }
        };
    }

    private long draw(RandomGenerator random) {
        return random.nextLong(min.toNanos(), max.toNanos() + 1);
    }
}
