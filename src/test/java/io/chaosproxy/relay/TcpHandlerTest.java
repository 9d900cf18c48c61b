package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.RefusingPort;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.observe.EndCause;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Bytes, ends and resets go through as they are, whichever side they come from. */
@SuppressWarnings("try") // closing is what is tested
final class TcpHandlerTest {
    private static byte[] random(int size, long seed) {
        byte[] data = new byte[size];
        new Random(seed).nextBytes(data);
        return data;
    }

    private static FutureTask<Peer> sending(Peer peer, byte[] data) {
        FutureTask<Peer> task = new FutureTask<>(() -> peer.send(data).endOutput());
        Thread.ofVirtual().start(task);
        return task;
    }

    @Test
    void relaysEveryByteInOrderBothWaysAtOnce() throws Exception {
        byte[] up = random(20_000_000, 7);
        byte[] down = random(20_000_000, 8);
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            FutureTask<Peer> upwards = sending(client, up);
            FutureTask<Peer> downwards = sending(server, down);
            FutureTask<byte[]> atServer = new FutureTask<>(server::readAll);
            Thread.ofVirtual().start(atServer);
            assertArrayEquals(down, client.readAll());
            assertArrayEquals(up, atServer.get());
            upwards.get();
            downwards.get();
            assertEquals(up.length, proxy.traffic().bytes(Direction.UP));
            assertEquals(down.length, proxy.traffic().bytes(Direction.DOWN));
        }
    }

    @Test
    void aConnectionThatAnUnexpectedExceptionEndsIsADefect() throws Exception {
        ServerContext common = new ServerContext(1, TimeSource.SYSTEM, new Journal(Journal.DEFAULT_CAPACITY));
        try (LogLines log = LogLines.of("tcp");
                ProxyServer proxy = ProxyServer.start(TestProxy.spec(Protocol.TCP, 9), common, connection -> {
                    throw new IllegalStateException("unexpected");
                });
                Peer client = Peer.connect(proxy.address())) {
            client.ending();
            log.await("#1 from", "failed", "unexpected");
            TestProxy.await("ended", () -> proxy.traffic().ended(EndCause.DEFECT) == 1);
        }
    }

    @Test
    void letsTheServerSpeakFirst() throws Exception {
        try (Origin origin = Origin.each(server -> {
                    server.send("220 ready\r\n");
                    server.send("250 hello " + server.read(4));
                });
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            assertEquals("220 ready\r\n", client.read(11));
            client.send("EHLO");
            assertEquals("250 hello EHLO", client.readText());
        }
    }

    @Test
    void theClientsEndLeavesTheOtherDirectionAlive() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            client.send("question").endOutput();
            assertEquals("question", server.readText());
            assertTrue(client.isSilentFor(100), "the end came back");
            for (int i = 0; i < 100; i++) {
                server.send("answer");
                assertEquals("answer", client.read(6));
            }
            server.close();
            assertEquals("end", client.ending());
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
        }
    }

    @Test
    void theServersEndLeavesTheOtherDirectionAlive() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            server.send("enough").endOutput();
            assertEquals("enough", client.readText());
            assertTrue(server.isSilentFor(1500), "the end came back"); // longer than a connection lingers
            client.send("not yet").endOutput();
            assertEquals("not yet", server.readText());
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
        }
    }

    @Test
    void aResetOfTheServerReachesTheClient() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            server.send("some");
            assertEquals("some", client.read(4));
            server.reset();
            assertEquals("reset", client.ending());
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
        }
    }

    @Test
    void aResetOfTheClientReachesTheServer() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            client.send("some");
            assertEquals("some", server.read(4));
            client.reset();
            assertEquals("reset", server.ending());
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
        }
    }

    /** The kernel tells of a reset once, to the reader or to the writer; neither may take it for an end. */
    @RepeatedTest(30)
    void aResetIsNoEndWhileBytesFlowTowardsIt() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address());
                Peer server = origin.next()) {
            FutureTask<Peer> sending = sending(client, random(30_000_000, 9));
            server.read(1_000_000); // and no more, so that all buffers fill up
            TestProxy.await("a writer that waits", () -> isStill(proxy, Direction.UP));
            server.reset();
            String seen = client.ending();
            if (!seen.equals("reset")) { // then it must have been the client's writer who was told
                String told = assertThrows(ExecutionException.class, () -> sending.get(60, TimeUnit.SECONDS))
                        .getMessage();
                assertTrue(told.contains("Connection reset"), told);
            }
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
        }
    }

    private static boolean isStill(ProxyServer proxy, Direction direction) {
        long before = proxy.traffic().bytes(direction);
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return before > 0 && proxy.traffic().bytes(direction) == before;
    }

    @Test
    void aClientThatVanishesEndsTheUpstreamConnection() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port())) {
            Peer client = Peer.connect(proxy.address());
            try (Peer server = origin.next()) {
                client.close();
                assertEquals("end", server.ending());
                server.close();
                TestProxy.await("closed", () -> proxy.connections().isEmpty());
            }
        }
    }

    @Test
    void aClientThatVanishesInADownloadEndsIt() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port())) {
            Peer client = Peer.connect(proxy.address());
            try (Peer server = origin.next()) {
                FutureTask<Peer> sending = sending(server, random(50_000_000, 10));
                client.read(1_000_000);
                client.close();
                assertThrows(ExecutionException.class, () -> sending.get(60, TimeUnit.SECONDS));
                TestProxy.await("closed", () -> proxy.connections().isEmpty());
            }
        }
    }

    @Test
    void anUpstreamThatRefusesClosesTheClientAtOnce() throws Exception {
        try (RefusingPort nobody = new RefusingPort();
                LogLines log = LogLines.of("tcp");
                ProxyServer proxy = TestProxy.tcp(nobody.port());
                Peer client = Peer.connect(proxy.address())) {
            assertEquals("end", client.ending());
            log.await("proxy tcp", nobody.address(), "refused");
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
            assertEquals(1, proxy.traffic().dialFailures());
            assertEquals(1, log.lines().size());
        }
    }

    @Test
    void resetsAConnectionThatWasOpenBefore() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.tcp(origin.port());
                Peer client = Peer.connect(proxy.address())) {
            client.send("hello");
            assertEquals("hello", client.read(5));
            proxy.change(plan -> plan.with(TestProxy.rule(Reset.at(Reset.At.FIRST_BYTE))));
            client.send("again");
            assertEquals("reset", client.ending());
        }
    }
}
