package io.chaosproxy.stream;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Pieces of a stream in order, each with the moment at which it is due, packed into arrays that small pieces share.
 *
 * <p>An object for each piece would cost a hundred bytes even if the piece has one; here it costs {@value #HEADER}. Confined
 * to its owner's lock; the bytes of a piece may be read outside of it until the piece is removed.
 */
final class HeldPieces {
    /** Bytes in front of each piece: when it is due, and its length. */
    static final int HEADER = Long.BYTES + Integer.BYTES;

    /** Largest array, and so the largest piece: as much as a delay line asks of the budget at a time. */
    static final int LARGEST_ARRAY = 32 * 1024;

    /** The first array after a quiet time; the following ones double up to the limit for small pieces. */
    private static final int FIRST_ARRAY = 256;

    private static final int MOST_FOR_SMALL_PIECES = 8 * 1024;

    /** An array's header, the objects of its buffers, and its slot in the queue. */
    private static final int OBJECTS = 160;

    private final ArrayDeque<Array> arrays = new ArrayDeque<>(2);
    private @Nullable Array spare; // for the next piece of a line that holds one at a time
    private long payload;
    private long memory;

    /** Bytes of pieces, the first of which begins at {@code first}. */
    private static final class Array {
        final ByteBuffer in;
        final ByteBuffer out; // the bytes of the first piece
        int first;
        int pieces;

        Array(int capacity) {
            in = ByteBuffer.allocate(capacity);
            out = in.duplicate();
        }

        long due() {
            return in.getLong(first);
        }

        int length() {
            return in.getInt(first + Long.BYTES);
        }

        void clear() {
            in.clear();
            first = 0;
        }
    }

    boolean isEmpty() {
        return arrays.isEmpty();
    }

    /** Bytes of all pieces. */
    long payload() {
        return payload;
    }

    /** Bytes of heap that they occupy. */
    long memory() {
        return memory;
    }

    /** Whether a piece of this length fits into what is allocated already. */
    boolean hasRoom(int length) {
        Array last = arrays.peekLast();
        return last != null && last.in.remaining() >= HEADER + length;
    }

    /** The capacity of a good array for a piece of this length, which is at most {@link #largestPiece}. */
    int capacityFor(int length) {
        Array last = arrays.peekLast();
        int growing = last == null ? FIRST_ARRAY : Math.min(2 * last.in.capacity(), MOST_FOR_SMALL_PIECES);
        return Math.max(growing, HEADER + length);
    }

    static int largestPiece() {
        return LARGEST_ARRAY - HEADER;
    }

    /** What an array of this capacity costs. */
    static long costOf(int capacity) {
        return (long) capacity + OBJECTS;
    }

    void addArray(int capacity) {
        Array known = spare;
        if (known != null && known.in.capacity() == capacity) {
            spare = null;
            arrays.add(known);
        } else {
            arrays.add(new Array(capacity));
        }
        memory += costOf(capacity);
    }

    /** Copies the next {@code length} bytes, for which there is room. */
    void add(long due, ByteBuffer bytes, int length) {
        Array last = arrays.getLast();
        last.in.putLong(due).putInt(length);
        last.in.put(last.in.position(), bytes, bytes.position(), length);
        last.in.position(last.in.position() + length);
        bytes.position(bytes.position() + length);
        last.pieces++;
        payload += length;
    }

    /** When the first piece is due; there is one. */
    long firstDue() {
        return arrays.getFirst().due();
    }

    /** The bytes of the first piece, the same buffer for each piece; null if there is none. */
    @Nullable
    ByteBuffer first() {
        Array array = arrays.peekFirst();
        if (array == null) {
            return null;
        }
        int from = array.first + HEADER;
        return array.out.limit(from + array.length()).position(from);
    }

    /** Removes the first piece; returns how much memory that frees. */
    long remove() {
        Array array = arrays.getFirst();
        int length = array.length();
        array.first += HEADER + length;
        payload -= length;
        if (--array.pieces > 0) {
            return 0;
        }
        arrays.removeFirst();
        int capacity = array.in.capacity();
        if (capacity == FIRST_ARRAY) {
            array.clear();
            spare = array;
        }
        memory -= costOf(capacity);
        return costOf(capacity);
    }

    /** Lets go of what is kept for the next piece. */
    void trim() {
        spare = null;
    }

    /** Drops all pieces; returns how much memory that frees. */
    long clear() {
        long freed = memory;
        arrays.clear();
        payload = 0;
        memory = 0;
        return freed;
    }
}
