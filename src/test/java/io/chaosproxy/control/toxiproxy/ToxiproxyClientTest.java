package io.chaosproxy.control.toxiproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import eu.rekawek.toxiproxy.Proxy;
import eu.rekawek.toxiproxy.ToxiproxyClient;
import eu.rekawek.toxiproxy.model.Toxic;
import eu.rekawek.toxiproxy.model.ToxicDirection;
import eu.rekawek.toxiproxy.model.toxic.Bandwidth;
import eu.rekawek.toxiproxy.model.toxic.Latency;
import eu.rekawek.toxiproxy.model.toxic.LimitData;
import eu.rekawek.toxiproxy.model.toxic.ResetPeer;
import eu.rekawek.toxiproxy.model.toxic.Slicer;
import eu.rekawek.toxiproxy.model.toxic.SlowClose;
import eu.rekawek.toxiproxy.model.toxic.Timeout;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Toxiproxy's own Java client, unchanged, and what its toxics do to real connections: those that were open before, and in
 * the direction that they are for only.
 */
final class ToxiproxyClientTest {
    private ToxiproxyRig rig;
    private ToxiproxyClient client;
    private Origin origin;
    private Proxy proxy;
    private Peer near;
    private Peer far;

    @BeforeEach
    void aProxyAndAnOpenConnection() throws Exception {
        rig = new ToxiproxyRig();
        client = new ToxiproxyClient("127.0.0.1", rig.port());
        origin = Origin.manual();
        proxy = client.createProxy("service", "localhost:0", origin.address());
        near = Peer.connect(address());
        far = origin.next();
        near.send("a").send("b");
        assertEquals("ab", far.read(2));
    }

    @AfterEach
    void close() throws Exception {
        near.close();
        far.close();
        origin.close();
        rig.close();
    }

    private InetSocketAddress address() {
        String listen = proxy.getListen();
        int colon = listen.lastIndexOf(':');
        return new InetSocketAddress(listen.substring(0, colon), Integer.parseInt(listen.substring(colon + 1)));
    }

    private Peer sender(ToxicDirection stream) {
        return stream == ToxicDirection.UPSTREAM ? near : far;
    }

    private Peer receiver(ToxicDirection stream) {
        return stream == ToxicDirection.UPSTREAM ? far : near;
    }

    private static ToxicDirection other(ToxicDirection stream) {
        return stream == ToxicDirection.UPSTREAM ? ToxicDirection.DOWNSTREAM : ToxicDirection.UPSTREAM;
    }

    /** How long a byte takes in this direction. */
    private Duration trip(ToxicDirection stream) throws IOException {
        long start = System.nanoTime();
        sender(stream).send("x");
        assertEquals("x", receiver(stream).read(1));
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** A busy machine holds up one or another. */
    private Duration fastest(ToxicDirection stream) throws IOException {
        Duration fastest = trip(stream);
        for (int i = 0; i < 4; i++) {
            Duration next = trip(stream);
            fastest = next.compareTo(fastest) < 0 ? next : fastest;
        }
        return fastest;
    }

    private static void assertAtLeast(long millis, Duration time) {
        assertTrue(time.toMillis() >= millis, time + " is less than " + millis + " ms");
    }

    private static void assertBelow(long millis, Duration time) {
        assertTrue(time.toMillis() < millis, time + " is not below " + millis + " ms");
    }

    @ParameterizedTest
    @EnumSource(ToxicDirection.class)
    void latencyIsAddedChangedAndRemoved(ToxicDirection stream) throws Exception {
        Latency latency = proxy.toxics().latency("slow", stream, 300);
        assertAtLeast(300, trip(stream));
        assertBelow(300, fastest(other(stream)));
        latency.setLatency(600);
        assertAtLeast(600, trip(stream));
        latency.setJitter(10);
        assertEquals(10, proxy.toxics().get("slow", Latency.class).getJitter());
        latency.setToxicity(0);
        assertBelow(500, fastest(stream));
        latency.setToxicity(1);
        assertAtLeast(590, trip(stream));
        latency.remove();
        assertBelow(500, fastest(stream));
    }

    @ParameterizedTest
    @EnumSource(ToxicDirection.class)
    void bandwidthOfZeroStallsAndTheSameConnectionGoesOnWhenItIsRemoved(ToxicDirection stream) throws Exception {
        Bandwidth cut = proxy.toxics().bandwidth("cut", stream, 0);
        sender(stream).send("held");
        assertTrue(receiver(stream).isSilentFor(200));
        assertBelow(200, fastest(other(stream)));
        cut.remove();
        assertEquals("held", receiver(stream).read(4));
    }

    @ParameterizedTest
    @EnumSource(ToxicDirection.class)
    void bandwidthIsKilobytesOfAThousandBytes(ToxicDirection stream) throws Exception {
        Bandwidth narrow = proxy.toxics().bandwidth("narrow", stream, 0);
        long start = System.nanoTime();
        sender(stream).send(new byte[50_000]);
        narrow.setRate(100);
        receiver(stream).read(50_000);
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        assertAtLeast(450, time);
        assertBelow(30_000, time);
    }

    @ParameterizedTest
    @EnumSource(ToxicDirection.class)
    void slowCloseDelaysTheEndAndNothingElse(ToxicDirection stream) throws Exception {
        SlowClose slow = proxy.toxics().slowClose("slow", stream, 1);
        slow.setDelay(400);
        assertBelow(400, fastest(stream));
        long start = System.nanoTime();
        sender(stream).endOutput();
        assertEquals(-1, receiver(stream).read());
        assertAtLeast(400, Duration.ofNanos(System.nanoTime() - start));
    }

    @ParameterizedTest
    @EnumSource(ToxicDirection.class)
    void timeoutSwallowsAndClosesAfterSoMuchSilence(ToxicDirection stream) throws Exception {
        Timeout timeout = proxy.toxics().timeout("gone", stream, 0);
        sender(stream).send("lost");
        assertTrue(receiver(stream).isSilentFor(100));
        long start = System.nanoTime();
        timeout.setTimeout(300); // an update doesn't close
        assertEquals("end", receiver(stream).ending());
        assertAtLeast(300, Duration.ofNanos(System.nanoTime() - start));
    }

    @ParameterizedTest
    @EnumSource(ToxicDirection.class)
    void removingATimeoutClosesTheConnectionThatLostData(ToxicDirection stream) throws Exception {
        Timeout timeout = proxy.toxics().timeout("gone", stream, 0);
        sender(stream).send("lost");
        assertTrue(receiver(stream).isSilentFor(100));
        timeout.remove();
        assertEquals("end", receiver(stream).ending());
    }

    @ParameterizedTest
    @EnumSource(ToxicDirection.class)
    void resetPeerIsATrueResetOfAConnectionThatWasOpenBefore(ToxicDirection stream) throws Exception {
        ResetPeer reset = proxy.toxics().resetPeer("reset", stream, 1);
        reset.setTimeout(200);
        long start = System.nanoTime();
        assertBelow(200, fastest(other(stream)));
        sender(stream).send("x");
        assertEquals("reset", near.ending());
        assertAtLeast(200, Duration.ofNanos(System.nanoTime() - start));
        assertEquals("reset", far.ending());
    }

    @ParameterizedTest
    @EnumSource(ToxicDirection.class)
    void slicerCutsIntoPieces(ToxicDirection stream) throws Exception {
        Slicer slicer = proxy.toxics().slicer("pieces", stream, 10, 20_000);
        long start = System.nanoTime();
        sender(stream).send("0123456789".repeat(20));
        assertEquals("0123456789".repeat(20), receiver(stream).read(200));
        assertAtLeast(19 * 20, Duration.ofNanos(System.nanoTime() - start));
        slicer.setSizeVariation(10); // as large as the size, as the Node client has it
        slicer.setDelay(0);
        sender(stream).send("0123456789".repeat(20));
        assertEquals("0123456789".repeat(20), receiver(stream).read(200));
        assertEquals(10, proxy.toxics().get("pieces", Slicer.class).getSizeVariation());
    }

    @ParameterizedTest
    @EnumSource(ToxicDirection.class)
    void limitDataCountsOnWhenItIsChangedAndClosesInOrder(ToxicDirection stream) throws Exception {
        LimitData limit = proxy.toxics().limitData("limit", stream, 10);
        sender(stream).send("12345");
        assertEquals("12345", receiver(stream).read(5));
        limit.setBytes(8);
        sender(stream).send("67890");
        assertEquals("678", receiver(stream).readText());
    }

    @Test
    void theListHasUpstreamToxicsFirstAndEveryAttribute() throws Exception {
        proxy.toxics().latency("c", ToxicDirection.DOWNSTREAM, 1);
        proxy.toxics().limitData("b", ToxicDirection.UPSTREAM, 1);
        proxy.toxics().slicer("a", ToxicDirection.UPSTREAM, 1, 1);
        assertEquals(
                "[b, a, c]",
                proxy.toxics().getAll().stream().map(Toxic::getName).toList().toString());
        assertInstanceOf(Slicer.class, proxy.toxics().get("a"));
        assertEquals(0, proxy.toxics().get("c", Latency.class).getJitter());
        assertThrows(IOException.class, () -> proxy.toxics().latency("a", ToxicDirection.UPSTREAM, 1));
    }

    @Test
    void disablingClosesConnectionsAndThePortIsKept() throws Exception {
        InetSocketAddress before = address();
        proxy.disable();
        assertFalse(client.getProxy("service").isEnabled());
        assertEquals(-1, near.read());
        assertThrows(IOException.class, () -> Peer.connect(before));
        assertEquals(before, address());
        proxy.enable();
        try (Peer again = Peer.connect(before)) {
            again.send("again");
            assertEquals("again", origin.next().read(5));
        }
    }

    @Test
    void anotherUpstreamDropsConnectionsAndKeepsToxics() throws Exception {
        proxy.toxics().latency("slow", ToxicDirection.UPSTREAM, 200);
        try (Origin elsewhere = Origin.manual()) {
            proxy.setUpstream(elsewhere.address());
            assertEquals(-1, near.read());
            near = Peer.connect(address());
            far = elsewhere.next();
            assertAtLeast(200, trip(ToxicDirection.UPSTREAM));
        }
    }

    @Test
    void resetStartsEverythingAndRemovesAllToxics() throws Exception {
        proxy.toxics().latency("slow", ToxicDirection.UPSTREAM, 2000);
        client.createProxy("off", "localhost:0", "localhost:1").disable();
        client.reset();
        assertTrue(client.getProxy("off").isEnabled());
        assertTrue(proxy.toxics().getAll().isEmpty());
        assertBelow(1000, fastest(ToxicDirection.UPSTREAM));
    }

    @Test
    void deletedProxiesAreGone() throws Exception {
        assertEquals(1, client.getProxies().size());
        proxy.delete();
        assertNull(client.getProxyOrNull("service"));
        assertEquals(-1, near.read());
        assertTrue(client.version().contains("\"2.12.0\""));
    }

    @Test
    void aThousandChangesAreFastWhileConnectionsAreStalled() throws Exception {
        Proxy stuck = client.createProxy("stuck", "localhost:0", origin.address());
        String listen = stuck.getListen();
        try (Peer reader = Peer.connect(new InetSocketAddress(
                        "127.0.0.1", Integer.parseInt(listen.substring(listen.indexOf(':') + 1))));
                Peer writer = origin.next()) {
            Thread flood = Thread.ofVirtual().start(() -> {
                try {
                    writer.send(new byte[64 << 20]); // more than all buffers on the way, and nobody reads
                } catch (IOException e) {
                    // closed: the test is over
                }
            });
            io.chaosproxy.relay.ProxyServer inside = rig.proxy("stuck");
            long[] seen = {-1};
            TestProxy.await("the connection is stuck", () -> {
                long before = seen[0];
                seen[0] = inside.traffic().bytes(io.chaosproxy.fault.Direction.DOWN);
                sleepABit();
                return before > 1_000_000 && before == seen[0];
            });
            stuck.toxics().bandwidth("cut", ToxicDirection.UPSTREAM, 0);
            reader.send("stalled too");
            long start = System.nanoTime();
            for (int i = 0; i < 500; i++) {
                for (ToxicDirection stream : ToxicDirection.values()) {
                    stuck.toxics().latency("slow", stream, 100).remove();
                }
            }
            assertBelow(20_000, Duration.ofNanos(System.nanoTime() - start));
            assertTrue(flood.isAlive());
        }
    }

    private static void sleepABit() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
