package io.chaosproxy.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A transport over real sockets, from virtual threads. */
class TransportTest {
    /** A wire and who is at its other end. */
    private record Ends(Transport wire, Peer peer) implements AutoCloseable {
        static Ends of() throws IOException {
            try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                SocketTransport wire = SocketTransport.open(InetAddress.getLoopbackAddress());
                wire.connect((InetSocketAddress) server.getLocalSocketAddress(), Duration.ofSeconds(10));
                return new Ends(wire, new Peer(server.accept()));
            }
        }

        @Override
        public void close() throws IOException {
            wire.close();
            peer.close();
        }
    }

    /** What a virtual thread makes of it. */
    private static final class Doing<T> {
        private final FutureTask<T> task;
        final Thread thread;

        Doing(Callable<T> what) {
            task = new FutureTask<>(what);
            thread = Thread.ofVirtual().start(task);
        }

        T result() throws Exception {
            try {
                return task.get(60, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }

        Doing<T> waits() throws InterruptedException {
            TestProxy.await("it waits", () -> thread.getState() == Thread.State.WAITING);
            return this;
        }
    }

    private static Doing<Integer> reading(Transport wire, Chunk chunk) {
        return new Doing<>(() -> chunk.readFrom(wire));
    }

    @Test
    void aWaitForBytesEndsWhenItIsNotWanted() throws Exception {
        try (Ends ends = Ends.of()) {
            AtomicBoolean wanted = new AtomicBoolean(true);
            FutureTask<Boolean> wait = new FutureTask<>(() -> {
                ends.wire().await(wanted::get);
                return wanted.get();
            });
            Thread reader = Thread.ofVirtual().start(wait);
            TestProxy.await(
                    "waits", () -> reader.getState() != Thread.State.NEW && reader.getState() != Thread.State.RUNNABLE);
            wanted.set(false);
            ends.wire().wakeReader();
            assertFalse(wait.get(60, TimeUnit.SECONDS));

            ends.peer().send("abc");
            ends.wire().await(() -> true);
            ByteBuffer bytes = ByteBuffer.allocate(3);
            while (bytes.hasRemaining()) {
                assertTrue(ends.wire().read(bytes) >= 0);
            }
            assertArrayEquals("abc".getBytes(ISO_8859_1), bytes.array());
            ends.peer().endOutput();
            ends.wire().await(() -> true);
            assertEquals(-1, ends.wire().read(ByteBuffer.allocate(1)));
        }
    }

    @Test
    void aReadWaitsForBytesAndForTheEnd() throws Exception {
        try (Ends ends = Ends.of();
                Chunk chunk = new Chunk()) {
            for (int i = 0; i < 3; i++) {
                Doing<Integer> reading = reading(ends.wire, chunk).waits();
                ends.peer.send("abc");
                assertEquals(3, reading.result());
                chunk.bytes().position(chunk.bytes().limit());
            }
            Doing<Integer> reading = reading(ends.wire, chunk).waits();
            ends.peer.endOutput();
            assertEquals(-1, reading.result());
            assertEquals(-1, reading(ends.wire, chunk).result(), "and it stays the end");
        }
    }

    /** Bytes that come while nobody waits are reported to nobody, again and again. */
    @Test
    void bytesThatComeWhileNobodyWaitsAreFoundLater() throws Exception {
        try (Ends ends = Ends.of();
                Ends others = Ends.of();
                Chunk chunk = new Chunk()) {
            Doing<Integer> first = reading(ends.wire, chunk).waits();
            ends.peer.send("a");
            assertEquals(1, first.result());
            for (int i = 0; i < 20; i++) {
                ends.peer.send("b");
                exchange(others); // the poller has come round
                exchange(others);
                exchange(others);
                assertEquals(1, reading(ends.wire, chunk).result());
            }
        }
    }

    private static void exchange(Ends ends) throws Exception {
        try (Chunk chunk = new Chunk()) {
            Doing<Integer> reading = reading(ends.wire, chunk).waits();
            ends.peer.send("x");
            assertEquals(1, reading.result());
        }
    }

    @Test
    void bytesThatArePutBackAreReadFirst() throws Exception {
        try (Ends ends = Ends.of();
                Chunk chunk = new Chunk()) {
            ends.peer.send("abc");
            assertEquals(3, reading(ends.wire, chunk).result());
            ends.peer.send("de");
            ends.wire.lookAhead(ByteBuffer.allocate(2));
            ends.wire.putBack(chunk.bytes());
            ends.wire.putBack(ByteBuffer.wrap(new byte[] {'+'}));
            ends.peer.send("f").endOutput();
            while (reading(ends.wire, chunk).result() >= 0) {}
            assertEquals("+abcdef", ISO_8859_1.decode(chunk.bytes()).toString());
        }
    }

    /** A reader may have to write before more can come, as in a handshake. */
    @Test
    void aLookAheadOfAPeerThatSaysNothingKeepsNoReaderWaiting() throws Exception {
        try (Ends ends = Ends.of()) {
            Doing<Boolean> look = new Doing<>(() -> {
                ends.wire.lookAhead(ByteBuffer.allocate(16));
                return true;
            });
            assertTrue(look.result());
            ends.wire.beginReading();
            ends.wire.endReading();
            ends.peer.send("abc");
            ends.peer.endOutput();
            TestProxy.await("the end is seen", () -> {
                ends.wire.lookAhead(ByteBuffer.allocate(16));
                return ends.wire.hasEnded();
            });
            ByteBuffer all = ByteBuffer.allocate(16);
            assertEquals(3, ends.wire.read(all));
            assertEquals("abc", ISO_8859_1.decode(all.flip()).toString());
            assertEquals(-1, ends.wire.read(all.clear()));
        }
    }

    /** Detection may have met the end behind the bytes that it puts back. */
    @Test
    void theEndStaysBehindBytesThatArePutBack() throws Exception {
        try (Ends ends = Ends.of();
                Chunk chunk = new Chunk()) {
            ends.peer.send("abc").endOutput();
            while (reading(ends.wire, chunk).result() >= 0) {}
            assertTrue(ends.wire.hasEnded());
            ends.wire.putBack(chunk.bytes());
            assertEquals(3, reading(ends.wire, chunk).result());
            assertEquals(-1, reading(ends.wire, chunk).result());
        }
    }

    @Test
    void aWriteWaitsForRoom() throws Exception {
        try (Ends ends = Ends.of()) {
            byte[] data = new byte[32 << 20]; // more than the sockets hold
            new Random(1).nextBytes(data);
            Doing<Long> writing = new Doing<>(() -> {
                ByteBuffer bytes = ByteBuffer.wrap(data);
                long total = 0;
                while (bytes.hasRemaining()) {
                    int count = ends.wire.write(bytes, () -> true);
                    assertTrue(count > 0, "at least one");
                    total += count;
                }
                ends.wire.end();
                return total;
            });
            writing.waits();
            assertArrayEquals(data, ends.peer.readAll());
            assertEquals(data.length, writing.result());
        }
    }

    /** Reader and writer wait for the same socket at the same time, and neither takes the other's turn. */
    @Test
    void readingAndWritingGoOnSideBySide() throws Exception {
        try (Ends ends = Ends.of();
                Chunk chunk = new Chunk()) {
            Doing<Boolean> writing = new Doing<>(() -> {
                ByteBuffer bytes = ByteBuffer.allocate(32 << 20);
                while (bytes.hasRemaining()) {
                    ends.wire.write(bytes, () -> true);
                }
                return true;
            });
            writing.waits();
            for (int i = 0; i < 10; i++) {
                Doing<Integer> reading = reading(ends.wire, chunk).waits();
                ends.peer.send("x");
                assertEquals(1, reading.result());
            }
            assertEquals(Thread.State.WAITING, writing.thread.getState());
            assertEquals(32 << 20, ends.peer.read(32 << 20).length());
            assertTrue(writing.result());
        }
    }

    @Test
    void aCloseWakesReaderAndWriter() throws Exception {
        try (Ends ends = Ends.of();
                Chunk chunk = new Chunk()) {
            Doing<Integer> reading = reading(ends.wire, chunk).waits();
            Doing<Integer> writing = new Doing<>(() -> {
                while (true) {
                    ends.wire.write(ByteBuffer.allocate(1 << 20), () -> true);
                }
            });
            writing.waits();
            ends.wire.close();
            assertThrows(ClosedChannelException.class, reading::result);
            assertThrows(ClosedChannelException.class, writing::result);
            assertThrows(
                    ClosedChannelException.class,
                    () -> reading(ends.wire, chunk).result());
        }
    }

    @Test
    void theOtherEndSeesACloseAndAResetAtOnceAlsoWhileSomebodyReads() throws Exception {
        try (Ends ends = Ends.of();
                Chunk chunk = new Chunk()) {
            Doing<Integer> reading = reading(ends.wire, chunk).waits();
            ends.wire.close();
            assertEquals("end", ends.peer.ending());
            assertThrows(ClosedChannelException.class, reading::result);
        }
        try (Ends ends = Ends.of();
                Chunk chunk = new Chunk()) {
            Doing<Integer> reading = reading(ends.wire, chunk).waits();
            ends.wire.resetOnClose();
            ends.wire.close();
            assertEquals("reset", ends.peer.ending());
            assertThrows(ClosedChannelException.class, reading::result);
        }
    }

    @Test
    void aResetByTheOtherEndIsSeen() throws Exception {
        try (Ends ends = Ends.of();
                Chunk chunk = new Chunk()) {
            Doing<Integer> reading = reading(ends.wire, chunk).waits();
            ends.peer.reset();
            IOException seen = assertThrows(IOException.class, reading::result);
            assertTrue(ConnectionResetException.isReset(seen), seen::toString);
        }
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        try (Ends ends = Ends.of();
                Chunk chunk = new Chunk()) {
            Doing<Integer> reading = reading(ends.wire, chunk).waits();
            reading.thread.interrupt();
            assertInstanceOf(
                    ClosedByInterruptException.class, assertThrows(ClosedChannelException.class, reading::result));
            assertEquals("end", ends.peer.ending());
        }
    }

    @Test
    void aConnectThatNobodyAnswersEndsInTime() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Peer one = Peer.connect((InetSocketAddress) full.getLocalSocketAddress());
                Peer two = Peer.connect((InetSocketAddress) full.getLocalSocketAddress());
                SocketTransport wire = SocketTransport.open(InetAddress.getLoopbackAddress())) {
            assertTrue(one.socket().isConnected() && two.socket().isConnected(), "the backlog is full");
            assertThrows(
                    SocketTimeoutException.class,
                    () -> wire.connect((InetSocketAddress) full.getLocalSocketAddress(), Duration.ofMillis(100)));
        }
    }

    /** The last place of the backlog becomes free while the kernel tries again. */
    @Test
    void aConnectThatIsAnsweredLateSucceeds() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Peer one = Peer.connect((InetSocketAddress) full.getLocalSocketAddress());
                Peer two = Peer.connect((InetSocketAddress) full.getLocalSocketAddress());
                SocketTransport wire = SocketTransport.open(InetAddress.getLoopbackAddress())) {
            Doing<Boolean> connecting = new Doing<>(() -> {
                wire.connect((InetSocketAddress) full.getLocalSocketAddress(), Duration.ofSeconds(60));
                return wire.isConnected();
            });
            TestProxy.await("it waits", () -> connecting.thread.getState() == Thread.State.TIMED_WAITING);
            assertTrue(one.socket().isConnected() && two.socket().isConnected(), "the backlog is full");
            full.accept().close();
            full.accept().close();
            assertTrue(connecting.result());
            try (Peer three = new Peer(full.accept())) {
                wire.write(ByteBuffer.wrap("late".getBytes(ISO_8859_1)), () -> true);
                assertEquals("late", three.read(4));
            }
        }
    }

    @Test
    void aCloseEndsAConnect() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Peer one = Peer.connect((InetSocketAddress) full.getLocalSocketAddress());
                Peer two = Peer.connect((InetSocketAddress) full.getLocalSocketAddress());
                SocketTransport wire = SocketTransport.open(InetAddress.getLoopbackAddress())) {
            Doing<Boolean> connecting = new Doing<>(() -> {
                wire.connect((InetSocketAddress) full.getLocalSocketAddress(), Duration.ofSeconds(60));
                return wire.isConnected();
            });
            TestProxy.await("it waits", () -> connecting.thread.getState() == Thread.State.TIMED_WAITING);
            assertTrue(one.socket().isConnected() && two.socket().isConnected(), "the backlog is full");
            Sockets.closeQuietly(wire);
            assertThrows(IOException.class, connecting::result);
        }
    }

    @Test
    void nothingHoldsTheSecondWriteBack() throws Exception {
        for (String host : List.of("127.0.0.1", "::1")) {
            InetAddress address = InetAddress.getByName(host);
            if (NetworkInterface.getByInetAddress(address) == null) {
                continue; // a machine without IPv6
            }
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(address, 0));
                    SocketTransport wire = SocketTransport.open(address)) {
                wire.connect((InetSocketAddress) server.getLocalAddress(), Duration.ofSeconds(10));
                try (SocketTransport accepted = SocketTransport.over(server.accept())) {
                    for (SocketTransport end : List.of(wire, accepted)) {
                        end.write(ByteBuffer.allocate(1), () -> true);
                        end.write(ByteBuffer.allocate(1), () -> true);
                        assertTrue(end.socket.channel.getOption(StandardSocketOptions.TCP_NODELAY), host);
                    }
                }
            }
        }
    }

    /** After the end of its own stream a socket is closed in another way, by the poller. */
    @Test
    void aCloseBehindTheEndIsOneForBothEnds() throws Exception {
        try (Ends ends = Ends.of();
                Chunk chunk = new Chunk()) {
            Doing<Integer> reading = reading(ends.wire, chunk).waits();
            ends.wire.end();
            assertEquals("end", ends.peer.ending());
            assertTrue(ends.wire.isConnected());
            ends.wire.close();
            ends.wire.close();
            assertFalse(ends.wire.isConnected());
            assertThrows(ClosedChannelException.class, reading::result);
            assertThrows(
                    ClosedChannelException.class,
                    () -> reading(ends.wire, chunk).result());
            assertThrows(IOException.class, () -> ends.wire.write(ByteBuffer.allocate(1), () -> true));
            assertThrows(IOException.class, () -> ends.wire.end());
            ends.wire.resetOnClose();
            TestProxy.await("writes of the other end are refused", () -> isRefused(ends.peer));
        }
    }

    private static boolean isRefused(Peer peer) {
        try {
            peer.send("x");
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** Small and large pieces at random, both ways at once, over many wires: nothing stands still, nothing is lost. */
    @Test
    void everyByteArrives() throws Exception {
        List<Doing<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            int seed = i;
            all.add(new Doing<>(() -> echoed(seed)));
        }
        for (Doing<Boolean> one : all) {
            assertTrue(one.result());
        }
    }

    private static boolean echoed(int seed) throws Exception {
        Random random = new Random(seed);
        try (Ends ends = Ends.of()) {
            Doing<Long> echo = new Doing<>(() -> echo(ends.wire));
            for (int i = 0; i < 300; i++) {
                byte[] data = new byte[1 + (i % 20 == 0 ? random.nextInt(200_000) : random.nextInt(3000))];
                random.nextBytes(data);
                Doing<byte[]> back =
                        new Doing<>(() -> ends.peer.socket().getInputStream().readNBytes(data.length));
                ends.peer.send(data);
                assertArrayEquals(data, back.result());
            }
            ends.peer.endOutput();
            return echo.result() > 0;
        }
    }

    private static long echo(Transport wire) throws IOException {
        long total = 0;
        try (Chunk chunk = new Chunk()) {
            while (chunk.readFrom(wire) >= 0) {
                while (chunk.bytes().hasRemaining()) {
                    total += wire.write(chunk.bytes(), () -> true);
                }
            }
        }
        return total;
    }

    /** The last use of the pollers ends them, and no socket is given to one that has ended. */
    @Test
    void twoThreadsThatCloseTheLastSocketLeaveNoDescriptor() throws Exception {
        UnixOperatingSystemMXBean system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long before = 0;
        for (int i = 0; i < 3000; i++) {
            if (i == 100) {
                before = system.getOpenFileDescriptorCount();
            }
            closeByTwo();
        }
        long opened = before;
        TestProxy.await("closed", () -> system.getOpenFileDescriptorCount() <= opened + 2);
    }

    private static void closeByTwo() throws Exception {
        try (Ends ends = Ends.of()) {
            Doing<Boolean> registered = new Doing<>(() -> {
                ends.wire.await(() -> false);
                ends.wire.end();
                return true;
            });
            assertTrue(registered.result());
            AtomicInteger ready = new AtomicInteger();
            Callable<Boolean> closing = () -> {
                ready.incrementAndGet();
                while (ready.get() < 2) {
                    Thread.onSpinWait();
                }
                ends.wire.close();
                return true;
            };
            FutureTask<Boolean> one = new FutureTask<>(closing);
            FutureTask<Boolean> other = new FutureTask<>(closing);
            Thread.ofPlatform().start(one);
            Thread.ofPlatform().start(other);
            assertTrue(one.get() && other.get());
        }
    }
}
