package io.chaosproxy.tls;

import io.chaosproxy.net.Sockets;
import io.chaosproxy.net.Transport;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS above another transport, by the JDK's engine: what is read and written here is plaintext.
 *
 * <p>The methods have the threads that {@link Transport} speaks of, after {@link #handshake}. The engine has a lock of its
 * own; two more are here. {@code writing} guards what is encrypted and not yet sent, and a writer holds it while it waits for
 * room. So nothing else waits for it: a reader or {@link #end} that finds it taken leaves a note ({@code owed}), and the
 * thread that holds it acts on that when it lets go. {@code reading} is contended by a close alone, which returns borrowed
 * memory.
 *
 * <p>A record is sent as a whole or not at all. A write that is no longer wanted while the last of its bytes, encrypted
 * already, wait for room leaves them to a thread that does nothing else; the next write takes over from it.
 *
 * <p>Half-close exists with TLS 1.3 only: with TLS 1.2 the JDK ends its own output as soon as the peer's close_notify is
 * read (RFC 5246 §7.2.1 asks for that), and a write fails from then on.
 */
public final class TlsTransport implements Transport {
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    /** A read that waits on a socket of the JDK's kind has memory in hand meanwhile: no more than this. */
    private static final int WHILE_WAITING = 2 * 1024;

    /** Unsent bytes beyond which a response to a KeyUpdate waits for its turn. */
    private static final int MANY = 64 * 1024;

    private static final long RENEGOTIATION_PAUSE = 1_000_000; // nanoseconds

    private final Transport below;
    private final SSLEngine engine;
    private volatile int packet; // upper bound for the bytes of a record, as the engine has it at the moment
    private final AtomicBoolean decided = new AtomicBoolean(); // the handshake is over, or out of time
    private volatile boolean established;
    private volatile boolean late;

    private final ReentrantLock reading = new ReentrantLock();
    private final LentBuffer incoming = new LentBuffer(); // encrypted
    private final LentBuffer plain = new LentBuffer(); // of a record that was larger than the reader's buffer
    private volatile boolean starved = true; // incoming has no whole record
    private volatile boolean inputEnded; // close_notify was read
    private volatile boolean inputFreed; // after the close
    private @Nullable IOException broken; // met behind bytes that were returned first

    private final ReentrantLock writing = new ReentrantLock();
    private final LentBuffer outgoing = new LentBuffer(); // encrypted
    private boolean flusher; // a thread is about to send the rest; guarded by writing, as the next two
    private boolean notified; // close_notify is encrypted, or not wanted
    private boolean outputEnded;
    private volatile boolean full;
    private volatile boolean writerWaits; // for the lock
    private volatile boolean owed; // to be sent by the thread that has the lock
    private volatile boolean ending;
    private volatile boolean truncating;
    private volatile boolean closed;

    /**
     * Before the handshake.
     *
     * @param below connected; closed with this
     * @param engine new, of either side
     */
    public TlsTransport(Transport below, SSLEngine engine) {
        this.below = below;
        this.engine = engine;
        this.packet = engine.getSession().getPacketBufferSize();
    }

    /**
     * Negotiates the session; nothing is read or written before. Not within {@link #beginReading}. After an exception the
     * transport can only be closed; the peer has been sent an alert, where there is one.
     *
     * @throws SocketTimeoutException if it takes longer; the transport is closed then
     * @throws SSLException if both sides don't agree, or if the peer ends the connection
     */
    public void handshake(Duration atMost) throws IOException {
        Thread timer = Thread.ofVirtual().name("tls handshake timer").start(() -> giveUpAfter(atMost));
        below.beginReading();
        reading.lock();
        writing.lock();
        try {
            negotiate();
            established = decided.compareAndSet(false, true);
            if (!established) {
                throw new ClosedChannelException();
            }
        } catch (IOException e) {
            owed = true; // an alert says why
            throw late ? timeout(atMost, e) : e;
        } finally {
            decided.set(true);
            LockSupport.unpark(timer);
            incoming.rest();
            starved = false; // the first bytes may have come with the last of the handshake
            unlockWriting();
            unlockReading();
            below.endReading();
        }
    }

    private void giveUpAfter(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (!decided.get()) {
            long left = end - System.nanoTime();
            if (left > 0) {
                LockSupport.parkNanos(this, left);
            } else if (decided.compareAndSet(false, true)) {
                late = true;
                Sockets.closeQuietly(below);
            }
        }
    }

    private static SocketTimeoutException timeout(Duration time, IOException cause) {
        SocketTimeoutException timeout =
                new SocketTimeoutException("the TLS handshake was not finished within " + time.toMillis() + " ms");
        timeout.initCause(cause);
        return timeout;
    }

    private void negotiate() throws IOException {
        engine.beginHandshake();
        HandshakeStatus status = engine.getHandshakeStatus();
        while (status != HandshakeStatus.NOT_HANDSHAKING) {
            status = switch (status) {
                case NEED_TASK -> runTasks();
                case NEED_WRAP -> wrap(EMPTY).getHandshakeStatus();
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> unwrapOfHandshake();
                case FINISHED, NOT_HANDSHAKING -> engine.getHandshakeStatus(); // tickets may follow
            };
        }
        flush(TlsTransport::always);
    }

    private HandshakeStatus runTasks() {
        Runnable task;
        while ((task = engine.getDelegatedTask()) != null) {
            task.run();
        }
        return engine.getHandshakeStatus();
    }

    private HandshakeStatus unwrapOfHandshake() throws IOException {
        SSLEngineResult result = unwrap(EMPTY);
        return switch (result.getStatus()) {
            case BUFFER_UNDERFLOW -> {
                flush(TlsTransport::always);
                awaitMoreOfHandshake();
                yield engine.getHandshakeStatus();
            }
            case CLOSED -> throw new SSLHandshakeException("the peer closed the connection during the handshake");
            case OK, BUFFER_OVERFLOW -> result.getHandshakeStatus();
        };
    }

    private void awaitMoreOfHandshake() throws IOException {
        int count = fill();
        while (count == 0) {
            incoming.rest();
            below.await();
            count = fill();
        }
        if (count < 0) {
            throw new SSLHandshakeException("the peer ended the connection during the handshake");
        }
    }

    /** The session that was negotiated: version, cipher suite, certificates of the peer. */
    public SSLSession session() {
        return engine.getSession();
    }

    /** What the layer above speaks (ALPN); empty if that was not negotiated. */
    public String protocol() {
        String protocol = engine.getApplicationProtocol();
        return protocol == null ? "" : protocol;
    }

    @Override
    public void await() throws IOException {
        if (mayRest()) {
            below.await();
        }
    }

    @Override
    public void await(BooleanSupplier wanted) throws IOException {
        if (mayRest()) {
            below.await(wanted);
        }
    }

    @Override
    public void wakeReader() {
        below.wakeReader();
    }

    /** Whether nothing can be read before more has come; then the memory for that is given back. */
    private boolean mayRest() {
        reading.lock();
        try {
            if (!plain.isEmpty() || !starved || inputEnded || broken != null) {
                return false;
            }
            incoming.rest();
            return true;
        } finally {
            unlockReading();
        }
    }

    /**
     * Reads what is there.
     *
     * @throws TlsTruncatedException if the peer's stream ended without close_notify
     */
    @Override
    public int read(ByteBuffer bytes) throws IOException {
        reading.lock();
        try {
            int count = take(bytes);
            while (count == 0 && bytes.hasRemaining()) {
                if (inputEnded) {
                    return -1;
                }
                int more = fill();
                if (more == 0) {
                    return 0;
                }
                if (more < 0) {
                    throw new TlsTruncatedException();
                }
                count = take(bytes);
            }
            return count;
        } finally {
            if (incoming.isEmpty()) {
                incoming.free();
            }
            unlockReading();
        }
    }

    /** Takes what has arrived already, as far as there is room for it. A failure behind bytes is thrown by the next call. */
    private int take(ByteBuffer bytes) throws IOException {
        int start = bytes.position();
        takePlain(bytes);
        if (plain.isEmpty()) {
            try {
                throwBroken();
                decrypt(bytes, start);
            } catch (IOException e) {
                owe(); // an alert says why
                broken = e;
                if (bytes.position() == start) {
                    throw e;
                }
            }
        }
        return bytes.position() - start;
    }

    private void throwBroken() throws IOException {
        IOException failure = broken;
        if (failure != null) {
            throw failure;
        }
    }

    private void takePlain(ByteBuffer bytes) {
        if (!plain.isEmpty()) {
            ByteBuffer content = plain.content();
            int count = Math.min(content.remaining(), bytes.remaining());
            bytes.put(content.slice(content.position(), count));
            content.position(content.position() + count);
            if (plain.isEmpty()) {
                plain.free();
            }
        }
    }

    /** Decrypts whole records into the reader's buffer, and through one of our own only what alone doesn't fit there. */
    private void decrypt(ByteBuffer bytes, int start) throws IOException {
        while (bytes.hasRemaining() && plain.isEmpty() && !inputEnded) {
            SSLEngineResult result = unwrap(bytes);
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                if (bytes.position() > start) {
                    return;
                }
                result = unwrapAside();
            }
            if (starved) {
                return;
            }
            inputEnded = result.getStatus() == Status.CLOSED;
            respond(result);
            takePlain(bytes);
        }
    }

    private SSLEngineResult unwrapAside() throws IOException {
        ByteBuffer room = plain.fill(engine.getSession().getApplicationBufferSize());
        try {
            return unwrap(room);
        } finally {
            plain.filled();
        }
    }

    private SSLEngineResult unwrap(ByteBuffer into) throws IOException {
        SSLEngineResult result = engine.unwrap(incoming.content(), into);
        starved = result.getStatus() == Status.BUFFER_UNDERFLOW;
        return result;
    }

    /** Acts on what the engine wants after a record: mostly nothing. */
    private void respond(SSLEngineResult result) throws IOException {
        HandshakeStatus status = result.getHandshakeStatus();
        if (status == HandshakeStatus.NEED_TASK) {
            status = runTasks();
        }
        if (status != HandshakeStatus.NEED_WRAP) {
            return;
        }
        if (result.bytesConsumed() == 0 && result.getStatus() == Status.OK) {
            writing.lock(); // a renegotiation, which doesn't go on without
            try {
                settle();
            } finally {
                unlockWriting();
            }
        } else {
            owe();
        }
    }

    private int fill() throws IOException {
        int least = below.readsAtOnce() || !incoming.isEmpty() ? packet : WHILE_WAITING;
        ByteBuffer room = incoming.fill(least);
        try {
            return below.read(room);
        } finally {
            incoming.filled();
        }
    }

    @Override
    public int write(ByteBuffer bytes, BooleanSupplier wanted) throws IOException {
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
                if (!flush(last ? wanted : TlsTransport::never)) {
                    flushLater();
                    break;
                }
                if (last) {
                    break;
                }
            }
            return bytes.position() - start;
        } catch (SSLException e) {
            owed = true; // an alert says why
            throw e;
        } finally {
            unlockWriting();
        }
    }

    private void lockForWrite() {
        if (!writing.tryLock()) {
            writerWaits = true;
            below.wakeWriter(); // the flusher lets go
            writing.lock();
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
                        runTasks();
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
            if (!outgoing.isEmpty()) {
                full = true;
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
        writing.lock();
        try {
            flush(() -> !writerWaits);
            owed = owed || ending;
        } catch (IOException e) {
            outgoing.free(); // the next read or write meets the same
        } finally {
            flusher = false;
            unlockWriting();
        }
    }

    /** Has sent what is not a writer's, by this thread or by the one that has the lock. Never waits. */
    private void owe() {
        owed = true;
        if (writing.tryLock()) {
            unlockWriting();
        }
    }

    /** What was left to the holder of the lock is done before, and again if more was left meanwhile. */
    private void unlockWriting() {
        do {
            if (owed) {
                owed = false;
                settleQuietly();
            }
            if (closed) {
                outgoing.free(); // a write that came later has filled it in vain
            }
            writing.unlock();
        } while (owed && writing.tryLock());
    }

    private void settleQuietly() {
        try {
            if (!closed) {
                settle();
            }
        } catch (IOException e) {
            // the next read or write meets the same
        }
    }

    /** Sends the engine's own messages and, after an {@link #end}, what ends the stream. The lock is held. */
    private void settle() throws IOException {
        wrapOwn();
        boolean sent = flushAtOnce();
        if (sent && ending && !outputEnded) {
            if (!notified) {
                notified = true;
                if (established && !truncating) {
                    engine.closeOutbound();
                    wrapOwn();
                    sent = flushAtOnce();
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

    /** A socket of the JDK's kind can't be asked not to wait; the flusher waits for it. */
    private boolean flushAtOnce() throws IOException {
        return below.readsAtOnce() ? flush(TlsTransport::never) : outgoing.isEmpty();
    }

    /** Ends this side's stream with close_notify and FIN, behind what a writer has begun. Never waits for room. */
    @Override
    public void end() throws IOException {
        ending = true;
        owed = true;
        if (writing.tryLock()) {
            try {
                owed = false;
                settle();
            } finally {
                unlockWriting();
            }
        }
    }

    @Override
    public void resetOnClose() {
        truncating = true;
        below.resetOnClose();
    }

    @Override
    public void truncateOnClose() {
        truncating = true;
    }

    /**
     * Closes. A close_notify goes first if nothing is unsent, no write is under way, and the kernel has room; without an
     * {@link #end} before, never on a socket of the JDK's kind.
     */
    @Override
    public void close() throws IOException {
        if (established && !truncating && !closed && below.readsAtOnce() && writing.tryLock()) {
            try {
                notifyPeer();
            } finally {
                unlockWriting();
            }
        }
        closed = true;
        try {
            below.close();
        } finally {
            owe(); // returns memory
            if (reading.tryLock()) {
                unlockReading();
            }
        }
    }

    private void notifyPeer() {
        try {
            if (!notified && flush(TlsTransport::never)) {
                notified = true;
                engine.closeOutbound();
                wrapOwn();
                flush(TlsTransport::never);
            }
        } catch (IOException e) {
            // torn down already
        }
    }

    /** A close may have come meanwhile, and then nothing reads again. */
    private void unlockReading() {
        do {
            if (closed) {
                incoming.free();
                plain.free();
                inputFreed = true;
            }
            reading.unlock();
        } while (closed && !inputFreed && reading.tryLock());
    }

    @Override
    public void putBack(ByteBuffer bytes) {
        reading.lock();
        try {
            plain.prepend(bytes);
        } finally {
            unlockReading();
        }
    }

    @Override
    public boolean wasFull() {
        return full || below.wasFull();
    }

    @Override
    public boolean hasEnded() {
        return inputEnded || below.hasEnded();
    }

    @Override
    public boolean readsAtOnce() {
        return below.readsAtOnce();
    }

    @Override
    public void beginReading() {
        below.beginReading();
    }

    @Override
    public void endReading() {
        below.endReading();
    }

    /** What is read ahead stays encrypted. */
    @Override
    public void lookAhead(ByteBuffer scratch) {
        below.lookAhead(scratch);
    }

    @Override
    public boolean isReadAhead() {
        return below.isReadAhead();
    }

    @Override
    public boolean hasBacklog() {
        return below.hasBacklog();
    }

    @Override
    public boolean isTorn(Selector selector) throws IOException {
        return below.isTorn(selector);
    }

    @Override
    public @Nullable IOException failure() {
        return below.failure();
    }

    @Override
    public void wakeWriter() {
        below.wakeWriter();
    }

    @Override
    public boolean isConnected() {
        return below.isConnected();
    }
}
