package io.chaosproxy.resources;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** More than the heap holds, for many clients at once: back-pressure, and nothing ends but what its client ends. */
@Timeout(300) // for a proxy that has gone; the figures are not about time
final class HeldForClientsTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final List<SocketChannel> clients = new ArrayList<>();
    private final AtomicLong sent = new AtomicLong();

    @AfterEach
    void leave() throws IOException {
        for (SocketChannel client : clients) {
            client.close();
        }
        clients.clear();
    }

    /** Without a bound for all, 24 lines of a sixteenth of the heap each. */
    @ParameterizedTest
    @ValueSource(strings = {"delay", "slice and delay"})
    void delayedDownloadsMeetBackPressure(String rules) throws Exception {
        try (ServerSocketChannel origin = listen();
                ProxyProcess proxy =
                        ProxyProcess.start(Protocol.TCP, origin.socket().getLocalPort(), "-Xmx64m")) {
            proxy.rules(rules);
            for (int i = 0; i < 24; i++) {
                connect(proxy);
                SocketChannel server = origin.accept();
                Thread.ofVirtual().start(() -> sendFor(server));
            }
            awaitStandstill();
            assertEquals(24, proxy.connections());
            assertTrue(proxy.heap() < 60 << 20, proxy.log()::toString);
        }
    }

    /**
     * A byte at a time, to receivers that take each at once, on one carrier. A writer that never lets others run sends all
     * that its delay line holds before the next client has a byte.
     */
    @Test
    void writersOfSmallPiecesTakeTurns() throws Exception {
        int count = 8;
        AtomicLongArray received = new AtomicLongArray(count);
        AtomicLong most = new AtomicLong();
        CountDownLatch first = new CountDownLatch(count);
        try (ServerSocketChannel origin = listen();
                ProxyProcess proxy = ProxyProcess.start(
                        Protocol.TCP,
                        origin.socket().getLocalPort(),
                        "-Xmx256m",
                        "-Djdk.virtualThreadScheduler.parallelism=1")) {
            proxy.rules("slice behind a short delay");
            for (int i = 0; i < count; i++) {
                int number = i;
                SocketChannel client = connect(proxy);
                SocketChannel server = origin.accept();
                Thread.ofVirtual().start(() -> sendFor(server));
                Thread.ofPlatform().daemon().start(() -> {
                    try {
                        ByteBuffer bytes = ByteBuffer.allocate(64 * 1024);
                        for (int n = client.read(bytes); n > 0; n = client.read(bytes.clear())) {
                            if (received.getAndAdd(number, n) == 0) {
                                first.countDown();
                            }
                            if (first.getCount() > 0) {
                                most.accumulateAndGet(received.get(number), Math::max);
                            }
                        }
                    } catch (IOException e) {
                        // the test is over
                    }
                });
            }
            first.await();
            assertTrue(most.get() < 2 << 20, most + " bytes before another client's first");
        }
    }

    /** Half of them with as many fields as there may be, whose offsets take more heap than their bytes. */
    @Test
    void unfinishedHeadsWaitForMemoryAndSmallOnesAreServed() throws Exception {
        ByteBuffer longField = US_ASCII.encode("GET / HTTP/1.1\r\nA: " + "b".repeat(60_000));
        ByteBuffer fields = US_ASCII.encode("GET / HTTP/1.1\r\n" + "a:\n".repeat(650));
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyProcess proxy = ProxyProcess.start(Protocol.HTTP, origin.port(), "-Xmx40m")) {
            for (int i = 0; i < 800; i++) {
                SocketChannel client = connect(proxy);
                ByteBuffer head = (i % 2 == 0 ? longField : fields).duplicate();
                while (head.hasRemaining()) {
                    client.write(head);
                }
            }
            assertEquals(RESPONSE, Peer.connect(proxy.address()).send(REQUEST).readResponse());
            assertTrue(proxy.isAlive());
            leave();
            TestProxy.await("all have gone", () -> connections(proxy) <= 1);
            String large = REQUEST.substring(0, REQUEST.length() - 2) + "B: " + "c".repeat(60_000) + "\r\n\r\n";
            for (int i = 0; i < 3; i++) {
                assertEquals(RESPONSE, Peer.connect(proxy.address()).send(large).readResponse(), "memory is back");
            }
        }
    }

    /** Long polls with large heads, which are kept for the journal and for rules that come later. */
    @Test
    void largeHeadsOfRunningExchangesCountToo() throws Exception {
        ByteBuffer head = US_ASCII.encode("GET / HTTP/1.1\r\nHost: a\r\nB: " + "c".repeat(60_000) + "\r\n\r\n");
        try (ServerSocketChannel silent = listen();
                ProxyProcess proxy =
                        ProxyProcess.start(Protocol.HTTP, silent.socket().getLocalPort(), "-Xmx40m")) {
            for (int i = 0; i < 800; i++) {
                SocketChannel client = connect(proxy);
                ByteBuffer copy = head.duplicate();
                while (copy.hasRemaining()) {
                    client.write(copy);
                }
            }
            assertTrue(proxy.heap() < 40 << 20, proxy.log()::toString);
        }
    }

    /** A response of a rule, or what a rule adds to a header, is one for all clients or in the budget. */
    @ParameterizedTest
    @CsvSource({
        "late response, 300",
        "late response on a delay line, 300",
        "large response, 100",
        "late response with a large header, 800",
        "'large header set, late', 800",
        "'large header set on the request, slow', 800"
    })
    void whatRulesSendMeetsBackPressure(String rules, int count) throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyProcess proxy = ProxyProcess.start(Protocol.HTTP, origin.port(), "-Xmx40m")) {
            proxy.rules(rules);
            for (int i = 0; i < count; i++) {
                connect(proxy).write(US_ASCII.encode(REQUEST));
            }
            TestProxy.await("all accepted, or no memory", () -> connections(proxy) == count || warnings(proxy) > 0);
            awaitStandstill(proxy);
            assertTrue(proxy.isAlive());
        }
    }

    @Test
    void connectionsWithoutMemoryWaitInTheBacklog() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyProcess proxy = ProxyProcess.start(Protocol.TCP, origin.port(), "-Xmx24m")) {
            for (int i = 0; i < 1200; i++) {
                connect(proxy);
            }
            TestProxy.await("as many as there is memory for", () -> warnings(proxy) > 0);
            long accepted = proxy.connections();
            assertTrue(accepted > 100 && accepted < 1000, accepted + " accepted");
            for (int i = 0; i < accepted; i++) {
                clients.get(i).close();
            }
            SocketChannel waited = clients.get((int) accepted + 10);
            waited.write(US_ASCII.encode("x"));
            assertEquals(1, waited.read(ByteBuffer.allocate(1)), "served once there is room");
            assertTrue(proxy.isAlive());
            assertTrue(warnings(proxy) < 50, "not one for each: " + proxy.log());
        }
    }

    private static ServerSocketChannel listen() throws IOException {
        return ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    }

    private SocketChannel connect(ProxyProcess proxy) throws IOException {
        SocketChannel client = SocketChannel.open(proxy.address());
        clients.add(client);
        return client;
    }

    private void sendFor(SocketChannel server) {
        try (server) {
            ByteBuffer bytes = ByteBuffer.allocate(64 * 1024);
            while (true) {
                sent.addAndGet(server.write(bytes.clear()));
            }
        } catch (IOException e) {
            // the client has left
        }
    }

    /** Waits until nothing has been sent for a while, which back-pressure brings about. */
    private void awaitStandstill() throws InterruptedException {
        long before = -1;
        while (before != sent.get()) {
            before = sent.get();
            Thread.sleep(1000);
        }
    }

    /** Waits until the proxy holds no more than a moment ago; it ends with an error if it has run out of memory. */
    private static void awaitStandstill(ProxyProcess proxy) throws IOException, InterruptedException {
        long before = 0;
        for (long now = proxy.heap(); now > before + (1 << 18); now = proxy.heap()) {
            before = now;
            Thread.sleep(1000);
        }
    }

    private static long connections(ProxyProcess proxy) {
        try {
            return proxy.connections();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long warnings(ProxyProcess proxy) {
        try {
            return proxy.log().stream()
                    .filter(line -> line.contains("can't accept"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
