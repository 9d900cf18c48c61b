package io.chaosproxy.flow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that one direction of a connection has read and not yet handed on.
 *
 * <p>It is a small buffer until a read fills it, then a large one from {@link Buffers} for as long as reads keep filling
 * more than the small one could hold. One thread uses it.
 */
public final class Chunk implements AutoCloseable {
    /** Bytes of the small buffer: most requests and most answers of chatty protocols fit. */
    static final int SMALL = 2048;

    /** A read of so many bytes says that more are coming; after a smaller one the large buffer goes back. */
    private static final int STAY_LARGE = Buffers.LARGE / 4;

    private final ByteBuffer small = ByteBuffer.allocate(SMALL).flip();
    private ByteBuffer bytes = small;
    private @Nullable ByteBuffer large;
    private boolean hungry;

    /** What is there to be handed on, from position to limit; consume it by moving the position. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /**
     * Reads once, blocking, behind what is still there.
     *
     * @return how many bytes came, -1 at the end of the stream
     * @throws IllegalStateException if a large buffer is full: the caller has to consume before it reads on
     */
    public int readFrom(ReadableByteChannel from) throws IOException {
        makeRoom();
        int end = bytes.limit();
        int start = bytes.position();
        bytes.limit(bytes.capacity()).position(end);
        try {
            int count = from.read(bytes);
            hungry = !bytes.hasRemaining() || count > STAY_LARGE;
            return count;
        } finally {
            bytes.limit(bytes.position()).position(start);
        }
    }

    /** How many bytes could stand here at once, at the least; a message head has to fit. */
    public void reserve(int capacity) {
        if (bytes.capacity() < capacity) {
            replace(capacity <= Buffers.LARGE ? large(capacity) : ByteBuffer.allocate(capacity));
        }
    }

    private void makeRoom() {
        if (!bytes.hasRemaining()) {
            bytes.clear().flip();
            if (hungry && large == null) {
                ByteBuffer borrowed = Buffers.borrow();
                if (borrowed != null) {
                    large = borrowed;
                    bytes = borrowed.flip();
                }
            } else if (!hungry && bytes != small) {
                release();
                bytes = small.clear().flip();
            }
        } else if (bytes.limit() == bytes.capacity()) {
            if (bytes.position() > 0) {
                bytes.compact().flip();
            } else if (bytes == small) {
                reserve(Buffers.LARGE);
            } else {
                throw new IllegalStateException("nothing was consumed of " + bytes.remaining() + " bytes");
            }
        }
    }

    private ByteBuffer large(int capacity) {
        ByteBuffer borrowed = Buffers.borrow();
        large = borrowed;
        return borrowed != null ? borrowed : ByteBuffer.allocate(capacity);
    }

    private void replace(ByteBuffer wider) {
        wider.clear().put(bytes).flip();
        bytes = wider;
    }

    private void release() {
        ByteBuffer borrowed = large;
        if (borrowed != null) {
            large = null;
            Buffers.giveBack(borrowed);
        }
    }

    /** Gives a borrowed buffer back; what was not consumed is gone. */
    @Override
    public void close() {
        release();
        bytes = small.clear().flip();
    }
}
