package io.chaosproxy.net;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A transport that is a socket.
 *
 * <p>It reads ahead of a reader that is held up, and says of a failure whether the peer has reset the connection.
 */
public final class SocketTransport implements Transport {
    /** Upper bound for the bytes that are read ahead of a reader. */
    private static final int AHEAD = 64 * 1024;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    final PolledSocket socket;
    private final AtomicBoolean reading = new AtomicBoolean(); // by its reader or ahead of it
    private volatile @Nullable Thread waitingReader;
    private volatile @Nullable ByteBuffer ahead; // present also if the end or a failure was met there
    private volatile boolean backlog; // more may be unread than has been read ahead, as of the last look
    private volatile boolean ended;
    private volatile @Nullable IOException failure;

    private SocketTransport(PolledSocket socket) {
        this.socket = socket;
    }

    /** The transport of a connected socket. */
    public static SocketTransport over(SocketChannel socket) throws IOException {
        PolledSocket polled = PolledSocket.of(socket);
        try {
            polled.connected();
            return new SocketTransport(polled);
        } catch (IOException | RuntimeException e) {
            polled.close();
            throw e;
        }
    }

    /**
     * A transport that is not connected yet.
     *
     * @param to what it is going to be connected to: a socket of IPv4 alone takes a system call less
     * @throws IOException when descriptors run out
     */
    public static SocketTransport open(InetAddress to) throws IOException {
        return new SocketTransport(PolledSocket.of(
                to instanceof Inet4Address ? SocketChannel.open(StandardProtocolFamily.INET) : SocketChannel.open()));
    }

    /**
     * Connects; a close ends the attempt.
     *
     * @throws java.net.SocketTimeoutException if it takes longer
     */
    public void connect(InetSocketAddress address, Duration atMost) throws IOException {
        socket.connect(address, atMost);
        socket.connected();
    }

    /**
     * {@return the address of this end}
     *
     * @throws IOException if it is closed
     */
    public SocketAddress localAddress() throws IOException {
        return socket.localAddress();
    }

    /**
     * {@return the address of the other end}
     *
     * @throws IOException if it is closed
     */
    public SocketAddress remoteAddress() throws IOException {
        return socket.remoteAddress();
    }

    @Override
    public void await() throws IOException {
        if (ahead == null) {
            socket.await(() -> true);
        }
    }

    @Override
    public void await(BooleanSupplier wanted) throws IOException {
        if (ahead == null) {
            try {
                socket.await(wanted);
            } catch (IOException e) {
                throw ConnectionResetException.typed(e);
            }
        }
    }

    @Override
    public int read(ByteBuffer bytes) throws IOException {
        ByteBuffer early = ahead;
        if (early != null) {
            return take(early, bytes);
        }
        int count = readTyped(bytes);
        if (count < 0) {
            ended = true;
        }
        return count;
    }

    private int readTyped(ByteBuffer bytes) throws IOException {
        try {
            return socket.read(bytes);
        } catch (IOException e) {
            throw ConnectionResetException.typed(e);
        }
    }

    private int take(ByteBuffer early, ByteBuffer bytes) throws IOException {
        IOException failed = failure;
        if (early.hasRemaining()) {
            int count = Math.min(early.remaining(), bytes.remaining());
            bytes.put(early.slice(early.position(), count));
            early.position(early.position() + count);
            if (!early.hasRemaining() && !ended && failed == null) {
                ahead = null;
            }
            return count;
        }
        if (failed != null) {
            throw failed;
        }
        return -1;
    }

    @Override
    public void beginReading() {
        while (!reading.compareAndSet(false, true)) {
            waitingReader = Thread.currentThread();
            if (reading.get()) {
                LockSupport.park(this);
            }
            waitingReader = null;
        }
    }

    @Override
    public void endReading() {
        reading.set(false);
    }

    @Override
    public void putBack(ByteBuffer bytes) {
        if (bytes.hasRemaining()) {
            ByteBuffer behind = ahead == null ? NOTHING : ahead;
            ahead = ByteBuffer.allocate(bytes.remaining() + behind.remaining())
                    .put(bytes)
                    .put(behind)
                    .flip();
        }
    }

    @Override
    public void lookAhead(ByteBuffer scratch) {
        backlog = isAheadFull();
        if (!mayReadAhead() || !reading.compareAndSet(false, true)) {
            return;
        }
        try {
            ByteBuffer kept = ahead == null ? NOTHING : ahead;
            scratch.clear().limit(Math.min(scratch.capacity(), AHEAD - kept.remaining()));
            if (readTyped(scratch) < 0) {
                ended = true;
            }
            backlog = !scratch.hasRemaining();
            keep(kept, scratch.flip());
        } catch (IOException e) {
            failure = e;
            ahead = ahead == null ? NOTHING : ahead;
        } finally {
            reading.set(false);
            LockSupport.unpark(waitingReader);
        }
    }

    /** Whether it makes sense to read ahead: no end has been met, no reader is at it, and there is room. */
    private boolean mayReadAhead() {
        ByteBuffer kept = ahead;
        return !ended && failure == null && !reading.get() && (kept == null || kept.remaining() < AHEAD);
    }

    @Override
    public boolean hasBacklog() {
        return backlog;
    }

    private boolean isAheadFull() {
        ByteBuffer kept = ahead;
        return kept != null && kept.remaining() >= AHEAD;
    }

    @Override
    public boolean isTorn(Selector selector) throws IOException {
        return socket.isTorn(selector);
    }

    private void keep(ByteBuffer kept, ByteBuffer more) {
        if (more.hasRemaining()) {
            ahead = ByteBuffer.allocate(kept.remaining() + more.remaining())
                    .put(kept)
                    .put(more)
                    .flip();
        } else if (ended && ahead == null) {
            ahead = NOTHING;
        }
    }

    @Override
    public boolean hasEnded() {
        return ended;
    }

    @Override
    public @Nullable IOException failure() {
        return failure;
    }

    @Override
    public int write(ByteBuffer bytes, BooleanSupplier wanted) throws IOException {
        try {
            return socket.write(bytes, wanted);
        } catch (IOException e) {
            throw ConnectionResetException.typed(e);
        }
    }

    @Override
    public void wakeReader() {
        socket.wakeReader();
    }

    @Override
    public void wakeWriter() {
        socket.wakeWriter();
    }

    @Override
    public boolean splices() {
        return true;
    }

    @Override
    public int readInto(SplicePipe pipe, long most) throws IOException {
        if (ahead != null) {
            return 0;
        }
        try {
            return socket.readInto(pipe, most);
        } catch (IOException e) {
            throw ConnectionResetException.typed(e);
        }
    }

    @Override
    public int writeFrom(SplicePipe pipe, BooleanSupplier wanted) throws IOException {
        try {
            return socket.writeFrom(pipe, wanted);
        } catch (IOException e) {
            throw ConnectionResetException.typed(e);
        }
    }

    @Override
    public boolean wasFull() {
        return socket.hasLackedRoom();
    }

    @Override
    public void end() throws IOException {
        socket.end();
    }

    @Override
    public boolean isConnected() {
        return socket.isConnected();
    }

    @Override
    public void resetOnClose() {
        socket.resetOnClose();
    }

    @Override
    public void truncateOnClose() {}

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
