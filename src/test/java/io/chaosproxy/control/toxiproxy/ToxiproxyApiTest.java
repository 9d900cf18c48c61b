package io.chaosproxy.control.toxiproxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients send that the transcript doesn't have, and what their authors got wrong. */
final class ToxiproxyApiTest {
    private ToxiproxyRig rig;

    @BeforeEach
    void start() throws IOException {
        rig = new ToxiproxyRig();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    /** Each of these bodies posted to a path, and the answers. */
    private void assertAnswers(String path, String... bodiesAndAnswers) {
        assertAll(Arrays.stream(pairs(bodiesAndAnswers))
                .map(pair -> () -> assertEquals(
                        pair[1].strip(), rig.post(path, pair[0]).toString().strip(), pair[0])));
    }

    private static String[][] pairs(String... all) {
        String[][] pairs = new String[all.length / 2][];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = new String[] {all[2 * i], all[2 * i + 1]};
        }
        return pairs;
    }

    private static String error(int status, String text) {
        return status + " {\"error\":" + GoJson.write(text) + ",\"status\":" + status + "}";
    }

    private static String bad(String text) {
        return error(400, "bad request body: " + text);
    }

    private String listen(String name) throws IOException {
        return rig.get("/proxies/" + name).body().replaceAll(".*\"listen\":\"([^\"]*)\".*", "$1");
    }

    private void createService() throws IOException {
        rig.post("/proxies", "{\"name\":\"s\",\"listen\":\"127.0.0.1:0\",\"upstream\":\"localhost:1\"}");
    }

    @Test
    void malformedProxiesAreRefusedInTheOriginalsWords() {
        assertAnswers(
                "/proxies",
                "   \n",
                bad("EOF"),
                "{\"name\":\"x",
                bad("unexpected EOF"),
                "[",
                bad("unexpected EOF"),
                "[]",
                bad("json: cannot unmarshal array into Go value of type toxiproxy.Proxy"),
                "\"x\"",
                bad("json: cannot unmarshal string into Go value of type toxiproxy.Proxy"),
                "null",
                error(400, "missing required field: name"),
                "{} trailing",
                error(400, "missing required field: name"),
                "{\"name\":5}",
                bad("json: cannot unmarshal number into Go struct field Proxy.name of type string"),
                "{\"name\":\"x\",\"upstream\":\"a:1\",\"enabled\":\"yes\"}",
                bad("json: cannot unmarshal string into Go struct field Proxy.enabled of type bool"),
                "{\"name\":\"x\",\"upstream\":\"a:1\",\"name\":\"\"}",
                error(400, "missing required field: name"),
                "{\"name\":\"x\",\"upstream\":\"a:1\",\"listen\":\"a:b:1\"}",
                error(500, "listen tcp: address a:b:1: too many colons in address"),
                "{\"name\":\"x\",\"upstream\":\"a:1\",\"listen\":\"127.0.0.1:70000\"}",
                error(500, "listen tcp: address 70000: invalid port"),
                "{\"name\":\"x\",\"upstream\":\"a:1\",\"listen\":\"127.0.0.1:what\"}",
                error(500, "listen tcp: lookup tcp/what: unknown port"),
                "{\"name\":\"x\",\"upstream\":\"a:1\",\"listen\":\"[::1\"}",
                error(500, "listen tcp: address [::1: missing ']' in address"),
                "{\"name\":\"x\",\"upstream\":\"a:1\",\"listen\":\"no-such-host.invalid:0\"}",
                error(500, "listen tcp: lookup no-such-host.invalid: no such host"),
                "{\"name\":\"x\",\"upstream\":\"a\"}",
                bad("upstream must be host:port, not \"a\""),
                "{\"name\":\"x\",\"upstream\":\"wss://a\"}",
                bad("upstream a proxy of protocol http can't connect to wss://a; use: protocol = tcp, upstream ="
                        + " a:443"),
                "{\"name\":\" \",\"upstream\":\"a:1\"}",
                bad("name must not be empty"));
        assertTrue(rig.fleet().all().isEmpty());
    }

    @Test
    void malformedToxicsAreRefusedInTheOriginalsOrder() throws IOException {
        createService();
        rig.post("/proxies/s/toxics", "{\"type\":\"latency\",\"name\":\"taken\"}");
        assertAnswers(
                "/proxies/s/toxics",
                "{\"stream\":\"\",\"type\":\"nope\"}",
                error(400, "stream was invalid, can be either upstream or downstream"),
                "{\"name\":\"taken\",\"type\":\"nope\"}",
                error(400, "invalid toxic type"),
                "{}",
                error(400, "invalid toxic type"),
                "{\"type\":\"Latency\"}",
                error(400, "invalid toxic type"),
                "{\"name\":\"taken\",\"type\":\"latency\",\"attributes\":{\"latency\":\"1\"}}",
                error(409, "toxic already exists"),
                "{\"type\":\"latency\",\"attributes\":{\"latency\":\"1\"}}",
                bad("json: cannot unmarshal string into Go struct field LatencyToxic.attributes.latency of type int64"),
                "{\"type\":\"latency\",\"attributes\":{\"latency\":1.0}}",
                bad("json: cannot unmarshal number 1.0 into Go struct field LatencyToxic.attributes.latency of type"
                        + " int64"),
                "{\"type\":\"slicer\",\"attributes\":{\"delay\":9223372036854775808}}",
                bad("json: cannot unmarshal number 9223372036854775808 into Go struct field"
                        + " SlicerToxic.attributes.delay of type int"),
                "{\"type\":\"latency\",\"attributes\":[]}",
                bad("json: cannot unmarshal array into Go struct field ToxicWrapper.attributes of type"
                        + " toxics.NoopToxic"),
                "{\"type\":\"latency\",\"toxicity\":\"1\"}",
                bad("json: cannot unmarshal string into Go struct field ToxicWrapper.toxicity of type float32"),
                "{\"type\":\"latency\",\"toxicity\":2.5}",
                bad("toxicity must be from 0 to 1, not 2.5"),
                "{\"type\":\"latency\",\"toxicity\":-1}",
                bad("toxicity must be from 0 to 1, not -1"),
                "{\"type\":\"bandwidth\",\"attributes\":{\"rate\":-1}}",
                bad("rate must be 0 or more, not -1"),
                "{\"type\":\"slicer\",\"attributes\":{\"average_size\":5,\"size_variation\":6}}",
                bad("size_variation must not be above average_size, not 6"),
                "{\"type\":\"slicer\",\"attributes\":{\"size_variation\":1}}",
                bad("size_variation must not be above average_size, not 1"));
        assertAnswers(
                "/proxies/s/toxics/taken",
                "{\"attributes\":{\"latency\":-5},\"toxicity\":0.5}",
                bad("latency must be 0 or more, not -5"),
                "{\"attributes\":{\"jitter\":7},\"type\":\"timeout\",\"name\":\"other\",\"stream\":\"upstream\"}",
                "200 {\"attributes\":{\"latency\":0,\"jitter\":7},\"name\":\"taken\",\"type\":\"latency\","
                        + "\"stream\":\"downstream\",\"toxicity\":1}");
    }

    /** Code points as JSON has them. */
    @ParameterizedTest
    @ValueSource(strings = {"\\r", "\\n", "\\u001b", "\\u007f", "\\u009b", "\\u202e", "\\u2066", "\\u2028", "\\ud800"})
    void namesThatChangeHowTextIsShownAreRefused(String code) throws IOException {
        createService();
        String proxy = rig.post("/proxies", "{\"name\":\"a" + code + "\",\"upstream\":\"localhost:1\"}")
                .body();
        assertTrue(proxy.contains("name must not contain control characters"), proxy);
        for (String type : List.of("latency", "noop")) {
            String toxic = rig.post("/proxies/s/toxics", "{\"name\":\"a" + code + "\",\"type\":\"" + type + "\"}")
                    .body();
            assertTrue(toxic.contains("name must not contain control characters"), toxic);
        }
    }

    @Test
    void attributesOfAnySizeAndKeysInAnyCaseAreTaken() throws IOException {
        createService();
        assertAnswers(
                "/proxies/s/toxics",
                "{\"Type\":\"latency\",\"ATTRIBUTES\":{\"Latency\":9223372036854775807},\"attributes\":{\"JITTER\":-0}}",
                "200 {\"attributes\":{\"latency\":9223372036854775807,\"jitter\":0},\"name\":\"latency_downstream\","
                        + "\"type\":\"latency\",\"stream\":\"downstream\",\"toxicity\":1}",
                "{\"type\":\"bandwidth\",\"attributes\":{\"rate\":9223372036854775807},\"toxicity\":1e-1}",
                "200 {\"attributes\":{\"rate\":9223372036854775807},\"name\":\"bandwidth_downstream\","
                        + "\"type\":\"bandwidth\",\"stream\":\"downstream\",\"toxicity\":0.1}",
                "{\"type\":\"slicer\",\"attributes\":{\"average_size\":9223372036854775807,\"size_variation\":"
                        + "9223372036854775806},\"stream\":\"UPSTREAM\",\"name\":\"a<b\\u00e9\"}",
                "200 {\"attributes\":{\"average_size\":9223372036854775807,\"size_variation\":9223372036854775806,"
                        + "\"delay\":0},\"name\":\"a\\u003cbé\",\"type\":\"slicer\",\"stream\":\"UPSTREAM\","
                        + "\"toxicity\":1}",
                "{\"type\":\"noop\",\"name\":null,\"stream\":null,\"toxicity\":null,\"attributes\":null}",
                "200 {\"attributes\":{},\"name\":\"noop_downstream\",\"type\":\"noop\",\"stream\":\"downstream\","
                        + "\"toxicity\":1}");
    }

    @Test
    void aSlicerOfNothingPassesEverythingUntilItGetsASize() throws Exception {
        try (Origin origin = Origin.echo()) {
            rig.post(
                    "/proxies",
                    "{\"name\":\"s\",\"listen\":\"127.0.0.1:0\",\"upstream\":\"" + origin.address() + "\"}");
            assertEquals(
                    "200",
                    rig.post("/proxies/s/toxics", "{\"type\":\"slicer\"}").status());
            try (Peer client = Peer.connect(rig.proxy("s").address())) {
                client.send("hello");
                assertEquals("hello", client.read(5));
                rig.post(
                        "/proxies/s/toxics/slicer_downstream",
                        "{\"attributes\":{\"average_size\":1,\"delay\":100000}}");
                long start = System.nanoTime();
                client.send("hello");
                assertEquals("hello", client.read(5));
                assertTrue(System.nanoTime() - start >= 400_000_000);
            }
        }
    }

    @Test
    void pathsAreMatchedAsTheRouterOfTheOriginalDoes() throws IOException {
        createService();
        rig.post("/proxies", "{\"name\":\"a b/c\",\"enabled\":false,\"upstream\":\"localhost:1\"}");
        String[][] cases = {
            {"GET", "/proxies/%73", "200"},
            {"GET", "/proxies/s/", "404"},
            {"GET", "/proxies/s/toxics/", "404"},
            {"GET", "/proxies/a%20b%2Fc", "404"},
            {"GET", "//proxies", "301"},
            {"GET", "/proxies/../version", "301"},
            {"GET", "/", "404"},
            {"GET", "/metrics", "404"},
            {"HEAD", "/proxies", "405"},
            {"OPTIONS", "/proxies", "405"},
            {"DELETE", "/proxies", "405"},
            {"PUT", "/proxies/s", "405"},
            {"GET", "/reset", "405"},
            {"GET", "/populate", "405"},
            {"POST", "/version", "405"},
        };
        assertAll(Arrays.stream(cases)
                .map(c -> () -> assertEquals(c[2], rig.call(c[0], c[1], "").status(), c[0] + " " + c[1])));
        assertTrue(rig.get("//proxies?x=1").head().contains("\r\nLocation: /proxies?x=1\r\n"));
        assertEquals("404 404 page not found\n", rig.get("/proxies/").toString());
    }

    @Test
    void onlyAnswersOfMatchedRoutesCarryARequestId() throws IOException {
        Function<ToxiproxyRig.Answer, Boolean> carries = answer -> answer.head().contains("X-Toxiproxy-Request-Id: ");
        assertTrue(carries.apply(rig.get("/proxies")));
        assertTrue(carries.apply(rig.get("/proxies/none")));
        ToxiproxyRig.Answer browser = rig.call("GET", "/proxies", "", "User-Agent: Mozilla/5.0");
        assertTrue(carries.apply(browser));
        assertEquals("403 User agent not allowed\n", browser.toString());
        assertEquals(
                "200",
                rig.call("GET", "/proxies", "", "User-Agent: mozilla/5.0").status());
        assertFalse(carries.apply(rig.call("PUT", "/proxies", "")));
        assertFalse(carries.apply(rig.get("/nowhere")));
    }

    @Test
    void goAndRubyClientsSendMoreThanTheyMean() throws IOException {
        String whole = "{\"name\":\"go\",\"listen\":\"127.0.0.1:0\",\"upstream\":\"localhost:1\",\"enabled\":true,"
                + "\"toxics\":[{\"type\":\"latency\",\"name\":\"stale\"}]}";
        assertTrue(rig.post("/proxies", whole).body().endsWith("\"toxics\":[]}"));
        String body = rig.get("/proxies/go").body();
        ProxyServer proxy = rig.proxy("go");
        assertEquals(
                "200", rig.post("/proxies/go", body.replace("true", "false")).status());
        assertFalse(proxy.isEnabled());
        assertEquals(
                "200 " + body,
                rig.call("PATCH", "/proxies/go", "{\"enabled\":true,\"listen\":null,\"upstream\":null,\"name\":null}")
                        .toString());
        rig.post("/proxies/go/toxics", "{\"type\":\"noop\"}");
        assertEquals("200", rig.post("/proxies/go", body.replace("[]", "null")).status());
        assertTrue(rig.get("/proxies/go").body().contains("noop"));
    }

    @Test
    void theAddressIsShownAsGoPrintsIt() throws IOException {
        assertAnswers(
                "/proxies",
                "{\"name\":\"off\",\"listen\":\"localhost:1234\",\"upstream\":\":6379\",\"enabled\":false}",
                "201 {\"name\":\"off\",\"listen\":\"localhost:1234\",\"upstream\":\"localhost:6379\",\"enabled\":false,"
                        + "\"Logger\":{},\"toxics\":[]}",
                "{\"name\":\"nowhere\",\"upstream\":\"a:1\",\"enabled\":false}",
                "201 {\"name\":\"nowhere\",\"listen\":\"\",\"upstream\":\"a:1\",\"enabled\":false,\"Logger\":{},"
                        + "\"toxics\":[]}");
        rig.post("/proxies", "{\"name\":\"local\",\"listen\":\"localhost:0\",\"upstream\":\"localhost:1\"}");
        rig.post("/proxies", "{\"name\":\"all\",\"listen\":\"0.0.0.0:0\",\"upstream\":\"localhost:1\"}");
        assertTrue(listen("local").matches("127\\.0\\.0\\.1:\\d+"), listen("local"));
        assertTrue(listen("all").matches("(\\[::]|0\\.0\\.0\\.0):\\d+"), listen("all"));
        String before = listen("all");
        String[] port = before.split(":(?=\\d+$)");
        for (String same : List.of(before, "0.0.0.0:" + port[1], ":" + port[1])) {
            rig.post("/proxies/all/toxics", "{\"type\":\"noop\"}");
            rig.post(
                    "/populate",
                    "[{\"name\":\"all\",\"listen\":\"" + same + "\",\"upstream\":\"localhost:1\",\"enabled\":false}]");
            assertTrue(rig.get("/proxies/all").body().contains("noop"), same);
            assertTrue(rig.proxy("all").isEnabled());
        }
    }

    @Test
    void anUpdateThatCannotListenLeavesTheProxyOffWithTheNewAddress() throws IOException {
        createService();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String where = "127.0.0.1:" + taken.getLocalPort();
            String failure = "listen tcp " + where + ": bind: address already in use";
            assertAnswers(
                    "/proxies/s",
                    "{\"listen\":\"foo\"}",
                    error(500, "address foo: missing port in address"),
                    "{\"listen\":\"localhost:" + taken.getLocalPort() + "\"}",
                    error(500, failure));
            assertFalse(rig.proxy("s").isEnabled());
            assertEquals("localhost:" + taken.getLocalPort(), listen("s"));
            assertEquals(error(500, failure), rig.post("/reset", "").toString().strip());
        }
        assertEquals("204 ", rig.post("/reset", "").toString());
        assertTrue(rig.proxy("s").isEnabled());
    }

    @Test
    void populateReplacesWhatDiffersAndSaysWhatWasDoneBeforeAFailure() throws IOException {
        createService();
        rig.post("/proxies/s/toxics", "{\"type\":\"timeout\"}");
        String listen = listen("s");
        ToxiproxyRig.Answer answer = rig.post(
                "/populate",
                "[{\"name\":\"s\",\"listen\":\"" + listen + "\",\"upstream\":\"localhost:2\"},{\"name\":\"t\","
                        + "\"listen\":\"" + listen + "\",\"upstream\":\"localhost:1\"}]");
        assertEquals(
                "500 {\"error\":\"listen tcp " + listen + ": bind: address already in use\",\"status\":500,"
                        + "\"proxies\":[{\"name\":\"s\",\"listen\":\"" + listen
                        + "\",\"upstream\":\"localhost:2\",\"enabled\":true,\"Logger\":{},\"toxics\":[]}]}",
                answer.toString());
        assertTrue(answer.head().contains("\r\nContent-Type: application/json\r\n"));
        assertEquals(1, rig.fleet().all().size());
        assertEquals("201 {\"proxies\":[]}", rig.post("/populate", "null").toString());
    }

    @Test
    void httpProxiesAppearAndTakeToxicsAndNativeRulesDoNotShow() throws Exception {
        String response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        try (Origin origin = Origin.answering(response)) {
            ProxySpec spec = TestProxy.spec(Protocol.HTTP, origin.port());
            ProxyServer web = rig.fleet().add(spec, true);
            web.change(plan -> plan.with(Rule.of("native", Latency.of(Duration.ofMillis(1)))));
            String upstream = "http://" + origin.address();
            String shown =
                    "{\"name\":\"http\",\"listen\":\"127.0.0.1:" + web.address().getPort() + "\",\"upstream\":\""
                            + upstream + "\",\"enabled\":true,\"Logger\":{},\"toxics\":[]}";
            assertEquals("200 " + shown, rig.get("/proxies/http").toString());
            rig.post("/proxies/http/toxics", "{\"type\":\"latency\",\"attributes\":{\"latency\":150}}");
            try (Peer client = Peer.connect(web.address())) {
                for (int i = 0; i < 3; i++) {
                    long start = System.nanoTime();
                    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                    assertEquals(response, client.readResponse());
                    assertTrue(System.nanoTime() - start >= 150_000_000, "exchange " + i);
                }
                rig.call("DELETE", "/proxies/http/toxics/latency_downstream", "");
                assertEquals(
                        "[native]",
                        web.plan().rules().stream().map(Rule::name).toList().toString());
                assertEquals(
                        "201 {\"proxies\":[" + shown + "]}",
                        rig.post("/populate", "[" + shown + "]").toString());
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                assertEquals(response, client.readResponse());
                rig.post("/proxies/http", "{\"enabled\":false}");
                assertEquals(-1, client.read());
            }
            rig.post("/proxies", "{\"name\":\"made\",\"listen\":\"127.0.0.1:0\",\"upstream\":\"" + upstream + "\"}");
            assertEquals(Protocol.HTTP, rig.proxy("made").spec().protocol());
        }
    }

    @Test
    void aToxicWhoseRuleIsRemovedByOtherMeansIsGone() throws IOException {
        createService();
        rig.post("/proxies/s/toxics", "{\"type\":\"timeout\"}");
        rig.proxy("s").change(plan -> plan.without("toxic:timeout_downstream"));
        assertEquals("200 []", rig.get("/proxies/s/toxics").toString());
        assertEquals(
                "200", rig.post("/proxies/s/toxics", "{\"type\":\"timeout\"}").status());
    }

    @Test
    void toxicityIsTheShareOfConnectionsThatAreHit() throws Exception {
        try (Origin origin = Origin.echo()) {
            rig.post(
                    "/proxies",
                    "{\"name\":\"s\",\"listen\":\"127.0.0.1:0\",\"upstream\":\"" + origin.address() + "\"}");
            rig.post("/proxies/s/toxics", "{\"type\":\"limit_data\",\"toxicity\":0.5}");
            int hit = 0;
            for (int i = 0; i < 100; i++) {
                try (Peer client = Peer.connect(rig.proxy("s").address())) {
                    client.send("x");
                    hit += client.read() < 0 ? 1 : 0;
                }
            }
            assertTrue(hit > 30 && hit < 70, hit + " of 100");
        }
    }

    @Test
    void metricsCountWhileConnectionsLive() throws Exception {
        try (Origin origin = Origin.manual()) {
            rig.fleet()
                    .add(
                            new ProxySpec(
                                    "m\"1",
                                    Protocol.TCP,
                                    new Address("127.0.0.1", 0),
                                    Address.parse("upstream", origin.address()),
                                    io.chaosproxy.fault.Plan.CLEAN,
                                    io.chaosproxy.config.Options.DEFAULTS),
                            true);
            ProxyServer proxy = rig.proxy("m\"1");
            rig.post("/proxies/m%221/toxics", "{\"type\":\"bandwidth\",\"stream\":\"upstream\"}");
            try (Peer client = Peer.connect(proxy.address());
                    Peer server = origin.next()) {
                client.send("held");
                server.send("down");
                assertEquals("down", client.read(4));
                TestProxy.await("received", () -> proxy.traffic().received(Direction.UP) == 4);
                TestProxy.await("counted as sent", () -> proxy.traffic().bytes(Direction.DOWN) == 4);
                String labels = "listener=\"127.0.0.1:" + proxy.address().getPort() + "\",proxy=\"m\\\"1\",upstream=\""
                        + origin.address() + "\"} ";
                List<String> counts = scrape(new ToxiproxyMetrics(rig.fleet()))
                        .lines()
                        .filter(line -> !line.startsWith("#"))
                        .toList();
                assertEquals(
                        List.of(
                                "toxiproxy_proxy_received_bytes_total{direction=\"downstream\"," + labels + "4.0",
                                "toxiproxy_proxy_received_bytes_total{direction=\"upstream\"," + labels + "4.0",
                                "toxiproxy_proxy_sent_bytes_total{direction=\"downstream\"," + labels + "4.0",
                                "toxiproxy_proxy_sent_bytes_total{direction=\"upstream\"," + labels + "0.0"),
                        counts);
            }
        }
    }

    private static String scrape(MultiCollector metrics) throws IOException {
        PrometheusRegistry registry = new PrometheusRegistry();
        registry.register(metrics);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(text, registry.scrape());
        return text.toString(UTF_8);
    }

    @Test
    void aCreatedProxyGetsTheRulesOfAllProxiesAndShowsNone() throws Exception {
        Rule all = Rule.of("all-latency", Latency.of(Duration.ofMillis(1)));
        rig.fleet().commonRules(Plan.of(all));
        rig.post("/proxies", "{\"name\": \"one\", \"listen\": \"127.0.0.1:0\", \"upstream\": \"127.0.0.1:9\"}");
        rig.post("/populate", "[{\"name\": \"two\", \"listen\": \"127.0.0.1:0\", \"upstream\": \"127.0.0.1:9\"}]");
        for (String name : List.of("one", "two")) {
            assertEquals(List.of(all), rig.proxy(name).plan().rules());
            assertEquals("[]", rig.get("/proxies/" + name + "/toxics").body());
        }
        rig.post("/reset", "");
        assertEquals(List.of(all), rig.proxy("one").plan().rules());
    }

    /** The original limits each connection by itself, so two proxies may have different rates. */
    @Test
    void bandwidthsOfSeveralProxiesMayDiffer() throws Exception {
        for (int i = 1; i <= 2; i++) {
            rig.post("/proxies", "{\"name\":\"p" + i + "\",\"listen\":\"127.0.0.1:0\",\"upstream\":\"127.0.0.1:9\"}");
            String toxic = "{\"type\":\"bandwidth\",\"attributes\":{\"rate\":" + i + "}}";
            assertEquals("200", rig.post("/proxies/p" + i + "/toxics", toxic).status());
        }
        Rule all = Rule.of("wan", Rate.of(1).sharedBy(FaultScope.ALL));
        rig.proxy("p1").change(plan -> plan.with(all));
        assertEquals(
                "204",
                rig.call("DELETE", "/proxies/p1/toxics/bandwidth_downstream", "")
                        .status());
        assertEquals(Plan.of(all), rig.proxy("p1").plan());
    }
}
