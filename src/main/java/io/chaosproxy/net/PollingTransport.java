package io.chaosproxy.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A transport on which threads wait with the help of a {@link Poller}.
 *
 * <p>It stays registered from the first wait on, and the kernel goes on to report unread bytes. So a thread that
 * has read everything waits without trying to read first and without another system call; that is what it saves. Only when
 * no thread waits for what is reported is the report switched off, until one does.
 */
final class PollingTransport extends SocketTransport {
    private final Poller poller; // held until this is closed
    private final AtomicBoolean released = new AtomicBoolean();
    private volatile @Nullable SelectionKey key;
    private volatile @Nullable Thread reader; // while it waits
    private volatile @Nullable Thread writer; // while it waits
    private boolean unread; // reported before, and no thread waited; known to the poller's thread alone

    PollingTransport(SocketChannel socket, Poller poller) {
        super(socket);
        this.poller = poller;
    }

    @Override
    void connected() throws IOException {
        socket.configureBlocking(false);
    }

    @Override
    int readSocket(ByteBuffer bytes) throws IOException {
        return socket.read(bytes);
    }

    @Override
    public boolean readsAtOnce() {
        return true;
    }

    @Override
    void awaitSocket() throws IOException {
        awaitSocket(() -> true);
    }

    @Override
    void awaitSocket(BooleanSupplier wanted) throws IOException {
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

    @Override
    public void wakeReader() {
        LockSupport.unpark(reader);
    }

    @Override
    int writeSocket(ByteBuffer bytes, BooleanSupplier wanted) throws IOException {
        int count = socket.write(bytes);
        while (count == 0 && bytes.hasRemaining() && awaitRoom(wanted)) {
            count = socket.write(bytes);
        }
        return count;
    }

    private boolean awaitRoom(BooleanSupplier wanted) throws IOException {
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

    @Override
    public void wakeWriter() {
        LockSupport.unpark(writer);
    }

    /** Has readiness of this kind reported. The waiting thread is known already, or the report would be lost. */
    private void ask(int kind) throws IOException {
        try {
            SelectionKey registered = key;
            if (registered == null) {
                registered = poller.register(socket, this);
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
        if (!socket.isOpen()) {
            throw new AsynchronousCloseException();
        }
        LockSupport.park(this);
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
        if ((kinds & SelectionKey.OP_WRITE) != 0 && !releaseWriter()) {
            registered.interestOpsAnd(~SelectionKey.OP_WRITE);
            releaseWriter();
        }
    }

    private boolean releaseReader() {
        Thread waiting = reader;
        if (waiting == null) {
            return false;
        }
        reader = null;
        LockSupport.unpark(waiting);
        return true;
    }

    private boolean releaseWriter() {
        Thread waiting = writer;
        if (waiting == null) {
            return false;
        }
        writer = null;
        LockSupport.unpark(waiting);
        return true;
    }

    @Override
    public void close() throws IOException {
        uncount();
        socket.close();
        if (socket.isRegistered()) {
            poller.wake(); // the system's socket is closed when it has been taken out of there
        }
        LockSupport.unpark(reader);
        LockSupport.unpark(writer);
        if (released.compareAndSet(false, true)) {
            Poller.release();
        }
    }
}
