package io.chaosproxy.fault;

import io.chaosproxy.flow.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Nothing moves on the connection for a while; then everything goes on and no byte is lost.
 *
 * <p>A short loss of radio, a failover, a full garbage collection look like this. By default there is one trial at the
 * first byte of a response and one more for each further second in which the exchange carries bytes ({@link Per#SECOND}).
 * While bytes go up and none come down, as during an upload, those are the trials: one for each second after the first.
 *
 * @param min the shortest outage
 * @param max the longest
 */
public record Outage(Duration min, Duration max) implements StreamFault {
    private static final long SECOND = 1_000_000_000;

    public Outage {
        Check.range("min", min, "max", max);
    }

    /** Always this long. */
    public static Outage of(Duration length) {
        return new Outage(length, length);
    }

    /** As long as is drawn evenly from this range. */
    public static Outage between(Duration min, Duration max) {
        return new Outage(min, max);
    }

    @Override
    public String type() {
        return "outage";
    }

    /** A dead link is dead both ways. */
    @Override
    public Way usualWay() {
        return Way.BOTH;
    }

    @Override
    public Per usualPer() {
        return Per.SECOND;
    }

    /** Until when nothing moves; both directions of a connection look at it. */
    private static final class Gate {
        private volatile @Nullable Closed closed;
        private volatile long led; // how many times the direction whose bytes are the trials has carried some

        private record Closed(long at, long nanos) {}

        /** Called by the leading direction alone. */
        @SuppressWarnings("NonAtomicVolatileUpdate")
        void leads() {
            led++;
        }

        void close(long now, long nanos) {
            closed = new Closed(now, nanos);
        }

        long left(long now) {
            Closed last = closed;
            return last == null ? 0 : last.nanos - (now - last.at);
        }
    }

    @Override
    public Sink attach(Sink next, Line line) {
        Gate gate = line.common(Gate.class, Gate::new);
        return new Passing(next) {
            private boolean tried; // for the bytes in hand
            private long seen = -1; // of what the other direction carried
            private long since;
            private long second;

            @Override
            public void write(ByteBuffer bytes) throws IOException {
                if (!tried) {
                    await();
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
                if (line.leads()) {
                    gate.leads();
                }
                if (line.leads() ? line.strikes() : uploads() && line.strikesAgain()) {
                    long nanos = draw(line.random());
                    if (nanos > 0 && line.hit(Drawn.nanos("outage", nanos))) {
                        gate.close(line.now(), nanos);
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
                if (seen != gate.led) {
                    seen = gate.led;
                    since = now;
                    second = 0;
                }
                long before = second;
                second = (now - since) / SECOND;
                return second > before;
            }

            private void await() throws IOException {
                for (long left = gate.left(line.now()); left > 0; left = gate.left(line.now())) {
                    line.pause(left);
                }
            }
        };
    }

    private long draw(RandomGenerator random) {
        return random.nextLong(min.toNanos(), max.toNanos() + 1);
    }
}
