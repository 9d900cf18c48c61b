package io.chaosproxy.flow;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that one direction of a connection has read and not yet handed on.
 *
 * <p>It is a small buffer until a read fills it, then a large one from {@link Buffers} for as long as reads keep filling
 * more than the small one could hold. One thread uses it.
 */
public final class Chunk implements AutoCloseable {
    /**
     * Bytes of the small buffer: most requests and most answers of chatty protocols fit, and a longer one costs a second
     * read. An idle connection has two of them.
     */
    static final int SMALL = 1024;

    /** A read of so many bytes says that more are coming; after a smaller one the large buffer goes back. */
    private static final int STAY_LARGE = Buffers.LARGE / 4;

    private final ByteBuffer small = ByteBuffer.allocate(SMALL).flip();
    private ByteBuffer bytes = small;
    private @Nullable ByteBuffer large;
    private boolean hungry;
    private boolean drained;

    /** An empty one, small. */
    public Chunk() {}

    /** What is there to be handed on, from position to limit; consume it by moving the position. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /**
     * Reads once, blocking, behind what is still there; what fills the buffer alone moves into a wider one.
     *
     * @return how many bytes came, -1 at the end of the stream
     */
    public int readFrom(Source from) throws IOException {
        int count = drained ? 0 : readNow(from);
        while (count == 0) {
            from.await();
            count = readNow(from);
        }
        return count;
    }

    private int readNow(Source from) throws IOException {
        makeRoom();
        int end = bytes.limit();
        int start = bytes.position();
        bytes.limit(bytes.capacity()).position(end);
        try {
            int count = from.read(bytes);
            hungry = !bytes.hasRemaining() || count > STAY_LARGE;
            drained = !hungry; // a read that left room took everything; where much flows, more has come meanwhile
            return count;
        } finally {
            bytes.limit(bytes.position()).position(start);
        }
    }

    private void makeRoom() {
        if (!bytes.hasRemaining()) {
            choose();
        } else if (bytes.limit() == bytes.capacity()) {
            if (bytes.position() > 0) {
                bytes.compact().flip();
            } else {
                widen();
            }
        }
    }

    /** Nothing is held, so the buffer can be the one that the last read asks for. */
    private void choose() {
        if (!hungry) {
            release();
            bytes = small;
        } else if (bytes == small) {
            ByteBuffer borrowed = Buffers.borrow();
            if (borrowed != null) {
                large = borrowed;
                bytes = borrowed;
            }
        }
        bytes.clear().flip();
    }

    private void widen() {
        ByteBuffer borrowed = bytes == small ? Buffers.borrow() : null;
        ByteBuffer wider = borrowed != null ? borrowed : ByteBuffer.allocate(bytes.capacity() * 2);
        wider.put(bytes).flip();
        release();
        large = borrowed;
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
