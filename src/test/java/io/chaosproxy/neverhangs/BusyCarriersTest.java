package io.chaosproxy.neverhangs;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
 * Downloads in pieces of a byte, to clients that take each at once: their writers never have to wait, and would have the only carrier
 * for themselves.
 */
@Timeout(300) // for a program that answers nobody
final class BusyCarriersTest {
    private static final int DOWNLOADS = 16;

    /** More than a chunk, so all delay lines have begun to hand on. */
    private static final int STARTED = 10_000;

    /** More than comes in pieces of a byte while the rules are removed. */
    private static final int FAST = 50_000_000;

    private final AtomicLongArray received = new AtomicLongArray(DOWNLOADS);

    private static String proxies(Origin endless, Origin echo) {
        return """
            busy {
              protocol = tcp, listen = "127.0.0.1:0", upstream = "%s"
              faults { late { type = latency, delay = 100ms, scope = stream }, thin { type = slice, size = 1 } }
            }
            quiet { protocol = tcp, listen = "127.0.0.1:0", upstream = "%s" }
            """.formatted(endless.address(), echo.address());
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

    private boolean haveAll(long bytes) {
        for (int i = 0; i < DOWNLOADS; i++) {
            if (received.get(i) < bytes) {
                return false;
            }
        }
        return true;
    }

    @Test
    void newConnectionsAreServedAndRulesRemoved() throws Exception {
        try (Origin endless = Origin.each(BusyCarriersTest::sendFor);
                Origin echo = Origin.echo();
                Program program = Program.run(
                        1024, proxies(endless, echo), "-Xmx256m", "-Djdk.virtualThreadScheduler.parallelism=1");
                Calls calls = new Calls(program.control())) {
            InetSocketAddress quiet = calls.address("quiet");
            List<SocketChannel> clients = download(calls.address("busy"));
            TestProxy.await("all are served", () -> haveAll(STARTED));

            for (int i = 0; i < 10; i++) {
                try (Peer client = Peer.connect(quiet)) {
                    assertEquals("ping", client.send("ping").read(4));
                }
                assertEquals("{\"status\":\"up\"}", calls.call("GET", "/health/live", ""));
            }
            calls.call("DELETE", "/api/v1/proxies/busy/rules/late", "");
            calls.call("DELETE", "/api/v1/proxies/busy/rules/thin", "");
            TestProxy.await("the rules have gone", () -> haveAll(FAST));
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }
}
