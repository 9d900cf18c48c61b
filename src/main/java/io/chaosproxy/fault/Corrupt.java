package io.chaosproxy.fault;

import io.chaosproxy.stream.FaultContext;
import io.chaosproxy.stream.ForwardingSink;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Bytes are changed, never added or removed. TCP's checksum lets about one in 65,536 damaged segments pass (Stone and
 * Partridge, "When the CRC and TCP checksum disagree", SIGCOMM 2000); this makes it often.
 *
 * <p>On an http proxy only the body is changed: heads and chunk framing stay whole.
 *
 * @param bytes how many are changed in each stretch, above 0
 * @param within the length of a stretch, at least {@code bytes}
 */
public record Corrupt(int bytes, int within) implements StreamFault {
    /** Upper bound for the bytes that are changed in each stretch. */
    public static final int MAX_BYTES = 4096;

    /** Bytes that are copied at a time where they can't be changed in their place. */
    private static final int PIECE = 2 * 1024;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    static {
        StreamEffects.add(Corrupt.class, Corrupt::attach);
    }

    /** Rejects numbers below 1, more bytes than the stretch has, and more than {@link #MAX_BYTES}. */
    public Corrupt {
        Check.that(bytes > 0, "bytes", "must be above 0, not " + bytes);
        Check.that(bytes <= MAX_BYTES, "bytes", "must be at most " + MAX_BYTES + ", not " + bytes);
        Check.that(within >= bytes, "within", "must be at least bytes, not " + within);
    }

    /**
     * Changes a number of bytes within each stretch of a given length.
     *
     * @return the fault
     */
    public static Corrupt of(int bytes, int within) {
        return new Corrupt(bytes, within);
    }

    @Override
    public String type() {
        return "corrupt";
    }

    @Override
    public boolean onContent() {
        return true;
    }

    Sink attach(Sink next, FaultContext line) {
        return new ForwardingSink(next) {
            private final int[] places = new int[bytes]; // in this stretch, ascending
            private ByteBuffer copy = NOTHING; // what is left of a piece of read-only bytes, changed
            private boolean acting;
            private boolean usedUp;
            private int nextPlace = bytes;
            private int passed = within; // of this stretch
            private int ahead; // bytes that have been through this loop and that the next sink has not taken yet

            @Override
            public void write(ByteBuffer data) throws IOException {
                if (data.isReadOnly()) {
                    writeCopy(data);
                } else {
                    change(data);
                    write(data, data.remaining());
                }
            }

            /* What others read as well is changed in a copy, a piece at a time. */
            private void writeCopy(ByteBuffer data) throws IOException {
                if (!copy.hasRemaining()) {
                    copy = copy.capacity() == 0 ? ByteBuffer.allocate(PIECE) : copy.clear();
                    int length = Math.min(PIECE, data.remaining());
                    copy.put(0, data, data.position(), length).limit(length);
                    change(copy);
                }
                int before = copy.position();
                try {
                    write(copy, Math.min(copy.remaining(), data.remaining()));
                } finally {
                    data.position(data.position() + copy.position() - before);
                }
            }

            private void change(ByteBuffer data) throws IOException {
                for (int at = data.position() + ahead; at < data.limit(); ) {
                    if (passed == within) {
                        draw();
                    }
                    int run = Math.min(within - passed, data.limit() - at);
                    for (; nextPlace < bytes && places[nextPlace] < passed + run; nextPlace++) {
                        int place = at + places[nextPlace] - passed;
                        int change = line.random().nextInt(1, 256);
                        if (acts()) {
                            data.put(place, (byte) (data.get(place) ^ change));
                        }
                    }
                    passed += run;
                    at += run;
                    ahead += run;
                }
            }

            private boolean acts() {
                acting = acting || (!usedUp && line.hit());
                usedUp = !acting;
                return acting;
            }

            @Override
            protected void passed(int count) {
                ahead = Math.max(0, ahead - count);
            }

            /* Floyd's way to draw distinct places: Bentley, "Programming Pearls: a sample of brilliance", CACM 1987. */
            private void draw() {
                int count = 0;
                for (int most = within - bytes; most < within; most++) {
                    int place = line.random().nextInt(most + 1);
                    places[count] = contains(place, count) ? most : place;
                    count++;
                }
                Arrays.sort(places);
                nextPlace = 0;
                passed = 0;
            }

            private boolean contains(int place, int count) {
                for (int i = 0; i < count; i++) {
                    if (places[i] == place) {
                        return true;
                    }
                }
                return false;
            }
        };
    }
}
