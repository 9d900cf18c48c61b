package io.chaosproxy.neverhangs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Connections that give the only carrier of virtual threads more to do than it can. A new connection of another proxy waits for its turn like each of
 * them: what they do meanwhile is counted, so it doesn't matter how fast the machine is.
 */
@Timeout(300) // in case that the program stops answering
final class BusyCarriersTest {
    private static final int DOWNLOADS = 16;

    /** More than a chunk, so all delay lines have begun to hand on. */
    private static final int STARTED = 10_000;

    private static final int PINGING = 1_000;
    private static final int NEW_CONNECTIONS = 10;

    private static final String ONE_CARRIER = "-Djdk.virtualThreadScheduler.parallelism=1";

    /**
     * Bytes that a download may have until a new connection is served: 64 turns of its writer. One or two are usual, and hundreds without
     * fairness.
     */
    private static final int UNTIL_SERVED = 64 * 256;

    /** Rounds that each other connection may have until a new one is served. One is usual, and dozens without fairness. */
    private static final int ROUNDS_UNTIL_SERVED = 16;

    /** More than comes in pieces of a byte while the rules are removed. */
    private static final int FAST = 50_000_000;

    private final AtomicLongArray received = new AtomicLongArray(DOWNLOADS);

    private static String proxies(String busyUpstream, String faults, Origin quiet) {
        return """
            busy { protocol = tcp, listen = "127.0.0.1:0", upstream = "%s", backlog = 1024, faults { %s } }
            quiet { protocol = tcp, listen = "127.0.0.1:0", upstream = "%s" }
            """.formatted(busyUpstream, faults, quiet.address());
    }

    private static void sendFor(Peer client) throws IOException {
        byte[] bytes = new byte[16 * 1024];
        while (true) {
            client.send(bytes);
        }
    }

    private List<SocketChannel> download(InetSocketAddress proxy) throws IOException {
        List<SocketChannel> clients = new ArrayList<>();
        for (int i = 0; i < DOWNLOADS; i++) {
            int number = i;
            SocketChannel client = SocketChannel.open(proxy);
            clients.add(client);
            Thread.ofPlatform().daemon().start(() -> {
                ByteBuffer bytes = ByteBuffer.allocateDirect(64 * 1024);
                try {
                    for (int n = client.read(bytes); n >= 0; n = client.read(bytes.clear())) {
                        received.addAndGet(number, n);
                    }
                } catch (IOException e) {
                    // the test is over
                }
            });
        }
        return clients;
    }

    private long total() {
        long sum = 0;
        for (int i = 0; i < DOWNLOADS; i++) {
            sum += received.get(i);
        }
        return sum;
    }

    private boolean haveAll(long bytes) {
        for (int i = 0; i < DOWNLOADS; i++) {
            if (received.get(i) < bytes) {
                return false;
            }
        }
        return true;
    }

    private static void connectAgainAndAgain(Calls calls) throws Exception {
        InetSocketAddress quiet = calls.address("quiet");
        for (int i = 0; i < NEW_CONNECTIONS; i++) {
            try (Peer client = Peer.connect(quiet)) {
                assertEquals("ping", client.send("ping").read(4));
            }
            assertEquals("{\"status\":\"up\"}", calls.call("GET", "/health/live", ""));
        }
    }

    /** Their writers never have to wait, for the clients take each byte at once. */
    @Test
    void downloadsInPiecesOfAByteLeaveRoom() throws Exception {
        String faults = "late { type = latency, delay = 100ms, scope = stream }, thin { type = slice, size = 1 }";
        try (Origin endless = Origin.each(BusyCarriersTest::sendFor);
                Origin echo = Origin.echo();
                Program program = Program.run(1024, proxies(endless.address(), faults, echo), "-Xmx256m", ONE_CARRIER);
                Calls calls = new Calls(program.control())) {
            List<SocketChannel> clients = download(calls.address("busy"));
            TestProxy.await("all are served", () -> haveAll(STARTED));

            long before = total();
            connectAgainAndAgain(calls);
            long each = (total() - before) / DOWNLOADS / NEW_CONNECTIONS;
            System.out.println("EACH " + each);
            assertTrue(each < UNTIL_SERVED, () -> each + " bytes until a new connection was served");

            calls.call("DELETE", "/api/v1/proxies/busy/rules/late", "");
            calls.call("DELETE", "/api/v1/proxies/busy/rules/thin", "");
            TestProxy.await("the rules have gone", () -> haveAll(FAST));
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    /** The poller fills the queue of its carrier. */
    @Test
    void connectionsThatAreNeverIdleLeaveRoom() throws Exception {
        String faults = "late { type = latency, delay = 1ms, scope = stream }";
        try (PingPong pingPong = new PingPong();
                Origin echo = Origin.echo();
                Program program =
                        Program.run(4096, proxies(pingPong.upstreamAddress(), faults, echo), "-Xmx256m", ONE_CARRIER);
                Calls calls = new Calls(program.control())) {
            pingPong.connect(calls.address("busy"), PINGING);
            TestProxy.await("all are served", () -> pingPong.rounds() > 50L * PINGING);

            long before = pingPong.rounds();
            connectAgainAndAgain(calls);
            long each = (pingPong.rounds() - before) / PINGING / NEW_CONNECTIONS;
            System.out.println("EACH " + each);
            assertTrue(each < ROUNDS_UNTIL_SERVED, () -> each + " rounds until a new connection was served");
        }
    }
}
