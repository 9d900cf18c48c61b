package io.chaosproxy.tls;

import io.chaosproxy.net.Transport;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS above another transport, by the JDK's engine: what is read and written here is plaintext.
 *
 * <p>The methods have the threads that {@link Transport} speaks of, after {@link #handshake}. The engine has a lock of its
 * own; {@link TlsReader} and {@link TlsWriter} have one each.
 *
 * <p>Half-close exists with TLS 1.3 only: with TLS 1.2 the JDK ends its own output as soon as the peer's close_notify is
 * read (RFC 5246 §7.2.1 asks for that), and a write fails from then on.
 */
public final class TlsTransport implements Transport {
    private final Transport below;
    private final SSLEngine engine;
    private final TlsWriter writer;
    private final TlsReader reader;
    private final TlsHandshake handshake;

    /**
     * Before the handshake.
     *
     * @param below connected; closed with this
     * @param engine new, of either side
     */
    public TlsTransport(Transport below, SSLEngine engine) {
        this.below = below;
        this.engine = engine;
        this.writer = new TlsWriter(below, engine);
        this.reader = new TlsReader(below, engine, writer);
        this.handshake = new TlsHandshake(below, engine, reader, writer);
    }

    /**
     * Negotiates the session; nothing is read or written before. Not within {@link #beginReading}. After an exception the
     * transport can only be closed; the peer has been sent an alert, where there is one.
     *
     * @throws SocketTimeoutException if it takes longer; the transport is closed then
     * @throws SSLException if both sides don't agree, or if the peer ends the connection
     */
    public void handshake(Duration atMost) throws IOException {
        handshake.run(atMost);
    }

    /** The session that was negotiated: version, cipher suite, certificates of the peer. */
    public SSLSession session() {
        return engine.getSession();
    }

    /** Protocol of the layer above (ALPN); empty if it was not negotiated. */
    public String protocol() {
        String protocol = engine.getApplicationProtocol();
        return protocol == null ? "" : protocol;
    }

    @Override
    public void await() throws IOException {
        if (reader.mayRest()) {
            below.await();
        }
    }

    @Override
    public void await(BooleanSupplier wanted) throws IOException {
        while (!reader.decryptAhead()) {
            below.await(wanted);
            if (!wanted.getAsBoolean() || !reader.fillAhead()) {
                return;
            }
        }
    }

    @Override
    public void wakeReader() {
        below.wakeReader();
    }

    /**
     * Reads what is there.
     *
     * @throws TlsTruncatedException if the peer's stream ended without close_notify
     */
    @Override
    public int read(ByteBuffer bytes) throws IOException {
        return reader.read(bytes);
    }

    @Override
    public int write(ByteBuffer bytes, BooleanSupplier wanted) throws IOException {
        return writer.write(bytes, wanted);
    }

    /** Ends this side's stream with close_notify and FIN, behind what a writer has begun. Never waits for room. */
    @Override
    public void end() throws IOException {
        writer.end();
    }

    @Override
    public void resetOnClose() {
        writer.truncate();
        below.resetOnClose();
    }

    @Override
    public void truncateOnClose() {
        writer.truncate();
    }

    /**
     * Closes. A close_notify goes first if nothing is unsent, no write is under way, and the kernel has room.
     */
    @Override
    public void close() throws IOException {
        writer.notifyPeer();
        writer.closed();
        try {
            below.close();
        } finally {
            writer.owe(); // returns memory
            reader.close();
        }
    }

    @Override
    public void putBack(ByteBuffer bytes) {
        reader.putBack(bytes);
    }

    @Override
    public boolean wasFull() {
        return below.wasFull();
    }

    @Override
    public boolean hasEnded() {
        return reader.hasEnded() || below.hasEnded();
    }

    @Override
    public void beginReading() {
        below.beginReading();
    }

    @Override
    public void endReading() {
        below.endReading();
    }

    /** Bytes that are read ahead stay encrypted. */
    @Override
    public void lookAhead(ByteBuffer scratch) {
        below.lookAhead(scratch);
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
