package io.chaosproxy.tls;

import io.chaosproxy.net.Transport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import org.jspecify.annotations.Nullable;

/**
 * The incoming half of a {@link TlsTransport}: receives and decrypts. Its lock is contended by a close alone, which returns
 * borrowed memory.
 */
final class TlsReader {
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final Transport below;
    private final SSLEngine engine;
    private final TlsWriter writer;
    private final int packet; // usual upper bound for the bytes of a record
    private final ReentrantLock lock = new ReentrantLock();
    private final LentBuffer incoming = new LentBuffer(); // encrypted
    private final LentBuffer plain = new LentBuffer(); // of a record that was larger than the reader's buffer
    private boolean starved = true; // incoming has no whole record
    private volatile boolean ended; // close_notify was read
    private volatile boolean closed;
    private volatile boolean freed; // after the close
    private @Nullable IOException broken; // met behind bytes that were returned first

    /**
     * Nothing read yet.
     *
     * @param writer told what a record that was read asks the engine to send
     */
    TlsReader(Transport below, SSLEngine engine, TlsWriter writer) {
        this.below = below;
        this.engine = engine;
        this.writer = writer;
        this.packet = engine.getSession().getPacketBufferSize();
    }

    /** From here to {@link #endHandshake} the calling thread alone reads. */
    void beginHandshake() {
        lock.lock();
    }

    void endHandshake() {
        incoming.rest();
        starved = false; // the first bytes may have come with the last of the handshake
        unlock();
    }

    /** Decrypts a message of the handshake, if a whole record has arrived. */
    SSLEngineResult unwrapOfHandshake() throws IOException {
        return unwrap(EMPTY);
    }

    /** Waits for more of the handshake. Returns false at the end of the stream. */
    boolean awaitMoreOfHandshake() throws IOException {
        int count = fill();
        while (count == 0) {
            incoming.rest();
            below.await();
            count = fill();
        }
        return count > 0;
    }

    /** Whether nothing can be read before more has come; then the memory for that is given back. */
    boolean mayRest() {
        lock.lock();
        try {
            if (!plain.isEmpty() || !starved || ended || broken != null) {
                return false;
            }
            incoming.rest();
            return true;
        } finally {
            unlock();
        }
    }

    /**
     * Decrypts ahead of the reader, since records may have come that hold nothing for it, or only a part of one. Returns whether
     * something is there for it: bytes, the end, or a failure.
     */
    boolean decryptAhead() {
        lock.lock();
        try {
            while (plain.isEmpty() && !ended && broken == null) {
                SSLEngineResult result = unwrapAside();
                if (starved) {
                    plain.free();
                    incoming.rest();
                    return false;
                }
                ended = result.getStatus() == Status.CLOSED;
                respond(result);
            }
            return true;
        } catch (IOException e) {
            writer.oweAlert();
            broken = e;
            return true;
        } finally {
            unlock();
        }
    }

    /** Takes what has come; false at the end of the stream, which the reader meets again. */
    boolean fillAhead() throws IOException {
        lock.lock();
        try {
            return fill() >= 0;
        } finally {
            unlock();
        }
    }

    /**
     * Reads what is there.
     *
     * @throws TlsTruncatedException if the peer's stream ended without close_notify
     */
    int read(ByteBuffer bytes) throws IOException {
        lock.lock();
        try {
            int count = take(bytes);
            while (count == 0 && bytes.hasRemaining()) {
                if (ended) {
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
            unlock();
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
                writer.oweAlert();
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
        while (bytes.hasRemaining() && plain.isEmpty() && !ended) {
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
            ended = result.getStatus() == Status.CLOSED;
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
            status = DelegatedTasks.run(engine);
        }
        if (status != HandshakeStatus.NEED_WRAP) {
            return;
        }
        if (result.bytesConsumed() == 0 && result.getStatus() == Status.OK) {
            writer.renegotiate(); // doesn't go on without
        } else {
            writer.owe();
        }
    }

    private int fill() throws IOException {
        ByteBuffer room = incoming.fill(packet);
        try {
            return below.read(room);
        } finally {
            incoming.filled();
        }
    }

    /** Puts bytes in front of what the next read returns. */
    void putBack(ByteBuffer bytes) {
        lock.lock();
        try {
            plain.prepend(bytes);
        } finally {
            unlock();
        }
    }

    /** Whether close_notify was read. */
    boolean hasEnded() {
        return ended;
    }

    /** Nothing is read any more; memory goes back, at the latest when a reader lets go. */
    void close() {
        closed = true;
        if (lock.tryLock()) {
            unlock();
        }
    }

    /** A close may have come meanwhile, and then nothing reads again. */
    private void unlock() {
        do {
            if (closed) {
                incoming.free();
                plain.free();
                freed = true;
            }
            lock.unlock();
        } while (closed && !freed && lock.tryLock());
    }
}
