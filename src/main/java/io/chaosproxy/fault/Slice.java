package io.chaosproxy.fault;

import io.chaosproxy.stream.FaultContext;
import io.chaosproxy.stream.ForwardingSink;
import io.chaosproxy.stream.Pause;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Data arrives in small pieces, as over a path with tiny packets; it finds the code that takes a read for a message.
 *
 * @param size bytes of a piece on average, above 0
 * @param variation how much a piece may be larger or smaller, below {@code size}
 * @param delay between two pieces
 */
public record Slice(int size, int variation, Duration delay) implements StreamFault {
    static {
        StreamEffects.add(Slice.class, Slice::attach);
    }

    /** Rejects sizes below 1, variations as large as the size, and negative delays. */
    public Slice {
        Check.that(size > 0, "size", "must be above 0, not " + size);
        Check.that(
                variation >= 0 && variation < size, "variation", "must be 0 or more and below size, not " + variation);
        Check.duration("delay", delay);
    }

    /**
     * Pieces of this size, one right behind the other.
     *
     * @param size bytes of a piece, above 0
     * @return the fault
     */
    public static Slice of(int size) {
        return of(size, Duration.ZERO);
    }

    /**
     * Pieces of this size, with a pause between two of them.
     *
     * @param size bytes of a piece, above 0
     * @param delay pause between two pieces
     * @return the fault
     */
    public static Slice of(int size, Duration delay) {
        return new Slice(size, 0, delay);
    }

    @Override
    public String type() {
        return "slice";
    }

    @Override
    public boolean inMotion() {
        return true;
    }

    Sink attach(Sink next, FaultContext line) {
        return new ForwardingSink(next) {
            private final Pause pause = new Pause();
            private boolean begun;
            private boolean cuts;
            private boolean usedUp;
            private int left; // of the present piece

            @Override
            public void write(ByteBuffer bytes) throws IOException {
                if (left == 0 && bytes.hasRemaining()) {
                    beginPiece(bytes.remaining());
                }
                write(bytes, Math.min(left, bytes.remaining()));
            }

            @Override
            protected void passed(int count) {
                left -= count;
            }

            private void beginPiece(int most) throws IOException {
                if (begun && !delay.isZero() && acts()) {
                    pause.await(line, delay.toNanos());
                }
                begun = true;
                int piece = (int) Math.min(draw(), most);
                left = piece < most && acts() ? piece : most;
            }

            // What is smaller than a piece anyway is no hit.
            private boolean acts() {
                cuts = cuts || (!usedUp && line.hit());
                usedUp = !cuts;
                return cuts;
            }

            private long draw() {
                long least = (long) size - variation;
                return variation == 0 ? size : line.random().nextLong(least, (long) size + variation + 1);
            }
        };
    }
}
