package io.chaosproxy.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A socket that a thread reads and one writes as if it blocked; they wait with the help of a {@link Poller}.
 *
 * <p>It stays registered from the first wait on, and the kernel goes on to report unread bytes. So a thread that
 * has read everything waits without trying to read first and without another system call; that is what it saves. Only when
 * no thread waits for what is reported is the report switched off, until one does.
 */
final class PolledSocket implements AutoCloseable {
    private static final ByteBuffer NO_ROOM = ByteBuffer.allocateDirect(0);

    private static final AtomicReferenceFieldUpdater<PolledSocket, @Nullable ReentrantReadWriteLock> SPLICING =
            AtomicReferenceFieldUpdater.newUpdater(PolledSocket.class, ReentrantReadWriteLock.class, "splicing");

    private static final AtomicReferenceFieldUpdater<PolledSocket, @Nullable Thread> READER =
            AtomicReferenceFieldUpdater.newUpdater(PolledSocket.class, Thread.class, "reader");

    private static final AtomicReferenceFieldUpdater<PolledSocket, @Nullable Thread> WRITER =
            AtomicReferenceFieldUpdater.newUpdater(PolledSocket.class, Thread.class, "writer");

    final SocketChannel channel;
    private final Poller poller; // held until this is closed
    private final AtomicBoolean closing =
            new AtomicBoolean(); // though it may be open until the poller has taken it out
    private volatile @Nullable SelectionKey key;
    private volatile @Nullable Thread reader; // while it waits
    private volatile @Nullable Thread writer; // while it waits
    private volatile boolean lackedRoom;
    private volatile boolean outputEnded;
    private volatile @Nullable ReentrantReadWriteLock
            splicing; // read by a splice, written by a close; null before the first
    private boolean written; // these two belong to the writing thread
    private boolean undelayed;
    private boolean unread; // reported before, and no thread waited; known to the poller's thread alone

    private PolledSocket(SocketChannel channel, Poller poller) {
        this.channel = channel;
        this.poller = poller;
        FdBudget.OF_PROCESS.opened();
    }

    /**
     * Over a channel, which is this one's from now on; after a failure it is closed.
     *
     * @throws IOException when descriptors run out
     */
    static PolledSocket of(SocketChannel channel) throws IOException {
        try {
            return new PolledSocket(channel, Poller.next());
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    SocketAddress localAddress() throws IOException {
        return channel.getLocalAddress();
    }

    SocketAddress remoteAddress() throws IOException {
        return channel.getRemoteAddress();
    }

    /** Over loopback the kernel has connected by the time that it is asked again; else the poller reports it. */
    void connect(InetSocketAddress address, Duration atMost) throws IOException {
        long end = System.nanoTime() + atMost.toNanos();
        channel.configureBlocking(false);
        if (!channel.connect(address)) {
            while (!channel.finishConnect()) {
                awaitConnect(end);
            }
        }
    }

    private void awaitConnect(long end) throws IOException {
        writer = Thread.currentThread();
        try {
            ask(SelectionKey.OP_CONNECT);
            while (writer != null) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    throw new SocketTimeoutException("not connected in time");
                }
                checkOpen();
                LockSupport.parkNanos(this, left);
                endIfInterrupted();
            }
        } finally {
            writer = null;
        }
    }

    /**
     * It is connected; the first thread that reads or writes comes later.
     *
     * <p>The JDK makes a socket non-blocking by itself at the first read, write or connect of a virtual thread. A read without room
     * reads nothing and comes before, so that this is done once: two system calls in place of three.
     */
    void connected() throws IOException {
        if (channel.isBlocking()) {
            if (Thread.currentThread().isVirtual()) {
                channel.read(NO_ROOM);
            }
            channel.configureBlocking(false);
        }
    }

    /** Reads what has arrived; 0 if nothing has. */
    int read(ByteBuffer bytes) throws IOException {
        checkOpen();
        return channel.read(bytes);
    }

    /**
     * Waits until something has arrived, or the wait is not wanted any more.
     *
     * @param wanted asked again after {@link #wakeReader}
     */
    void await(BooleanSupplier wanted) throws IOException {
        reader = Thread.currentThread();
        try {
            ask(SelectionKey.OP_READ);
            while (reader != null && wanted.getAsBoolean()) { // asked once the reader is known, or a wake could be lost
                park();
            }
        } finally {
            reader = null;
        }
    }

    void wakeReader() {
        LockSupport.unpark(reader);
    }

    /** As {@link Transport#write}. */
    int write(ByteBuffer bytes, BooleanSupplier wanted) throws IOException {
        checkOpen();
        sendAtOnce();
        int count = channel.write(bytes);
        while (count == 0 && bytes.hasRemaining() && awaitRoom(wanted)) {
            count = channel.write(bytes);
        }
        return count;
    }

    /** As {@link Transport#readInto}. */
    int readInto(SplicePipe pipe, long most) throws IOException {
        Lock open = keepOpen();
        try {
            checkOpen();
            return pipe.fill(channel, most);
        } finally {
            open.unlock();
        }
    }

    /** As {@link Transport#writeFrom}. What can't be moved though there is room is offered to an ordinary write, which says why. */
    int writeFrom(SplicePipe pipe, BooleanSupplier wanted) throws IOException {
        int count = drain(pipe);
        if (count == 0 && awaitRoom(wanted)) {
            count = drain(pipe);
            if (count == 0) {
                count = pipe.passed(write(pipe.loose(), wanted));
            }
        }
        return count;
    }

    private int drain(SplicePipe pipe) throws IOException {
        Lock open = keepOpen();
        try {
            checkOpen();
            return pipe.drain(channel);
        } finally {
            open.unlock();
        }
    }

    /**
     * Keeps the descriptor from being closed, and given to another connection, until the lock is let go. A close sets {@code closing}
     * before it looks for the lock, and this makes the lock known before {@code closing} is looked at. The JDK closes a non-blocking
     * channel by itself for no interrupt.
     */
    private Lock keepOpen() {
        ReentrantReadWriteLock lock = splicing;
        if (lock == null) {
            ReentrantReadWriteLock first = new ReentrantReadWriteLock();
            lock = SPLICING.compareAndSet(this, null, first) ? first : Objects.requireNonNull(splicing);
        }
        Lock open = lock.readLock();
        open.lock();
        return open;
    }

    private void awaitSplices() {
        ReentrantReadWriteLock lock = splicing;
        if (lock != null) {
            Lock none = lock.writeLock();
            none.lock();
            try {
                assert closing.get(); // so that no other splice begins
            } finally {
                none.unlock();
            }
        }
    }

    /**
     * Switches Nagle's algorithm off before the second write. Linux holds a write back only while a short segment of an earlier one is
     * unacknowledged, so a connection of a single write, as many are, spares the call.
     */
    private void sendAtOnce() throws IOException {
        if (written && !undelayed) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            undelayed = true;
        }
        written = true;
    }

    private boolean awaitRoom(BooleanSupplier wanted) throws IOException {
        lackedRoom = true;
        writer = Thread.currentThread();
        try {
            ask(SelectionKey.OP_WRITE);
            while (writer != null) {
                if (!wanted.getAsBoolean()) { // asked once the writer is known, or a wake could be lost
                    return false;
                }
                park();
            }
            return true;
        } finally {
            writer = null;
        }
    }

    void wakeWriter() {
        LockSupport.unpark(writer);
    }

    /** Whether a write ever found that there was no room. */
    boolean hasLackedRoom() {
        return lackedRoom;
    }

    /** Has readiness of this kind reported. The waiting thread is known already, or the report would be lost. */
    private void ask(int kind) throws IOException {
        try {
            SelectionKey registered = key;
            if (registered == null) {
                registered = poller.register(channel, this);
                key = registered;
            }
            if ((registered.interestOps() & kind) == 0) {
                registered.interestOpsOr(kind);
                poller.wake();
            }
        } catch (CancelledKeyException | ClosedSelectorException e) { // closed, perhaps as the last of the process
            throw closed(e);
        }
    }

    private void park() throws IOException {
        checkOpen();
        LockSupport.park(this);
        endIfInterrupted();
    }

    private void checkOpen() throws AsynchronousCloseException {
        if (closing.get() || !channel.isOpen()) {
            throw new AsynchronousCloseException();
        }
    }

    private void endIfInterrupted() throws IOException {
        if (Thread.interrupted()) {
            close();
            throw new ClosedByInterruptException();
        }
    }

    private static ClosedChannelException closed(IllegalStateException e) {
        ClosedChannelException closed = new ClosedChannelException();
        closed.initCause(e);
        return closed;
    }

    /** The poller's thread reports what the socket is ready for. */
    void ready(SelectionKey registered) {
        int kinds = registered.readyOps();
        if ((kinds & SelectionKey.OP_READ) != 0) {
            if (releaseReader()) {
                unread = false;
            } else if (unread) { // a thread that was woken a moment ago may not have come to its read yet
                unread = false;
                registered.interestOpsAnd(~SelectionKey.OP_READ);
                releaseReader(); // it may have begun to wait just before that
            } else {
                unread = true;
            }
        }
        if ((kinds & SelectionKey.OP_CONNECT) != 0) {
            registered.interestOpsAnd(~SelectionKey.OP_CONNECT);
            releaseWriter();
        }
        if ((kinds & SelectionKey.OP_WRITE) != 0 && !releaseWriter()) {
            registered.interestOpsAnd(~SelectionKey.OP_WRITE);
            releaseWriter();
        }
    }

    private boolean releaseReader() {
        return release(READER);
    }

    private boolean releaseWriter() {
        return release(WRITER);
    }

    /** Another thread may have begun to wait since the first was seen: it is that one then that is released, or it would never be. */
    private boolean release(AtomicReferenceFieldUpdater<PolledSocket, @Nullable Thread> place) {
        Thread waiting = place.get(this);
        while (waiting != null && !place.compareAndSet(this, waiting, null)) {
            waiting = place.get(this);
        }
        LockSupport.unpark(waiting);
        return waiting != null;
    }

    /** Ends this side's stream. */
    void end() throws IOException {
        checkOpen();
        channel.shutdownOutput();
        outputEnded = true;
    }

    boolean isConnected() {
        return !closing.get() && channel.isConnected();
    }

    /** As {@link Transport#isTorn}. Of a connected socket a selector reports the interest in a connect for errors and hang-ups only. */
    boolean isTorn(Selector selector) throws IOException {
        checkOpen();
        SelectionKey other = channel.register(selector, SelectionKey.OP_CONNECT);
        selector.selectNow();
        boolean torn = other.isConnectable();
        other.cancel();
        selector.selectNow(); // takes it out
        return torn;
    }

    /** As {@link Transport#resetOnClose}. */
    void resetOnClose() {
        if (!closing.get()) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException e) {
                // closed already: there is nothing left to reset
            }
        }
    }

    /**
     * The JDK closes a registered socket only when it has been taken out of the selector, and meanwhile asks whether it lingers and shuts its
     * output down. Where the other end has been told the end before, there is no need for that: the socket is taken out first.
     *
     * <p>Of several threads that close it one does all of it. It is the one that lets the poller go, since the last poller's end closes what
     * it has been given until then.
     */
    @Override
    public void close() throws IOException {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        FdBudget.OF_PROCESS.closed();
        try {
            awaitSplices();
            SelectionKey registered = key;
            if (outputEnded && registered != null) {
                poller.close(registered);
            } else {
                channel.close();
                if (channel.isRegistered()) {
                    poller.wake(); // the system's socket is closed when it has been taken out of there
                }
            }
        } finally {
            LockSupport.unpark(reader);
            LockSupport.unpark(writer);
            Poller.release();
        }
    }
}
