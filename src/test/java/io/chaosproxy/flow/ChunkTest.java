package io.chaosproxy.flow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ChunkTest {
    private static final int SMALL = 2048;
    private static final int LARGE = 128 * 1024;

    private final Portions source = new Portions(4_000_000);

    /** Random bytes that come in portions as large as the test says. */
    private static class Portions implements Source {
        private final byte[] data;
        private int at;
        private int portion;

        Portions(int size) {
            data = new byte[size];
            new Random(size).nextBytes(data);
        }

        Portions next(int size) {
            portion = size;
            return this;
        }

        @Override
        public int read(ByteBuffer bytes) {
            if (at == data.length) {
                return -1;
            }
            int count = Math.min(Math.min(portion, bytes.remaining()), data.length - at);
            bytes.put(data, at, count);
            at += count;
            return count;
        }

        @Override
        public void await() {}
    }

    private static void consume(Chunk chunk) {
        chunk.bytes().position(chunk.bytes().limit());
    }

    @Test
    void itStaysSmallWhileReadsAreSmall() throws IOException {
        try (Chunk chunk = new Chunk()) {
            for (int i = 0; i < 10; i++) {
                assertEquals(SMALL - 1, chunk.readFrom(source.next(SMALL - 1)));
                assertEquals(SMALL, chunk.bytes().capacity());
                assertEquals(SMALL - 1, chunk.bytes().remaining());
                consume(chunk);
            }
        }
    }

    @Test
    void itGrowsWhenAReadFillsItAndShrinksWhenReadsGetSmaller() throws IOException {
        try (Chunk chunk = new Chunk()) {
            List<Integer> counts = new ArrayList<>();
            List<Integer> capacities = new ArrayList<>();
            for (int portion : new int[] {SMALL, LARGE, LARGE / 4 + 1, LARGE / 4, 5, LARGE, LARGE}) {
                counts.add(chunk.readFrom(source.next(portion)));
                capacities.add(chunk.bytes().capacity());
                consume(chunk);
            }
            assertEquals(List.of(SMALL, LARGE, LARGE / 4 + 1, LARGE / 4, 5, SMALL, LARGE), counts);
            assertEquals(List.of(SMALL, LARGE, LARGE, LARGE, SMALL, SMALL, LARGE), capacities);
        }
    }

    @Test
    void theLargeBufferGoesBackBeforeAReadThatMayBlock() throws IOException {
        try (Chunk chunk = new Chunk()) {
            chunk.readFrom(source.next(SMALL));
            consume(chunk);
            chunk.readFrom(source.next(10));
            ByteBuffer large = chunk.bytes();
            assertEquals(LARGE, large.capacity());
            consume(chunk);
            ByteBuffer[] borrowed = new ByteBuffer[1];
            chunk.readFrom(new Portions(1) {
                @Override
                public int read(ByteBuffer bytes) {
                    borrowed[0] = Buffers.LARGE.borrow();
                    return -1;
                }
            });
            assertSame(large, borrowed[0]);
            Buffers.LARGE.giveBack(large);
        }
    }

    /** Finds nothing at first, and then what the others do. */
    private Source afterAWait(Runnable whileItWaits) {
        return new Source() {
            private boolean waited;

            @Override
            public void await() {
                waited = true;
                whileItWaits.run();
            }

            @Override
            public int read(ByteBuffer bytes) {
                return waited ? source.next(10).read(bytes) : 0;
            }
        };
    }

    @Test
    void itHasNoMemoryWhileItWaitsWithNothingInHand() throws IOException {
        try (Chunk chunk = new Chunk()) {
            chunk.readFrom(source.next(10));
            ByteBuffer small = chunk.bytes();
            consume(chunk);
            List<ByteBuffer> lent = new ArrayList<>();
            assertEquals(10, chunk.readFrom(afterAWait(() -> {
                assertEquals(0, chunk.bytes().capacity());
                lent.add(Buffers.SMALL.borrow());
            })));
            assertSame(small, lent.getFirst());
            assertNotSame(small, chunk.bytes());
            assertUnread(chunk, 10, 20);
            Buffers.SMALL.giveBack(small);
        }
    }

    @Test
    void itKeepsWhatIsInHandWhileItWaits() throws IOException {
        try (Chunk chunk = new Chunk()) {
            chunk.readFrom(source.next(10));
            chunk.bytes().position(4);
            chunk.readFrom(afterAWait(() -> assertUnread(chunk, 4, 10)));
            assertUnread(chunk, 4, 20);
        }
    }

    /** To wait without a try costs less, but the first bytes and those of a bulk transfer are there already. */
    @Test
    void itTriesBeforeItWaitsOnlyWhereMoreIsLikely() throws IOException {
        try (Chunk chunk = new Chunk()) {
            List<Integer> waits = new ArrayList<>();
            for (int portion : new int[] {10, 10, SMALL, LARGE / 4 + 1, LARGE / 4, 5}) {
                int[] waited = new int[1];
                chunk.readFrom(new Source() {
                    @Override
                    public void await() {
                        waited[0]++;
                    }

                    @Override
                    public int read(ByteBuffer bytes) {
                        return source.next(portion).read(bytes);
                    }
                });
                consume(chunk);
                waits.add(waited[0]);
            }
            assertEquals(List.of(0, 1, 1, 0, 0, 1), waits);
        }
    }

    @Test
    void closingGivesTheLargeBufferBackOnce() throws IOException {
        Chunk chunk = new Chunk();
        chunk.readFrom(source.next(SMALL));
        consume(chunk);
        chunk.readFrom(source.next(LARGE));
        ByteBuffer large = chunk.bytes();
        chunk.close();
        chunk.close();
        assertEquals(0, chunk.bytes().remaining());
        assertSame(large, Buffers.LARGE.borrow());
        ByteBuffer other = Buffers.LARGE.borrow();
        assertNotSame(large, other);
        Buffers.LARGE.giveBack(large);
        Buffers.LARGE.giveBack(other);
    }

    @Test
    void unreadBytesStayInFront() throws IOException {
        try (Chunk chunk = new Chunk()) {
            chunk.readFrom(source.next(10));
            chunk.bytes().position(4);
            chunk.readFrom(source.next(5));
            assertUnread(chunk, 4, 15);
        }
    }

    @Test
    void roomInFrontIsUsedBeforeMoreIsTaken() throws IOException {
        try (Chunk chunk = new Chunk()) {
            chunk.readFrom(source.next(SMALL));
            chunk.bytes().position(100);
            assertEquals(100, chunk.readFrom(source.next(LARGE)));
            assertEquals(SMALL, chunk.bytes().capacity());
            assertUnread(chunk, 100, SMALL + 100);
        }
    }

    @Test
    void whatFillsTheBufferAloneMovesIntoAWiderOne() throws IOException {
        try (Chunk chunk = new Chunk()) {
            int end = chunk.readFrom(source.next(SMALL));
            for (int capacity : new int[] {LARGE, 2 * LARGE, 4 * LARGE}) {
                end += chunk.readFrom(source.next(1 << 20));
                assertEquals(capacity, chunk.bytes().capacity());
                assertEquals(capacity, end);
                assertUnread(chunk, 0, end);
            }
            consume(chunk);
            chunk.readFrom(source.next(5)); // it was hungry
            assertUnread(chunk, end, end + 5);
            consume(chunk);
            chunk.readFrom(source.next(5));
            assertEquals(SMALL, chunk.bytes().capacity());
        }
    }

    @Test
    void theSmallBufferGoesBackWhenALargeOneIsBorrowed() throws IOException {
        try (Chunk chunk = new Chunk()) {
            chunk.readFrom(source.next(SMALL));
            ByteBuffer small = chunk.bytes();
            consume(chunk);
            chunk.readFrom(source.next(LARGE));
            assertEquals(LARGE, chunk.bytes().capacity());
            assertNextBorrowed(small, Buffers.SMALL);
        }
    }

    @Test
    void theNarrowBufferGoesBackWhenItsBytesMoveIntoAWiderOne() throws IOException {
        try (Chunk chunk = new Chunk()) {
            chunk.readFrom(source.next(SMALL));
            ByteBuffer small = chunk.bytes();
            chunk.readFrom(source.next(1 << 20));
            assertNextBorrowed(small, Buffers.SMALL);
            ByteBuffer large = chunk.bytes();
            chunk.readFrom(source.next(1 << 20));
            assertEquals(2 * LARGE, chunk.bytes().capacity());
            assertNextBorrowed(large, Buffers.LARGE);
        }
    }

    /** Buffers are a stack, so the one given back last comes first. */
    private static void assertNextBorrowed(ByteBuffer expected, Buffers from) {
        ByteBuffer borrowed = from.borrow();
        assertSame(expected, borrowed);
        from.giveBack(expected);
    }

    private void assertUnread(Chunk chunk, int from, int to) {
        byte[] unread = new byte[chunk.bytes().remaining()];
        chunk.bytes().duplicate().get(unread);
        byte[] expected = Arrays.copyOfRange(source.data, from, to);
        assertArrayEquals(expected, unread);
    }

    @Test
    void theEndLeavesWhatIsUnread() throws IOException {
        Portions short20 = new Portions(20);
        try (Chunk chunk = new Chunk()) {
            chunk.readFrom(short20.next(20));
            chunk.bytes().position(5);
            assertEquals(-1, chunk.readFrom(short20));
            assertEquals(15, chunk.bytes().remaining());
            assertEquals(short20.data[5], chunk.bytes().get());
        }
    }

    @Test
    void aReadThatFailsLeavesWhatIsUnread() throws IOException {
        try (Chunk chunk = new Chunk()) {
            chunk.readFrom(source.next(20));
            chunk.bytes().position(5);
            Portions broken = new Portions(1) {
                @Override
                public int read(ByteBuffer bytes) {
                    throw new IllegalStateException("broken");
                }
            };
            assertThrows(IllegalStateException.class, () -> chunk.readFrom(broken));
            assertUnread(chunk, 5, 20);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyByteComesThroughOnceWhateverIsReadAndLeft(int seed) throws IOException {
        Random random = new Random(seed);
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        try (Chunk chunk = new Chunk()) {
            while (chunk.readFrom(source.next(size(random))) >= 0) {
                int taken = random.nextInt(4) == 0
                        ? random.nextInt(chunk.bytes().remaining() + 1)
                        : chunk.bytes().remaining();
                byte[] some = new byte[taken];
                chunk.bytes().get(some);
                got.writeBytes(some);
            }
            byte[] rest = new byte[chunk.bytes().remaining()];
            chunk.bytes().get(rest);
            got.writeBytes(rest);
        }
        assertArrayEquals(source.data, got.toByteArray());
    }

    private static int size(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> 1 + random.nextInt(100);
            case 1 -> 1 + random.nextInt(2 * SMALL);
            case 2 -> LARGE / 4 - 5 + random.nextInt(10);
            default -> 1 + random.nextInt(3 * LARGE);
        };
    }

    @Test
    void withoutAnyLargeBufferLeftItGoesOnWithWhatItHas() throws IOException {
        List<ByteBuffer> all = new ArrayList<>();
        for (ByteBuffer large = Buffers.LARGE.borrow(); large != null; large = Buffers.LARGE.borrow()) {
            all.add(large);
        }
        assertNotEquals(0, all.size());
        try (Chunk chunk = new Chunk()) {
            for (int i = 0; i < 3; i++) {
                assertEquals(SMALL, chunk.readFrom(source.next(LARGE)));
                assertUnread(chunk, i * SMALL, (i + 1) * SMALL);
                consume(chunk);
            }
            chunk.readFrom(source.next(SMALL));
            assertEquals(SMALL, chunk.readFrom(source.next(LARGE))); // nothing was consumed: it has to be wider
            assertUnread(chunk, 3 * SMALL, 5 * SMALL);
        } finally {
            all.forEach(Buffers.LARGE::giveBack);
        }
    }
}
