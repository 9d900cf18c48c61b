package io.chaosproxy.relay;

import io.chaosproxy.flow.Source;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * A socket that virtual threads read and write as if it blocked: one thread at a time reads, one writes, and any thread may
 * close it.
 *
 * <p>How a thread waits for it is what its kinds differ in: as the JDK has it, or with a {@link Poller} of our own.
 */
abstract sealed class Wire implements Source, AutoCloseable permits BlockingWire, PolledWire {
    final SocketChannel socket;

    Wire(SocketChannel socket) {
        this.socket = socket;
    }

    /** The wire of a connected socket. */
    static Wire over(SocketChannel socket) throws IOException {
        Wire wire = of(socket);
        try {
            wire.connected();
            return wire;
        } catch (IOException | RuntimeException e) {
            wire.close();
            throw e;
        }
    }

    /**
     * A wire that leads nowhere yet.
     *
     * @throws IOException when descriptors run out
     */
    static Wire open() throws IOException {
        return of(SocketChannel.open());
    }

    private static Wire of(SocketChannel socket) throws IOException {
        try {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return Poller.isOfUse() ? new PolledWire(socket, Poller.next()) : new BlockingWire(socket);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Connects; a close ends the attempt.
     *
     * @throws java.net.SocketTimeoutException after so long
     */
    void connect(InetSocketAddress address, Duration atMost) throws IOException {
        socket.socket().connect(address, Math.toIntExact(Math.max(1, atMost.toMillis())));
        connected();
    }

    /** Its socket is connected; the first thread that reads or writes comes later. */
    abstract void connected() throws IOException;

    /**
     * Writes a part of the bytes, at least one; waits until the kernel takes it.
     *
     * @return how many it took
     */
    abstract int write(ByteBuffer bytes) throws IOException;

    /** Ends this side's stream; if it isn't connected any more, there is nothing to end. */
    void end() throws IOException {
        socket.shutdownOutput();
    }

    boolean isConnected() {
        return socket.isConnected();
    }

    /** The close that follows tears the connection down by RST (RFC 9293 §3.5.2). */
    void resetOnClose() {
        try {
            socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            // closed already: there is nothing left to reset
        }
    }

    @Override
    public abstract void close() throws IOException;
}
