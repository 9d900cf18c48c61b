package io.chaosproxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.ConfigFactory;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.kit.HandClock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.observe.Traffic;
import io.chaosproxy.server.RunningServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatsSamplerTest {
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    private final HandClock clock = HandClock.standing();

    @Test
    void seesWhatGoesOn() throws Exception {
        String config = """
            chaos-proxy {
              seed = 7
              proxies.shop { protocol = http, listen = "127.0.0.1:0", latency = 1, speed-down = 1MiB }
              proxies.shop.faults { modem { type = rate, rate = 10MiB } }
            }
            """;
        try (Origin origin = Origin.answering(ANSWER);
                RunningServer server = RunningServer.start(ConfigReader.read(
                        ConfigFactory.parseString(config), Map.of("proxies.shop.upstream", origin.address())));
                Peer client = Peer.connect(server.proxies().getFirst().address())) {
            StatsSampler meter = new StatsSampler(server, clock);
            assertEquals(0, meter.read().proxies().getFirst().down().now());

            String request = "GET /x HTTP/1.1\r\nHost: shop\r\n\r\n";
            client.send(request).read(ANSWER.length());
            Traffic traffic = server.proxies().getFirst().traffic();
            TestProxy.await("the answer is counted", () -> traffic.bytes(Direction.DOWN) == ANSWER.length());
            clock.advance(Duration.ofMillis(500));
            Snapshot now = meter.read();

            Snapshot.Row shop = new Snapshot.Row(
                    "shop",
                    Protocol.HTTP,
                    1,
                    1,
                    1,
                    new Snapshot.Lane(2L * request.length(), Rate.of(10 << 20).limit()),
                    new Snapshot.Lane(2L * ANSWER.length(), Rate.of(1 << 20).limit()));
            assertEquals(shop, now.proxies().getFirst());
            assertEquals(Duration.ofMillis(500), now.running());
            assertEquals(7, now.seed());
            Map<String, Long> hits = new HashMap<>(now.hits());
            hits.remove("rate"); // only what really had to wait, which so few bytes may not
            assertEquals(Map.of("latency", 1L), hits);
            assertEquals(1, now.last().size(), "without those of rates");
            assertEquals("GET /x", now.last().getFirst().request());
            assertEquals(1, now.last().getFirst().exchange());
        }
    }
}
