package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records of exchanges and connections, and what they say about each rule. */
final class ExchangesApiTest {
    private static final String ALL = "/api/v1/exchanges";

    private NativeRig rig;
    private Origin origin;

    @BeforeEach
    void start() throws Exception {
        rig = new NativeRig();
        origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
        origin.close();
    }

    private ProxyServer http(Rule... rules) throws IOException {
        return rig.fleet().add(TestProxy.spec(Protocol.HTTP, origin.port(), rules), true);
    }

    private void record() throws Exception {
        assertEquals(200, rig.get(ALL).status());
    }

    private static String get(ProxyServer proxy, String path) throws IOException {
        try (Peer client = Peer.connect(proxy.address())) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: shop:80\r\nConnection: close\r\n\r\n")
                    .readText();
        }
    }

    private List<? extends Config> all() throws Exception {
        return rig.get(ALL).json().getConfigList("exchanges");
    }

    /** The record of the only exchange of a connection, once it has ended. */
    private Config record(String proxy, long connection, long exchange) throws Exception {
        String path = ALL + "/" + proxy + "/" + connection + "/" + exchange;
        TestProxy.await("the end of " + path, () -> {
            try {
                NativeRig.Answer answer = rig.get(path);
                return answer.status() == 200 && answer.json().hasPath("end");
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        return rig.get(path).json();
    }

    private static Config rule(Config record, String name) {
        return record.getConfigList("rules").stream()
                .filter(each -> each.getString("rule").equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not in " + record.root()));
    }

    @Test
    void nothingIsRecordedUntilItIsAskedFor() throws Exception {
        ProxyServer proxy = http();
        get(proxy, "/unseen");
        Config before = rig.get(ALL).json();
        assertEquals(List.of(), before.getConfigList("exchanges"));
        assertFalse(before.getBoolean("recording"));
        get(proxy, "/seen");
        record("http", 2, 1);
        Config after = rig.get(ALL + "?proxy=http").json();
        assertTrue(after.getBoolean("recording"));
        List<String> requests = after.getConfigList("exchanges").stream()
                .filter(each -> each.getLong("exchange") > 0)
                .map(each -> each.getString("request"))
                .toList();
        assertEquals(List.of("GET /seen"), requests);
        assertEquals(List.of(), rig.get(ALL + "?last=0").json().getConfigList("exchanges"));
    }

    @Test
    void theCourseOfAnExchangeIsKept() throws Exception {
        ProxyServer proxy = http(Rule.of("slow", Latency.of(Duration.ofMillis(200))));
        record();
        get(proxy, "/cart");
        Config record = record("http", 1, 1);
        assertEquals("GET /cart", record.getString("request"));
        assertEquals(200, record.getInt("status"));
        assertEquals("completed", record.getString("end"));
        assertEquals(List.of("slow"), record.getStringList("hits"));
        assertTrue(record.getDouble("time-ms") >= 200, record.toString());
        assertEquals(
                List.of("dial", "upstream", "response"),
                record.getConfigList("phases").stream()
                        .map(each -> each.getString("what"))
                        .toList());
        Config wait = record.getConfigList("waits").getFirst();
        assertEquals("slow", wait.getString("rule"));
        assertEquals("latency", wait.getString("type"));
        assertEquals("down", wait.getString("direction"));
        assertTrue(wait.getDouble("to-ms") - wait.getDouble("from-ms") > 150, wait.toString());
        assertTrue(
                record.getConfigList("phases").getLast().getDouble("from-ms") >= wait.getDouble("to-ms") - 1,
                record.toString());
        Config last = record.getConfigList("points").getLast();
        assertEquals(record.getLong("up"), last.getLong("up"));
        assertEquals("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".length(), last.getLong("down"));
        Config drawn = rule(record, "slow").getConfigList("drawn").getFirst();
        assertEquals("delay", drawn.getString("what"));
        assertEquals(200_000_000, drawn.getLong("value"));
    }

    @Test
    void eachRuleIsExplained() throws Exception {
        Latency late = Latency.of(Duration.ofMillis(1));
        ProxyServer proxy = http(
                Rule.of("all", late)
                        .when(Match.path("/a/**").methods("GET", "PUT").host("shop")),
                Rule.of("other", late).when(Match.path("/b/**").header("X-User", "anna*")),
                Rule.of("unlikely", late).probability(1e-12),
                Rule.of("second", late).when(Match.ANY.nth(2)),
                Rule.of("off", late).probability(0),
                Rule.of("later", late).when(Match.ANY.from(Duration.ofDays(1))),
                Rule.of("once", late).maxHits(1));
        record();
        get(proxy, "/a/1");
        get(proxy, "/a/2");
        Config first = record("http", 1, 1);
        assertEquals("hit", rule(first, "all").getString("outcome"));
        assertEquals(
                List.of("method GET, PUT GET true", "path /a/** /a/1 true", "host shop shop true"),
                conditions(rule(first, "all")));
        assertEquals("conditions", rule(first, "other").getString("outcome"));
        assertEquals(List.of("path /b/** /a/1 false", "header.X-User anna*  false"), conditions(rule(first, "other")));
        assertFalse(rule(first, "other").hasPath("match"));
        assertEquals("miss", rule(first, "unlikely").getString("outcome"));
        assertTrue(rule(first, "unlikely").getDouble("draw") >= 1e-12);
        assertEquals("not-selected", rule(first, "second").getString("outcome"));
        assertEquals(1, rule(first, "second").getInt("match"));
        assertEquals("not-asked", rule(first, "off").getString("outcome"));
        assertEquals("not-asked", rule(first, "later").getString("outcome"));
        assertTrue(rule(first, "later").getString("reason").contains("rested"));
        assertEquals("hit", rule(first, "once").getString("outcome"));
        Config next = record("http", 2, 1);
        assertEquals("hit", rule(next, "second").getString("outcome"));
        assertEquals(2, rule(next, "second").getInt("match"));
        assertEquals("used-up", rule(next, "once").getString("outcome"));
        assertEquals(
                List.of("all", "other", "unlikely", "second", "off", "later", "once"),
                next.getConfigList("rules").stream()
                        .map(each -> each.getString("rule"))
                        .toList());
    }

    private static List<String> conditions(Config rule) {
        return rule.getConfigList("conditions").stream()
                .map(each -> each.getString("key") + " " + each.getString("expected") + " " + each.getString("actual")
                        + " " + each.getBoolean("holds"))
                .toList();
    }

    /** The draw that is told is the one that decided. */
    @Test
    void theDrawDecides() throws Exception {
        ProxyServer proxy =
                http(Rule.of("half", Latency.of(Duration.ofMillis(1))).probability(0.5));
        record();
        for (int i = 1; i <= 20; i++) {
            get(proxy, "/");
            Config rule = rule(record("http", i, 1), "half");
            assertEquals(rule.getDouble("draw") < 0.5 ? "hit" : "miss", rule.getString("outcome"));
        }
    }

    @Test
    void aTcpConnectionIsOneRecord() throws Exception {
        try (Origin echo = Origin.echo()) {
            ProxyServer proxy = rig.fleet()
                    .add(
                            TestProxy.spec(
                                    Protocol.TCP,
                                    echo.port(),
                                    Rule.of("narrow", Rate.of(20_000)),
                                    Rule.of("cut", Reset.atFirstByte())),
                            true);
            record();
            try (Peer client = Peer.connect(proxy.address())) {
                client.send("x".repeat(10_000));
                client.ending();
            }
            Config record = record("tcp", 1, 0);
            assertEquals("fault-reset", record.getString("end"));
            assertEquals("", record.getString("request"));
            assertTrue(record.getStringList("hits").contains("cut"), record.toString());
            assertTrue(
                    record.getConfigList("waits").stream()
                            .anyMatch(each -> each.getString("rule").equals("narrow")),
                    record.toString());
            assertEquals("hit", rule(record, "cut").getString("outcome"));
        }
    }

    @Test
    void aRuleThatHoldsItUpIsSeenMeanwhile() throws Exception {
        ProxyServer proxy = http(Rule.of("hang", Timeout.never()));
        record();
        try (Peer client = Peer.connect(proxy.address())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            TestProxy.await("the wait", () -> {
                try {
                    return all().stream()
                            .flatMap(each -> each.getConfigList("waits").stream())
                            .anyMatch(each -> each.getString("rule").equals("hang"));
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            NativeRig.Answer answer = rig.get(ALL + "/http/1/1");
            assertFalse(answer.json().hasPath("end"), answer.body());
            client.reset();
            assertEquals("client-gone", record("http", 1, 1).getString("end"));
        }
    }

    @Test
    void answersOfTheProxyAreToldFromThoseOfTheUpstream() throws Exception {
        ProxyServer proxy = http(Rule.of("busy", Respond.of(503, "busy")));
        record();
        get(proxy, "/");
        Config record = record("http", 1, 1);
        assertEquals("answered-by-proxy", record.getString("end"));
        assertEquals(503, record.getInt("status"));
        assertEquals("hit", rule(record, "busy").getString("outcome"));
        assertTrue(
                record.getConfigList("phases").stream()
                        .noneMatch(each -> each.getString("what").equals("dial")),
                record.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nthe\r\n",
                "HTTP/1.1 100 Continue\r\n\r\n"
            })
    void anUpstreamThatBreaksOffIsTheCause(String response) throws Exception {
        try (Origin broken = Origin.each(peer -> {
            peer.readPath();
            peer.send(response);
        })) {
            ProxyServer proxy = rig.fleet().add(TestProxy.spec(Protocol.HTTP, broken.port()), true);
            record();
            try (Peer client = Peer.connect(proxy.address())) {
                client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n").readText();
            }
            assertEquals("upstream-gone", record("http", 1, 1).getString("end"));
            assertEquals("upstream-gone", record("http", 1, 0).getString("end"));
        }
    }

    @Test
    void anErrorOfTheProxyIsItsOwn() throws Exception {
        ProxyServer proxy = http();
        origin.close();
        record();
        get(proxy, "/");
        Config record = record("http", 1, 1);
        assertEquals(502, record.getInt("status"));
        assertEquals("answered-by-proxy", record.getString("end"));
        assertEquals("upstream-unreachable", record("http", 1, 0).getString("end"));
    }

    @Test
    void aClientThatLeavesWhatSwallowsItsResponseIsTheCause() throws Exception {
        ProxyServer proxy = http(Rule.of("hang", Timeout.never()));
        record();
        try (Peer client = Peer.connect(proxy.address())) {
            client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
            TestProxy.await("the response", () -> rig.fleet().common().journal().hits("http", "hang") > 0);
        }
        assertEquals("client-gone", record("http", 1, 1).getString("end"));
    }

    /** It closes as clients do: what is under way gets no further, and the upstream, which sees that, ends as well. */
    @Test
    void aClientThatLeavesIsTheCause() throws Exception {
        try (Origin patient = Origin.each(peer -> {
            peer.readPath();
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nthe\r\n");
            peer.readAll();
        })) {
            ProxyServer proxy = rig.fleet().add(TestProxy.spec(Protocol.HTTP, patient.port()), true);
            record();
            try (Peer client = Peer.connect(proxy.address())) {
                client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n").read("HTTP/1.1 200 OK".length());
            }
            assertEquals("client-gone", record("http", 1, 1).getString("end"));
            assertEquals("client-gone", record("http", 1, 0).getString("end"));
        }
    }

    @Test
    void whatIsNotThereIsSaid() throws Exception {
        http();
        assertEquals(404, rig.get(ALL + "?proxy=none").status());
        assertEquals(404, rig.get(ALL + "/none/1/1").status());
        NativeRig.Answer answer = rig.get(ALL + "/http/1/1");
        assertEquals(404, answer.status());
        assertTrue(answer.json().getString("detail").contains("made while they are asked for"), answer.body());
        assertEquals(400, rig.get(ALL + "?last=x").status());
        assertEquals(400, rig.get(ALL + "?rule=x").status());
    }

    @Test
    void aRemovedProxyIsForgotten() throws Exception {
        ProxyServer proxy = http();
        record();
        get(proxy, "/");
        record("http", 1, 1);
        assertEquals(204, rig.delete("/api/v1/proxies/http").status());
        http();
        assertEquals(List.of(), all());
    }
}
