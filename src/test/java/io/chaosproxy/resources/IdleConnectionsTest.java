package io.chaosproxy.resources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.chaosproxy.fault.Protocol;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Thousands of connections on which nothing happens: each costs little, and each is alive. */
@Timeout(600) // interrupts reads that would wait for ever for a proxy that has gone
final class IdleConnectionsTest {
    /**
     * Measured: 12.4 KiB of heap, for two threads and two small buffers each; 22 KiB in all with what the heap leaves free.
     */
    private static final long MOST_HEAP_EACH = 20 * 1024;

    private static final long MOST_RESIDENT_EACH = 32 * 1024;

    private final List<SocketChannel> clients = new ArrayList<>();
    private final List<SocketChannel> servers = new ArrayList<>();

    @Test
    void areCheapAndAlive() throws Exception {
        int count = (int) Math.min(5000, (filesLeft() - 500) / 2); // both ends of the proxy's connections are here
        try (ServerSocketChannel origin =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                ProxyProcess proxy =
                        ProxyProcess.start(Protocol.TCP, origin.socket().getLocalPort(), "-Xmx128m")) {
            open(200, origin, proxy); // what a first connection costs is not each one's
            exchange();
            long heap = proxy.heap();
            long resident = proxy.resident();
            open(count, origin, proxy);
            exchange();
            assertEquals(200 + count, proxy.connections());
            long heapEach = (proxy.heap() - heap) / count;
            long residentEach = (proxy.resident() - resident) / count;
            assertTrue(heapEach < MOST_HEAP_EACH, heapEach + " bytes of heap for each of " + count);
            assertTrue(residentEach < MOST_RESIDENT_EACH, residentEach + " bytes of memory for each of " + count);
            exchange();
        } finally {
            for (SocketChannel channel : clients) {
                channel.close();
            }
            for (SocketChannel channel : servers) {
                channel.close();
            }
        }
    }

    private void open(int count, ServerSocketChannel origin, ProxyProcess proxy) throws IOException {
        for (int i = 0; i < count; i++) {
            clients.add(SocketChannel.open(proxy.address()));
            servers.add(origin.accept());
        }
    }

    /** A number goes up on each connection, and its negative comes down on the same one. */
    private void exchange() throws IOException {
        for (int i = 0; i < clients.size(); i++) {
            send(clients.get(i), i + 1);
        }
        for (SocketChannel server : servers) {
            send(server, -receive(server));
        }
        for (int i = 0; i < clients.size(); i++) {
            assertEquals(-(i + 1), receive(clients.get(i)));
        }
    }

    private static void send(SocketChannel channel, int number) throws IOException {
        channel.write(ByteBuffer.allocate(4).putInt(0, number));
    }

    private static int receive(SocketChannel channel) throws IOException {
        ByteBuffer number = ByteBuffer.allocate(4);
        while (number.hasRemaining()) {
            if (channel.read(number) < 0) {
                throw new EOFException();
            }
        }
        return number.getInt(0);
    }

    /** How many more files this process may open. */
    private static long filesLeft() {
        UnixOperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class);
        return system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount();
    }
}
