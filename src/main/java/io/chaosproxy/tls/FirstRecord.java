package io.chaosproxy.tls;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** The beginning of a server's answer to a ClientHello, for a handshake that is cut there. */
public final class FirstRecord {
    private FirstRecord() {}

    /**
     * The first record of the answer.
     *
     * @param engine of a server, new; of no further use
     * @param hello whole
     * @throws SSLException if the two don't agree
     */
    public static ByteBuffer of(SSLEngine engine, ByteBuffer hello) throws SSLException {
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        ByteBuffer nothing = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        engine.beginHandshake();
        while (record.position() == 0) {
            HandshakeStatus status = engine.getHandshakeStatus();
            switch (status) {
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    int before = hello.remaining();
                    engine.unwrap(hello, nothing);
                    if (hello.remaining() == before && engine.getHandshakeStatus() == status) {
                        throw new SSLException("the ClientHello is not whole");
                    }
                }
                case NEED_TASK -> {
                    for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                        task.run();
                    }
                }
                case NEED_WRAP -> engine.wrap(ByteBuffer.allocate(0), record);
                case FINISHED, NOT_HANDSHAKING -> throw new SSLException("there is no answer");
            }
        }
        return record.flip();
    }
}
