package io.chaosproxy.resources;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Protocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bodies far larger than memory, to a reader that stops now and then: back-pressure holds the sender, not a buffer. */
@Timeout(600) // interrupts reads that would wait for ever for a proxy that has gone
final class FlatMemoryTest {
    private static final long SIZE = 1L << 30;
    private static final String LENGTH = "Content-Length: " + SIZE + "\r\n\r\n";
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\n" + LENGTH;
    private static final String UPLOAD = "POST / HTTP/1.1\r\nHost: a\r\n" + LENGTH;

    /** A JVM with a heap of 64 MiB takes about 110 MiB; a body of 1 GiB would not fit in by far. */
    private static final long MOST_RESIDENT = 256 << 20;

    /** The buffers of four sockets, which Linux lets grow to some megabytes each (tcp_rmem, tcp_wmem). */
    private static final long MOST_UNDER_WAY = 64 << 20;

    /** So many times the reader stops, after so many bytes each. */
    private static final int BURSTS = 10;

    private static final long BURST = 4 << 20;

    /** Prime, so that no buffer's length is a multiple: a lost, doubled or shifted piece shows. */
    private static final int PERIOD = 251;

    private static final ByteBuffer PATTERN = pattern(1024 * PERIOD);

    private final AtomicLong sent = new AtomicLong();
    private ServerSocketChannel origin;

    @BeforeEach
    void listen() throws IOException {
        origin = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @AfterEach
    void close() throws IOException {
        origin.close();
    }

    @Test
    void httpDownload() throws Exception {
        relay(Protocol.HTTP, REQUEST, RESPONSE, false);
    }

    @Test
    void httpUpload() throws Exception {
        relay(Protocol.HTTP, UPLOAD, "", true);
    }

    @Test
    void tcpDownload() throws Exception {
        relay(Protocol.TCP, REQUEST, RESPONSE, false);
    }

    @Test
    void tcpUpload() throws Exception {
        relay(Protocol.TCP, UPLOAD, "", true);
    }

    /** Heads first, then the body, up behind the request or down behind the response. */
    private void relay(Protocol protocol, String request, String response, boolean up) throws Exception {
        int port = origin.socket().getLocalPort();
        try (ProxyProcess proxy = ProxyProcess.start(protocol, port, "-Xmx64m");
                SocketChannel client = SocketChannel.open(proxy.address())) {
            client.write(US_ASCII.encode(request));
            try (SocketChannel server = origin.accept()) {
                expect(request, server);
                server.write(US_ASCII.encode(response));
                expect(response, client);
                FutureTask<Void> sender = new FutureTask<>(() -> send(up ? client : server), null);
                Thread.ofPlatform().name("sender").start(sender);
                receive(up ? server : client, sender);
                sender.get(60, TimeUnit.SECONDS);
            }
            long most = proxy.mostResident();
            assertTrue(most < MOST_RESIDENT, "the proxy took " + (most >> 20) + " MiB");
        }
    }

    private static void expect(String head, SocketChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(head.length());
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
        assertEquals(head, US_ASCII.decode(bytes.flip()).toString());
    }

    private void send(SocketChannel channel) {
        try {
            for (long at = 0; at < SIZE; ) {
                int written = channel.write(patternFrom(at, SIZE - at));
                at += written;
                sent.addAndGet(written);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void receive(SocketChannel channel, FutureTask<Void> sender) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocateDirect(PATTERN.capacity() - PERIOD);
        long received = 0;
        long pauseAt = BURST;
        while (received < SIZE) {
            if (received >= pauseAt && pauseAt <= BURSTS * BURST) {
                pauseAt += BURST;
                awaitStandstill();
                long underWay = sent.get() - received;
                assertTrue(underWay < MOST_UNDER_WAY, (underWay >> 20) + " MiB were taken that nobody read");
                assertFalse(sender.isDone());
            }
            int count = channel.read(buffer.clear());
            assertTrue(count >= 0, "ended after " + received + " bytes");
            assertEquals(-1, buffer.flip().mismatch(patternFrom(received, count)), "from byte " + received);
            received += count;
        }
        assertEquals(SIZE, received);
    }

    /** Waits until the sender gets rid of nothing more. */
    private void awaitStandstill() throws InterruptedException {
        long before = -1;
        while (before != sent.get()) {
            before = sent.get();
            Thread.sleep(30);
        }
    }

    private static ByteBuffer patternFrom(long position, long atMost) {
        int start = (int) (position % PERIOD);
        int length = (int) Math.min(atMost, PATTERN.capacity() - PERIOD);
        return PATTERN.duplicate().position(start).limit(start + length);
    }

    private static ByteBuffer pattern(int length) {
        ByteBuffer pattern = ByteBuffer.allocateDirect(length);
        for (int i = 0; i < length; i++) {
            pattern.put((byte) (i % PERIOD));
        }
        return pattern;
    }
}
