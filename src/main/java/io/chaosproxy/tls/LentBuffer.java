package io.chaosproxy.tls;

import io.chaosproxy.flow.Buffers;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Bytes in memory that is borrowed from {@link Buffers} while there are any. One thread at a time uses it, such as the one
 * that holds its owner's lock.
 */
final class LentBuffer {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private ByteBuffer bytes = NOTHING; // from position to limit
    private @Nullable Buffers lender; // unless the memory is its own
    private int start; // while it is filled

    /** The bytes; consume them by moving the position. */
    ByteBuffer content() {
        return bytes;
    }

    boolean isEmpty() {
        return !bytes.hasRemaining();
    }

    /** Whether this much fits behind the bytes without more memory. */
    boolean hasRoom(int size) {
        return bytes.capacity() - bytes.remaining() >= size;
    }

    /** The memory behind the bytes, at least this much; what is put there becomes content with {@link #filled}. */
    ByteBuffer fill(int least) {
        makeRoom(least);
        start = bytes.position();
        return bytes.position(bytes.limit()).limit(bytes.capacity());
    }

    void filled() {
        bytes.limit(bytes.position()).position(start);
    }

    private void makeRoom(int least) {
        if (isEmpty()) {
            bytes.clear().flip();
        }
        if (bytes.capacity() - bytes.limit() >= least) {
            return;
        }
        if (bytes.capacity() - bytes.remaining() >= least) {
            bytes.compact().flip();
        } else {
            move(bytes.remaining() + least);
        }
    }

    private void move(int size) {
        ByteBuffer former = bytes;
        Buffers formerLender = lender;
        Buffers wanted = size <= Buffers.SMALL.size() ? Buffers.SMALL : Buffers.ON_HEAP;
        ByteBuffer borrowed = size <= wanted.size() ? wanted.borrow() : null;
        bytes = borrowed == null ? ByteBuffer.allocate(size) : borrowed;
        lender = borrowed == null ? null : wanted;
        bytes.put(former).flip();
        if (formerLender != null) {
            formerLender.giveBack(former);
        }
    }

    /** Puts bytes in front. */
    void prepend(ByteBuffer more) {
        ByteBuffer all = ByteBuffer.allocate(more.remaining() + bytes.remaining())
                .put(more)
                .put(bytes)
                .flip();
        free();
        bytes = all;
    }

    /** Gives borrowed memory back; bytes that are left are kept in memory of just their size. */
    void rest() {
        if (isEmpty()) {
            free();
        } else if (lender != null) {
            prepend(NOTHING);
        }
    }

    /** Gives borrowed memory back; bytes that are left are gone. */
    void free() {
        Buffers former = lender;
        if (former != null) {
            lender = null;
            former.giveBack(bytes);
        }
        bytes = NOTHING;
    }
}
