package io.chaosproxy.control;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HitFieldsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nCONTENT-length:  5\r\n\r\nhello";
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @Test
    void withoutThemAResponseIsWhatItWas() throws Exception {
        try (MonitoringRig watched = new MonitoringRig();
                Origin origin = Origin.answering(OK)) {
            assertEquals(OK, answer(watched.add(Protocol.HTTP, origin.port(), slow("slow"))));
        }
    }

    @Test
    void theyNameExchangeAndRulesInAnswersOfUpstreamAndProxy() throws Exception {
        try (MonitoringRig watched = MonitoringRig.tellingHits();
                Origin origin = Origin.answering(OK)) {
            ProxyServer proxy = watched.add(Protocol.HTTP, origin.port());
            assertEquals(told("X-Chaos-Exchange: http#1.1\r\n"), answer(proxy));

            proxy.plan(proxy.plan().with(slow("a, b")).with(slow("never").probability(0)));
            assertEquals(told("X-Chaos-Exchange: http#2.1\r\nX-Chaos-Hits: a%2C%20b\r\n"), answer(proxy));

            proxy.plan(proxy.plan().with(Rule.of("no", Respond.of(503))));
            assertEquals(
                    "HTTP/1.1 503 Service Unavailable\r\n"
                            + "Content-Type: text/plain; charset=utf-8\r\n"
                            + "Content-Length: 0\r\n"
                            + "Connection: keep-alive\r\n"
                            + "X-Chaos-Exchange: http#3.1\r\n"
                            + "X-Chaos-Hits: no, a%2C%20b\r\n\r\n",
                    answer(proxy));
        }
    }

    private static String told(String fields) {
        return "HTTP/1.1 200 OK\r\nCONTENT-length:  5\r\n" + fields + "\r\nhello";
    }

    private static Rule slow(String name) {
        return Rule.of(name, Latency.of(Duration.ofMillis(1)));
    }

    private static String answer(ProxyServer proxy) throws Exception {
        try (Peer client = Peer.connect(proxy.address())) {
            return client.send(GET).readResponse();
        }
    }
}
