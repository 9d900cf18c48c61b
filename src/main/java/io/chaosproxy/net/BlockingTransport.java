package io.chaosproxy.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** A wire on which threads wait as the JDK has it: each read and write blocks. */
final class BlockingTransport extends SocketTransport {
    /** Milliseconds between two looks of a wait that may be ended. */
    private static final int LOOK = 20;

    /** Bytes that such a wait, or a look at what has arrived, reads at most. */
    private static final int AT_ONCE = 1024;

    BlockingTransport(SocketChannel socket) {
        super(socket);
    }

    /** One that sends each write at once. */
    static BlockingTransport of(SocketChannel socket) throws IOException {
        return new BlockingTransport(socket.setOption(StandardSocketOptions.TCP_NODELAY, true));
    }

    @Override
    void connectSocket(InetSocketAddress address, Duration atMost) throws IOException {
        socket.socket().connect(address, Math.toIntExact(Math.max(1, atMost.toMillis())));
    }

    @Override
    void connected() {}

    @Override
    void awaitSocket() {}

    /** The JDK ends no read of a socket that stays open, so this reads with a timeout, and puts back what comes. */
    @Override
    void awaitSocket(BooleanSupplier wanted) throws IOException {
        ByteBuffer first = ByteBuffer.allocate(AT_ONCE);
        int count = 0;
        while (count == 0 && wanted.getAsBoolean()) {
            count = readWithin(LOOK, first);
        }
        putBack(first.flip());
    }

    /** Whether something has arrived the JDK tells by a read alone, and the shortest that is not unbounded takes this millisecond. */
    @Override
    int readArrived(ByteBuffer bytes) throws IOException {
        return readWithin(1, bytes);
    }

    /** Reads, or returns 0 if nothing comes within these milliseconds. Within {@link #beginReading} alone. */
    private int readWithin(int millis, ByteBuffer bytes) throws IOException {
        byte[] arrived = new byte[Math.min(AT_ONCE, bytes.remaining())];
        socket.socket().setSoTimeout(millis);
        try {
            int count = socket.socket().getInputStream().read(arrived);
            bytes.put(arrived, 0, Math.max(0, count));
            return count;
        } catch (SocketTimeoutException e) {
            return 0;
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

    @Override
    int spliceToSocket(SplicePipe pipe, BooleanSupplier wanted) {
        throw new UnsupportedOperationException(); // splices() says so
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
