package io.chaosproxy.tls;

import io.chaosproxy.net.SocketTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;

/**
 * A certificate for localhost, its context, and connections with one of our transports at one end.
 *
 * @param certificate PEM file
 * @param key PEM file
 */
record TestTls(Path certificate, Path key, SSLContext context) {
    static final Duration LONG = Duration.ofMinutes(5);

    /**
     * Of a socket, in bytes; Linux doubles it. Without it both buffers of a connection grow to megabytes, and whoever wants them
     * full encrypts all of that, which is slow without the optimizing compiler.
     */
    static final int BUFFER = 128 * 1024;

    static TestTls in(Path folder) throws IOException {
        KeyAndChain made = CertificateAuthority.selfSigned(List.of("localhost"), CertificateAuthority.DEFAULT_VALIDITY);
        return new TestTls(
                Files.writeString(folder.resolve("localhost.pem"), Pem.of(made.chain())),
                Files.writeString(folder.resolve("localhost.key"), Pem.of(made.key())),
                Contexts.of(Optional.of(made), Contexts.trust(made.chain())));
    }

    /** A connection of the loopback interface, ours accepted, whose buffers don't grow. */
    record Pair(SocketChannel ours, SocketChannel theirs) implements AutoCloseable {
        static Pair connect() throws IOException {
            try (ServerSocketChannel server = listen()) {
                SocketChannel theirs = TestTls.connect(server.getLocalAddress());
                SocketChannel ours = server.accept();
                ours.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER);
                ours.setOption(StandardSocketOptions.TCP_NODELAY, true);
                return new Pair(ours, theirs);
            }
        }

        @Override
        public void close() throws IOException {
            ours.close();
            theirs.close();
        }
    }

    /** For connections with small buffers. */
    static ServerSocketChannel listen() throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        server.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER); // what it accepts has the same
        return server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    /** A client's end with small buffers. */
    static SocketChannel connect(SocketAddress server) throws IOException {
        SocketChannel client = SocketChannel.open();
        client.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
        client.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER);
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        client.connect(server);
        return client;
    }

    SSLEngine engine(boolean client, String version) {
        SSLEngine engine = context.createSSLEngine("localhost", 443);
        engine.setUseClientMode(client);
        engine.setEnabledProtocols(new String[] {version});
        return engine;
    }

    /** Of a server with all versions that the JDK allows. */
    SSLEngine server() {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        return engine;
    }

    /** A server of ours and the JDK's client, after their handshake. */
    Ends established(String version) throws Exception {
        Pair pair = Pair.connect();
        TlsTransport ours = new TlsTransport(SocketTransport.over(pair.ours()), engine(false, version));
        SSLSocket theirs = client(pair.theirs().socket());
        Task<Boolean> handshake = new Task<>(() -> {
            ours.handshake(LONG);
            return true;
        });
        theirs.startHandshake();
        handshake.result();
        return new Ends(ours, theirs, pair);
    }

    SSLSocket client(Socket below) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(below, "localhost", 443, false);
        socket.setUseClientMode(true);
        return socket;
    }

    record Ends(TlsTransport ours, SSLSocket theirs, Pair pair) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            ours.close();
            pair.close();
        }
    }

    /** What a virtual thread makes of it. */
    static final class Task<T> {
        private final FutureTask<T> task;
        final Thread thread;

        Task(Callable<T> what) {
            task = new FutureTask<>(what);
            thread = Thread.ofVirtual().start(task);
        }

        T result() throws Exception {
            try {
                return task.get(5, TimeUnit.MINUTES);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }

        boolean isDone() {
            return task.isDone();
        }
    }
}
