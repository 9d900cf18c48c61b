package io.chaosproxy.fault;

import io.chaosproxy.flow.MemoryBudget;
import io.chaosproxy.stream.DelayLine;
import io.chaosproxy.stream.FaultContext;
import io.chaosproxy.stream.ForwardingSink;
import io.chaosproxy.stream.Pause;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Bytes arrive late.
 *
 * <p>With {@link Scope#FIRST_BYTE} the first byte of each response (tcp: the first byte after the rule took hold of the
 * connection) waits for the drawn delay, once, measured from the moment it is there to be sent; a response that has begun
 * when the rule comes into force isn't late. With {@link
 * Scope#STREAM} every byte arrives later, in order, and the throughput stays what it was; a delay is drawn for each piece
 * that arrives.
 *
 * @param delay distribution of the delay
 * @param scope what is late
 */
public record Latency(Distribution delay, Scope scope) implements StreamFault {
    /**
     * Upper bound for what a delay line holds in one direction of one connection, in bytes; {@link MemoryBudget} bounds all of
     * them together. Toxiproxy's latency holds 1024 chunks of 32 KiB; a small heap gets less.
     */
    private static final long MAX_HELD = Math.min(32 << 20, Runtime.getRuntime().maxMemory() / 16);

    /** What is late. */
    public enum Scope {
        /** The first byte of each response (tcp: of the connection), and with it all that follows. */
        FIRST_BYTE,
        /** Every byte, in order, without lowering the throughput. */
        STREAM
    }

    static {
        StreamEffects.add(Latency.class, Latency::attach);
    }

    /** Rejects null. */
    public Latency {
        Check.given("delay", delay);
        Check.given("scope", scope);
    }

    /**
     * {@return a fault that delays the first byte of each response}
     *
     * @param delay the delay
     */
    public static Latency of(Duration delay) {
        return new Latency(new Distribution.Around(delay, Duration.ZERO), Scope.FIRST_BYTE);
    }

    /**
     * {@return a fault that delays the first byte of each response by a time drawn from this range}
     *
     * @param min lower bound, inclusive
     * @param max upper bound, inclusive
     */
    public static Latency between(Duration min, Duration max) {
        return new Latency(new Distribution.Uniform(min, max), Scope.FIRST_BYTE);
    }

    /** {@return this delay for every byte} */
    public Latency onStream() {
        return new Latency(delay, Scope.STREAM);
    }

    @Override
    public String type() {
        return "latency";
    }

    @Override
    public boolean inMotion() {
        return scope == Scope.STREAM;
    }

    @Override
    public Optional<Direction> firstByte(Direction attached) {
        return scope == Scope.FIRST_BYTE ? Optional.of(attached) : Optional.empty();
    }

    Sink attach(Sink next, FaultContext line) {
        return switch (scope) {
            case FIRST_BYTE -> line.isMidway() ? next : new FirstByte(next, line);
            case STREAM -> new DelayLine(next, new EachPiece(line), MAX_HELD, line);
        };
    }

    private long drawn(FaultContext line) {
        return delay instanceof Distribution.Around same && same.jitter().isZero()
                ? same.delay().toNanos()
                : delay.draw(line.random());
    }

    /** Draws for each piece; the journal has the first that is late. */
    private final class EachPiece implements LongSupplier {
        private final FaultContext line;
        private boolean reported;
        private boolean usedUp;

        EachPiece(FaultContext line) {
            this.line = line;
        }

        @Override
        public long getAsLong() {
            long nanos = drawn(line);
            if (!reported && nanos > 0) {
                reported = true;
                usedUp = !line.hitNanos("delay", nanos);
            }
            return usedUp ? 0 : nanos;
        }
    }

    private final class FirstByte extends ForwardingSink {
        private final FaultContext line;
        private final Pause pause = new Pause();
        private long nanos = -1; // not drawn yet
        private boolean done;

        FirstByte(Sink next, FaultContext line) {
            super(next);
            this.line = line;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            if (!done) {
                draw();
                pause.await(line, nanos);
                done = true;
            }
            next.write(bytes);
        }

        private void draw() {
            if (nanos < 0) {
                nanos = Math.max(0, drawn(line));
                nanos = nanos > 0 && line.hitNanos("delay", nanos) ? nanos : 0;
            }
        }
    }
}
