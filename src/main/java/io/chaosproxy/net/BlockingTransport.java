package io.chaosproxy.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.function.BooleanSupplier;

/** A wire on which threads wait as the JDK has it: each read and write blocks. */
final class BlockingTransport extends SocketTransport {
    BlockingTransport(SocketChannel socket) {
        super(socket);
    }

    @Override
    void connected() {}

    @Override
    void awaitSocket() {}

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
