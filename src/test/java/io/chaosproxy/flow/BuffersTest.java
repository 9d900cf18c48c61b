package io.chaosproxy.flow;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.chaosproxy.kit.TestProxy;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Shared buffers come back to their pool, and idle ones to the system. */
final class BuffersTest {
    private static final int MANY = 64;

    @BeforeEach
    @AfterEach
    void empty() {
        Chunk.freeIdleBuffers();
    }

    private static long directMemory() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    private static ByteBuffer borrowed() {
        ByteBuffer borrowed = Buffers.LARGE.borrow();
        assertNotNull(borrowed);
        return borrowed;
    }

    private static void borrowAndGiveBack(int count) {
        List<ByteBuffer> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(borrowed());
        }
        all.forEach(Buffers.LARGE::giveBack);
    }

    private static void awaitMemoryBelow(long bytes) throws InterruptedException {
        TestProxy.await("direct memory goes back", () -> {
            System.gc();
            return directMemory() < bytes;
        });
    }

    @Test
    void freedBuffersGoBackToTheSystem() throws Exception {
        long most = directMemory() + MANY * (long) Buffers.LARGE.size() / 2;
        borrowAndGiveBack(MANY);
        Chunk.freeIdleBuffers();
        awaitMemoryBelow(most);
    }

    @Test
    void buffersThatStayIdleGoBackBitByBit() throws Exception {
        long most = directMemory() + MANY * (long) Buffers.LARGE.size() / 2;
        borrowAndGiveBack(MANY);
        for (int i = 0; i < 10; i++) {
            Chunk.shrinkIdleBuffers();
        }
        awaitMemoryBelow(most);
    }

    @Test
    void aRefusedBorrowCountsNothing() {
        List<ByteBuffer> all = new ArrayList<>();
        try {
            for (ByteBuffer one = Buffers.LARGE.borrow(); one != null; one = Buffers.LARGE.borrow()) {
                all.add(one);
            }
            for (int i = 0; i < 10; i++) {
                assertNull(Buffers.LARGE.borrow());
            }
            Buffers.LARGE.giveBack(all.removeLast());
            Chunk.freeIdleBuffers();
            all.add(borrowed());
            assertNull(Buffers.LARGE.borrow());
        } finally {
            all.forEach(Buffers.LARGE::giveBack);
        }
    }

    @Test
    void buffersInUseStay() {
        ByteBuffer one = borrowed();
        for (int i = 0; i < 10; i++) {
            Buffers.LARGE.giveBack(one);
            Chunk.shrinkIdleBuffers();
            assertSame(one, Buffers.LARGE.borrow());
            Chunk.shrinkIdleBuffers();
        }
        Buffers.LARGE.giveBack(one);
        Chunk.shrinkIdleBuffers();
        Chunk.shrinkIdleBuffers();
        assertNotSame(one, Buffers.LARGE.borrow());
    }
}
