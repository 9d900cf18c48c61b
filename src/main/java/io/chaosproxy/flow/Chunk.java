package io.chaosproxy.flow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that one direction of a connection has read and not yet handed on.
 *
 * <p>It has no memory while it waits with nothing in hand, a small buffer from {@link Buffers} when something has come, and
 * a large one for as long as reads keep filling more than the small one could hold. One thread uses it.
 */
public final class Chunk implements AutoCloseable {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** Reads of at least this many bytes keep the large buffer; a smaller one returns it. */
    private static final int STAY_LARGE = Buffers.LARGE.size() / 4;

    private ByteBuffer bytes = NOTHING;
    private @Nullable Buffers lender; // of the present buffer, unless it is its own
    private boolean hungry;
    private boolean drained;

    /** An empty one. */
    public Chunk() {}

    /** An empty one whose first read waits without trying first: of what an upstream sends that was connected a moment ago. */
    public static Chunk ofLater() {
        Chunk chunk = new Chunk();
        chunk.drained = true;
        return chunk;
    }

    /** Lets go of shared memory that no chunk has borrowed; the garbage collector returns it to the system. */
    public static void freeIdleBuffers() {
        Buffers.SMALL.free();
        Buffers.LARGE.free();
        Buffers.ON_HEAP.free();
    }

    /** Releases a part of the buffers that have been idle since the last call. */
    public static void shrinkIdleBuffers() {
        Buffers.SMALL.shrink();
        Buffers.LARGE.shrink();
        Buffers.ON_HEAP.shrink();
    }

    /** Bytes to be handed on, from position to limit; consume them by moving the position. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** Whether the next read has to move what is there into a wider buffer. */
    public boolean isFull() {
        return bytes.hasRemaining() && bytes.remaining() == bytes.capacity();
    }

    /**
     * Reads once, waiting for bytes, behind what is still there; what fills the buffer alone moves into a wider one.
     *
     * @return how many bytes came, -1 at the end of the stream
     */
    public int readFrom(Source from) throws IOException {
        int count = drained ? 0 : readNow(from);
        while (count == 0) {
            if (!bytes.hasRemaining()) {
                letGo();
            }
            from.await();
            count = readNow(from);
        }
        return count;
    }

    /**
     * Reads as {@link #readFrom(Source)} does, for as long as the wait is wanted.
     *
     * @param wanted as for {@link Source#await(BooleanSupplier)}
     * @return how many bytes came, 0 if the wait was no longer wanted, -1 at the end of the stream
     */
    public int readFrom(Source from, BooleanSupplier wanted) throws IOException {
        int count = drained ? 0 : readNow(from);
        while (count == 0) {
            if (!bytes.hasRemaining()) {
                letGo();
            }
            from.await(wanted);
            if (!wanted.getAsBoolean()) {
                return 0;
            }
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
        Buffers wanted = hungry ? Buffers.LARGE : Buffers.SMALL;
        if (lender != wanted) {
            letGo();
            if (!borrow(wanted) && !borrow(Buffers.SMALL)) {
                bytes = ByteBuffer.allocate(Buffers.SMALL.size());
            }
        }
        bytes.clear().flip();
    }

    private void widen() {
        ByteBuffer narrow = bytes;
        Buffers former = lender;
        if (narrow.capacity() >= Buffers.LARGE.size() || !borrow(Buffers.LARGE)) {
            bytes = ByteBuffer.allocate(narrow.capacity() * 2);
            lender = null;
        }
        bytes.put(narrow).flip();
        if (former != null) {
            former.giveBack(narrow);
        }
    }

    private boolean borrow(Buffers from) {
        ByteBuffer borrowed = from.borrow();
        if (borrowed == null) {
            return false;
        }
        bytes = borrowed;
        lender = from;
        return true;
    }

    private void letGo() {
        Buffers former = lender;
        if (former != null) {
            lender = null;
            former.giveBack(bytes);
        }
        bytes = NOTHING;
    }

    /** Gives a borrowed buffer back; what was not consumed is gone. */
    @Override
    public void close() {
        letGo();
    }
}
