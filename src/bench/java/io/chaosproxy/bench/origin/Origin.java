package io.chaosproxy.bench.origin;

import io.chaosproxy.bench.load.Loop;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The program behind all proxies: a web server that does as little as it can. It prints its port, and ends when its input
 * ends, so that it never outlives the benchmark.
 */
public final class Origin implements Loop.Handler {
    private static final int BACKLOG = 8192;

    private final Loop loop;
    private final ServerSocketChannel server;

    private Origin(Loop loop, ServerSocketChannel server) {
        this.loop = loop;
        this.server = server;
    }

    public static void main(String[] args) throws IOException {
        try (Loop loop = new Loop();
                ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
            loop.register(server, SelectionKey.OP_ACCEPT, new Origin(loop, server));
            System.out.println(server.socket().getLocalPort());
            AtomicBoolean orphaned = new AtomicBoolean();
            Thread.ofPlatform().daemon().name("parent").start(() -> {
                awaitEnd();
                orphaned.set(true);
            });
            loop.run(orphaned::get);
        }
    }

    private static void awaitEnd() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            System.err.println(e); // the parent has gone in another way
        }
    }

    @Override
    public void ready(SelectionKey key) throws IOException {
        for (SocketChannel client = server.accept(); client != null; client = server.accept()) {
            Served.begin(loop, client);
        }
    }

    @Override
    public void failed(IOException reason) {
        System.err.println("accept: " + reason);
    }
}
