package io.chaosproxy.flow;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Buffers of one kind that the connections of this process share, mostly outside the Java heap, where sockets read without a copy.
 *
 * <p>A connection borrows one when there is something to read and gives it back before it waits, so ten thousand idle
 * connections have none, and a bulk transfer still moves 128 KiB at a time. There is a bound: a connection that finds it reached
 * allocates memory of its own, which is slower but safe. The pools are the one thing besides pollers that all proxies of a process
 * have in common; they hold memory, no state. After a burst the pools shrink, and with the last proxy of the process they are emptied; the
 * garbage collector then returns the memory to the system.
 */
public final class Buffers {
    /** 2 KiB: most requests and answers of chatty protocols fit, a longer one costs a second read. */
    public static final Buffers SMALL = new Buffers(2 * 1024, ByteBuffer::allocateDirect);

    /** 128 KiB: as much as one read or write of a socket usually moves. */
    public static final Buffers LARGE = new Buffers(128 * 1024, ByteBuffer::allocateDirect);

    /**
     * As large, on the Java heap: for bytes that are encrypted or decrypted. The JDK's AES-GCM takes a third less time for arrays
     * than for memory outside the heap, which it copies in pieces of 512 bytes; that is more than a socket's copy costs.
     */
    public static final Buffers ON_HEAP = new Buffers(128 * 1024, ByteBuffer::allocate);

    /** Direct memory may grow to the size of the heap unless told otherwise, so a quarter of it leaves room. */
    private static final long BOUND =
            Math.max(8 * 128 * 1024, Runtime.getRuntime().maxMemory() / 4);

    private static final AtomicLong allocated = new AtomicLong();

    private final int size;
    private final IntFunction<ByteBuffer> allocator;
    private final ReentrantLock lock = new ReentrantLock(); // a concurrent deque would allocate a node for each buffer
    private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>(); // guarded by the lock
    private @Nullable ByteBuffer oldestBefore; // at the last call of shrink; guarded by the lock

    private Buffers(int size, IntFunction<ByteBuffer> allocator) {
        this.size = size;
        this.allocator = allocator;
    }

    /** Bytes of all buffers of the process, borrowed and free; for tests and reports. */
    public static long allocated() {
        return allocated.get();
    }

    /** The bytes of each. */
    public int size() {
        return size;
    }

    /** One of them, cleared; null if the bound is reached. */
    public @Nullable ByteBuffer borrow() {
        ByteBuffer used = poll();
        if (used != null) {
            return used.clear();
        }
        if (allocated.addAndGet(size) > BOUND) {
            allocated.addAndGet(-size);
            return null;
        }
        return allocator.apply(size);
    }

    private @Nullable ByteBuffer poll() {
        lock.lock();
        try {
            return free.pollFirst();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Forgets half of those that nothing has borrowed if the oldest of them has been idle since the last call: the free ones are
     * a stack, so those at its bottom are not needed. One thread calls it, each few seconds.
     */
    void shrink() {
        lock.lock();
        try {
            ByteBuffer oldest = free.peekLast();
            if (oldest != null && oldest == oldestBefore) {
                for (int i = (free.size() + 1) / 2; i > 0; i--) {
                    free.removeLast();
                    allocated.addAndGet(-size);
                }
            }
            oldestBefore = free.peekLast();
        } finally {
            lock.unlock();
        }
    }

    /** Forgets those that nothing has borrowed. */
    void free() {
        lock.lock();
        try {
            oldestBefore = null;
            allocated.addAndGet(-(long) size * free.size());
            free.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Returns one that was borrowed; its borrower forgets it. */
    public void giveBack(ByteBuffer borrowed) {
        lock.lock();
        try {
            free.addFirst(borrowed);
        } finally {
            lock.unlock();
        }
    }
}
