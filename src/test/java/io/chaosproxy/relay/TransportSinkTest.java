package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.net.SocketTransport;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sinks over real sockets, whose receivers take each byte at once. */
final class TransportSinkTest {
    /** With this, a turn of 256 writes lasts 26 ms, as it does on a machine with other load. */
    private static final long SLOW_WRITE = 100_000;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final AtomicBoolean over = new AtomicBoolean();

    @AfterEach
    void close() throws Exception {
        over.set(true);
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private TransportSink sink(AtomicLong written) throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket server = new ServerSocket(0, 1, loopback)) {
            SocketTransport transport = SocketTransport.open(loopback);
            open.push(transport);
            transport.connect((InetSocketAddress) server.getLocalSocketAddress(), Duration.ofSeconds(10));
            Peer receiver = new Peer(server.accept());
            open.push(receiver);
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    receiver.socket().getInputStream().transferTo(OutputStream.nullOutputStream());
                } catch (Exception e) {
                    // the test is over
                }
            });
            return new TransportSink(transport, () -> true, count -> {
                written.addAndGet(count);
                for (long end = System.nanoTime() + SLOW_WRITE; System.nanoTime() - end < 0; ) {
                    Thread.onSpinWait();
                }
            });
        }
    }

    /** As many writers as there are carriers, or each would have one of its own. */
    @Test
    void writersLetOthersRunHoweverSlowTheirWritesAre() throws Exception {
        AtomicLong written = new AtomicLong();
        int carriers = Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < carriers; i++) {
            TransportSink sink = sink(written);
            Thread.ofVirtual().start(() -> {
                try {
                    while (!over.get()) {
                        sink.write(ByteBuffer.allocate(1));
                    }
                } catch (Exception e) {
                    // the test is over
                }
            });
        }
        TestProxy.await("all carriers are taken", () -> written.get() > 1000L * carriers);
        CountDownLatch another = new CountDownLatch(1);
        Thread.ofVirtual().start(another::countDown);
        assertTrue(another.await(60, TimeUnit.SECONDS), () -> "nobody else ran during " + written + " writes");
    }
}
