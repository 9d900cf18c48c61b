package io.chaosproxy.resources;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Protocol;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a connection without rules allocates for each exchange, once the JVM has compiled what it runs. */
@Timeout(300)
final class AllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int COUNT = 10_000;

    @Test
    void tcpAllocatesNothing() throws Exception {
        long each = each(Protocol.TCP, "x".repeat(64), "y".repeat(64));
        assertTrue(each < 32, each + " bytes for each exchange");
    }

    @Test
    void httpAllocatesWhatAnExchangeIsKnownBy() throws Exception {
        long each = each(
                Protocol.HTTP,
                "GET /orders/42 HTTP/1.1\r\nHost: shop\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok");
        assertTrue(each < 4096, each + " bytes for each exchange");
    }

    /** Bytes that the proxy allocates for one exchange of these messages. */
    private static long each(Protocol protocol, String request, String response) throws IOException {
        try (ServerSocketChannel origin =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                ProxyProcess proxy =
                        ProxyProcess.start(protocol, origin.socket().getLocalPort(), "-Xmx64m");
                SocketChannel client = SocketChannel.open(proxy.address())) {
            send(client, request); // http dials for the first request
            try (SocketChannel server = origin.accept()) {
                receive(server, request.length());
                send(server, response);
                receive(client, response.length());
                exchange(client, server, request, response, WARM_UP);
                long before = proxy.allocated();
                exchange(client, server, request, response, COUNT);
                return (proxy.allocated() - before) / COUNT;
            }
        }
    }

    private static void exchange(SocketChannel client, SocketChannel server, String request, String response, int count)
            throws IOException {
        for (int i = 0; i < count; i++) {
            send(client, request);
            receive(server, request.length());
            send(server, response);
            receive(client, response.length());
        }
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(US_ASCII)));
    }

    private static void receive(SocketChannel channel, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes) < 0) {
                throw new EOFException();
            }
        }
    }
}
