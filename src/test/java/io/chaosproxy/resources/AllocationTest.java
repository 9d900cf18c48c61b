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
    private static final int TRIES = 20;
    private static final int FEW = 50; // per mille of the samples

    /** As the program is installed: the optimizing compiler removes some allocations. */
    private static final String[] OPTIONS = {"-XX:TieredStopAtLevel=4", "-Xmx64m"};

    private interface Measured {
        long by(ProxyProcess proxy, Exchange exchange) throws IOException;
    }

    private interface Exchange {
        void run(int count) throws IOException;
    }

    /** The JDK allocates some 300 bytes for each exchange, as threads park and are woken; the program adds nothing. */
    @Test
    void tcpAllocatesNothing() throws Exception {
        long perMille = measured(Protocol.TCP, "x".repeat(64), "y".repeat(64), (proxy, exchange) -> {
            long share = 1000;
            for (int i = 0; i < TRIES && share >= FEW; i++) { // on a busy machine the optimizing compiler is late
                proxy.sampleAllocations();
                exchange.run(COUNT);
                share = proxy.allocationsOfProgram();
            }
            return share;
        });
        assertTrue(perMille < FEW, perMille + " per mille of what is allocated");
    }

    /** Measured: 1,190 bytes, 350 of which are the JDK's. The rest is what rules, events and the access log know an exchange by. */
    @Test
    void httpAllocatesLittle() throws Exception {
        String request = "GET /orders/42 HTTP/1.1\r\nHost: shop\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n";
        String response = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
        long each = measured(Protocol.HTTP, request, response, (proxy, exchange) -> {
            long before = proxy.allocated();
            exchange.run(COUNT);
            return (proxy.allocated() - before) / COUNT;
        });
        assertTrue(each < 4096, each + " bytes for each exchange");
    }

    private static long measured(Protocol protocol, String request, String response, Measured measured)
            throws IOException {
        try (ServerSocketChannel origin =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                ProxyProcess proxy =
                        ProxyProcess.start(protocol, origin.socket().getLocalPort(), OPTIONS);
                SocketChannel client = SocketChannel.open(proxy.address())) {
            send(client, request); // http dials for the first request
            try (SocketChannel server = origin.accept()) {
                receive(server, request.length());
                send(server, response);
                receive(client, response.length());
                Exchange exchange = count -> exchange(client, server, request, response, count);
                exchange.run(WARM_UP);
                return measured.by(proxy, exchange);
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
