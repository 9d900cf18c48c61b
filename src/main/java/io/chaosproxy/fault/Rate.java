package io.chaosproxy.fault;

import io.chaosproxy.stream.FaultContext;
import io.chaosproxy.stream.ForwardingSink;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/**
 * Bytes flow no faster than a rate, shared evenly by the connections that have something to send.
 *
 * @param min bytes per second, 0 or more; 0 lets nothing through until the rate changes or the rule goes
 * @param max bytes per second; above {@code min} the rate is drawn anew from the range
 * @param redraw how often it is drawn
 * @param shared who shares it
 */
public record Rate(long min, long max, Duration redraw, FaultScope shared) implements StreamFault {
    /** How often a rate is drawn from its range unless told otherwise. */
    public static final Duration DEFAULT_REDRAW = Duration.ofSeconds(1);

    /** The shortest time between two draws. */
    public static final Duration MIN_REDRAW = Duration.ofMillis(1);

    static {
        StreamEffects.add(Rate.class, Rate::attach);
    }

    /** Rejects rates below 0, a range whose ends are not in order, and redraws more often than each millisecond. */
    public Rate {
        Check.given("shared", shared);
        Check.that(min >= 0, min == max ? "rate" : "min", "must be 0 or more bytes per second, not " + min);
        Check.that(min <= max, "min", "must not be above max");
        Check.duration("redraw", redraw);
        Check.that(redraw.compareTo(MIN_REDRAW) >= 0, "redraw", "must be at least 1 ms");
    }

    /**
     * {@return one rate for all connections of the proxy}
     *
     * @param bytesPerSecond bytes per second, 0 or more
     */
    public static Rate of(long bytesPerSecond) {
        return between(bytesPerSecond, bytesPerSecond);
    }

    /**
     * {@return one rate for all connections of the proxy, drawn anew from this range every second}
     *
     * @param min bytes per second, lower end of the range
     * @param max bytes per second, upper end of the range
     */
    public static Rate between(long min, long max) {
        return new Rate(min, max, DEFAULT_REDRAW, FaultScope.PROXY);
    }

    /**
     * {@return this rate for the connections of this scope}
     *
     * @param scope connections that share the rate
     */
    public Rate sharedBy(FaultScope scope) {
        return new Rate(min, max, redraw, scope);
    }

    @Override
    public String type() {
        return "rate";
    }

    @Override
    public Optional<RateLimit> limit() {
        return Optional.of(new RateLimit(min, max, redraw, shared));
    }

    /** A link is as narrow one way as the other. */
    @Override
    public Directions defaultDirections() {
        return Directions.BOTH;
    }

    Sink attach(Sink next, FaultContext line) {
        return new ForwardingSink(next) {
            private int granted; // and not handed on yet

            @Override
            public void write(ByteBuffer bytes) throws IOException {
                if (granted == 0 && bytes.hasRemaining()) {
                    granted = grant(bytes.remaining());
                }
                write(bytes, Math.min(granted, bytes.remaining()));
            }

            // Room on a link that has some is no fault yet.
            private int grant(int most) throws IOException {
                int now = line.takeNow(most);
                if (now > 0) {
                    return now;
                }
                return line.hit() ? line.take(most) : most;
            }

            @Override
            protected void passed(int count) {
                granted -= count;
            }
        };
    }
}
