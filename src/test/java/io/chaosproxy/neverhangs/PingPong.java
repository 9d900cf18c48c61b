package io.chaosproxy.neverhangs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Many connections through a proxy, on each of which one byte goes to and fro without a pause, with a thread for each side. */
final class PingPong implements AutoCloseable {
    private final AtomicLong rounds = new AtomicLong();
    private final Selector clients = Selector.open();
    private final Selector upstreams = Selector.open();
    private final ServerSocketChannel upstream =
            ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);

    PingPong() throws IOException {
        upstream.configureBlocking(false).register(upstreams, SelectionKey.OP_ACCEPT);
        for (Selector side : List.of(clients, upstreams)) {
            Thread.ofPlatform().daemon().name("ping-pong").start(() -> run(side));
        }
    }

    String upstreamAddress() throws IOException {
        return "127.0.0.1:" + ((InetSocketAddress) upstream.getLocalAddress()).getPort();
    }

    /** Connects this many clients, each of which sends the first byte. */
    void connect(InetSocketAddress proxy, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            SocketChannel client = SocketChannel.open(proxy);
            client.write(ByteBuffer.allocate(1));
            client.configureBlocking(false).register(clients, SelectionKey.OP_READ);
            clients.wakeup();
        }
    }

    /** How often a byte has come back to a client, for all together. */
    long rounds() {
        return rounds.get();
    }

    private void run(Selector side) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(1024);
        try {
            while (side.isOpen()) {
                side.select(key -> serve(key, bytes));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (ClosedSelectorException e) {
            // the test is over
        }
    }

    private void serve(SelectionKey key, ByteBuffer bytes) {
        try {
            if (key.isAcceptable()) {
                upstream.accept().configureBlocking(false).register(upstreams, SelectionKey.OP_READ);
                return;
            }
            SocketChannel channel = (SocketChannel) key.channel();
            int count = channel.read(bytes.clear());
            if (count < 0) {
                channel.close();
                return;
            }
            if (key.selector() == clients) {
                rounds.addAndGet(count);
            }
            channel.write(bytes.flip());
        } catch (IOException e) {
            key.cancel(); // the proxy has gone
        }
    }

    @Override
    public void close() throws IOException {
        for (Selector side : List.of(clients, upstreams)) {
            for (SelectionKey key : side.keys()) {
                key.channel().close();
            }
            side.close();
        }
    }
}
