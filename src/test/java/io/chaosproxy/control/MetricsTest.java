package io.chaosproxy.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.control.meters.ProxyMeters;
import io.chaosproxy.control.reload.ConfigWatcher;
import io.chaosproxy.fault.ClientProtocol;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.text.HostPort;
import io.chaosproxy.text.ProgramVersion;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {
    private static final Pattern SAMPLE =
            Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*(\\{([a-z_]+=\"[^\"]*\",?)*})? \\S+");
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private final MonitoringRig watched = new MonitoringRig();

    @AfterEach
    void close() {
        watched.close();
    }

    private void serve(Optional<ConfigWatcher> reloader) throws IOException {
        watched.serve(
                Optional.empty(),
                watched.with(new Metrics(watched.fleet(), reloader)).routes());
    }

    /** All samples, each line understood. */
    private Map<String, Double> samples() throws IOException {
        MonitoringRig.Answer answer = watched.get("/metrics");
        assertTrue(answer.head().contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), answer.head());
        Map<String, Double> samples = new TreeMap<>();
        for (String line : answer.body().split("\n")) {
            if (!line.startsWith("#")) {
                assertTrue(SAMPLE.matcher(line).matches(), line);
                int blank = line.lastIndexOf(' ');
                assertEquals(null, samples.put(line.substring(0, blank), value(line.substring(blank + 1))), line);
            }
        }
        return samples;
    }

    private static double value(String text) {
        return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    }

    @Test
    void countsConnectionsAndBytesWhileTheyLive() throws Exception {
        try (Origin origin = Origin.echo()) {
            ProxyServer proxy = watched.add(Protocol.TCP, origin.port());
            serve(Optional.empty());
            try (Peer client = Peer.connect(proxy.address())) {
                assertEquals("12345", client.send("12345").read(5));

                Map<String, Double> samples = samples();
                assertEquals(1, samples.get("chaos_connections_open{proxy=\"tcp\"}"));
                assertEquals(1, samples.get("chaos_connections_total{proxy=\"tcp\"}"));
                assertEquals(5, samples.get("chaos_forwarded_bytes_total{direction=\"up\",proxy=\"tcp\"}"));
                assertEquals(5, samples.get("chaos_forwarded_bytes_total{direction=\"down\",proxy=\"tcp\"}"));
                assertEquals(1, samples.get("chaos_up{proxy=\"tcp\"}"));
                assertEquals(0, samples.get("chaos_dial_failures_total{proxy=\"tcp\"}"));
                assertTrue(samples.keySet().stream().anyMatch(name -> name.startsWith("jvm_memory_used_bytes")));
                assertTrue(samples.containsKey("process_uptime_seconds"));
                assertEquals(
                        5,
                        samples.get("toxiproxy_proxy_sent_bytes_total{direction=\"upstream\",listener=\""
                                + HostPort.text(proxy.lastAddress().orElseThrow()) + "\",proxy=\"tcp\",upstream=\""
                                + origin.address() + "\"}"));
            }
            TestProxy.await("closed", () -> proxy.connections().isEmpty());
            assertEquals(0, samples().get("chaos_connections_open{proxy=\"tcp\"}"));
        }
    }

    @Test
    void countsWhyConnectionsEnded() throws Exception {
        try (Origin origin = Origin.echo()) {
            ProxyServer proxy = watched.add(Protocol.TCP, origin.port());
            serve(Optional.empty());
            try (Peer client = Peer.connect(proxy.address())) {
                assertEquals("1", client.send("1").read(1));
            }
            TestProxy.await("completed", () -> proxy.traffic().ended(EndCause.COMPLETED) == 1);
            proxy.plan(Plan.of(Rule.of("cut", Reset.atRequest())));
            try (Peer client = Peer.connect(proxy.address())) {
                client.send("1");
                TestProxy.await("reset", () -> proxy.traffic().ended(EndCause.FAULT_RESET) == 1);
            }

            Map<String, Double> samples = samples();
            assertEquals(1, samples.get("chaos_connections_ended_total{cause=\"completed\",proxy=\"tcp\"}"));
            assertEquals(1, samples.get("chaos_connections_ended_total{cause=\"fault-reset\",proxy=\"tcp\"}"));
            assertEquals(0, samples.get("chaos_connections_ended_total{cause=\"defect\",proxy=\"tcp\"}"));
        }
    }

    @Test
    void countsExchangesByStatusClassAndHitsWithTheirDelay() throws Exception {
        Rule slow = Rule.of("slow", Latency.of(Duration.ofMillis(30)));
        try (Origin origin = Origin.answering(OK)) {
            ProxyServer proxy = watched.add(Protocol.HTTP, origin.port(), slow);
            serve(Optional.empty());
            try (Peer client = Peer.connect(proxy.address())) {
                client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
                client.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
                proxy.plan(proxy.plan().with(Rule.of("no", Respond.of(503))));
                client.send("GET /c HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            }
            TestProxy.await("counted", () -> proxy.traffic().answers(5) == 1);

            Map<String, Double> samples = samples();
            assertEquals(2, samples.get("chaos_exchanges_total{proxy=\"http\",status=\"2xx\"}"));
            assertEquals(1, samples.get("chaos_exchanges_total{proxy=\"http\",status=\"5xx\"}"));
            assertEquals(0, samples.get("chaos_exchanges_total{proxy=\"http\",status=\"none\"}"));
            assertEquals(3, samples.get("chaos_hits_total{proxy=\"http\",rule=\"slow\",type=\"latency\"}"));
            assertEquals(1, samples.get("chaos_hits_total{proxy=\"http\",rule=\"no\",type=\"respond\"}"));
            String delay = "chaos_injected_delay_seconds_";
            assertEquals(3, samples.get(delay + "count{proxy=\"http\",type=\"latency\"}"));
            assertEquals(0.09, samples.get(delay + "sum{proxy=\"http\",type=\"latency\"}"), 1e-6);
            assertEquals(0, samples.get(delay + "bucket{proxy=\"http\",type=\"latency\",le=\"0.02\"}"));
            assertEquals(3, samples.get(delay + "bucket{proxy=\"http\",type=\"latency\",le=\"0.05\"}"));
        }
    }

    /** A rule that is removed, and a client that leaves, end a delay of an hour. */
    @Test
    void countsOfADelayOnlyWhatWasWaited() throws Exception {
        Rule slow = Rule.of("slow", Latency.of(Duration.ofHours(1)));
        Rule dead = Rule.of("dead", Outage.of(Duration.ofHours(1))).way(Directions.DOWN);
        for (Rule rule : List.of(slow, dead)) {
            for (boolean lifted : List.of(true, false)) {
                try (Origin origin = Origin.answering(OK);
                        ProxyMeters meters = new ProxyMeters(watched.fleet());
                        Peer client = Peer.connect(
                                watched.add(Protocol.HTTP, origin.port(), rule).address())) {
                    SimpleMeterRegistry registry = new SimpleMeterRegistry();
                    meters.bindTo(registry);
                    ProxyServer proxy = watched.fleet().find("http").orElseThrow();
                    long begun = System.nanoTime();
                    client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
                    assertTrue(proxy.common().journal().await("http", rule.name(), 1, Duration.ofMinutes(1)));
                    if (lifted) {
                        proxy.plan(Plan.CLEAN);
                        client.readResponse();
                    } else {
                        proxy.sever();
                    }
                    TestProxy.await(
                            "told", () -> registry.find("chaos.injected.delay").timer() != null);
                    Timer delay = registry.get("chaos.injected.delay").timer();
                    TestProxy.await("recorded", () -> delay.count() == 1);
                    assertTrue(delay.totalTime(TimeUnit.NANOSECONDS) > 0);
                    assertTrue(delay.totalTime(TimeUnit.NANOSECONDS) <= System.nanoTime() - begun);
                    watched.fleet().remove(proxy);
                    proxy.common().journal().clear();
                }
            }
        }
    }

    @Test
    void seriesOfRulesThatAreGoneAreBounded() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (Origin origin = Origin.echo();
                ProxyMeters meters = new ProxyMeters(watched.fleet())) {
            ProxyServer proxy = watched.add(Protocol.TCP, origin.port());
            for (int i = 1; i <= 1_200; i++) {
                watched.fleet()
                        .common()
                        .journal()
                        .enter(new Hit(
                                Instant.EPOCH,
                                "tcp",
                                i,
                                0,
                                "127.0.0.1",
                                ClientProtocol.UNKNOWN,
                                "",
                                "slow" + i,
                                "latency",
                                Sample.NOTHING));
            }
            meters.bindTo(registry);
            assertEquals(1_200, registry.find("chaos.hits").functionCounters().size());
            proxy.plan(Plan.of(Rule.of("slow1", Latency.of(Duration.ZERO))));
            assertEquals(1_001, registry.find("chaos.hits").functionCounters().size());
            assertEquals(
                    1,
                    registry.get("chaos.hits")
                            .tag("rule", "slow1")
                            .functionCounter()
                            .count());
        }
    }

    @Test
    void anExchangeThatNobodyAnswersHasNoStatus() throws Exception {
        try (Origin origin = Origin.each(Peer::readHead)) {
            ProxyServer proxy = watched.add(Protocol.HTTP, origin.port());
            serve(Optional.empty());
            try (Peer client = Peer.connect(proxy.address())) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").ending();
            }
            TestProxy.await("over", () -> proxy.traffic().answers(0) == 1);
            assertEquals(1, samples().get("chaos_exchanges_total{proxy=\"http\",status=\"none\"}"));
        }
    }

    @Test
    void metersComeAndGoWithTheirProxies() throws Exception {
        serve(Optional.empty());
        assertFalse(samples().containsKey("chaos_up{proxy=\"tcp\"}"));
        try (Origin origin = Origin.echo()) {
            ProxyServer first = watched.add(Protocol.TCP, origin.port());
            try (Peer client = Peer.connect(first.address())) {
                client.send("x").read(1);
            }
            assertEquals(1, samples().get("chaos_connections_total{proxy=\"tcp\"}"));

            watched.fleet().replace(first.spec(), true);
            assertEquals(0, samples().get("chaos_connections_total{proxy=\"tcp\"}"));

            watched.fleet().remove("tcp");
            assertFalse(samples().containsKey("chaos_connections_total{proxy=\"tcp\"}"));
        }
    }

    @Test
    void countsReloads(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("a.conf"), "chaos-proxy { seed = 1 }\n");
        var text = ConfigReader.load(file, Map.of());
        ChaosConfig config = ConfigReader.read(text);
        ConfigWatcher reloader = watched.with(ConfigWatcher.watch(watched.fleet(), file, Map.of(), text, config));
        serve(Optional.of(reloader));

        assertEquals(1, samples().get("chaos_config_last_reload_successful"));
        Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        reloader.reload();
        Files.writeString(file, "chaos-proxy { sed = 1 }\n");
        reloader.reload();

        Map<String, Double> samples = samples();
        assertEquals(0, samples.get("chaos_config_last_reload_successful"));
        double taken = samples.get("chaos_config_last_reload_success_timestamp_seconds");
        assertTrue(taken >= before.toEpochMilli() / 1e3, taken + " " + before);
        assertTrue(taken <= Instant.now().toEpochMilli() / 1e3, String.valueOf(taken));
        assertEquals(1, samples.get("chaos_reloads_total{result=\"taken\"}"));
        assertTrue(samples.get("chaos_reloads_total{result=\"refused\"}") >= 1);
    }

    @Test
    void countsTheTimesToTheFirstByteOfTheUpstreamAndOfTheClient() throws Exception {
        Rule slow = Rule.of("slow", Latency.of(Duration.ofMillis(300)));
        try (Origin origin = Origin.answering(OK)) {
            watched.add(Protocol.HTTP, origin.port(), slow);
            serve(Optional.empty());
            try (Peer client =
                    Peer.connect(watched.fleet().find("http").orElseThrow().address())) {
                client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
                client.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            }

            Map<String, Double> samples = samples();
            assertEquals(2, samples.get("chaos_upstream_first_byte_seconds_count{proxy=\"http\"}"));
            assertEquals(2, samples.get("chaos_client_first_byte_seconds_count{proxy=\"http\"}"));
            assertEquals(0, samples.get("chaos_client_first_byte_seconds_bucket{proxy=\"http\",le=\"0.2\"}"));
            assertEquals(2, samples.get("chaos_client_first_byte_seconds_bucket{proxy=\"http\",le=\"+Inf\"}"));
            double added = samples.get("chaos_client_first_byte_seconds_sum{proxy=\"http\"}")
                    - samples.get("chaos_upstream_first_byte_seconds_sum{proxy=\"http\"}");
            assertTrue(added >= 0.6, added + " s");
        }
    }

    /** Prometheus asks for OpenMetrics first; counters have another name in the comments there, and the end is marked. */
    @Test
    void answersInOpenMetricsOnRequest() throws Exception {
        try (Origin origin = Origin.echo()) {
            watched.add(Protocol.TCP, origin.port());
            serve(Optional.empty());
            MonitoringRig.Answer answer = watched.get(
                    "/metrics",
                    "Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2");

            assertTrue(
                    answer.head()
                            .contains("Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"),
                    answer.head());
            assertTrue(answer.body().endsWith("\n# EOF\n"), answer.body());
            assertTrue(answer.body().contains("# TYPE toxiproxy_proxy_sent_bytes counter\n"), answer.body());
            assertTrue(answer.body().contains("\nchaos_connections_total{proxy=\"tcp\"} 0.0\n"), answer.body());
            for (String accept : List.of(
                    "text/plain",
                    "application/openmetrics-text;q=0, text/plain",
                    "application/openmetrics-text;q=0.1, text/plain;q=0.9",
                    "application/openmetrics-text;version=2.0.0, text/plain;q=0.1")) {
                assertFalse(watched.get("/metrics", "Accept: " + accept).body().contains("# EOF"), accept);
            }
        }
    }

    @Test
    void tellsTheVersions() throws Exception {
        serve(Optional.empty());
        assertEquals(
                1.0,
                samples()
                        .get("chaos_build_info{java=\"" + Runtime.version() + "\",version=\"" + ProgramVersion.TEXT
                                + "\"}"));
        assertTrue(ProgramVersion.TEXT.matches("\\d+\\.\\d+\\.\\d+.*"), ProgramVersion.TEXT);
    }

    @Test
    void answersAnyMethod() throws Exception {
        serve(Optional.empty());
        assertEquals(200, watched.call("POST", "/metrics", "Content-Length: 0").status());
        assertEquals("", watched.call("HEAD", "/metrics").body());
    }

    @Test
    void aRegistryOfSomebodyElseGetsTheSameMetersUntilTheyAreClosed() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (Origin origin = Origin.echo()) {
            ProxyServer proxy =
                    watched.add(Protocol.TCP, origin.port(), TestProxy.rule(Latency.of(Duration.ofMillis(1))));
            try (Peer client = Peer.connect(proxy.address())) {
                client.send("x").read(1); // before anybody looks
                try (ProxyMeters meters = new ProxyMeters(watched.fleet())) {
                    meters.bindTo(registry);
                    assertEquals(
                            1, registry.get("chaos.connections.open").gauge().value());
                    assertNotEquals(
                            0, registry.get("chaos.hits").functionCounter().count());
                }
            }
        }
        assertEquals(0, registry.getMeters().size());
    }
}
