package io.chaosproxy.fault;

import io.chaosproxy.flow.Waits;
import io.chaosproxy.stream.ConnectionAbort;
import io.chaosproxy.stream.FaultContext;
import io.chaosproxy.stream.ForwardingSink;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Data is swallowed, as by a host that vanished.
 *
 * <p>The connection closes after a time without data to swallow, or never; what other rules hold in front of this one
 * isn't waited for. On an http
 * proxy no exchange behind a swallowed one passes in this direction. When the rule goes, a connection that it held
 * closes too: its data is lost, and the rest must not be mistaken for the whole. (Toxiproxy's {@code timeout} does the
 * same.)
 *
 * @param silence zero for never
 */
public record Timeout(Duration silence) implements StreamFault {
    static {
        StreamEffects.add(Timeout.class, Timeout::attach);
    }

    /** Rejects negative durations. */
    public Timeout {
        Check.duration("silence", silence);
    }

    /**
     * Swallows for ever.
     *
     * @return the fault
     */
    public static Timeout never() {
        return new Timeout(Duration.ZERO);
    }

    /**
     * Swallows, and closes after this time without data.
     *
     * @return the fault
     */
    public static Timeout of(Duration silence) {
        return new Timeout(silence);
    }

    @Override
    public String type() {
        return "timeout";
    }

    /** Tried each second, bytes would be missing in the midst of a stream. */
    @Override
    public boolean happensOnce() {
        return true;
    }

    Sink attach(Sink next, FaultContext line) {
        Swallow swallow = new Swallow(next, line);
        line.spawn(swallow::watch);
        return swallow;
    }

    private final class Swallow extends ForwardingSink {
        private final FaultContext line;
        private volatile long lastData;
        private volatile boolean swallows;
        private volatile boolean usedUp;

        Swallow(Sink next, FaultContext line) {
            super(next);
            this.line = line;
            this.lastData = line.now();
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            if (acts()) {
                lastData = line.now();
                bytes.position(bytes.limit());
            } else {
                next.write(bytes);
            }
        }

        /** Swallowed as well: an end would tell the receiver that this was all. */
        @Override
        public void end() throws IOException {
            if (!acts()) {
                next.end();
            }
        }

        /** An exchange of which something is missing is never over, and those behind it wait. */
        @Override
        public boolean isEmpty() {
            return !swallows;
        }

        @Override
        public void awaitSuccessor() throws IOException {
            line.await(() -> !swallows);
        }

        private boolean acts() {
            swallows = swallows || (!usedUp && line.hit());
            if (!swallows && !usedUp) {
                usedUp = true;
                line.changed(); // the watch
            }
            return swallows;
        }

        /** Swallowed bytes stay lost, and the silence begins anew. */
        @Override
        public boolean replaced() {
            return true;
        }

        @Override
        public boolean removed() throws IOException {
            if (usedUp) {
                return true;
            }
            throw ConnectionAbort.close(line.rule());
        }

        /** Without a limit it waits as well: a connection that a rule holds is seen to be held. */
        private void watch() {
            long left = silence.isZero() ? Waits.FOREVER : silence.toNanos();
            while (line.watch(left, () -> !usedUp)) {
                left = silence.toNanos() - (line.now() - lastData);
                if (left <= 0) {
                    if (line.hit()) {
                        line.sever(ConnectionAbort.close(line.rule()));
                    }
                    return;
                }
            }
        }
    }
}
