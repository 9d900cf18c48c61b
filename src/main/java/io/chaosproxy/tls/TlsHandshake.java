package io.chaosproxy.tls;

import io.chaosproxy.net.Sockets;
import io.chaosproxy.net.Transport;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLHandshakeException;

/** The handshake of a {@link TlsTransport}, run once. A thread of its own ends one that takes too long. */
final class TlsHandshake {
    private final Transport below;
    private final SSLEngine engine;
    private final TlsReader reader;
    private final TlsWriter writer;
    private final AtomicBoolean decided = new AtomicBoolean(); // over, or out of time
    private volatile boolean late;

    TlsHandshake(Transport below, SSLEngine engine, TlsReader reader, TlsWriter writer) {
        this.below = below;
        this.engine = engine;
        this.reader = reader;
        this.writer = writer;
    }

    /** As {@link TlsTransport#handshake}. */
    void run(Duration atMost) throws IOException {
        Thread timer = Thread.ofVirtual().name("tls handshake timer").start(() -> giveUpAfter(atMost));
        boolean established = false;
        below.beginReading();
        reader.beginHandshake();
        writer.beginHandshake();
        try {
            negotiate();
            established = decided.compareAndSet(false, true);
            if (!established) {
                throw new ClosedChannelException();
            }
        } catch (IOException e) {
            throw late ? timeout(atMost, e) : e;
        } finally {
            decided.set(true);
            LockSupport.unpark(timer);
            writer.endHandshake(established);
            reader.endHandshake();
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
                case NEED_TASK -> DelegatedTasks.run(engine);
                case NEED_WRAP -> writer.wrapOfHandshake();
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> unwrap();
                case FINISHED, NOT_HANDSHAKING -> engine.getHandshakeStatus(); // tickets may follow
            };
        }
        writer.flushHandshake();
    }

    private HandshakeStatus unwrap() throws IOException {
        SSLEngineResult result = reader.unwrapOfHandshake();
        return switch (result.getStatus()) {
            case BUFFER_UNDERFLOW -> {
                writer.flushHandshake();
                if (!reader.awaitMoreOfHandshake()) {
                    throw new SSLHandshakeException("the peer ended the connection during the handshake");
                }
                yield engine.getHandshakeStatus();
            }
            case CLOSED -> throw new SSLHandshakeException("the peer closed the connection during the handshake");
            case OK, BUFFER_OVERFLOW -> result.getHandshakeStatus();
        };
    }
}
