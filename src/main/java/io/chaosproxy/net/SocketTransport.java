package io.chaosproxy.net;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
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
 * <p>How a thread waits for it is what its kinds differ in: as the JDK has it, or with a {@link Poller} of our own.
 */
public abstract sealed class SocketTransport implements Transport permits BlockingTransport, PollingTransport {
    /** Upper bound for the bytes that are read ahead of a reader. */
    private static final int AHEAD = 64 * 1024;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    final SocketChannel socket;
    private final AtomicBoolean counted = new AtomicBoolean(true);

    private final AtomicBoolean reading = new AtomicBoolean(); // by its reader or ahead of it
    private volatile @Nullable Thread waitingReader;
    private volatile @Nullable ByteBuffer ahead; // present also if the end or a failure was met there
    private volatile boolean backlog; // more may be unread than has been read ahead, as of the last look
    private volatile boolean ended;
    private volatile @Nullable IOException failure;

    SocketTransport(SocketChannel socket) {
        this.socket = socket;
        FdBudget.OF_PROCESS.opened();
    }

    /** Its descriptor is closed, or about to be; counted once. */
    final void uncount() {
        if (counted.compareAndSet(true, false)) {
            FdBudget.OF_PROCESS.closed();
        }
    }

    /** The transport of a connected socket. */
    public static SocketTransport over(SocketChannel socket) throws IOException {
        SocketTransport transport = of(socket);
        try {
            transport.connected();
            return transport;
        } catch (IOException | RuntimeException e) {
            transport.close();
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
        return of(to instanceof Inet4Address ? SocketChannel.open(StandardProtocolFamily.INET) : SocketChannel.open());
    }

    private static SocketTransport of(SocketChannel socket) throws IOException {
        try {
            return Poller.isOfUse() ? new PollingTransport(socket, Poller.next()) : BlockingTransport.of(socket);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Connects; a close ends the attempt.
     *
     * @throws java.net.SocketTimeoutException if it takes longer
     */
    public void connect(InetSocketAddress address, Duration atMost) throws IOException {
        connectSocket(address, atMost);
        connected();
    }

    abstract void connectSocket(InetSocketAddress address, Duration atMost) throws IOException;

    /**
     * {@return the address of this end}
     *
     * @throws IOException if it is closed
     */
    public SocketAddress localAddress() throws IOException {
        return socket.getLocalAddress();
    }

    /**
     * {@return the address of the other end}
     *
     * @throws IOException if it is closed
     */
    public SocketAddress remoteAddress() throws IOException {
        return socket.getRemoteAddress();
    }

    /** Its socket is connected; the first thread that reads or writes comes later. */
    abstract void connected() throws IOException;

    abstract int readSocket(ByteBuffer bytes) throws IOException;

    /** Reads what has arrived; 0 if nothing has. */
    abstract int readArrived(ByteBuffer bytes) throws IOException;

    abstract void awaitSocket() throws IOException;

    abstract void awaitSocket(BooleanSupplier wanted) throws IOException;

    @Override
    public final void await() throws IOException {
        if (ahead == null) {
            awaitSocket();
        }
    }

    @Override
    public final void await(BooleanSupplier wanted) throws IOException {
        if (ahead == null) {
            try {
                awaitSocket(wanted);
            } catch (IOException e) {
                throw ConnectionResetException.typed(e);
            }
        }
    }

    @Override
    public final int read(ByteBuffer bytes) throws IOException {
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
            return readSocket(bytes);
        } catch (IOException e) {
            throw ConnectionResetException.typed(e);
        }
    }

    private int readArrivedTyped(ByteBuffer bytes) throws IOException {
        try {
            return readArrived(bytes);
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
        if (!isReadAhead() || !reading.compareAndSet(false, true)) {
            return;
        }
        try {
            ByteBuffer kept = ahead == null ? NOTHING : ahead;
            scratch.clear().limit(Math.min(scratch.capacity(), AHEAD - kept.remaining()));
            if (readArrivedTyped(scratch) < 0) {
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

    @Override
    public boolean isReadAhead() {
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

    /** Of a connected socket a selector reports the interest in a connect for errors and hang-ups only. */
    @Override
    public boolean isTorn(Selector selector) throws IOException {
        SelectionKey key = socket.register(selector, SelectionKey.OP_CONNECT);
        selector.selectNow();
        boolean torn = key.isConnectable();
        key.cancel();
        selector.selectNow(); // takes it out
        return torn;
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
    public final int write(ByteBuffer bytes, BooleanSupplier wanted) throws IOException {
        try {
            return writeSocket(bytes, wanted);
        } catch (IOException e) {
            throw ConnectionResetException.typed(e);
        }
    }

    abstract int writeSocket(ByteBuffer bytes, BooleanSupplier wanted) throws IOException;

    @Override
    public final int writeFrom(SplicePipe pipe, BooleanSupplier wanted) throws IOException {
        try {
            return spliceToSocket(pipe, wanted);
        } catch (IOException e) {
            throw ConnectionResetException.typed(e);
        }
    }

    abstract int spliceToSocket(SplicePipe pipe, BooleanSupplier wanted) throws IOException;

    /** Whether the next read takes what was read ahead. */
    final boolean isAhead() {
        return ahead != null;
    }

    /** A write takes what there is room for. */
    @Override
    public boolean wasFull() {
        return false;
    }

    @Override
    public void end() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public boolean isConnected() {
        return socket.isConnected();
    }

    @Override
    public void resetOnClose() {
        try {
            socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            // closed already: there is nothing left to reset
        }
    }

    @Override
    public void truncateOnClose() {}
}
