package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A hundred clients that wait, wait at the same time. A server that serves one after the other makes them wait for 50 s,
 * a pool of ten threads for 5 s.
 */
final class ConcurrencyTest {
    private static final int CLIENTS = 100;
    private static final int WAIT = 500;

    /** For all together, below what a pool of ten threads needs. A busy machine may take longer, but not each time. */
    private static final int TOGETHER = 4500;

    private static final int ATTEMPTS = 5;

    private static final String KEEP_ALIVE = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String AB = "GET / HTTP/1.0\r\nHost: a\r\nUser-Agent: ApacheBench/2.3\r\nAccept: */*\r\n\r\n";

    private static final String BODY = "Content-Length: 5\r\n\r\nhello";

    /** Answers after so many milliseconds, and closes after an HTTP/1.0 request as servers do. */
    private static Origin origin(int millis) throws Exception {
        return Origin.each(client -> {
            for (String head = client.readHead(); !head.isEmpty(); head = client.readHead()) {
                Thread.sleep(millis);
                if (head.contains("HTTP/1.0")) {
                    client.send("HTTP/1.0 200 OK\r\n" + BODY);
                    return;
                }
                client.send("HTTP/1.1 200 OK\r\n" + BODY);
            }
        });
    }

    private static void assertTogether(ProxyServer proxy, String request) throws Exception {
        double best = Double.MAX_VALUE;
        for (int i = 0; i < ATTEMPTS && best >= TOGETHER; i++) {
            best = Math.min(best, together(proxy, request));
        }
        assertTrue(best < TOGETHER, "all together took " + best + " ms");
    }

    private static double together(ProxyServer proxy, String request) throws Exception {
        Clock all = Clock.start();
        List<Double> each = Together.run(CLIENTS, i -> {
            Clock clock = Clock.start();
            try (Peer client = Peer.connect(proxy.address())) {
                assertTrue(client.send(request).readResponse().endsWith("hello"));
                return clock.millis();
            }
        });
        double took = all.millis();
        assertTrue(Collections.min(each) >= WAIT, () -> "one took only " + Collections.min(each) + " ms");
        assertEquals(CLIENTS, each.size());
        return took;
    }

    @ParameterizedTest
    @ValueSource(strings = {KEEP_ALIVE, AB})
    void aSlowUpstreamMakesAllWaitTogether(String request) throws Exception {
        try (Origin origin = origin(WAIT);
                ProxyServer proxy = TestProxy.http(origin.port())) {
            assertTogether(proxy, request);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {KEEP_ALIVE, AB})
    void latencyMakesAllWaitTogether(String request) throws Exception {
        for (Latency latency : List.of(
                Latency.of(Duration.ofMillis(WAIT)),
                Latency.of(Duration.ofMillis(WAIT)).onStream())) {
            try (Origin origin = origin(0);
                    ProxyServer proxy = TestProxy.http(origin.port(), rule(latency))) {
                assertTogether(proxy, request);
            }
        }
    }

    @Test
    void soDoesATcpProxyWithAnOutage() throws Exception {
        Rule outage = rule(Outage.of(Duration.ofMillis(WAIT)));
        try (Origin origin = origin(0);
                ProxyServer proxy = TestProxy.start(TestProxy.spec(Protocol.TCP, origin.port(), outage), 1)) {
            assertTogether(proxy, AB);
        }
    }

    /** The one that is stuck holds up nobody else. */
    @Test
    void clientsThatAreStuckDontHoldUpOthers() throws Exception {
        Rule stuck = rule(Latency.of(Duration.ofHours(1))).maxHits(CLIENTS);
        try (Origin origin = origin(0);
                ProxyServer proxy = TestProxy.http(origin.port(), stuck)) {
            List<Peer> waiting =
                    Together.run(CLIENTS, i -> Peer.connect(proxy.address()).send(KEEP_ALIVE));
            assertTrue(proxy.common().journal().await("http", "latency", CLIENTS, Duration.ofSeconds(60)));
            Clock clock = Clock.start();
            try (Peer client = Peer.connect(proxy.address())) {
                for (int i = 0; i < 20; i++) {
                    assertTrue(client.send(KEEP_ALIVE).readResponse().endsWith("hello"));
                }
            }
            assertTrue(clock.millis() < 60_000, clock.millis() + " ms");
            for (Peer client : waiting) {
                client.close();
            }
        }
    }
}
