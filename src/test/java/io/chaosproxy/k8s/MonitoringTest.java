package io.chaosproxy.k8s;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.Main;
import io.chaosproxy.cluster.TestRedis;
import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.Jvm;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The dashboard, the alerts and the autoscaler use metrics that the program has, with labels and values that they have. */
class MonitoringTest {
    private static final Path COMPONENT = Path.of("k8s/components/monitoring");
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final Pattern LISTENS = Pattern.compile("(web|tls) +http.* 127\\.0\\.0\\.1:(\\d+) -> .*");
    private static final Pattern CONTROL = Pattern.compile("(control) +127\\.0\\.0\\.1:(\\d+)");

    @Test
    void everyMetricInUseIsThere(@TempDir Path folder) throws Exception {
        try (TestRedis redis = TestRedis.started();
                Origin origin = Origin.answering(OK)) {
            Path file = Files.writeString(
                    folder.resolve("chaos-proxy.conf"), """
                        chaos-proxy {
                          cluster { redis = "%s", replica = a }
                          control { listen = "127.0.0.1:0", token = any-token, metrics-token = metrics-token }
                          speed = 10MB
                          latency = 1ms
                          proxies {
                            web { protocol = http, listen = "127.0.0.1:0", upstream = "%s" }
                            tls { protocol = http, listen = "127.0.0.1:0", upstream = "%s", tls { self-signed = true } }
                          }
                        }\
                        """.formatted(redis.url(), origin.address(), origin.address()));
            List<String> command = Jvm.withClassPath(List.of());
            command.addAll(List.of(Main.class.getName(), "run", file.toString()));
            Process program = Child.builder(command).redirectErrorStream(true).start();
            try (BufferedReader lines = program.inputReader(UTF_8)) {
                Map<String, InetSocketAddress> addresses = addresses(lines);
                try (Peer client = Peer.connect(address(addresses, "web"))) {
                    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
                }
                try (Socket stranger = new Socket(
                                "127.0.0.1", address(addresses, "tls").getPort());
                        SSLSocket secure = (SSLSocket) SSLContext.getDefault()
                                .getSocketFactory()
                                .createSocket(stranger, "localhost", 0, true)) {
                    assertThrows(IOException.class, secure::startHandshake); // nobody vouches for its certificate
                }
                List<Series> used = used();
                assertTrue(used.size() > 30, used.toString());
                List<Series> missing = new ArrayList<>(used);
                long end = System.nanoTime()
                        + Duration.ofMinutes(1).toNanos(); // shares of the cluster are told of by and by
                while (!missing.isEmpty() && System.nanoTime() < end) {
                    List<Series> scraped = scrape(address(addresses, "control"));
                    missing.removeIf(series -> scraped.stream().anyMatch(series::selects));
                }
                assertEquals(List.of(), missing);
            } finally {
                program.destroyForcibly();
            }
        }
    }

    private static Map<String, InetSocketAddress> addresses(BufferedReader lines) throws IOException {
        Map<String, InetSocketAddress> addresses = new HashMap<>();
        StringBuilder said = new StringBuilder();
        while (!addresses.containsKey("control")) {
            String line = lines.readLine();
            if (line == null) {
                throw new IOException("it ended: " + said);
            }
            said.append(line).append('\n');
            Stream.of(LISTENS, CONTROL)
                    .map(pattern -> pattern.matcher(line))
                    .filter(Matcher::matches)
                    .forEach(found -> addresses.put(
                            found.group(1), new InetSocketAddress("127.0.0.1", Integer.parseInt(found.group(2)))));
        }
        return addresses;
    }

    private static InetSocketAddress address(Map<String, InetSocketAddress> addresses, String of) {
        InetSocketAddress address = addresses.get(of);
        if (address == null) {
            throw new AssertionError(of + " is not among " + addresses);
        }
        return address;
    }

    private static List<Series> scrape(InetSocketAddress control) {
        try (Peer client = Peer.connect(control)) {
            String answer = client.send("GET /metrics HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer metrics-token\r\n"
                            + "Connection: close\r\n\r\n")
                    .readText();
            assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
            return answer.substring(answer.indexOf("\r\n\r\n") + 4)
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.isEmpty())
                    .map(Series::scraped)
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Series> used() throws IOException {
        List<String> expressions = new ArrayList<>();
        expressions(Manifests.parse(Files.readString(COMPONENT.resolve("dashboard.json"))), expressions);
        PrometheusRule alerts = Manifests.typed(Manifests.read(COMPONENT.resolve("alerts.yaml")), PrometheusRule.class);
        alerts.spec().groups().getFirst().rules().forEach(alert -> expressions.add(alert.expr()));
        HorizontalPodAutoscaler autoscaler =
                new Kustomized(Path.of("k8s/overlays/fleet")).only(HorizontalPodAutoscaler.class);
        autoscaler.getSpec().getMetrics().stream()
                .filter(metric -> metric.getPods() != null)
                .forEach(metric -> expressions.add(metric.getPods().getMetric().getName()));
        return expressions.stream()
                .flatMap(text -> Series.of(text).stream())
                .distinct()
                .toList();
    }

    /** What the panels, annotations and variables of a dashboard ask for. */
    private static void expressions(JsonNode node, List<String> found) {
        node.properties().forEach(field -> {
            boolean isQuery = field.getKey().equals("query")
                    && field.getValue().asString("").startsWith("label_values(");
            if (field.getKey().equals("expr") || isQuery) {
                found.add(field.getValue().asString());
            }
        });
        node.forEach(child -> expressions(child, found));
    }

    @Test
    void thePanelsOfTheDashboardDoNotOverlapAndEachHasItsNumber() throws IOException {
        JsonNode dashboard = Manifests.parse(Files.readString(COMPONENT.resolve("dashboard.json")));
        List<JsonNode> panels = dashboard.path("panels").valueStream().toList();
        assertEquals(
                panels.size(),
                panels.stream()
                        .map(panel -> panel.path("id").asInt())
                        .distinct()
                        .count());
        for (JsonNode one : panels) {
            assertTrue(left(one) + side(one, "w") <= 24, one.path("title").asString());
            for (JsonNode other : panels) {
                assertFalse(
                        one != other && overlap(one, other),
                        one.path("title").asString() + " and "
                                + other.path("title").asString());
            }
        }
    }

    private static int left(JsonNode panel) {
        return side(panel, "x");
    }

    private static int side(JsonNode panel, String which) {
        return panel.path("gridPos").path(which).asInt();
    }

    private static boolean overlap(JsonNode one, JsonNode other) {
        return left(one) < left(other) + side(other, "w")
                && left(other) < left(one) + side(one, "w")
                && side(one, "y") < side(other, "y") + side(other, "h")
                && side(other, "y") < side(one, "y") + side(one, "h");
    }

    @Test
    void ofAnExpressionTheSelectorsAreRead() {
        assertEquals(
                List.of(
                        new Series("a_total", Map.of("cause", "defect", "pod", "", "le", "")),
                        new Series("b", Map.of("pod", "", "le", ""))),
                Series.of("max by (le, pod) (rate(a_total{cause=\"defect\",pod=~\"$pod\"}[5m])) / b > 0.9"));
        assertEquals(List.of(new Series("b", Map.of("proxy", ""))), Series.of("label_values(b, proxy)"));
        Series scraped = Series.scraped("a_total{cause=\"idle\",proxy=\"x\"} 1.0");
        assertTrue(Series.of("a_total{cause=\"idle\",pod=\"y\"}").getFirst().selects(scraped));
        assertFalse(Series.of("a_total{cause=\"defect\"}").getFirst().selects(scraped));
        assertFalse(Series.of("sum by (rule) (a_total)").getFirst().selects(scraped));
        assertFalse(Series.of("a").getFirst().selects(scraped));
    }
}
