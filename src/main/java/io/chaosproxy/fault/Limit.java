package io.chaosproxy.fault;

import io.chaosproxy.stream.ConnectionAbort;
import io.chaosproxy.stream.Cutting;
import io.chaosproxy.stream.FaultContext;
import io.chaosproxy.stream.ForwardingSink;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A number of bytes pass, then the connection closes in an orderly way (FIN).
 *
 * <p>What has passed counts on when the number is changed; a connection that is beyond the new one closes at its next byte.
 *
 * @param bytes number of bytes that pass, 0 or more
 * @param closeNotify whether over TLS the receiver is told by a close_notify that nothing is missing (RFC 8446 §6.1)
 */
public record Limit(long bytes, boolean closeNotify) implements StreamFault {
    static {
        StreamEffects.add(Limit.class, Limit::attach);
    }

    /** Rejects numbers below 0. */
    public Limit {
        Check.that(bytes >= 0, "bytes", "must be 0 or more, not " + bytes);
    }

    /**
     * The connection ends with a close_notify, where it is TLS.
     *
     * @param bytes number of bytes that pass, 0 or more
     */
    public Limit(long bytes) {
        this(bytes, true);
    }

    /**
     * Closes the connection after this number of bytes.
     *
     * @param bytes number of bytes that pass, 0 or more
     * @return the fault
     */
    public static Limit of(long bytes) {
        return new Limit(bytes);
    }

    /**
     * The connection ends without a close_notify, where it is TLS.
     *
     * @return the changed fault
     */
    public Limit withoutCloseNotify() {
        return new Limit(bytes, false);
    }

    @Override
    public String type() {
        return "limit";
    }

    Sink attach(Sink next, FaultContext line) {
        long before = line.replaced()
                .map(sink -> sink instanceof Counted counted ? counted.passed : 0L)
                .orElse(0L);
        return new Counted(next, line, before);
    }

    private final class Counted extends ForwardingSink implements Cutting {
        private final FaultContext line;
        private long passed;
        private boolean usedUp;

        Counted(Sink next, FaultContext line, long before) {
            super(next);
            this.line = line;
            this.passed = before;
        }

        @Override
        public void write(ByteBuffer data) throws IOException {
            int passing = usedUp ? data.remaining() : Math.clamp(bytes - passed, 0, data.remaining());
            if (passing > 0) {
                write(data, passing);
            }
            cutIfDue();
            if (passing == 0 && usedUp) {
                write(data, data.remaining());
            }
        }

        @Override
        public void cutIfDue() throws IOException {
            if (passed >= bytes && !usedUp) {
                flush(); // the close would overtake what a delay line holds
                usedUp = !line.hitBytes("bytes", passed);
                if (!usedUp) {
                    throw ConnectionAbort.cut(line.rule(), closeNotify);
                }
            }
        }

        @Override
        protected void passed(int count) {
            passed += count;
        }
    }
}
