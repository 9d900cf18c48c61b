package io.chaosproxy.bench.load;

import io.chaosproxy.bench.variant.ServerIdentity;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * TLS 1.3 over a socket that doesn't block, by Netty's binding of BoringSSL: the JDK's engine would cost the load generator
 * as much as it costs the proxy. No certificate is checked and no session is resumed. Runs on its loop's thread.
 */
final class EncryptedChannel implements ByteChannel {
    private static final int ROOM = 64 * 1024;
    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);
    private static final ByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;
    private static final SslContext CONTEXT = context();

    /** Of the loop's thread, there is one loop at a time. */
    private static final Deque<ByteBuffer> FREE = new ArrayDeque<>();

    /** The engine wants room even for what has no content. */
    private static final ByteBuffer ASIDE = ByteBuffer.allocateDirect(ROOM);

    private static final ByteBuffer OUT = ByteBuffer.allocateDirect(ROOM);

    private final SocketChannel socket;
    private final SSLEngine engine = CONTEXT.newEngine(ALLOCATOR);
    private ByteBuffer in = NOTHING; // encrypted, incomplete
    private boolean established;
    private boolean closed;

    EncryptedChannel(SocketChannel socket) {
        this.socket = socket;
    }

    private static SslContext context() {
        try {
            return SslContextBuilder.forClient()
                    .sslProvider(SslProvider.OPENSSL_REFCNT)
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .protocols("TLSv1.3")
                    .endpointIdentificationAlgorithm(null)
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Goes on with the handshake as far as what has come allows. Returns whether it is complete. */
    boolean handshake() throws IOException {
        HandshakeStatus status = engine.getHandshakeStatus();
        if (status == HandshakeStatus.NOT_HANDSHAKING && !established) {
            engine.beginHandshake();
            status = engine.getHandshakeStatus();
        }
        while (!established) {
            switch (status) {
                case NEED_TASK -> {
                    runTasks();
                    status = engine.getHandshakeStatus();
                }
                case NEED_WRAP -> status = wrap(NOTHING.duplicate()).getHandshakeStatus();
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    boolean more = in.position() > 0 && unwrap(ASIDE.clear()).bytesConsumed() > 0;
                    if (!more && fill() == 0) {
                        rest();
                        return false;
                    }
                    status = engine.getHandshakeStatus();
                }
                case FINISHED, NOT_HANDSHAKING -> established = true;
            }
        }
        rest();
        String cipher = engine.getSession().getCipherSuite();
        if (!cipher.equals(ServerIdentity.CIPHER)) {
            throw new ProtocolException("the proxy chose " + cipher);
        }
        return true;
    }

    private void runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    private SSLEngineResult wrap(ByteBuffer bytes) throws IOException {
        SSLEngineResult result = engine.wrap(bytes, OUT.clear());
        OUT.flip();
        socket.write(OUT);
        if (OUT.hasRemaining()) {
            throw new IOException("requests are too large for the socket"); // none of TLS is an upload
        }
        return result;
    }

    private SSLEngineResult unwrap(ByteBuffer into) throws IOException {
        in.flip();
        try {
            return engine.unwrap(in, into);
        } finally {
            in.compact();
        }
    }

    /** Reads from the socket. Returns how many bytes came, -1 at the end. */
    private int fill() throws IOException {
        if (in == NOTHING) {
            ByteBuffer used = FREE.poll();
            in = used == null ? ByteBuffer.allocateDirect(ROOM) : used;
        }
        int count = socket.read(in);
        if (count < 0 && !established) {
            throw new IOException("closed by the proxy during the handshake");
        }
        return count;
    }

    private void rest() {
        if (in != NOTHING && in.position() == 0) {
            FREE.push(in);
            in = NOTHING;
        }
    }

    @Override
    public int read(ByteBuffer bytes) throws IOException {
        int start = bytes.position();
        int count = fill();
        Status status = Status.OK;
        while (in.position() > 0 && status == Status.OK) { // what is read at once fits the loop's buffer
            status = unwrap(bytes).getStatus();
        }
        rest();
        return bytes.position() == start && (count < 0 || status == Status.CLOSED) ? -1 : bytes.position() - start;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        int start = bytes.position();
        while (bytes.hasRemaining()) {
            wrap(bytes);
        }
        return bytes.position() - start;
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            if (established) {
                notifyPeer();
            }
            in.clear();
            rest();
            ReferenceCountUtil.release(engine);
            socket.close();
        }
    }

    private void notifyPeer() {
        try {
            engine.closeOutbound();
            wrap(NOTHING.duplicate());
        } catch (IOException e) {
            // the proxy has closed it already
        }
    }
}
