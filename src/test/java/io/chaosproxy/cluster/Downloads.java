package io.chaosproxy.cluster;

import io.chaosproxy.config.Address;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** An upstream that sends without end, and clients that read as fast as it comes and count. */
final class Downloads implements AutoCloseable {
    private final ServerSocket upstream = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<Client> clients = new CopyOnWriteArrayList<>();

    Downloads() throws IOException {
        Thread.ofVirtual().name("upstream").start(this::accept);
    }

    /** One connection. */
    static final class Client implements AutoCloseable {
        private final Socket socket;
        private final AtomicLong bytes = new AtomicLong();

        Client(Socket socket) {
            this.socket = socket;
        }

        long bytes() {
            return bytes.get();
        }

        private void read() {
            byte[] some = new byte[16 * 1024];
            try (InputStream in = socket.getInputStream()) {
                for (int n = in.read(some); n >= 0; n = in.read(some)) {
                    bytes.addAndGet(n);
                }
            } catch (IOException e) {
                return; // closed
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    int port() {
        return upstream.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = upstream.accept();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> send(socket));
            }
        } catch (IOException e) {
            return; // closed
        }
    }

    private static void send(Socket socket) {
        byte[] some = new byte[16 * 1024];
        try {
            while (true) {
                socket.getOutputStream().write(some);
            }
        } catch (IOException e) {
            return; // closed
        }
    }

    /** So many downloads through a proxy. */
    List<Client> through(Address proxy, int count) throws IOException {
        List<Client> some = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Client client = new Client(new Socket(InetAddress.getLoopbackAddress(), proxy.port()));
            Thread.ofVirtual().start(client::read);
            some.add(client);
        }
        clients.addAll(some);
        return some;
    }

    /** What all of them have received. */
    long total() {
        return clients.stream().mapToLong(Client::bytes).sum();
    }

    static long total(List<Client> some) {
        return some.stream().mapToLong(Client::bytes).sum();
    }

    @Override
    public void close() throws IOException {
        upstream.close();
        for (Client client : clients) {
            client.close();
        }
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
