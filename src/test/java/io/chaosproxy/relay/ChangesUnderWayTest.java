package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.net.ListenException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What open connections and listeners make of changes. */
final class ChangesUnderWayTest {
    private static final Rule SLOW =
            TestProxy.rule(Latency.of(Duration.ofMillis(200)).onStream());

    @Test
    void aQuietConnectionHasTakenOnThePlanOnceItIsSettled() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            server.send("x");
            assertEquals("x", client.read(1));
            Connection connection = proxy.connections().iterator().next();
            TestProxy.await("the write of x has returned", connection.pipeline(Direction.DOWN)::holdsNothing);
            for (int i = 0; i < 2000; i++) {
                proxy.plan(i % 2 == 0 ? Plan.of(TestProxy.rule(new SlowClose(Duration.ZERO))) : Plan.CLEAN);
                proxy.settle(Duration.ofSeconds(60));
                assertSame(proxy.active(), connection.pipeline(Direction.UP).plan());
                assertSame(proxy.active(), connection.pipeline(Direction.DOWN).plan());
            }
        }
    }

    @Test
    void settlingIsNotHeldUpByAConnectionThatNobodyReads() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), SLOW);
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            server.send(new byte[24 << 20]); // fits into the delay line, not into the sockets
            TestProxy.await("all is held", () -> proxy.traffic().received(Direction.DOWN) == 24 << 20);
            proxy.plan(Plan.CLEAN); // now the quiet direction hands on what is held, and nobody reads
            proxy.settle(Duration.ofMillis(50));
            long start = System.nanoTime();
            for (int i = 0; i < 100; i++) {
                proxy.plan(i % 2 == 0 ? Plan.of(TestProxy.rule(new SlowClose(Duration.ZERO))) : Plan.CLEAN);
                proxy.settle(Duration.ofMillis(500)); // the thread that hands on may begin late, so this may wait once
            }
            assertTrue(System.nanoTime() - start < 30_000_000_000L);
            assertEquals(24 << 20, client.read(24 << 20).length());
        }
    }

    @Test
    void whatPassedALimitArrivesThroughTheLatencyBehindIt() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), TestProxy.rule(new Limit(4)), SLOW);
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            server.send("12345");
            assertEquals("1234", client.readText());
        }
    }

    @Test
    void aTimeoutThatIsEditedGoesOnSwallowingAndOneThatIsRemovedCloses() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), TestProxy.rule(Timeout.never()));
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            server.send("lost");
            proxy.change(plan -> plan.with(TestProxy.rule(new Timeout(Duration.ofHours(1)))));
            proxy.settle(Duration.ofSeconds(60));
            server.send("lost as well");
            assertTrue(client.isSilentFor(100));
            proxy.plan(Plan.CLEAN);
            long start = System.nanoTime();
            proxy.settle(Duration.ofSeconds(60));
            assertTrue(System.nanoTime() - start < 30_000_000_000L); // a connection that closes isn't waited for
            assertEquals("end", client.ending());
        }
    }

    @Test
    void thePortIsFreeWhenAProxyIsOff() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(origin.port())) {
            for (int i = 0; i < 200; i++) {
                proxy.disable();
                proxy.enable();
            }
            try (Peer client = Peer.connect(proxy.address())) {
                assertEquals("x", client.send("x").read(1));
            }
        }
    }

    @Test
    void aProxyThatCannotBeReplacedStaysSwitchedOff() throws Exception {
        ServerContext common = new ServerContext(1, TimeSource.SYSTEM, new Journal(Journal.DEFAULT_CAPACITY));
        try (ProxyRegistry fleet = new ProxyRegistry(common, protocol -> new TcpHandler());
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            ProxySpec spec = TestProxy.spec(Protocol.TCP, 1);
            ProxyServer first = fleet.add(spec, true);
            assertThrows(ListenException.class, () -> fleet.replace(spec.listeningOn(taken.getLocalPort()), true));
            assertSame(first, fleet.find("tcp").orElseThrow());
            assertFalse(first.isEnabled());
            ProxyServer second = fleet.replace(spec, true);
            assertSame(second, fleet.find("tcp").orElseThrow());
            assertTrue(second.isEnabled());
        }
    }
}
