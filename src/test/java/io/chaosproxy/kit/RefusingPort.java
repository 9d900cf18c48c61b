package io.chaosproxy.kit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A loopback port that refuses connections and that no other test can take: a socket is bound to it but doesn't listen. A port that was
 * merely free a moment ago may belong to another test by now.
 */
public final class RefusingPort implements AutoCloseable {
    private final Socket socket = new Socket();

    /** Any port. */
    public RefusingPort() throws IOException {
        this(0);
    }

    /** This port, on which connections of a listener that was closed may still be ending. */
    public RefusingPort(int port) throws IOException {
        try {
            socket.setReuseAddress(port != 0);
            socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    public int port() {
        return socket.getLocalPort();
    }

    public String address() {
        return "127.0.0.1:" + port();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
