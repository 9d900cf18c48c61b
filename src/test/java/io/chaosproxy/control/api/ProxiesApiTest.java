package io.chaosproxy.control.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ConfigWriter;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.control.api.NativeRig.Answer;
import io.chaosproxy.control.web.Json;
import io.chaosproxy.fault.Distribution;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.text.PlainText;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProxiesApiTest {
    private NativeRig rig;
    private Origin origin;

    @BeforeEach
    void start() throws Exception {
        rig = new NativeRig();
        origin = Origin.echo();
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
        origin.close();
    }

    private String tcp(String more) {
        return "{\"protocol\": \"tcp\", \"listen\": \"127.0.0.1:0\", \"upstream\": \"" + origin.address() + "\"" + more
                + "}";
    }

    private Answer putDb(String more) throws Exception {
        return rig.put("/api/v1/proxies/db", tcp(more));
    }

    private static void assertRelays(Peer client) throws Exception {
        client.send("ping");
        assertEquals("ping", client.read(4));
    }

    private static List<String> rules(ProxyServer proxy) {
        return proxy.plan().rules().stream().map(Rule::name).toList();
    }

    private static void assertProblem(Answer answer, int status, String... errors) {
        assertEquals(status, answer.status(), answer.body());
        assertEquals("application/problem+json", answer.type());
        assertEquals(List.of(errors), answer.errors());
    }

    @Test
    void anAddedProxyRelays() throws Exception {
        Answer answer = putDb("");
        assertEquals(201, answer.status(), answer.body());
        Config proxy = answer.json();
        assertEquals("tcp", proxy.getString("protocol"));
        assertEquals(origin.address(), proxy.getString("upstream"));
        assertTrue(proxy.getBoolean("enabled"));
        assertEquals("127.0.0.1:" + rig.proxy("db").address().getPort(), proxy.getString("address"));
        try (Peer client = Peer.connect(rig.proxy("db").address())) {
            assertRelays(client);
        }
        assertEquals(proxy, rig.get("/api/v1/proxies/db").json());
        assertEquals(proxy, rig.get("/api/v1/proxies").json().getConfig("proxies.db"));
    }

    @Test
    void namesThatChangeHowTextIsShownAreRefused() throws Exception {
        for (String code : List.of(
                "%0D",
                "%0A",
                "%1B",
                "%7F",
                "%C2%9B",
                "%E2%80%AE",
                "%E2%81%A6",
                "%E2%80%A8",
                "%E2%80%8B",
                "%E2%81%A0",
                "%C2%AD",
                "%F3%A0%81%81")) {
            Answer proxy = rig.put("/api/v1/proxies/a" + code, "{\"protocol\":\"tcp\",\"upstream\":\"127.0.0.1:1\"}");
            assertEquals(400, proxy.status(), proxy.body());
        }
        assertTrue(rig.fleet().all().stream().allMatch(proxy -> PlainText.isSafe(proxy.name())));
    }

    /** A surrogate, an overlong form, half a character; else they would become U+FFFD. */
    @Test
    void whatIsNoUtf8IsRefused() throws Exception {
        for (String bytes : List.of("%ED%A0%80", "%C0%AF", "%E2%80", "%FF", "%F4%90%80%80")) {
            Answer put = rig.put("/api/v1/proxies/n" + bytes + "m", tcp(""));
            assertEquals(400, put.status(), put.body());
            assertEquals("the path is not UTF-8", put.json().getString("detail"));
            assertEquals(400, rig.get("/api/v1/journal?proxy=n" + bytes).status());
        }
        byte[] body = tcp(", \"faults\": {\"n?m\": {\"type\": \"refuse\"}}").getBytes(ISO_8859_1);
        body[new String(body, ISO_8859_1).indexOf("n?m") + 1] = (byte) 0xFF;
        Answer put = rig.call("PUT", "/api/v1/proxies/a", body);
        assertEquals(400, put.status(), put.body());
        assertEquals("request body is not UTF-8", put.json().getString("detail"));
        assertEquals(List.of(), List.copyOf(rig.fleet().all()));
        assertEquals(
                201, rig.put("/api/v1/proxies/n%C3%A4m%F0%9F%98%80", tcp("")).status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "1", "\"a\"", "null", " \n[{}]", "a = 1"})
    void aBodyThatIsNoObjectIsRefused(String body) throws Exception {
        Answer answer = rig.put("/api/v1/proxies/a", body);
        assertEquals(400, answer.status(), answer.body());
        assertEquals(List.of(": must be a JSON object { ... }"), answer.errors());
    }

    @Test
    void aBodyThatIsNestedTooDeeplyIsRefusedWithItsPlace() throws Exception {
        for (int levels : new int[] {101, 2_000, 40_000}) {
            Answer answer = rig.put("/api/v1/proxies/deep", "{\"a\":".repeat(levels) + "1" + "}".repeat(levels));
            assertEquals(400, answer.status(), answer.body());
            assertEquals(List.of(": is nested more than 100 deep, at character 501"), answer.errors());
            assertEquals(
                    400,
                    rig.put("/api/v1/proxies/deep", "{\"a\":" + "[".repeat(levels))
                            .status());
        }
        assertEquals(
                400,
                rig.put("/api/v1/proxies/deep", "{\"" + "{\\\"[".repeat(2_000) + "\":1}")
                        .status());
    }

    @Test
    void namesAreDecoded() throws Exception {
        assertEquals(201, rig.put("/api/v1/proxies/orders%20db%3A1", tcp("")).status());
        assertTrue(rig.fleet().find("orders db:1").isPresent());
        assertEquals(200, rig.get("/api/v1/proxies/orders%20db:1").status());
    }

    @Test
    void theSameAgainChangesNothing() throws Exception {
        putDb(", \"latency\": 0");
        ProxyServer before = rig.proxy("db");
        InetSocketAddress address = before.address();
        try (Peer client = Peer.connect(address)) {
            assertRelays(client);
            Answer again = putDb(", \"latency\": 0");
            assertEquals(200, again.status());
            assertSame(before, rig.proxy("db"));
            assertEquals(address, rig.proxy("db").address());
            assertRelays(client);
        }
    }

    @Test
    void anotherPlanKeepsConnections() throws Exception {
        putDb(", \"faults\": {\"old\": {\"type\": \"limit\", \"bytes\": 1000000}}");
        try (Peer client = Peer.connect(rig.proxy("db").address())) {
            assertRelays(client);
            putDb(", \"faults\": {\"new\": {\"type\": \"limit\", \"bytes\": 1000000}}");
            assertEquals(List.of("new"), rules(rig.proxy("db")));
            assertRelays(client);
        }
    }

    @Test
    void anotherUpstreamClosesThem() throws Exception {
        putDb("");
        try (Origin other = Origin.answering("x");
                Peer client = Peer.connect(rig.proxy("db").address())) {
            assertRelays(client);
            InetSocketAddress address = rig.proxy("db").address();
            Answer answer = rig.patch("/api/v1/proxies/db", "{\"upstream\": \"" + other.address() + "\"}");
            assertEquals(200, answer.status(), answer.body());
            assertEquals(other.address(), answer.json().getString("upstream"));
            assertEquals(-1, client.read());
            assertEquals(address, rig.proxy("db").address());
        }
    }

    @Test
    void anotherProtocolReplacesIt() throws Exception {
        putDb("");
        String http = "{\"protocol\": \"http\", \"listen\": \"127.0.0.1:0\", \"upstream\": \"http://" + origin.address()
                + "\", \"faults\": {\"no\": {\"type\": \"respond\", \"status\": 503}}}";
        Answer answer = rig.put("/api/v1/proxies/db", http);
        assertEquals(200, answer.status(), answer.body());
        assertEquals("http", answer.json().getString("protocol"));
        try (Peer client = Peer.connect(rig.proxy("db").address())) {
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertTrue(client.readHead().startsWith("HTTP/1.1 503"));
        }
    }

    @Test
    void aProxyCanBeOff() throws Exception {
        Answer answer = putDb(", \"enabled\": false");
        assertEquals(201, answer.status());
        assertFalse(answer.json().getBoolean("enabled"));
        assertFalse(answer.json().hasPath("address"));
        assertTrue(rig.patch("/api/v1/proxies/db", "{\"enabled\": true}").json().getBoolean("enabled"));
        InetSocketAddress address = rig.proxy("db").address();
        assertFalse(
                rig.patch("/api/v1/proxies/db", "{\"enabled\": false}").json().getBoolean("enabled"));
        assertThrows(ConnectException.class, () -> Peer.connect(address));
    }

    /** Also of a proxy that is off: its settings are refused, not only its start. */
    @Test
    void filesThatCannotBeUsedChangeNothing() throws Exception {
        String text = "{\"protocol\": \"tcp\", \"listen\": \"127.0.0.1:0\", \"upstream\": \"tls://127.0.0.1:1\","
                + " \"tls\": {\"certificate\": \"/gone/a.pem\", \"key\": \"/gone/a.key\"},"
                + " \"upstream-tls\": {\"trust\": \"/\"}, \"enabled\": ENABLED}";
        for (String enabled : List.of("true", "false")) {
            Answer answer = rig.put("/api/v1/proxies/new", text.replace("ENABLED", enabled));
            assertProblem(
                    answer, 400, "tls.certificate: /gone/a.pem does not exist", "upstream-tls.trust: / is a folder");
            assertEquals(404, rig.get("/api/v1/proxies/new").status());
        }
        putDb(", \"enabled\": false");
        String before = rig.get("/api/v1/proxies/db").body();
        assertProblem(
                rig.patch("/api/v1/proxies/db", "{\"tls\": {\"certificate\": \"/gone/a.pem\"}, \"latency\": 5}"),
                400,
                "tls.certificate: /gone/a.pem does not exist");
        assertEquals(before, rig.get("/api/v1/proxies/db").body());
    }

    @Test
    void tlsIsChangedWithoutListeningAnew() throws Exception {
        putDb("");
        InetSocketAddress address = rig.proxy("db").address();
        Answer answer = rig.patch("/api/v1/proxies/db", "{\"tls\": {\"self-signed\": true}}");
        assertEquals(200, answer.status(), answer.body());
        assertTrue(answer.json().getBoolean("tls.self-signed"), answer.body());
        assertEquals(address, rig.proxy("db").address());

        assertProblem(
                rig.patch("/api/v1/proxies/db", "{\"tls\": {\"certificate\": \"/gone/a.pem\"}}"),
                400,
                "tls.certificate: /gone/a.pem does not exist");
        assertEquals(
                "proxies.db.tls.certificate: /gone/a.pem does not exist",
                rig.patch("/api/v1/proxies/db", "{\"tls\": {\"certificate\": \"/gone/a.pem\"}}")
                        .json()
                        .getString("detail"));
        assertProblem(
                rig.patch("/api/v1/proxies/db", "{\"tls\": {}}"),
                400,
                "tls.certificate: is missing; or set self-signed = true");
        assertProblem(
                rig.patch("/api/v1/proxies/db", "{\"upstream-tls\": {\"insecure\": true}}"),
                400,
                "upstream-tls: needs an upstream that begins with https:// or tls://");
        assertTrue(rig.get("/api/v1/proxies/db").json().getBoolean("tls.self-signed"));

        assertFalse(rig.patch("/api/v1/proxies/db", "{\"tls\": null}").json().hasPath("tls"));
        try (Peer client = Peer.connect(address)) {
            assertRelays(client);
        }
    }

    @Test
    void aTakenAddressIsAConflict() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String listen = "127.0.0.1:" + taken.getLocalPort();
            String body = "{\"protocol\": \"tcp\", \"listen\": \"" + listen + "\", \"upstream\": \"127.0.0.1:1\"}";
            assertProblem(rig.put("/api/v1/proxies/db", body), 409, "listen: Address already in use");
            assertTrue(rig.fleet().find("db").isEmpty());
            putDb("");
            InetSocketAddress address = rig.proxy("db").address();
            Answer answer = rig.patch("/api/v1/proxies/db", "{\"listen\": \"" + listen + "\"}");
            assertProblem(answer, 409, "listen: Address already in use");
            assertTrue(answer.json().getString("detail").contains("proxy db can't listen on " + listen), answer.body());
            assertEquals(address, rig.proxy("db").address());
            try (Peer client = Peer.connect(address)) {
                assertRelays(client);
            }
        }
    }

    @Test
    void mistakesNameTheirFields() throws Exception {
        Answer answer = putDb(", \"latncy\": 5, \"faults\": {\"slow\": {\"type\": \"latency\", \"delay\": \"soon\"}}");
        assertEquals(400, answer.status());
        assertEquals(2, answer.errors().size(), answer.body());
        assertTrue(answer.errors().contains("latncy: unknown key; did you mean latency?"), answer.body());
        assertTrue(
                answer.errors().contains("faults.slow.delay: must be a duration such as 200ms, 2s or 1m, not \"soon\""),
                answer.body());
        assertTrue(rig.fleet().find("db").isEmpty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"enabled": "maybe"}    | enabled: must be true or false, not "maybe"
        {"faults": [5]}         | faults.0: must be an object { ... } with a name
        {"faults": [{"type": "limit"}]} | faults.0.name: is missing; it must be text
        {"faults": [{"name": "a"}, {"name": "a"}]} | faults.1.name: there are two rules of this name
        {"faults": 5}           | faults: must be an object { ... }
        """)
    void whatOnlyTheApiTakesIsCheckedToo(String body, String error) throws Exception {
        putDb("");
        assertProblem(rig.patch("/api/v1/proxies/db", body), 400, error);
    }

    @Test
    void aBodyThatIsNoJsonIsRefused() throws Exception {
        assertEquals(400, rig.put("/api/v1/proxies/db", "{").status());
        assertEquals(400, rig.put("/api/v1/proxies/db", "[]").status());
        assertEquals(
                413,
                rig.put("/api/v1/proxies/db", " ".repeat(Json.MAX_BODY + 1)).status());
    }

    @Test
    void anObjectOfFaultsOnOneLineKeepsItsOrder() throws Exception {
        Answer answer = putDb(", \"faults\": {\"z,{\\\" \": {\"type\": \"limit\", \"bytes\": 1000000},"
                + "\"m\": {\"type\": \"slice\", \"size\": 3}, \"a\": {\"type\": \"latency\", \"delay\": 0}}");
        assertEquals(201, answer.status(), answer.body());
        assertEquals(List.of("z,{\" ", "m", "a"), rules(rig.proxy("db")));
    }

    /** Keys of JSON objects have no order for some clients, so rules may be a list. */
    @Test
    void aListOfFaultsKeepsItsOrder() throws Exception {
        Answer answer = putDb(", \"faults\": [{\"name\": \"z\", \"type\": \"limit\", \"bytes\": 1000000},"
                + "{\"name\": \"a\", \"type\": \"latency\", \"delay\": 0}]");
        assertEquals(201, answer.status(), answer.body());
        assertEquals(List.of("z", "a"), rules(rig.proxy("db")));
        assertEquals(
                List.of("z", "a"),
                answer.json().getConfigList("rules").stream()
                        .map(rule -> rule.getString("name"))
                        .toList());
    }

    /** With rules of both forms, in both orders. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                ", \"latency\": \"100 ms\", \"speed\": \"10 KiB\", \"faults\": {\"z\": {\"type\": \"limit\","
                        + " \"bytes\": 9}, \"a\": {\"type\": \"slice\", \"size\": 3}}",
                ", \"faults\": {\"latency\": {\"type\": \"latency\", \"delay\": 5, \"ttl\": \"5m\"}}",
                ""
            })
    void whatAnAnswerSaysCanBeSentBack(String faults) throws Exception {
        assertEquals(201, putDb(faults).status());
        rig.put("/api/v1/proxies/db/rules/late", "{\"type\": \"slow-close\", \"delay\": 1}");
        Answer answer = rig.get("/api/v1/proxies/db");
        ProxySpec before = rig.proxy("db").spec();
        Answer again = rig.put("/api/v1/proxies/db", answer.body());
        assertEquals(200, again.status(), again.body());
        assertEquals(before, rig.proxy("db").spec());
        assertEquals(answer.json(), again.json());
        Answer patched = rig.patch("/api/v1/proxies/db", answer.body());
        assertEquals(200, patched.status(), patched.body());
        assertEquals(before, rig.proxy("db").spec());
        rig.delete("/api/v1/proxies/db");
        assertEquals(201, rig.put("/api/v1/proxies/db", answer.body()).status());
        assertEquals(before, rig.proxy("db").spec());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"rules\": [{\"name\": \"a\", \"type\": \"slow-close\", \"delay\": 1}], \"faults\": {}}|rules: is"
                        + " another name for faults, which is there, too",
                "{\"rules\": {\"a\": {\"type\": \"slow-close\", \"delay\": 1}}}|rules: must be a list of rules with"
                        + " their names",
                "{\"rules\": [{\"type\": \"slow-close\"}]}|rules.0.name: is missing; it must be text",
                "{\"latency\": \"5 s s\", \"rules\": []}|latency: must be a duration such as 200ms, 2s or 1m, not \"5"
                        + " s s\"",
                "{\"latency\": 6, \"rules\": [{\"name\": \"latency\", \"type\": \"latency\", \"delay\": 5}]}|latency:"
                        + " contradicts the rule latency of the list, and both differ from what is in force"
            })
    void rulesThatContradictAreRefused(String body, String error) throws Exception {
        assertEquals(201, putDb("").status());
        assertProblem(rig.patch("/api/v1/proxies/db", body), 400, error);
    }

    /** Before and after an edit of what GET answers; each rule of the short form stands there twice. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"latency\":\"100 ms\"|\"latency\":\"200 ms\"|latency=200, speed, z",
                "\"delay\":\"100ms\"|\"delay\":\"200 ms\"|latency=200, speed, z",
                "\"delay\":\"100ms\"|\"delay\":\"100ms\",\"probability\":0.5|latency=100?, speed, z",
                "{\"delay\":\"100ms\",\"hits\":0,\"name\":\"latency\",\"type\":\"latency\"},||speed, z",
                "\"latency\":\"100 ms\",||latency=100, speed, z",
                "\"speed\":\"10 KiB\"|\"speed\":\"20 KiB\"|latency=100, speed, z",
                "\"name\":\"z\"|\"name\":\"y\"|latency=100, speed, y"
            })
    void anAnswerIsEditedAndSentBack(String part, String edited, String rules) throws Exception {
        assertEquals(
                201,
                putDb(", \"latency\": \"100 ms\", \"speed\": \"10 KiB\", \"faults\": {\"z\": {\"type\":"
                                + " \"limit\", \"bytes\": 9}}")
                        .status());
        String answer = rig.get("/api/v1/proxies/db").body();
        assertTrue(answer.contains(part), answer);
        Answer put = rig.put("/api/v1/proxies/db", answer.replace(part, edited == null ? "" : edited));
        assertEquals(200, put.status(), put.body());
        assertEquals(
                rules,
                rig.proxy("db").plan().rules().stream()
                        .map(rule -> rule.name()
                                + (rule.fault() instanceof Latency latency
                                                && latency.delay() instanceof Distribution.Around same
                                        ? "=" + same.delay().toMillis()
                                        : "")
                                + (rule.chance().probability() < 1 ? "?" : ""))
                        .collect(Collectors.joining(", ")));
    }

    @Test
    void anAnswerInAnotherOrderIsSentBack() throws Exception {
        putDb(", \"latency\": 5, \"speed\": \"10 KiB\", \"faults\": {\"z\": {\"type\": \"limit\", \"bytes\": 9}}");
        Map<String, Object> edited = rig.get("/api/v1/proxies/db").json().root().unwrapped();
        List<?> listed = (List<?>) edited.get("rules");
        edited.put("rules", listed.reversed());
        Answer put =
                rig.put("/api/v1/proxies/db", ConfigValueFactory.fromMap(edited).render(ConfigRenderOptions.concise()));
        assertEquals(200, put.status(), put.body());
        assertEquals(List.of("z", "speed", "latency"), rules(rig.proxy("db")));
        edited.put("rules", List.of());
        rig.put("/api/v1/proxies/db", ConfigValueFactory.fromMap(edited).render(ConfigRenderOptions.concise()));
        assertEquals(List.of(), rules(rig.proxy("db")));
    }

    @Test
    void aPatchIsLaidOverWhatIsThere() throws Exception {
        putDb(", \"idle-timeout\": \"5m\", \"latency\": 5, \"faults\": [{\"name\": \"z\", \"type\": \"limit\","
                + " \"bytes\": 10}, {\"name\": \"a\", \"type\": \"slice\", \"size\": 10}]");
        Rule z = rig.proxy("db").plan().rule("z").orElseThrow();
        Answer answer = rig.patch(
                "/api/v1/proxies/db",
                "{\"latency\": null, \"speed\": \"1MiB\", \"faults\": {\"a\": {\"size\": 20}, \"b\": {\"type\":"
                        + " \"refuse\"}}}");
        assertEquals(200, answer.status(), answer.body());
        assertEquals(List.of("speed", "z", "a", "b"), rules(rig.proxy("db")));
        assertEquals(z, rig.proxy("db").plan().rule("z").orElseThrow());
        assertEquals(
                20,
                ConfigWriter.write(rig.proxy("db").plan().rule("a").orElseThrow())
                        .toConfig()
                        .getInt("size"));
        assertEquals("5m", answer.json().getString("idle-timeout"));
        rig.patch("/api/v1/proxies/db", "{\"faults\": {\"z\": null, \"a\": {\"type\": \"refuse\"}}}");
        assertEquals(List.of("speed", "a", "b"), rules(rig.proxy("db")));
        rig.patch("/api/v1/proxies/db", "{\"speed-up\": 5}");
        assertEquals(List.of("speed-up", "speed-down", "a", "b"), rules(rig.proxy("db")));
        rig.patch("/api/v1/proxies/db", "{\"faults\": null}");
        assertEquals(List.of(), rules(rig.proxy("db")));
    }

    @Test
    void aProxyThatIsGoneIsGone() throws Exception {
        putDb("");
        InetSocketAddress address = rig.proxy("db").address();
        assertEquals(204, rig.delete("/api/v1/proxies/db").status());
        assertEquals(204, rig.delete("/api/v1/proxies/db").status());
        assertThrows(ConnectException.class, () -> Peer.connect(address));
        for (Answer answer : List.of(
                rig.get("/api/v1/proxies/db"),
                rig.patch("/api/v1/proxies/db", "{}"),
                rig.post("/api/v1/proxies/db/sever", ""))) {
            assertEquals(404, answer.status());
            assertEquals("there is no proxy named db", answer.json().getString("detail"));
        }
    }

    @Test
    void severedConnectionsAreReset() throws Exception {
        putDb("");
        try (Peer one = Peer.connect(rig.proxy("db").address());
                Peer two = Peer.connect(rig.proxy("db").address())) {
            assertRelays(one);
            assertRelays(two);
            Answer answer = rig.post("/api/v1/proxies/db/sever", "");
            assertEquals(2, answer.json().getInt("severed"));
            assertEquals("reset", one.ending());
            assertEquals("reset", two.ending());
        }
        try (Peer next = Peer.connect(rig.proxy("db").address())) {
            assertRelays(next);
        }
        TestProxy.await(
                "no connection is left", () -> rig.proxy("db").connections().isEmpty());
        assertEquals(0, rig.post("/api/v1/proxies/db/sever", "").json().getInt("severed"));
    }

    @Test
    void clearRemovesAllRules() throws Exception {
        putDb(", \"latency\": 5, \"speed\": 1000000");
        rig.put("/api/v1/proxies/other", tcp(", \"latency\": 5"));
        assertEquals(3, rig.post("/api/v1/clear", "").json().getInt("removed"));
        assertEquals(List.of(), rules(rig.proxy("db")));
        assertEquals(List.of(), rules(rig.proxy("other")));
        assertEquals(0, rig.post("/api/v1/clear", "").json().getInt("removed"));
    }

    @Test
    void whatIsNotThereIsAProblem() throws Exception {
        assertProblem(rig.get("/api/v1/nothing"), 404);
        assertProblem(rig.call("POST", "/api/v1/proxies/db", ""), 405);
        assertEquals("other", rig.get("/elsewhere").body());
    }

    /** A part of a family of the short form is laid over the part that is in force. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        "jitter-prob": 0.1, "jitter-min": 5, "jitter-max": 9   | "jitter-prob": 0.5            | "jitter-prob": 0.5, "jitter-min": 5, "jitter-max": 9
        "jitter-prob": 0.1, "jitter-min": 5, "jitter-max": 9   | "jitter-max": 20              | "jitter-prob": 0.1, "jitter-min": 5, "jitter-max": 20
        "jitter-prob": 0.1, "jitter-min": 5, "jitter-max": 9   | "jitter-prob": 0              | "latency": 0
        "jitter-prob": 0.1, "jitter-min": 5, "jitter-max": 9   | "jitter-prob": null           | "latency": 0
        "latency-min": 5, "latency-max": 9                     | "latency-max": 20             | "latency-min": 5, "latency-max": 20
        "latency-min": 5, "latency-max": 9                     | "latency": 7                  | "latency": 7
        "latency": 5                                           | "latency-max": 20             | "latency-min": 5, "latency-max": 20
        "latency": 5                                           | "latency-min": 1, "latency-max": 2 | "latency-min": 1, "latency-max": 2
        "latency": 5                                           | "latency": null               | "latency": 0
        "speed-min": 1000, "speed-max": 2000                   | "speed-every": "3s"           | "speed-min": 1000, "speed-max": 2000, "speed-every": "3s"
        "speed-min": 1000, "speed-max": 2000, "speed-every": 5 | "speed-max": 3000             | "speed-min": 1000, "speed-max": 3000, "speed-every": 5
        "speed-min": 1000, "speed-max": 2000                   | "speed": 7                    | "speed": 7
        "speed": 1000                                          | "speed-max": 3000             | "speed-min": 1000, "speed-max": 3000
        "speed-up": 1000, "speed-down": 2000                   | "speed-up": 5                 | "speed-up": 5, "speed-down": 2000
        "speed-up": 1000, "speed-down": 2000                   | "speed-up": null              | "speed-down": 2000
        "speed-up": 1000, "speed-down": 2000                   | "speed": 5                    | "speed": 5
        "speed-up": 1000, "speed-down": 2000                   | "speed-min": 5, "speed-max": 6 | "speed-min": 5, "speed-max": 6
        "speed": "1MiB"                                        | "speed-up": "2MiB"            | "speed-up": "2MiB", "speed-down": "1MiB"
        "speed": "1MiB"                                        | "speed-down": "2MiB"          | "speed-up": "1MiB", "speed-down": "2MiB"
        "speed": "1MiB"                                        | "speed-down": 5, "speed-up": 6 | "speed-down": 5, "speed-up": 6
        "speed": "1MiB"                                        | "speed": null, "speed-up": 6  | "speed-up": 6
        "speed": "1MiB"                                        | "speed-down": null, "speed-up": 6 | "speed-up": 6
        "speed-min": 1000, "speed-max": 2000, "speed-every": 5 | "speed-every": null           | "speed-min": 1000, "speed-max": 2000
        "speed-min": 1000, "speed-max": 2000, "speed-every": 5 | "speed": 7, "speed-every": null | "speed": 7
        "speed-min": 1000, "speed-max": 2000, "speed-every": 5 | "speed-up": 7                | "speed-up": 7, "faults": {"speed-down": {"type": "rate", "min": 1000, "max": 2000, "redraw": 5, "direction": "down"}}
        "faults": {"speed": {"type": "rate", "rate": 9, "ttl": "1h"}} | "speed-down": 7        | "faults": {"speed-up": {"type": "rate", "rate": 9, "ttl": "1h", "direction": "up"}, "speed-down": {"type": "rate", "rate": 7, "ttl": "1h", "direction": "down"}}
        "faults": {"speed": {"type": "rate", "rate": 9, "direction": "down"}} | "speed-up": 7   | "speed-up": 7, "faults": {"speed": {"type": "rate", "rate": 9, "direction": "down"}}
        "faults": {"speed": {"type": "rate", "rate": 9, "direction": "up"}} | "speed-up": 7     | "speed-up": 7
        "faults": {"speed": {"type": "rate", "rate": 9, "max-hits": 5}} | "speed-max": 10       | "faults": {"speed": {"type": "rate", "min": 9, "max": 10, "max-hits": 5}}
        "faults": {"latency": {"type": "latency", "delay": 9, "probability": 0.5, "direction": "up"}} | "latency-max": 10 | "faults": {"latency": {"type": "latency", "min": 9, "max": 10, "probability": 0.5, "direction": "up"}}
        "faults": {"jitter": {"type": "outage", "min": 1, "max": 2, "probability": 0.5, "max-hits": 3}} | "jitter-max": 9 | "faults": {"jitter": {"type": "outage", "min": 1, "max": 9, "probability": 0.5, "max-hits": 3}}
        "faults": {"jitter": {"type": "outage", "min": 1, "max": 2, "probability": 0.5, "max-hits": 3}} | "jitter-prob": 0.2 | "faults": {"jitter": {"type": "outage", "min": 1, "max": 2, "probability": 0.2, "max-hits": 3}}
        "faults": {"reset": {"type": "reset", "probability": 0.5, "when": {"skip": 3}}} | "reset-at": "request" | "faults": {"reset": {"type": "reset", "at": "request", "probability": 0.5, "when": {"skip": 3}}}
        "latency": 5, "latency-scope": "stream"                | "latency-scope": null         | "latency": 5
        "reset-enable": true, "reset-prob": 0.1, "reset-at": "body" | "reset-at": null         | "reset-enable": true, "reset-prob": 0.1
        "reset-enable": true, "reset-prob": 0.1, "reset-at": "body" | "reset-prob": 0.5        | "reset-enable": true, "reset-prob": 0.5, "reset-at": "body"
        "latency": 5, "latency-scope": "stream"                | "latency": 9                  | "latency": 9, "latency-scope": "stream"
        "latency": 5                                           | "latency-scope": "stream"     | "latency": 5, "latency-scope": "stream"
        "reset-enable": true, "reset-prob": 0.1                | "reset-at": "accept"          | "reset-enable": true, "reset-prob": 0.1, "reset-at": "accept"
        "reset-enable": true, "reset-prob": 0.1                | "reset-enable": false         | "latency": 0
        "jitter-prob": 0, "jitter-min": 5, "jitter-max": 9     | "jitter-prob": 0.5            | "jitter-prob": 0.5, "jitter-min": 5, "jitter-max": 9
        "jitter-prob": 0, "jitter-min": 5, "jitter-max": 9     | "jitter-prob": 0.5, "jitter-min": 1 | "jitter-prob": 0.5, "jitter-min": 1, "jitter-max": 9
        "reset-enable": false, "reset-prob": 0.1, "reset-at": "body" | "reset-enable": true    | "reset-enable": true, "reset-prob": 0.1, "reset-at": "body"
        "reset-enable": true, "reset-prob": 0, "reset-at": "body"    | "reset-prob": 0.5       | "reset-enable": true, "reset-prob": 0.5, "reset-at": "body"
        "reset-enable": false, "reset-prob": 0.1               | "reset-prob": 0.5             | "latency": 0
        "latency": 0, "latency-scope": "stream"                | "latency": 9                  | "latency": 9, "latency-scope": "stream"
        "latency": 0, "latency-scope": "stream"                | "latency-min": 1, "latency-max": 2 | "latency-min": 1, "latency-max": 2, "latency-scope": "stream"
        "latency-min": 0, "latency-max": 0                     | "latency-max": 2              | "latency-min": 0, "latency-max": 2
        "jitter-prob": 0, "jitter-min": 5, "jitter-max": 9     | "latency": 1                  | "latency": 1
        """)
    void aPartOfTheShortFormIsLaidOver(String before, String patch, String after) throws Exception {
        putDb(", " + before);
        Answer answer = rig.patch("/api/v1/proxies/db", "{" + patch + "}");
        assertEquals(200, answer.status(), answer.body());
        assertEquals(201, rig.put("/api/v1/proxies/same", tcp(", " + after)).status());
        assertEquals(
                Set.copyOf(rig.proxy("same").plan().rules()),
                Set.copyOf(rig.proxy("db").plan().rules()));
    }

    /** What a family that is off would be is known to the configuration, and as long as it is off. */
    @Test
    void aFamilyThatIsSwitchedOffKeepsItsWords() throws Exception {
        putDb(", \"jitter-prob\": 0.1, \"jitter-min\": 5, \"jitter-max\": 9");
        Plan before = rig.proxy("db").plan();
        for (String change :
                List.of("{\"jitter-prob\": 0}", "{\"max-connections\": 7}", "{\"listen\": \"127.0.0.1:0\"}")) {
            assertEquals(200, rig.patch("/api/v1/proxies/db", change).status());
        }
        assertEquals(List.of(), rules(rig.proxy("db")));
        Answer shown = rig.get("/api/v1/proxies/db");
        assertEquals("5", shown.json().getString("jitter-min").replaceAll("[^0-9]", ""));
        ChaosConfig config = ConfigReader.read(
                ConfigFactory.parseString(rig.get("/api/v1/config").body()));
        assertEquals(
                rig.proxy("db").spec().written(), config.proxies().getFirst().written());
        assertEquals(
                200, rig.patch("/api/v1/proxies/db", "{\"jitter-prob\": 0.1}").status());
        assertEquals(before, rig.proxy("db").plan());
        assertEquals(before.rules(), rig.proxy("db").plan().rules());
        rig.patch("/api/v1/proxies/db", "{\"jitter-prob\": 0}");
        rig.patch("/api/v1/proxies/db", "{\"jitter-prob\": null}");
        assertProblem(
                rig.patch("/api/v1/proxies/db", "{\"jitter-prob\": 0.5}"),
                400,
                "jitter-prob: needs jitter-min and jitter-max");
    }

    private Config configured() throws Exception {
        return ConfigFactory.parseString(rig.get("/api/v1/config").body()).getConfig("chaos-proxy.proxies.db");
    }

    /** The form in which a rule was written stays until a change needs another one. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        "latency": 5                            | "max-connections": 7          | latency = 5
        "latency": "5ms"                        | "latency-scope": "stream"     | latency = 5ms, latency-scope = stream
        "latency": 5                            | "latency": "2s"               | latency = 2s
        "latency": 5                            | "latency-max": 20             | latency-min = 5, latency-max = 20
        "speed-up": 5, "speed-down": "1MiB"     | "speed-up": 6                 | speed-up = 6, speed-down = 1MiB
        "speed-up": 5                           | "speed": "64KiB"              | speed = 64KiB
        "latency": 5, "reset-enable": true, "reset-prob": 0.1 | "reset-prob": 0.5 | latency = 5, reset-enable = true, reset-prob = 0.5
        "latency": 5                            | "faults": {"z": {"type": "limit", "bytes": 9}} | latency = 5, faults { z { type = limit, bytes = 9 } }
        "latency": 5                            | "faults": {"latency": {"ttl": "1h"}} | faults { latency { type = latency, delay = 5ms, ttl = 1h } }
        "latency": 5                            | "faults": {"latency": {"type": "refuse"}} | faults { latency { type = refuse } }
        "latency": 5, "speed": 9                | "faults": {"latency": null}   | speed = 9
        "latency": 5, "jitter-prob": 0, "jitter-min": 1, "jitter-max": 2 | "faults": null | jitter-prob = 0, jitter-min = 1, jitter-max = 2
        "faults": {"latency": {"type": "latency", "delay": "5ms"}} | "latency-scope": "stream" | latency-min = 5ms, latency-max = 5ms, latency-scope = stream
        """)
    void theShortFormStaysShort(String before, String patch, String after) throws Exception {
        putDb(", " + before);
        Answer answer = rig.patch("/api/v1/proxies/db", "{" + patch + "}");
        assertEquals(200, answer.status(), answer.body());
        Config expected = ConfigFactory.parseString(after);
        Config configured = configured();
        for (String key : List.of("protocol", "listen", "upstream", "max-connections")) {
            configured = configured.withoutPath(key);
        }
        assertEquals(expected, configured);
        expected.withoutPath("faults")
                .root()
                .forEach((key, value) -> assertEquals(
                        value.unwrapped(), answer.json().getValue(key).unwrapped()));
    }

    /** A rule that was changed by its name is written as it is, not as it was. */
    @Test
    void aRuleThatWasPutSinceIsWrittenInTheLongForm() throws Exception {
        putDb(", \"latency\": 5, \"speed\": 1000");
        assertEquals(1000, configured().getInt("speed"));
        rig.put("/api/v1/proxies/db/rules/latency", "{\"type\": \"latency\", \"delay\": 7}");
        assertEquals(7, configured().getInt("faults.latency.delay"));
        assertFalse(configured().hasPath("latency"));
        assertEquals("1000", configured().getString("faults.speed.rate")); // behind latency, as in the plan
        rig.delete("/api/v1/proxies/db/rules/latency");
        assertEquals(1000, configured().getInt("speed"));
    }

    @Test
    void aPatchLeavesRulesInTheirPlaces() throws Exception {
        rig.fleet().commonRules(Plan.of(Rule.of("all-latency", Latency.of(Duration.ofMillis(1)))));
        putDb(", \"latency\": 5, \"faults\": {\"z\": {\"type\": \"slice\", \"size\": 9}}");
        assertEquals(List.of("all-latency", "latency", "z"), rules(rig.proxy("db")));
        assertEquals(
                200,
                rig.patch("/api/v1/proxies/db", "{\"latency\": 7, \"faults\": {\"z\": {\"size\": 8}}}")
                        .status());
        assertEquals(List.of("all-latency", "latency", "z"), rules(rig.proxy("db")));
        assertEquals(200, rig.patch("/api/v1/proxies/db", "{\"speed\": 7}").status());
        assertEquals(List.of("speed", "all-latency", "latency", "z"), rules(rig.proxy("db")));
    }

    /** A rule of the same name that was put since is what counts. */
    @Test
    void aRuleThatWasPutSinceCountsMoreThanWordsThatAreOff() throws Exception {
        putDb(", \"jitter-prob\": 0, \"jitter-min\": 5, \"jitter-max\": 9");
        rig.put("/api/v1/proxies/db/rules/jitter", "{\"type\": \"outage\", \"min\": 1, \"max\": 2}");
        assertFalse(rig.get("/api/v1/proxies/db").json().hasPath("jitter-min"));
        rig.patch("/api/v1/proxies/db", "{\"jitter-prob\": 0.5}");
        assertEquals(
                List.of(Rule.of("jitter", new Outage(Duration.ofMillis(1), Duration.ofMillis(2)))
                        .probability(0.5)),
                rig.proxy("db").plan().rules());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"jitter-prob": 0.5}                   | jitter-prob: needs jitter-min and jitter-max
        {"latency-max": 1}                     | latency-min: must not be above latency-max
        {"latency": 1, "latency-max": 2}       | latency: does not go with latency-max
        {"latency-max": null, "latency-min": 1} | latency-min: needs latency-max
        {"reset-prob": 0.5}                    | reset-prob: needs reset-enable = true
        """)
    void whatConflictsIsRefused(String patch, String error) throws Exception {
        putDb(", \"latency\": 5");
        assertProblem(rig.patch("/api/v1/proxies/db", patch), 400, error);
        assertEquals(List.of("latency"), rules(rig.proxy("db")));
    }

    /** A rule that the short form can't express is not replaced by some of its keys. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        "speed": {"type": "rate", "rate": 9, "shared": "connection"}         | "speed": 7       | speed
        "speed": {"type": "rate", "rate": 9, "shared": "connection"}         | "speed-up": 7    | speed
        "speed-up": {"type": "rate", "rate": 9, "shared": "connection", "direction": "up"} | "speed": 7 | speed-up
        "speed-up": {"type": "rate", "rate": 9, "direction": "up", "ttl": "1h"} | "speed": 7 | speed-up
        "latency": {"type": "latency", "distribution": "normal", "mean": 9, "deviation": 1} | "latency-max": 7 | latency
        "jitter": {"type": "outage", "min": 1, "max": 2, "scope": "proxy"}   | "jitter-prob": 1 | jitter
        "reset": {"type": "reset", "delay": "1s"}                            | "reset-at": "body" | reset
        "latency": {"type": "slice", "size": 9}                              | "latency": 1     | latency
        """)
    void theShortFormDoesNotReplaceWhatItCannotExpress(String fault, String patch, String rule) throws Exception {
        Answer put = putDb(", \"faults\": {" + fault + "}");
        assertEquals(201, put.status(), put.body());
        Plan before = rig.proxy("db").plan();
        Answer answer = rig.patch("/api/v1/proxies/db", "{" + patch + "}");
        String key = patch.split("\"")[1];
        assertProblem(
                answer,
                400,
                key + ": does not go with the rule " + rule + ", which only the long form can express: change faults."
                        + rule + ", or remove it before");
        assertEquals(before, rig.proxy("db").plan());
    }

    /** The rules of the file that hold for all proxies hold for those that are added at run time. */
    @Test
    void anAddedProxyGetsTheCommonRules() throws Exception {
        rig.fleet()
                .commonRules(Plan.of(
                        Rule.of("all-speed", new Rate(1000, 1000, Rate.DEFAULT_REDRAW, FaultScope.ALL)),
                        Rule.of("all-latency", Latency.of(Duration.ofMillis(1)))));
        assertEquals(201, putDb(", \"latency\": 5").status());
        assertEquals(List.of("all-speed", "all-latency", "latency"), rules(rig.proxy("db")));
        assertEquals(200, putDb(", \"latency\": 5").status());
        assertEquals(List.of("all-speed", "all-latency", "latency"), rules(rig.proxy("db")));
        putDb(", \"faults\": {\"all-latency\": {\"type\": \"latency\", \"delay\": 0}}");
        assertEquals(List.of("all-speed", "all-latency"), rules(rig.proxy("db")));
        rig.fleet().commonRules(Plan.of(Rule.of("down", Respond.of(503))));
        assertProblem(
                putDb(""), 400, "protocol: respond needs protocol = http or auto, and all proxies get the rule down");
    }

    @Test
    void unitsComeBackAsTheyWereSent() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            Answer added = rig.put("/api/v1/proxies/shop", """
                { "protocol": "http", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9", "latency": "2000ms", "idle-timeout": "60000ms",
                  "faults": { "slow": { "type": "slow-close", "delay": 250 } } }
                """);
            for (Answer answer : List.of(added, rig.get("/api/v1/proxies/shop"))) {
                assertEquals("2000ms", answer.json().getString("latency"));
                assertEquals("60000ms", answer.json().getString("idle-timeout"));
                assertEquals(
                        250,
                        answer.json()
                                .getConfigList("rules")
                                .getLast()
                                .getValue("delay")
                                .unwrapped());
            }
            Answer patched = rig.patch("/api/v1/proxies/shop/rules/slow", "{\"delay\": \"250000us\"}");
            assertEquals("250000us", patched.json().getString("delay"));
            assertEquals(
                    "60000ms",
                    rig.patch("/api/v1/proxies/shop", "{\"drain\": \"1500us\"}")
                            .json()
                            .getString("idle-timeout"));
            Answer rule =
                    rig.put("/api/v1/proxies/shop/rules/slow", "{\"type\": \"slow-close\", \"delay\": \"0.25s\"}");
            assertEquals("0.25s", rule.json().getString("delay"));
            assertEquals(
                    "0.25s", rig.get("/api/v1/proxies/shop/rules/slow").json().getString("delay"));
            String config = rig.get("/api/v1/config").body();
            assertTrue(config.contains("0.25s") && config.contains("2000ms") && config.contains("1500us"), config);
        }
    }
}
