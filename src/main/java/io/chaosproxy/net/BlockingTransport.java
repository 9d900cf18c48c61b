package io.chaosproxy.net;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.function.BooleanSupplier;

/** A wire on which threads wait as the JDK has it: each read and write blocks. */
final class BlockingTransport extends SocketTransport {
    /** Milliseconds between two looks of a wait that may be ended. */
    private static final int LOOK = 20;

    BlockingTransport(SocketChannel socket) {
        super(socket);
    }

    @Override
    void connected() {}

    @Override
    void awaitSocket() {}

    /** The JDK ends no read of a socket that stays open, so this reads a byte with a timeout, and puts it back. */
    @Override
    void awaitSocket(BooleanSupplier wanted) throws IOException {
        byte[] first = new byte[1];
        socket.socket().setSoTimeout(LOOK);
        try {
            while (wanted.getAsBoolean()) {
                try {
                    if (socket.socket().getInputStream().read(first) > 0) {
                        putBack(ByteBuffer.wrap(first));
                    }
                    return;
                } catch (SocketTimeoutException e) {
                    // not yet
                }
            }
        } finally {
            socket.socket().setSoTimeout(0);
        }
    }

    /** A reader that waits looks again soon by itself. */
    @Override
    public void wakeReader() {}

    @Override
    int readSocket(ByteBuffer bytes) throws IOException {
        return socket.read(bytes);
    }

    @Override
    public boolean readsAtOnce() {
        return false;
    }

    @Override
    int writeSocket(ByteBuffer bytes, BooleanSupplier wanted) throws IOException {
        return socket.write(bytes);
    }

    /** A write of the JDK waits until there is room. */
    @Override
    public void wakeWriter() {}

    @Override
    public void close() throws IOException {
        uncount();
        socket.close();
    }
}
