package io.chaosproxy;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Ten recorded runs: a seed gives the hits and the drawn values that it has always given. People keep seeds in bug reports, so
 * the formula of the draws, and the names that enter it, are a format. A change that makes one of these fail breaks it.
 */
final class RecordedRunsTest {
    private static final String CONFIG = """
        chaos-proxy {
          seed = SEED
          proxies.shop {
            protocol = http
            listen = "127.0.0.1:0"
            upstream = "http://127.0.0.1:UPSTREAM"
            faults {
              late { type = latency, min = 1ms, max = 5ms, probability = 0.5 }
              bell { type = latency, distribution = normal, mean = 2ms, deviation = 1ms, probability = 0.4 }
              stall { type = outage, min = 1ms, max = 3ms, probability = 0.5, per = exchange }
              cut { type = reset, at = body, probability = 0.15 }
              sorry { type = respond, status = 503, probability = 0.2 }
              odd { type = corrupt, bytes = 2, within = 100, probability = 0.3, per = connection }
              short { type = truncate, probability = 0.1 }
              third { type = latency, delay = 1ms, when { nth = 3 } }
            }
          }
        }
        """;

    private static final int EXCHANGES = 30;
    private static final int EXCHANGES_OF_A_CONNECTION = 6;

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 7, 42, -1, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE})
    @Execution(ExecutionMode.CONCURRENT)
    void aSeedGivesTheHitsThatItHasAlwaysGiven(long seed) throws Exception {
        String response = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + "x".repeat(1000);
        List<String> recorded = recorded(seed);
        try (Origin origin = Origin.answering(response);
                ChaosServer server = ChaosServer.start(ChaosConfig.parse(CONFIG.replace("SEED", String.valueOf(seed))
                        .replace("UPSTREAM", String.valueOf(origin.port()))))) {
            InetSocketAddress proxy = new InetSocketAddress(
                    "127.0.0.1", server.proxies().getFirst().port());
            for (int done = 0; done < EXCHANGES; ) {
                done = exchange(proxy, done);
            }
            TestProxy.await("all hits", () -> hits(server).size() >= recorded.size());
            assertEquals(String.join("\n", recorded), String.join("\n", hits(server)));
        }
    }

    /** One connection, with as many exchanges as it lives for; how many there were in all. */
    private static int exchange(InetSocketAddress proxy, int before) throws IOException {
        int done = before;
        try (Peer client = Peer.connect(proxy)) {
            for (int i = 0; i < EXCHANGES_OF_A_CONNECTION && done < EXCHANGES; i++) {
                done++;
                client.send("GET /" + done + " HTTP/1.1\r\nHost: a\r\n\r\n");
                if (client.readResponse().isEmpty()) {
                    break;
                }
            }
        } catch (SocketException reset) {
            // the rule "cut"
        } catch (IOException ended) {
            // the rule "short"
        }
        return done;
    }

    private static List<String> hits(ChaosServer server) {
        return server.journal().hits().stream()
                .sorted(Comparator.comparingLong(Hit::connection)
                        .thenComparingLong(Hit::exchange)
                        .thenComparing(Hit::rule))
                .map(RecordedRunsTest::line)
                .toList();
    }

    private static String line(Hit hit) {
        Sample drawn = hit.drawn();
        String value = drawn.unit() == Sample.Unit.NONE ? "-" : String.valueOf(drawn.value());
        return hit.connection() + " " + hit.exchange() + " " + hit.rule() + " " + value;
    }

    private static List<String> recorded(long seed) throws IOException {
        try (InputStream file = RecordedRunsTest.class.getResourceAsStream("recorded-runs.txt")) {
            String prefix = seed + " ";
            return new String(requireNonNull(file).readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> line.startsWith(prefix))
                    .map(line -> line.substring(prefix.length()))
                    .collect(Collectors.toList());
        }
    }
}
