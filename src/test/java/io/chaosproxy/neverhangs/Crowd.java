package io.chaosproxy.neverhangs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Many clients of one proxy, each with its upstream, who all write as much as they can and read nothing. */
final class Crowd implements AutoCloseable {
    /** Small, so that hundreds of full ones cost little memory. */
    private static final int SOCKET_BUFFER = 16 * 1024;

    /** Who is never stopped writes no more than so much; a proxy that swallows is never full. */
    private static final int ENOUGH = 256 * 1024;

    private final ServerSocketChannel upstream;
    private final List<SocketChannel> clients = new ArrayList<>();
    private final List<SocketChannel> upstreams = new ArrayList<>();

    Crowd() throws IOException {
        upstream = ServerSocketChannel.open()
                .setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER)
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    }

    int upstreamPort() throws IOException {
        return ((InetSocketAddress) upstream.getLocalAddress()).getPort();
    }

    /** So many clients connect, and are connected to their upstreams. */
    void connect(InetSocketAddress proxy, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            SocketChannel client = SocketChannel.open()
                    .setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER)
                    .setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER);
            clients.add(client);
            client.connect(proxy);
            SocketChannel accepted = upstream.accept().setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER);
            upstreams.add(accepted);
            client.configureBlocking(false);
            accepted.configureBlocking(false);
        }
    }

    /** Both ends write until they can't. */
    void fill() throws IOException, InterruptedException {
        int[] written = new int[clients.size() * 2];
        for (int quiet = 0; quiet < 3; ) { // the proxy takes what it can meanwhile
            int moved = 0;
            for (int i = 0; i < clients.size(); i++) {
                moved += write(clients.get(i), written, 2 * i);
                moved += write(upstreams.get(i), written, 2 * i + 1);
            }
            quiet = moved == 0 ? quiet + 1 : 0;
            Thread.sleep(10);
        }
        for (int bytes : written) {
            assertTrue(bytes > 0, "somebody wrote nothing");
        }
    }

    private static int write(SocketChannel to, int[] written, int index) throws IOException {
        int count = written[index] >= ENOUGH ? 0 : to.write(ByteBuffer.allocate(SOCKET_BUFFER));
        written[index] += count;
        return count;
    }

    /** Nothing has come to a client up to now. */
    void assertStuck() throws IOException {
        for (SocketChannel client : clients) {
            assertEquals(0, client.read(ByteBuffer.allocate(1)), "a client got something");
        }
    }

    /** Waits until each client gets a byte, or the end of its connection; fails after a minute. */
    void awaitEffect() throws InterruptedException {
        List<SocketChannel> waiting = new ArrayList<>(clients);
        long end = System.nanoTime() + 60_000_000_000L;
        while (!waiting.isEmpty()) {
            waiting.removeIf(Crowd::hasSeenSomething);
            assertTrue(System.nanoTime() < end, waiting.size() + " saw nothing");
            Thread.sleep(1);
        }
    }

    private static boolean hasSeenSomething(SocketChannel client) {
        try {
            return client.read(ByteBuffer.allocate(1)) != 0;
        } catch (IOException e) {
            return true; // reset: what it had sent was never read
        }
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel client : clients) {
            client.close();
        }
        for (SocketChannel each : upstreams) {
            each.close();
        }
        upstream.close();
    }
}
