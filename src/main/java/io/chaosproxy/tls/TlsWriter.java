package io.chaosproxy.tls;

import io.chaosproxy.net.Transport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/**
 * The outgoing half of a {@link TlsTransport}: encrypts, sends, and ends the stream.
 *
 * <p>Its lock guards what is encrypted and not yet sent, and a writer holds it while it waits for room. So nothing else waits
 * for it: a reader or {@link #end} that finds it taken leaves a note ({@code owed}), and the thread that holds it acts on that
 * when it lets go.
 *
 * <p>A record is sent as a whole or not at all. A write that is no longer wanted while the last of its bytes, encrypted
 * already, wait for room leaves them to a thread that does nothing else; the next write takes over from it.
 */
final class TlsWriter {
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    /** Unsent bytes beyond which a response to a KeyUpdate waits for its turn. */
    private static final int MANY = 64 * 1024;

    private static final long RENEGOTIATION_PAUSE = 1_000_000; // nanoseconds

    private final Transport below;
    private final SSLEngine engine;
    private int packet; // upper bound for the bytes of a record, as the engine has it at the moment

    private final ReentrantLock lock = new ReentrantLock();
    private final LentBuffer outgoing = new LentBuffer(); // encrypted
    private boolean flusher; // a thread is about to send the rest; guarded by the lock, as the next two
    private boolean notified; // close_notify is encrypted, or not wanted
    private boolean outputEnded;
    private volatile boolean established;
    private volatile boolean failed; // the engine has an alert that says why
    private volatile boolean writerWaits; // for the lock
    private volatile boolean owed; // to be sent by the thread that has the lock
    private volatile boolean ending;
    private volatile boolean truncating;
    private volatile boolean closed;

    TlsWriter(Transport below, SSLEngine engine) {
        this.below = below;
        this.engine = engine;
        this.packet = engine.getSession().getPacketBufferSize();
    }

    /** From here to {@link #endHandshake} the calling thread alone encrypts and sends. */
    void beginHandshake() {
        lock.lock();
    }

    /** After a failure, too. */
    void endHandshake(boolean success) {
        established = success;
        if (!success) {
            failed();
        }
        unlock();
    }

    /** Encrypts a message of the handshake, once there is room for it. */
    HandshakeStatus wrapOfHandshake() throws IOException {
        SSLEngineResult result = wrap(EMPTY);
        switch (result.getStatus()) {
            case CLOSED -> throw new SSLHandshakeException("the TLS session was closed during the handshake");
            case BUFFER_OVERFLOW -> {
                if (outgoing.isEmpty()) {
                    packet = engine.getSession().getPacketBufferSize();
                } else {
                    flushHandshake(); // there is no more memory than for one record
                }
            }
            case OK, BUFFER_UNDERFLOW -> {}
        }
        return result.getHandshakeStatus();
    }

    /** Sends what is encrypted, however long it takes. Only within a handshake. */
    void flushHandshake() throws IOException {
        flush(TlsWriter::always);
    }

    /** As {@link Transport#write}. */
    int write(ByteBuffer bytes, BooleanSupplier wanted) throws IOException {
        int count = bytes.hasRemaining() ? writeSome(bytes, wanted) : 0;
        if (count == 0 && bytes.hasRemaining() && wanted.getAsBoolean()) {
            LockSupport.parkNanos(this, RENEGOTIATION_PAUSE); // nothing else takes nothing
        }
        return count;
    }

    private int writeSome(ByteBuffer bytes, BooleanSupplier wanted) throws IOException {
        lockForWrite();
        try {
            if (ending) {
                throw new ClosedChannelException();
            }
            if (!flush(wanted)) {
                flushLater();
                return 0;
            }
            int start = bytes.position();
            while (encrypt(bytes) > 0) {
                boolean last = !bytes.hasRemaining() || ending;
                if (!flush(last ? wanted : TlsWriter::never)) {
                    flushLater();
                    break;
                }
                if (last) {
                    break;
                }
            }
            return bytes.position() - start;
        } catch (SSLException e) {
            failed();
            throw e;
        } finally {
            unlock();
        }
    }

    private void lockForWrite() {
        if (!lock.tryLock()) {
            writerWaits = true;
            below.wakeWriter(); // the flusher lets go
            lock.lock();
            writerWaits = false;
        }
    }

    /** Encrypts as much as one write of the socket usually moves. */
    private int encrypt(ByteBuffer bytes) throws IOException {
        int start = bytes.position();
        while (bytes.hasRemaining()) {
            SSLEngineResult result = wrap(bytes);
            switch (result.getStatus()) {
                case CLOSED -> throw new SSLException("the peer has closed the TLS session, or it failed");
                case BUFFER_OVERFLOW -> {
                    if (!outgoing.isEmpty()) {
                        return bytes.position() - start;
                    }
                    packet = engine.getSession().getPacketBufferSize(); // the peer's records are larger than usual
                }
                case OK, BUFFER_UNDERFLOW -> {
                    if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
                        DelegatedTasks.run(engine);
                    } else if (result.bytesConsumed() == 0 && result.bytesProduced() == 0) {
                        return bytes.position() - start; // during a renegotiation
                    }
                }
            }
        }
        return bytes.position() - start;
    }

    /** Encrypts one record of these bytes, or one of the engine's own. What is unsent already doesn't move to other memory. */
    private SSLEngineResult wrap(ByteBuffer bytes) throws IOException {
        ByteBuffer room = outgoing.fill(outgoing.isEmpty() || outgoing.hasRoom(packet) ? packet : 0);
        try {
            return engine.wrap(bytes, room);
        } finally {
            outgoing.filled();
        }
    }

    private static boolean always() {
        return true;
    }

    private static boolean never() {
        return false;
    }

    /**
     * Sends what is encrypted.
     *
     * @return whether all of it has gone
     */
    private boolean flush(BooleanSupplier wanted) throws IOException {
        while (!outgoing.isEmpty()) {
            if (below.write(outgoing.content(), wanted) == 0) {
                return false;
            }
        }
        outgoing.free();
        return true;
    }

    /** Has the rest sent when there is room, by a thread that lets go for a writer. The lock is held. */
    private void flushLater() {
        if (!flusher && !closed) {
            flusher = true;
            Thread.ofVirtual().name("tls flush").start(this::flushRest);
        }
    }

    private void flushRest() {
        lock.lock();
        try {
            flush(() -> !writerWaits);
            owed = owed || ending;
        } catch (IOException e) {
            outgoing.free(); // the next read or write meets the same
        } finally {
            flusher = false;
            unlock();
        }
    }

    /** Has sent what is not a writer's, by this thread or by the one that has the lock. Never waits. */
    void owe() {
        owed = true;
        if (lock.tryLock()) {
            unlock();
        }
    }

    /** As {@link #owe}, for the alert of a session that has failed. */
    void oweAlert() {
        failed();
        owe();
    }

    private void failed() {
        failed = true;
        owed = true;
    }

    /** Sends what the engine wants to send, for a reader that can't go on before. */
    void renegotiate() throws IOException {
        lock.lock();
        try {
            settle();
        } finally {
            unlock();
        }
    }

    /** Does what was left to the holder of the lock before, and again if more was left meanwhile. */
    private void unlock() {
        do {
            if (owed) {
                owed = false;
                settleQuietly();
            }
            if (closed) {
                outgoing.free(); // a write that came later has filled it in vain
            }
            lock.unlock();
        } while (owed && lock.tryLock());
    }

    private void settleQuietly() {
        try {
            if (!closed) {
                settle();
            }
        } catch (IOException e) {
            outgoing.free(); // the next read or write meets the same; after a handshake that failed there is none
        }
    }

    /** Sends the engine's own messages and, after an {@link #end}, what ends the stream. The lock is held. */
    private void settle() throws IOException {
        wrapOwn();
        boolean sent = flush(TlsWriter::never);
        if (sent && ending && !outputEnded) {
            if (!notified) {
                notified = true;
                if (established && !truncating) {
                    engine.closeOutbound();
                    wrapOwn();
                    sent = flush(TlsWriter::never);
                }
            }
            if (sent) {
                outputEnded = true;
                below.end();
            }
        }
        if (!sent) {
            flushLater();
        }
    }

    private void wrapOwn() throws IOException {
        while (outgoing.content().remaining() < MANY && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            SSLEngineResult result = wrap(EMPTY);
            if (result.bytesProduced() == 0 && result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                return;
            }
        }
    }

    /** Ends the stream with close_notify and FIN, behind what a writer has begun. Never waits for room. */
    void end() throws IOException {
        ending = true;
        owed = true;
        if (lock.tryLock()) {
            try {
                owed = false;
                settle();
            } finally {
                unlock();
            }
        }
    }

    /** The stream ends without close_notify. */
    void truncate() {
        truncating = true;
    }

    /** Sends a close_notify, or the alert of a failure, if nothing else is unsent, no write is under way, and the kernel has room. */
    void notifyPeer() {
        if ((established || failed) && !truncating && !closed && lock.tryLock()) {
            try {
                if (!failed && !notified && flush(TlsWriter::never)) {
                    notified = true;
                    engine.closeOutbound();
                    wrapOwn();
                    flush(TlsWriter::never);
                }
            } catch (IOException e) {
                // torn down already
            } finally {
                unlock();
            }
        }
    }

    /** Nothing is sent any more. */
    void closed() {
        closed = true;
    }
}
