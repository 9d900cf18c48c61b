package io.chaosproxy.fault;

import io.chaosproxy.stream.ConnectionAbort;
import io.chaosproxy.stream.Cutting;
import io.chaosproxy.stream.FaultContext;
import io.chaosproxy.stream.ForwardingSink;
import io.chaosproxy.stream.Pause;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/**
 * The connection is torn down by a TCP RST: both ends see "connection reset", never an orderly end (RFC 9293 §3.5.2).
 *
 * <p>Bytes that passed the rule before, and that a later rule of the plan delays, arrive first. A rule that comes into force
 * on a running stream doesn't wait for delayed bytes. For a reset of a connection that was just accepted see
 * {@link ResetAtAccept}.
 *
 * @param at the moment
 * @param delay waits this long at that moment before
 */
public record Reset(At at, Duration delay) implements StreamFault {
    /** The moment of a reset. */
    public enum At {
        /** When the request head is there (tcp: the first byte from the client). */
        REQUEST,
        /** When the first byte of the response is there to be sent; a response never begins. */
        FIRST_BYTE,
        /**
         * After a number of body bytes, drawn from the announced length, else up to 64 KiB with small numbers likelier. A
         * body that ends sooner is reset before its end, and a response without a body at its first byte. A rule that comes
         * into force in the midst of the body of an HTTP response, or over a tcp connection on which bytes of the upstream
         * have passed, cuts at the next byte.
         */
        BODY
    }

    /** The largest draw where the length of the body isn't known. */
    private static final int MAX_DRAWN = 64 * 1024;

    static {
        StreamEffects.add(Reset.class, Reset::attach);
    }

    /** Rejects negative delays. */
    public Reset {
        Check.given("at", at);
        Check.duration("delay", delay);
    }

    /**
     * {@return a reset at this moment}
     *
     * @param moment moment of the reset
     */
    public static Reset at(At moment) {
        return new Reset(moment, Duration.ZERO);
    }

    /** {@return a reset when the request is there} */
    public static Reset atRequest() {
        return at(At.REQUEST);
    }

    /** {@return a reset in the place of the first byte of a response} */
    public static Reset atFirstByte() {
        return at(At.FIRST_BYTE);
    }

    /** {@return a reset in the midst of the body of a response} */
    public static Reset inBody() {
        return at(At.BODY);
    }

    @Override
    public String type() {
        return "reset";
    }

    /** The moment says which direction it is. */
    @Override
    public Directions defaultDirections() {
        return Directions.BOTH;
    }

    @Override
    public boolean actsOn(Direction direction) {
        return switch (at) {
            case REQUEST -> direction == Direction.UP;
            case FIRST_BYTE, BODY -> direction == Direction.DOWN;
        };
    }

    @Override
    public Optional<Direction> firstByte(Direction attached) {
        return switch (at) {
            case REQUEST -> Optional.of(Direction.UP);
            case FIRST_BYTE -> Optional.of(Direction.DOWN);
            case BODY -> Optional.empty();
        };
    }

    @Override
    public boolean onContent() {
        return at == At.BODY;
    }

    /** It doesn't wait for held bytes, but destroys them. */
    @Override
    public boolean meetsHeldContent() {
        return false;
    }

    Sink attach(Sink next, FaultContext line) {
        boolean late = at != At.BODY && line.isMidway();
        return late ? next : new Cut(next, line);
    }

    private final class Cut extends ForwardingSink implements Cutting {
        private final FaultContext line;
        private final Pause pause = new Pause();
        private long after = -1; // not drawn yet
        private long left;
        private boolean usedUp;

        Cut(Sink next, FaultContext line) {
            super(next);
            this.line = line;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            draw();
            if (left <= 0 && bytes.hasRemaining() && !usedUp) {
                flush(); // the reset would destroy what a delay line holds
                cut();
            }
            if (left > 0 || bytes.hasRemaining()) { // else all was taken before a change of the plan
                write(bytes, usedUp ? bytes.remaining() : (int) Math.min(left, bytes.remaining()));
            }
            if (left == 0 && after > 0 && !usedUp) {
                flush();
                cut(); // now: the next byte may be long in coming
            }
        }

        @Override
        protected void passed(int count) {
            left -= count;
        }

        /** A rule that comes into force over held bytes destroys them: it is to act at once, whatever the delay. */
        @Override
        public void cutIfDue() throws IOException {
            draw();
            if (left == 0 && !usedUp) {
                cut();
            }
        }

        @Override
        public void end() throws IOException {
            draw();
            if (!usedUp) {
                flush();
                cut();
            }
            next.end();
        }

        /** Returns if the hits of the rule are used up. */
        private void cut() throws IOException {
            pause.await(line, delay.toNanos());
            if (at == At.BODY ? line.hitBytes("after", after - left) : line.hit()) {
                throw ConnectionAbort.reset(line.rule());
            }
            usedUp = true;
        }

        /** At the first byte, when the length of the body is known. */
        private void draw() {
            if (after < 0) {
                after = at == At.BODY && !line.isMidway() ? drawLength() : 0;
                left = after;
            }
        }

        private long drawLength() {
            long announced = line.contentLength();
            if (announced > 0) {
                return line.random().nextLong(announced); // below the length, so that the last byte never arrives
            }
            return (long) Math.exp(line.random().nextDouble() * Math.log(MAX_DRAWN));
        }
    }
}
