package io.chaosproxy.fault;

import io.chaosproxy.stream.ConnectionAbort;
import io.chaosproxy.stream.Cutting;
import io.chaosproxy.stream.FaultContext;
import io.chaosproxy.stream.ForwardingSink;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * The body stops short of its announced length (chunked: before its last chunk) and the connection closes in an orderly
 * way. A client that doesn't compare lengths takes the part for the whole (RFC 9112 §8).
 *
 * <p>A body whose only end is that of the connection can't be seen to be short.
 *
 * @param at body bytes that pass; empty to draw them from the announced length, else up to 64 KiB. A body that is shorter
 *     than the given number passes untouched, and so does one without any bytes.
 * @param closeNotify whether over TLS the receiver is told by a close_notify that nothing is missing (RFC 8446 §6.1), which is
 *     what it gets from a server that is wrong about the length; without it TLS itself reports the truncation
 */
public record Truncate(OptionalLong at, boolean closeNotify) implements StreamFault {
    private static final long MAX_DRAWN = 64 * 1024;

    static {
        StreamEffects.add(Truncate.class, Truncate::attach);
    }

    /** Rejects numbers below 0. */
    public Truncate {
        Check.given("at", at);
        Check.that(at.orElse(0) >= 0, "at", "must be 0 or more, not " + at.orElse(0));
    }

    /**
     * The connection ends with a close_notify, where it is TLS.
     *
     * @param at body bytes that pass; empty to draw them
     */
    public Truncate(OptionalLong at) {
        this(at, true);
    }

    /**
     * Cuts the body after this number of bytes.
     *
     * @param bytes number of bytes of the body that pass, 0 or more
     * @return the fault
     */
    public static Truncate at(long bytes) {
        return new Truncate(OptionalLong.of(bytes));
    }

    /**
     * As many bytes of the body pass as are drawn.
     *
     * @return the fault
     */
    public static Truncate anywhere() {
        return new Truncate(OptionalLong.empty());
    }

    /**
     * The connection ends without a close_notify, where it is TLS.
     *
     * @return the changed fault
     */
    public Truncate withoutCloseNotify() {
        return new Truncate(at, false);
    }

    @Override
    public String type() {
        return "truncate";
    }

    @Override
    public boolean httpOnly() {
        return true;
    }

    @Override
    public boolean onContent() {
        return true;
    }

    Sink attach(Sink next, FaultContext line) {
        return new Cut(next, line);
    }

    private final class Cut extends ForwardingSink implements Cutting {
        private final FaultContext line;
        private long keep = -1; // not drawn yet
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
                cut();
            }
            if (left > 0 || bytes.hasRemaining()) { // else all was taken before a change of the plan
                write(bytes, usedUp ? bytes.remaining() : (int) Math.min(left, bytes.remaining()));
            }
            if (left == 0 && keep > 0 && !usedUp && isLonger(bytes)) {
                cut(); // now: the next byte may be long in coming
            }
        }

        /** Whether the body is known to go on behind the bytes that pass. */
        private boolean isLonger(ByteBuffer bytes) {
            return bytes.hasRemaining()
                    || at.isEmpty()
                    || line.contentFollows()
                    || (!line.isMidway() && line.contentLength() > keep);
        }

        @Override
        protected void passed(int count) {
            left -= count;
        }

        @Override
        public void cutIfDue() throws IOException {
            draw();
            if (left == 0 && !usedUp) {
                cut();
            }
        }

        @Override
        public void end() throws IOException {
            if (at.isEmpty() && keep >= 0 && !usedUp) {
                cut(); // the drawn number was more than there was: then all but the end arrives
            }
            next.end();
        }

        // At the first byte, when the length of the body is known.
        private void draw() {
            if (keep < 0) {
                keep = at.orElseGet(() -> drawLength(line));
                left = keep;
            }
        }

        /** Returns if the hits of the rule are used up. */
        private void cut() throws IOException {
            flush(); // the close would overtake what a delay line holds
            if (line.hitBytes("at", keep - left)) {
                throw ConnectionAbort.cut(line.rule(), closeNotify);
            }
            usedUp = true;
        }
    }

    private static long drawLength(FaultContext line) {
        long announced = line.contentLength();
        return line.random().nextLong(announced > 0 ? announced : MAX_DRAWN);
    }
}
