package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import io.chaosproxy.net.SplicePipe;
import io.chaosproxy.observe.EndCause;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A direction at full speed has a platform thread of its own, until it waits, meets a rule or ends. Its bytes are copied, or moved by
 * {@code splice(2)}.
 */
@SuppressWarnings("try") // closing is tested
@ParameterizedClass(name = "spliced: {0}")
@ValueSource(booleans = {false, true})
final class StreamLoopTest {
    private static final String SPLICE = "chaosproxy.splice";

    @Parameter
    private boolean spliced;

    private static final String DOWN = "#1 down stream";
    private static final int PIECE = 256 * 1024;

    @BeforeEach
    void choose() {
        System.setProperty(SPLICE, Boolean.toString(spliced));
        try (SplicePipe pipe = SplicePipe.open()) {
            assertEquals(spliced, pipe != null);
        }
    }

    @AfterEach
    void forget() {
        System.clearProperty(SPLICE);
    }

    /** A server that sends as fast as the client reads, until it is told to stop. */
    private static final class Source implements AutoCloseable {
        final Peer server;
        private final FutureTask<Long> sent;
        private volatile boolean stopped;

        Source(Peer server) {
            this.server = server;
            this.sent = new FutureTask<>(this::send);
            Thread.ofPlatform().name("source").start(sent);
        }

        private long send() throws IOException {
            byte[] piece = new byte[PIECE];
            OutputStream to = server.socket().getOutputStream();
            long count = 0;
            while (!stopped) {
                to.write(piece);
                count += piece.length;
            }
            return count;
        }

        long stop() throws Exception {
            stopped = true;
            return sent.get();
        }

        @Override
        public void close() throws IOException {
            stopped = true;
            server.close();
        }
    }

    /** A client that reads all. */
    private static FutureTask<Long> reading(Peer client) {
        FutureTask<Long> read = new FutureTask<>(() -> {
            byte[] piece = new byte[PIECE];
            long count = 0;
            for (int n = 0; n >= 0; n = client.socket().getInputStream().read(piece)) {
                count += n;
            }
            return count;
        });
        Thread.ofPlatform().name("reading").start(read);
        return read;
    }

    private static boolean streams() {
        return Threads.named("").stream().anyMatch(name -> name.endsWith(DOWN));
    }

    private static void awaitStream() throws InterruptedException {
        TestProxy.await("a platform thread", StreamLoopTest::streams);
    }

    private static void awaitNoStream() throws InterruptedException {
        TestProxy.await("no platform thread", () -> !streams());
    }

    @Test
    void aStreamHasAThreadUntilItEndsAndNoByteIsLost() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Source source = new Source(origin.next())) {
            FutureTask<Long> read = reading(client);
            awaitStream();
            long sent = source.stop();
            source.server.endOutput();
            assertEquals(sent, read.get());
            awaitNoStream();
            assertEquals(sent, proxy.traffic().bytes(Direction.DOWN));
            assertEquals(sent, proxy.traffic().received(Direction.DOWN));
            client.send("still open upwards");
            assertEquals("still open upwards", source.server.read(18));
        }
    }

    @Test
    void streamsAndMessagesByTurnsKeepTheirOrder() throws Exception {
        byte[] data = new byte[16 * 1024 * 1024];
        new Random(4).nextBytes(data);
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            FutureTask<Void> sending = new FutureTask<>(() -> {
                OutputStream to = server.socket().getOutputStream();
                for (int at = 0; at < data.length; ) {
                    int size = Math.min(data.length - at, at % 3 == 0 ? 5 * 1024 * 1024 : 1001);
                    to.write(data, at, size);
                    at += size;
                }
                server.endOutput();
                return null;
            });
            Thread.ofPlatform().start(sending);
            assertArrayEquals(data, client.readAll());
            sending.get();
        }
    }

    @Test
    void aStreamThatFallsSilentGivesItsThreadBackAndMayHaveItAgain() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            long sent = 0;
            FutureTask<Long> read = reading(client);
            for (int i = 0; i < 2; i++) {
                Source source = new Source(server);
                awaitStream();
                sent += source.stop();
                awaitNoStream();
            }
            server.endOutput();
            assertEquals(sent, read.get());
        }
    }

    @Test
    void aRuleThatComesIntoForceTakesTheStreamOffItsThread() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Source source = new Source(origin.next())) {
            FutureTask<Long> read = reading(client);
            awaitStream();
            proxy.change(plan -> Plan.of(TestProxy.rule(Rate.of(0))));
            awaitNoStream();
            assertFalse(read.isDone());
            proxy.change(plan -> Plan.of());
            awaitStream();
            long sent = source.stop();
            source.server.endOutput();
            assertEquals(sent, read.get());
        }
    }

    /** What is on its way when a rule comes into force meets the rule, in its place. */
    @Test
    void everyByteArrivesInOrderWhileRulesComeAndGo() throws Exception {
        byte[] data = new byte[64 * 1024 * 1024];
        new Random(5).nextBytes(data);
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            FutureTask<Void> sending = sending(server, "", data);
            assertArrayEquals(data, readWhileRulesComeAndGo(proxy, client, data.length));
            sending.get();
            assertEquals(data.length, proxy.traffic().bytes(Direction.DOWN));
            assertEquals(data.length, proxy.traffic().received(Direction.DOWN));
        }
    }

    /** The same within the body of a message, which has to be told from the next one. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyByteOfABodyArrivesWhileRulesComeAndGo(boolean chunked) throws Exception {
        byte[] data = new byte[48 * 1024 * 1024];
        new Random(6).nextBytes(data);
        String framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + data.length;
        String before = "HTTP/1.1 200 OK\r\n" + framing + "\r\n\r\n"
                + (chunked ? Integer.toHexString(data.length) + "\r\n" : "");
        String next = (chunked ? "\r\n0\r\n\r\n" : "") + "HTTP/1.1 204 No Content\r\n\r\n";
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            String request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
            client.send(request + request);
            Peer server = origin.next();
            assertEquals(request + request, server.read(2 * request.length()));
            FutureTask<Void> sending = sending(server, before, data);
            assertEquals(before, client.read(before.length()));
            assertArrayEquals(data, readWhileRulesComeAndGo(proxy, client, data.length));
            sending.get();
            server.send(next);
            assertEquals(next, client.read(next.length()));
        }
    }

    private static FutureTask<Void> sending(Peer server, String before, byte[] data) {
        FutureTask<Void> sending = new FutureTask<>(() -> {
            server.send(before);
            server.socket().getOutputStream().write(data);
            return null;
        });
        Thread.ofPlatform().name("sending").start(sending);
        return sending;
    }

    /** Reads what is sent, and puts a rule into the stream and takes it out again several times, while the stream waits for room. */
    private static byte[] readWhileRulesComeAndGo(ProxyServer proxy, Peer client, int length) throws Exception {
        byte[] data = new byte[length];
        int step = length / 8;
        for (int i = 0; i < 6; i++) {
            client.socket().getInputStream().readNBytes(data, i * step, step);
            awaitStream();
            proxy.change(plan -> Plan.of(TestProxy.rule(Rate.of(500_000_000))));
            proxy.change(plan -> Plan.of());
        }
        client.socket().getInputStream().readNBytes(data, 6 * step, length - 6 * step);
        return data;
    }

    @Test
    void aCloseEndsAStreamOfWhichTheReceiverDoesNotRead() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Source source = new Source(origin.next())) {
            FutureTask<Void> some = new FutureTask<>(() -> {
                while (!streams()) {
                    client.socket().getInputStream().readNBytes(PIECE);
                }
                return null;
            });
            Thread.ofPlatform().start(some);
            some.get();
            assertTrue(source.server.socket().isConnected());
            proxy.close();
            assertTrue(proxy.awaitEnd(Duration.ofSeconds(30)));
            awaitNoStream();
        }
    }

    @Test
    void aResetEndsItForBothEnds() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Source source = new Source(origin.next())) {
            FutureTask<Long> read = reading(client);
            awaitStream();
            source.server.reset();
            TestProxy.await("reset", () -> proxy.traffic().ended(EndCause.UPSTREAM_GONE) == 1);
            awaitNoStream();
            TestProxy.await("read", read::isDone);
        }
    }
}
