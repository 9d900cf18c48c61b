package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Options;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes that rules hold when a proxy stops: a drain delivers them, and if they are lost no end sees an orderly end. */
@SuppressWarnings("try") // closing is what is tested
final class HeldBytesTest {
    private static final String SENT = "k".repeat(3000);
    private static final Duration A_WHILE = Duration.ofMillis(1500); // longer than a quiet connection is waited for
    private static final Duration FOR_EVER = Duration.ofHours(1);

    private static Latency stream(Duration delay) {
        return Latency.of(delay).onStream();
    }

    private static Rule rule(Fault fault, Directions way) {
        Rule rule = TestProxy.rule(fault).way(way);
        return fault instanceof Outage ? rule.per(TrialUnit.EXCHANGE) : rule;
    }

    private static Stream<Arguments> both(Stream<Fault> faults) {
        return faults.flatMap(fault -> Stream.of(Directions.UP, Directions.DOWN).map(way -> Arguments.of(fault, way)));
    }

    static Stream<Arguments> brief() {
        return both(Stream.of(
                stream(A_WHILE),
                Latency.of(A_WHILE),
                Outage.of(A_WHILE),
                Rate.of(2000).sharedBy(FaultScope.CONNECTION),
                Slice.of(1500, A_WHILE)));
    }

    static Stream<Arguments> endless() {
        return both(Stream.of(stream(FOR_EVER), Latency.of(FOR_EVER), Outage.of(FOR_EVER), Rate.of(0)));
    }

    private static void awaitHeld(ProxyServer proxy) throws InterruptedException {
        TestProxy.await(
                "held",
                () -> proxy.connections().stream()
                        .anyMatch(connection -> Stream.of(Direction.values())
                                .anyMatch(way -> connection.pipeline(way).holdsBytes())));
    }

    /** What this end sends is held by the rules when this returns. */
    private static void hold(ProxyServer proxy, Peer sender) throws Exception {
        sender.send(SENT);
        awaitHeld(proxy);
    }

    private static Future<Boolean> draining(ProxyServer proxy, Duration drain) {
        return Together.start(() -> {
            proxy.close(drain);
            return true;
        });
    }

    @ParameterizedTest
    @MethodSource("brief")
    void aDrainDeliversWhatATcpConnectionHolds(Fault fault, Directions way) throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(fault, way));
                Peer client = Peer.connect(proxy.address())) {
            hold(proxy, client);
            Future<Boolean> closed = draining(proxy, Duration.ofMinutes(1));
            assertEquals(SENT, client.readText());
            assertTrue(Together.result(closed));
        }
    }

    /** Bytes that a write is handing on are held by no rule, and not counted as moved before it returns. */
    @Test
    void aDrainWaitsForAWriteThatIsUnderWay() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch drained = new CountDownLatch(1);
        AtomicBoolean early = new AtomicBoolean();
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            client.send("a");
            assertEquals("a", server.read(1));
            proxy.connections().iterator().next().pipeline(Direction.UP).lead(new Sink() {
                @Override
                public void write(ByteBuffer bytes) throws IOException {
                    entered.countDown();
                    try {
                        early.set(drained.await(A_WHILE.toMillis(), TimeUnit.MILLISECONDS));
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                    bytes.position(bytes.limit());
                }

                @Override
                public void end() {}
            });
            client.send("b");
            entered.await();
            Future<Boolean> closed = Together.start(() -> {
                proxy.close(Duration.ofMinutes(1));
                drained.countDown();
                return true;
            });
            assertTrue(Together.result(closed));
            assertFalse(early.get(), "closed in the middle of a write");
        }
    }

    @ParameterizedTest
    @MethodSource("endless")
    void whatADrainCannotDeliverEndsByReset(Fault fault, Directions way) throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(fault, way));
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            hold(proxy, way == Directions.UP ? client : server);
            long begun = System.nanoTime();
            Future<Boolean> closed = draining(proxy, A_WHILE);
            assertEquals("reset", client.ending());
            assertTrue(System.nanoTime() - begun >= A_WHILE.toNanos(), "not waited for");
            assertEquals("reset", server.ending());
            assertTrue(Together.result(closed));
        }
    }

    @ParameterizedTest
    @MethodSource("endless")
    void whatAProxyHoldsThatIsSwitchedOffEndsByReset(Fault fault, Directions way) throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rule(fault, way));
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            hold(proxy, way == Directions.UP ? client : server);
            proxy.disable();
            assertEquals("reset", client.ending());
            assertEquals("reset", server.ending());
        }
    }

    /** The rest of it must not look like the whole. */
    @Test
    void whatAnIdleConnectionHoldsForASlowReaderEndsByReset() throws Exception {
        byte[] much = new byte[32 << 20];
        try (Origin origin = Origin.each(server -> server.send(much));
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.TCP, origin.port())
                                .with(Options.DEFAULTS.idleTimeout(Duration.ofMillis(500))),
                        1);
                Peer client = Peer.connect(proxy.address())) {
            TestProxy.await("closed", () -> proxy.traffic().ended(EndCause.IDLE_TIMEOUT) == 1);
            assertEquals("reset", client.ending());
        }
    }

    @Test
    void aConnectionWhoseBytesHaveAllBeenHandedOnEndsInOrder() throws Exception {
        Rule[] rules = {
            TestProxy.rule(stream(Duration.ofMillis(1))),
            TestProxy.rule(Rate.of(1 << 20)),
            TestProxy.rule(Outage.of(Duration.ofMillis(1)))
        };
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(origin.port(), rules);
                Peer client = Peer.connect(proxy.address())) {
            client.send(SENT);
            assertEquals(SENT, client.read(SENT.length()));
            proxy.disable();
            assertEquals("end", client.ending());
        }
    }

    /** What a timeout swallowed never arrives, so a drain doesn't wait for it. */
    @Test
    void aDrainDoesNotWaitForWhatWasSwallowed() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(origin.port(), TestProxy.rule(Timeout.never()));
                Peer client = Peer.connect(proxy.address())) {
            client.send(SENT);
            TestProxy.await("swallowed", () -> !proxy.common().journal().hits().isEmpty());
            Future<Boolean> closed = draining(proxy, FOR_EVER);
            assertEquals("end", client.ending());
            assertTrue(Together.result(closed));
        }
    }

    @Test
    void aResponseThatADrainCannotDeliverEndsByReset() throws Exception {
        try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
                ProxyServer proxy = TestProxy.http(origin.port(), rule(stream(FOR_EVER), Directions.DOWN));
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            awaitHeld(proxy);
            Future<Boolean> closed = draining(proxy, Duration.ofMillis(100));
            assertEquals("reset", client.ending());
            assertTrue(Together.result(closed));
        }
    }

    /** Only its end says that a response without a length is complete. */
    @Test
    void aResponseThatEndsWithItsConnectionIsResetMidway() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Peer server = origin.next();
            server.readHead();
            server.send("HTTP/1.1 200 OK\r\n\r\nhello");
            client.readHead();
            assertEquals("hello", client.read(5));
            proxy.disable();
            assertEquals("reset", client.ending());
        }
    }
}
