package io.chaosproxy.stream;

import static io.chaosproxy.kit.Collector.bytes;
import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.flow.MemoryBudget;
import io.chaosproxy.flow.PlanChangedException;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.kit.Collector;
import io.chaosproxy.kit.HandClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class DelayLineTest {
    private static final long BOUND = 10;

    private final HandClock clock = HandClock.standing();
    private final Collector out = new Collector(clock);
    private final Connection owner = new Connection();
    private final Queue<Long> delays = new ArrayDeque<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final List<Thread> spawned = new CopyOnWriteArrayList<>();
    private final MemoryBudget budget = new MemoryBudget(16 << 20, clock);
    private final DelayLine line = line(out);

    /** Has real threads, on a clock that stands still. */
    private final class Connection implements DelayLine.Owner {
        private final Waits waits = new Waits(clock);
        private final List<IOException> severed = new ArrayList<>();
        private volatile boolean lifted;
        private volatile boolean stale;
        private volatile boolean open = true;
        private volatile boolean stays;
        private volatile @Nullable Error defect;

        @Override
        public long now() {
            return clock.nanoTime();
        }

        @Override
        public boolean sleep(long nanos) {
            return waits.pause(nanos, () -> !lifted);
        }

        @Override
        public void await(BooleanSupplier so) throws IOException {
            if (!waits.awaitUntil(() -> so.getAsBoolean() ? 0 : Waits.FOREVER, () -> open && !stale)) {
                throw open ? new PlanChangedException() : new ClosedChannelException();
            }
        }

        @Override
        public void changed() {
            waits.wake();
        }

        @Override
        public void stay(long nanos, BooleanSupplier so) {
            long end = clock.nanoTime() + nanos;
            if (stays) {
                waits.stay(() -> so.getAsBoolean() ? 0 : end - clock.nanoTime(), () -> open && !lifted);
            }
        }

        @Override
        public void awaitPlan() {
            waits.awaitUntil(() -> stale ? Waits.FOREVER : 0, () -> true);
        }

        @Override
        public void spawn(Runnable task) {
            if (defect != null) {
                throw defect;
            }
            spawned.add(start(task));
        }

        @Override
        public void sever(IOException reason) {
            severed.add(reason);
        }

        void removed() {
            lifted = true;
            waits.wake();
        }

        void stale(boolean so) {
            stale = so;
            waits.wake();
        }
    }

    /** Something that a writer does on a thread of its own, because it may have to wait. */
    private final class Writer {
        private volatile Object result = "waits";

        Writer(Doing doing) {
            start(() -> {
                try {
                    doing.run();
                    result = clock.millis();
                } catch (IOException e) {
                    result = e;
                }
            });
            settle();
        }

        private Object result() {
            settle();
            return result;
        }
    }

    private interface Doing {
        void run() throws IOException;
    }

    private DelayLine line(Sink next) {
        return new DelayLine(next, () -> delays.isEmpty() ? 100_000_000 : delays.poll(), BOUND, budget, owner);
    }

    private Thread start(Runnable task) {
        Thread thread = Thread.ofVirtual().unstarted(task);
        threads.add(thread);
        thread.start();
        return thread;
    }

    private void settle() {
        int known;
        do { // a thread may have started another
            known = threads.size();
            clock.settle(threads.toArray(Thread[]::new));
        } while (threads.size() > known);
    }

    private void advance(long millis) {
        clock.advance(ofMillis(millis));
        settle();
    }

    private void write(String text) throws IOException {
        ByteBuffer bytes = bytes(text);
        line.write(bytes);
        bytes.clear().put((byte) '!'); // the caller may use it again
        settle();
    }

    @Test
    void eachPieceIsLateByTheDelayInOrderAndAtFullThroughput() throws IOException {
        write("a");
        advance(10);
        write("b");
        write("c");
        advance(89);
        assertEquals(List.of(), out.log());
        advance(1);
        assertEquals(List.of("100 a"), out.log());
        advance(9);
        assertEquals(List.of("100 a"), out.log());
        advance(1);
        assertEquals(List.of("100 a", "110 b", "110 c"), out.log());
    }

    @Test
    void aShorterDelayDoesNotOvertake() throws IOException {
        delays.addAll(List.of(30_000_000L, 10_000_000L, 25_000_000L, -5L));
        write("a");
        write("b");
        advance(10);
        write("c");
        advance(20);
        assertEquals(List.of("30 a", "30 b"), out.log());
        advance(5);
        assertEquals(List.of("30 a", "30 b", "35 c"), out.log());
        write("d"); // what is gone holds nobody up, and less than no delay is none
        assertEquals(List.of("30 a", "30 b", "35 c", "35 d"), out.log());
    }

    @Test
    void aQuietLineHasNoThread() throws IOException {
        write("a");
        write("b");
        assertEquals(1, spawned.size());
        advance(100);
        assertEquals(Thread.State.TERMINATED, spawned.getFirst().getState());
        write("c");
        assertEquals(2, spawned.size());
        advance(100);
        assertEquals(List.of("100 a", "100 b", "200 c"), out.log());
    }

    @Test
    void theThreadOfALineThatIsUsedAgainStaysForASecond() throws IOException {
        owner.stays = true;
        write("a");
        advance(100);
        assertEquals(0, owner.waits.count());
        advance(999);
        write("bc");
        advance(100);
        assertEquals(1, spawned.size());
        assertEquals(List.of("100 a", "1199 bc"), out.log());
        advance(1000);
        assertEquals(Thread.State.TERMINATED, spawned.getFirst().getState());
        write("d");
        advance(100);
        assertEquals(2, spawned.size());
        assertEquals(List.of("100 a", "1199 bc", "2299 d"), out.log());
    }

    @Test
    void theEndIsAsLateAsTheBytes() throws IOException {
        write("a");
        advance(10);
        Writer ending = new Writer(line::end);
        advance(90);
        assertEquals(List.of("100 a"), out.log());
        advance(9);
        assertEquals("waits", ending.result());
        advance(1);
        assertEquals(110.0, ending.result());
        assertEquals(List.of("100 a", "110 END"), out.log());
    }

    @Test
    void flushReturnsWhenAllHasGoneInItsOwnTime() throws IOException {
        write("a");
        Writer flushing = new Writer(line::flush);
        advance(99);
        assertEquals("waits", flushing.result());
        advance(1);
        assertEquals(100.0, flushing.result());
        assertEquals(List.of("100 a"), out.log());
    }

    @Test
    void flushReachesWhatIsHeldFurtherOn() throws IOException {
        delays.addAll(List.of(10_000_000L, 50_000_000L));
        DelayLine first = line(line);
        first.write(bytes("a"));
        Writer flushing = new Writer(first::flush);
        advance(10);
        assertEquals("waits", flushing.result());
        advance(50);
        assertEquals(60.0, flushing.result());
        assertEquals(List.of("60 a"), out.log());
    }

    @Test
    void aWriterThatMeetsTheBoundWaits() throws IOException {
        write("123456");
        write("7890");
        advance(20);
        Writer third = new Writer(() -> line.write(bytes("abc")));
        advance(79);
        assertEquals("waits", third.result());
        advance(1);
        assertEquals(100.0, third.result());
        assertEquals(List.of("100 123456", "100 7890"), out.log());
        advance(19);
        assertEquals(List.of("100 123456", "100 7890"), out.log());
        advance(1); // its time counts from when it arrived, not from when there was room
        assertEquals(List.of("100 123456", "100 7890", "120 abc"), out.log());
    }

    @Test
    void aPieceLargerThanTheBoundGoesAlone() throws IOException {
        write("0123456789abcdef");
        Writer next = new Writer(() -> line.write(bytes("x")));
        assertEquals("waits", next.result());
        advance(100);
        assertEquals(100.0, next.result());
        settle();
        assertEquals(List.of("100 0123456789abcdef", "100 x"), out.log());
    }

    @Test
    void liftingHandsOnWhatIsHeldFirst() throws IOException {
        write("a");
        advance(10);
        write("b");
        assertFalse(line.removed());
        owner.removed();
        write("c");
        assertTrue(line.removed());
        assertEquals(List.of("10 a", "10 b", "10 c"), out.log());
    }

    @Test
    void liftingDoesNotWaitForWhatIsHeldFurtherOn() throws IOException {
        DelayLine first = line(line);
        assertTrue(first.removed());
        write("a");
        assertTrue(first.removed());
        assertEquals(List.of(), out.log());
    }

    /** The thread of a line in front may be on its way in here when the rule goes; what it writes next must not overtake. */
    @Test
    void aLineThatHasLeftHoldsNothingAnyMore() throws Exception {
        delays.add(500L);
        assertTrue(line.removed());
        line.write(bytes("late"));
        assertEquals(List.of("0 late"), out.log());
        assertTrue(line.isEmpty());
        assertEquals(List.of(), spawned);
    }

    @Test
    void aChangeOfThePlanEndsTheWaitForRoomAndItsTimeCountsOn() throws IOException {
        write("1234567890");
        advance(20);
        ByteBuffer more = bytes("abc");
        Writer blocked = new Writer(() -> line.write(more));
        owner.stale(true);
        assertEquals(PlanChangedException.class, blocked.result().getClass());
        assertEquals(3, more.remaining());
        owner.stale(false);
        advance(40);
        Writer again = new Writer(() -> line.write(more));
        advance(40);
        assertEquals(100.0, again.result());
        advance(20);
        assertEquals(List.of("100 1234567890", "120 abc"), out.log());
    }

    @Test
    void aChangeOfThePlanEndsTheWaitForTheLastPieceAndTheEndIsHeldOnce() throws IOException {
        write("a");
        advance(10);
        Writer ending = new Writer(line::end);
        owner.stale(true);
        assertEquals(PlanChangedException.class, ending.result().getClass());
        owner.stale(false);
        Writer again = new Writer(line::end);
        advance(90);
        advance(9);
        assertEquals("waits", again.result());
        advance(1);
        assertEquals(110.0, again.result());
        assertEquals(List.of("100 a", "110 END"), out.log());
    }

    @Test
    void whatAChangeInterruptsBehindTheLineGoesOnOnceThePlanIsTakenOn() throws IOException {
        DelayLine first = line(new Sink() {
            @Override
            public void write(ByteBuffer bytes) throws IOException {
                if (owner.stale) {
                    throw new PlanChangedException();
                }
                out.write(bytes.slice().limit(1)); // one step
                bytes.get();
            }

            @Override
            public void end() {}
        });
        first.write(bytes("abc"));
        owner.stale(true);
        advance(100);
        assertEquals(List.of(), out.log());
        advance(30);
        owner.stale(false);
        settle();
        assertEquals(List.of("130 a", "130 b", "130 c"), out.log());
        assertEquals(List.of(), owner.severed);
    }

    @Test
    void aFailureSurfacesWhereverSomebodyUsesTheLine() throws IOException {
        IOException gone = new IOException("broken pipe");
        out.failWith(gone);
        write("a");
        Writer flushing = new Writer(line::flush);
        write("12345678");
        Writer blocked = new Writer(() -> line.write(bytes("12345678")));
        advance(100);
        assertSame(gone, flushing.result());
        assertSame(gone, blocked.result());
        assertSame(gone, assertThrows(IOException.class, () -> line.write(bytes("b"))));
        assertSame(gone, assertThrows(IOException.class, line::flush));
        assertSame(gone, assertThrows(IOException.class, line::end));
        assertEquals(List.of(gone), owner.severed);
        assertEquals(List.of(), out.log());
    }

    @Test
    void aDefectFurtherOnLetsNobodyWaitForEver() throws IOException {
        DelayLine defective = line(new Sink() {
            @Override
            public void write(ByteBuffer bytes) {
                throw new IllegalStateException("leads nowhere");
            }

            @Override
            public void end() {}
        });
        defective.write(bytes("a"));
        Writer flushing = new Writer(defective::flush);
        advance(100);
        IOException failure = (IOException) flushing.result();
        assertTrue(failure.getMessage().contains("leads nowhere"), failure.getMessage());
        assertEquals(List.of(failure), owner.severed);
    }

    @Test
    void severedFurtherOnIsCarriedToTheOwner() throws IOException {
        ConnectionAbort cut = ConnectionAbort.close("limit");
        out.failWith(cut);
        write("a");
        advance(100);
        assertEquals(List.of(cut), owner.severed);
    }

    /** A line without a bound of its own to meet. */
    private DelayLine wide(MemoryBudget shared) {
        return new DelayLine(out, () -> 100_000_000, Long.MAX_VALUE / 4, shared, owner);
    }

    /** When each piece arrived, and its length. */
    private List<String> arrivals() {
        return out.log().stream()
                .map(arrival -> arrival.split(" "))
                .map(arrival -> arrival[0] + " " + arrival[1].length())
                .toList();
    }

    private static long held(MemoryBudget shared) {
        return shared.used(MemoryBudget.Use.DELAYED);
    }

    @Test
    void aWriterWaitsUntilAnotherLineGivesMemoryBack() throws IOException {
        MemoryBudget shared = new MemoryBudget(160_000, clock); // of which delay lines may have 60,000
        wide(shared).write(bytes("a".repeat(30_000)));
        advance(50);
        DelayLine second = wide(shared);
        second.write(bytes("b"));
        Writer blocked = new Writer(() -> second.write(bytes("c".repeat(32_000))));
        assertEquals("waits", blocked.result());
        advance(50);
        assertEquals(100.0, blocked.result());
        advance(50);
        assertEquals(List.of("100 30000", "150 1", "150 32000"), arrivals());
        assertEquals(0, held(shared));
    }

    @Test
    void aLineThatHoldsNothingTakesASmallPieceFromABudgetThatIsUsedUp() throws IOException {
        MemoryBudget shared = new MemoryBudget(160_000, clock);
        shared.takeAnyway(MemoryBudget.Use.DELAYED, 160_000);
        DelayLine poor = wide(shared);
        poor.write(bytes("hello"));
        Writer next = new Writer(() -> poor.write(bytes("x".repeat(5000))));
        assertEquals("waits", next.result());
        advance(100);
        assertEquals(100.0, next.result());
        assertEquals(List.of("100 5", "100 2048", "100 2048", "100 904"), arrivals());
        assertEquals(160_000, held(shared));
    }

    @Test
    void closingTheConnectionWakesAWriter() throws IOException {
        write("1234567890");
        Writer blocked = new Writer(() -> line.write(bytes("x")));
        Writer flushing = new Writer(line::flush);
        assertEquals("waits", blocked.result());
        assertEquals("waits", flushing.result());
        owner.open = false;
        owner.waits.wake();
        assertEquals(ClosedChannelException.class, blocked.result().getClass());
        assertEquals(ClosedChannelException.class, flushing.result().getClass());
    }

    /** Such as an OutOfMemoryError in the thread that hands on. */
    @Test
    void anErrorFurtherOnLeavesNoWriterWaitingAndNoMemoryTaken() throws IOException {
        DelayLine defective = line(new Sink() {
            @Override
            public void write(ByteBuffer bytes) {
                throw new AssertionError("defect");
            }

            @Override
            public void end() {}
        });
        defective.write(bytes("1234567890"));
        Writer blocked = new Writer(() -> defective.write(bytes("x")));
        advance(100);
        IOException failure = (IOException) blocked.result();
        assertTrue(failure.getMessage().contains("defect"), failure.getMessage());
        assertEquals(List.of(failure), owner.severed);
        assertEquals(0, held(budget));
    }

    @Test
    void aThreadThatCannotBeStartedIsAFailureOfTheLine() {
        owner.defect = new OutOfMemoryError("no threads");
        assertThrows(OutOfMemoryError.class, () -> line.write(bytes("a")));
        assertThrows(IOException.class, () -> line.write(bytes("b")));
        assertThrows(IOException.class, line::removed);
        assertEquals(0, held(budget));
    }

    @Test
    void singleBytesCostLittleMoreThanTheirTimes() throws IOException {
        DelayLine sliced = wide(budget);
        for (int i = 0; i < 10_000; i++) {
            sliced.write(bytes("x"));
        }
        assertTrue(held(budget) < 10_000 * 16, held(budget) + " bytes");
        settle();
        advance(100);
        assertEquals(10_000, out.log().size());
        assertEquals(0, held(budget));
    }

    @Test
    void theOverheadOfSmallPiecesIsBoundedToo() throws IOException {
        DelayLine sliced = new DelayLine(out, () -> 100_000_000, 10_000, budget, owner);
        Writer writing = new Writer(() -> {
            for (int i = 0; i < 9_999; i++) {
                sliced.write(bytes("x"));
            }
        });
        assertEquals("waits", writing.result());
        assertTrue(held(budget) < 100_000, held(budget) + " bytes");
    }
}
