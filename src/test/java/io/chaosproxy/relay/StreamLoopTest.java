package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import io.chaosproxy.net.Poller;
import io.chaosproxy.observe.EndCause;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A direction at full speed has a platform thread of its own, until it waits, meets a rule or ends. */
@SuppressWarnings("try") // closing is tested
final class StreamLoopTest {
    private static final String DOWN = "tcp #1 down stream";
    private static final int PIECE = 256 * 1024;

    @BeforeAll
    static void needsThePoller() {
        assumeTrue(Poller.isOfUse());
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
