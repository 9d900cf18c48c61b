package io.chaosproxy.kit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** An address on which the kernel answers no handshake: a listener whose backlog is full. */
public final class Deaf implements AutoCloseable {
    private final ServerSocket server;
    private final List<Socket> fill = new ArrayList<>();

    public Deaf() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        while (true) {
            Socket socket = new Socket();
            fill.add(socket);
            try {
                socket.connect(server.getLocalSocketAddress(), 300);
            } catch (SocketTimeoutException e) {
                return;
            }
        }
    }

    public int port() {
        return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : fill) {
            socket.close();
        }
        server.close();
    }
}
