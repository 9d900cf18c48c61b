package io.chaosproxy.flow;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The large buffers that busy connections of this process share, outside the Java heap.
 *
 * <p>Connections keep a small buffer of their own and borrow a large one while their reads fill it, so ten thousand idle
 * connections cost megabytes and a bulk transfer still moves {@value #LARGE} bytes at a time. There is a bound: whoever
 * finds it reached goes on with the small buffer, slower but safe. The pool is the one thing that all proxies of a
 * process have in common; it holds memory, no state.
 */
final class Buffers {
    /** Bytes of a large buffer: as much as one read or write of a socket usually moves. */
    static final int LARGE = 128 * 1024;

    /** Direct memory may grow to the size of the heap unless told otherwise, so a quarter of it leaves room. */
    private static final long BOUND = Math.max(LARGE * 8L, Runtime.getRuntime().maxMemory() / 4);

    private static final ConcurrentLinkedDeque<ByteBuffer> FREE = new ConcurrentLinkedDeque<>();
    private static final AtomicLong allocated = new AtomicLong();

    private Buffers() {}

    /** A large buffer, cleared; null if the bound is reached. */
    static @Nullable ByteBuffer borrow() {
        ByteBuffer free = FREE.pollFirst();
        if (free != null) {
            return free.clear();
        }
        if (allocated.addAndGet(LARGE) > BOUND) {
            allocated.addAndGet(-LARGE);
            return null;
        }
        return ByteBuffer.allocateDirect(LARGE);
    }

    static void giveBack(ByteBuffer large) {
        FREE.addFirst(large);
    }
}
