package io.chaosproxy.kit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A server on a free loopback port that does with each connection what the test says. */
public final class Origin implements AutoCloseable {
    private final ServerSocket server;
    private final Thread loop;
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final LinkedBlockingQueue<Peer> accepted = new LinkedBlockingQueue<>();

    /** What happens on one connection; it is closed afterwards. */
    @FunctionalInterface
    public interface Script {
        void run(Peer client) throws Exception;
    }

    private Origin(ServerSocket server, Consumer<Origin> loop) {
        this.server = server;
        this.loop = Thread.ofVirtual().name("origin").start(() -> loop.accept(this));
    }

    /** Runs the script for each connection, on a thread of its own. */
    public static Origin each(Script script) throws IOException {
        return listen(origin -> origin.accept(script));
    }

    /** Leaves each connection to the test, which takes it by {@link #next}. */
    public static Origin manual() throws IOException {
        return listen(Origin::keep);
    }

    /** Sends everything back. */
    public static Origin echo() throws IOException {
        return each(client -> {
            client.socket().getInputStream().transferTo(client.socket().getOutputStream());
            client.socket().shutdownOutput();
        });
    }

    /** Answers each request, whatever it is, with these bytes; requests must have no body. */
    public static Origin answering(String response) throws IOException {
        return each(client -> {
            client.readAhead();
            while (!client.readHead().isEmpty()) {
                client.send(response);
            }
        });
    }

    private static Origin listen(Consumer<Origin> loop) throws IOException {
        return new Origin(new ServerSocket(0, 1024, InetAddress.getByName("127.0.0.1")), loop);
    }

    public int port() {
        return server.getLocalPort();
    }

    public String address() {
        return "127.0.0.1:" + port();
    }

    /** The next connection that arrives. */
    public Peer next() throws InterruptedException {
        Peer peer = accepted.poll(60, TimeUnit.SECONDS);
        if (peer == null) {
            throw new AssertionError("no connection arrived");
        }
        return peer;
    }

    /** Whether no connection has arrived that wasn't taken. */
    public boolean isUntouched() {
        return accepted.isEmpty();
    }

    /** What scripts threw. */
    public Queue<Throwable> failures() {
        return failures;
    }

    private void accept(Script script) {
        try {
            while (true) {
                Socket socket = server.accept();
                Thread.ofVirtual().name("origin connection").start(() -> serve(script, socket));
            }
        } catch (IOException e) {
            // closed: the test is over
        }
    }

    private void serve(Script script, Socket socket) {
        try (Peer peer = new Peer(socket)) {
            script.run(peer);
        } catch (Throwable e) {
            failures.add(e);
        }
    }

    private void keep() {
        try {
            while (true) {
                accepted.add(new Peer(server.accept()));
            }
        } catch (IOException e) {
            // closed: the test is over
        }
    }

    /** Nothing listens on its port when this returns. */
    @Override
    public void close() throws IOException {
        server.close();
        try {
            loop.join(); // a socket on which a virtual thread waits is closed by that thread, when it runs the next
            // time
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Peer peer : accepted) {
            peer.close();
        }
    }
}
