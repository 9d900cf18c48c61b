package io.chaosproxy.control.load;

import io.chaosproxy.http.ResponseProgress;
import io.chaosproxy.tls.Contexts;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;

/**
 * Sends requests to one listener, each on a connection of its own and none a second time: what a fault does to it is the result.
 * Thread-safe.
 *
 * <p>Certificates are not verified: the listener is one of this process, and a fault may have it show a bad one.
 */
final class LoadClient {
    /** A longer response counts as failed. */
    private static final long MAX_BYTES = 256L << 20;

    private final InetSocketAddress listener;
    private final String authority;
    private final Optional<SSLSocketFactory> tls;

    /**
     * A client.
     *
     * @param authority value of the Host field
     * @param secured whether the listener terminates TLS
     */
    LoadClient(InetSocketAddress listener, String authority, boolean secured) {
        this.listener = listener;
        this.authority = authority;
        this.tls = secured
                ? Optional.of(Contexts.of(Optional.empty(), Contexts.trustAll()).getSocketFactory())
                : Optional.empty();
    }

    /** Sends one request and waits for its end. */
    LoadResult send(LoadRequest request, long legBegan) {
        Exchange exchange = new Exchange(request);
        String failure = exchange.run();
        long end = System.nanoTime();
        return new LoadResult(
                end - legBegan,
                exchange.firstByte < 0 ? -1 : exchange.firstByte - exchange.began,
                end - exchange.began,
                exchange.bytes,
                exchange.status,
                failure);
    }

    /** One connection with what has come on it so far. */
    private final class Exchange {
        private final LoadRequest request;
        private final long began = System.nanoTime();
        private long firstByte = -1;
        private long bytes;
        private int status;

        Exchange(LoadRequest request) {
            this.request = request;
        }

        /** Returns what failed, or nothing. */
        String run() {
            try (Socket plain = new Socket()) {
                plain.setTcpNoDelay(true);
                plain.connect(listener, left());
                plain.setSoLinger(
                        true, 0); // RST if it fails: FIN would leave an upstream that never answers connected for good
                if (tls.isEmpty()) {
                    exchange(plain);
                    plain.setSoLinger(false, 0);
                } else {
                    plain.setSoTimeout(left());
                    try (Socket secured =
                            tls.get().createSocket(plain, listener.getHostString(), listener.getPort(), true)) {
                        exchange(secured);
                        plain.setSoLinger(false, 0);
                    }
                }
                return "";
            } catch (IOException e) {
                return reason(e);
            }
        }

        private void exchange(Socket socket) throws IOException {
            switch (request.content()) {
                case LoadRequest.Get get -> {
                    socket.getOutputStream().write(get.head(authority));
                    response(socket);
                }
                case LoadRequest.Raw raw -> {
                    socket.getOutputStream().write(raw.bytes());
                    if (read(socket, new byte[ResponseProgress.MAX_TAKEN]) < 0) {
                        throw new ProtocolException("closed before a byte");
                    }
                }
            }
        }

        private void response(Socket socket) throws IOException {
            ResponseProgress progress = new ResponseProgress();
            byte[] buffer = new byte[ResponseProgress.MAX_TAKEN];
            boolean complete = false;
            while (!complete) {
                int read = read(socket, buffer);
                if (read < 0) {
                    progress.end();
                    complete = true;
                } else {
                    complete = progress.take(ByteBuffer.wrap(buffer, 0, read));
                }
                status = progress.status();
                if (bytes > MAX_BYTES) {
                    throw new ProtocolException("longer than 256 MiB");
                }
            }
        }

        private int read(Socket socket, byte[] buffer) throws IOException {
            socket.setSoTimeout(left());
            InputStream in = socket.getInputStream();
            int read = in.read(buffer);
            if (read > 0 && firstByte < 0) {
                firstByte = System.nanoTime();
            }
            bytes += Math.max(0, read);
            return read;
        }

        /** Milliseconds of the timeout that are left, at least 1. */
        private int left() throws SocketTimeoutException {
            long left = request.timeout().toMillis() - (System.nanoTime() - began) / 1_000_000;
            if (left <= 0) {
                throw new SocketTimeoutException();
            }
            return (int) left;
        }

        private String reason(IOException e) {
            String text = String.valueOf(e.getMessage());
            return switch (e) {
                case SocketTimeoutException late -> firstByte < 0 ? "timed out" : "timed out within the response";
                case ConnectException refused -> "connection refused";
                case SSLException broken -> "TLS: " + text;
                case SocketException lost
                when text.contains("reset") || text.contains("Broken pipe") -> "connection reset";
                case SocketException lost
                when Thread.currentThread().isInterrupted() || text.contains("interrupt") -> "broken off";
                default -> text;
            };
        }
    }
}
