package io.chaosproxy.http;

import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.MemoryBudget;
import io.chaosproxy.relay.Connection;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;

/**
 * Heap that one direction of a connection takes from the budget for a head that is larger than usual: buffer, offsets of its
 * fields, and a copy.
 *
 * <p>It takes the most that a head can need before the first byte beyond the usual. To take more with each read would let
 * many unfinished heads use up the budget, and each would wait for the others. Confined to the thread of its direction.
 */
final class HeadMemory {
    /** Bytes of a head that a connection may hold without memory of the budget. */
    static final int TYPICAL = 2 * 1024;

    private final Connection connection;
    private final MemoryBudget budget = MemoryBudget.PROCESS;
    private final MemoryBudget.Use use;
    private final long most;
    private long taken;

    /** For heads of up to {@code maxHead} bytes. */
    HeadMemory(Connection connection, MemoryBudget.Use use, int maxHead) {
        this.connection = connection;
        this.use = use;
        this.most = Head.mostMemory(maxHead);
    }

    /**
     * Whether a head that needs more bytes has reached what it may occupy without memory of the budget. If so, the head gives
     * up its fields, the memory is there when this returns, and the scan begins again.
     */
    boolean widen(Head head, Chunk chunk) throws IOException {
        if (taken > 0 || !(chunk.isFull() || head.isLarge())) {
            return false;
        }
        head.reset(); // what waits for memory holds none
        take(most);
        return true;
    }

    /** Heap for a head of this length that is not read but made; 0 for a usual one, which is that of the connection. */
    static long of(long length) {
        return length <= TYPICAL ? 0 : Head.mostMemory(length);
    }

    /** Takes this much unless more has been taken already. */
    void takeAtLeast(long bytes) throws IOException {
        if (taken < bytes) {
            take(bytes - taken);
        }
    }

    /** Takes memory, and waits for it if need be. */
    private void take(long bytes) throws IOException {
        if (!budget.tryTake(use, bytes)) {
            try (MemoryBudget.Claim claim = budget.claim(use, bytes)) {
                connection.await(claim);
                if (!claim.keep()) {
                    throw new ClosedChannelException();
                }
            }
        }
        taken += bytes;
    }

    boolean isTaken() {
        return taken > 0;
    }

    /** Hands the memory over to another object, which will give it back. */
    long handOver() {
        long bytes = taken;
        taken = 0;
        return bytes;
    }

    void giveBack() {
        budget.giveBack(use, handOver());
    }
}
