package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.chaosproxy.control.api.NativeRig.Answer;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RulesApiTest {
    private static final String RULES = "/api/v1/proxies/tcp/rules";

    private NativeRig rig;
    private Origin origin;
    private ProxyServer proxy;

    @BeforeEach
    void start() throws Exception {
        rig = new NativeRig();
        origin = Origin.echo();
        proxy = rig.fleet().add(TestProxy.spec(Protocol.TCP, origin.port()), true);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
        origin.close();
    }

    @Test
    void aRuleHoldsForOpenConnections() throws Exception {
        try (Peer client = Peer.connect(proxy.address())) {
            client.send("a");
            assertEquals(1, client.read(1).length());
            Answer added = rig.put(RULES + "/cut", "{\"type\": \"reset\", \"at\": \"first-byte\"}");
            assertEquals(201, added.status(), added.body());
            client.send("b");
            assertEquals("reset", client.ending());
        }
        Config rule = rig.get(RULES + "/cut").json();
        assertEquals("cut", rule.getString("name"));
        assertEquals("reset", rule.getString("type"));
        assertEquals(1, rule.getInt("hits"));
    }

    @Test
    void theSameAgainReplacesIt() throws Exception {
        String slow = "{\"type\": \"latency\", \"delay\": \"5ms\"}";
        assertEquals(201, rig.put(RULES + "/slow", slow).status());
        assertEquals(200, rig.put(RULES + "/slow", slow).status());
        assertEquals(
                List.of(Rule.of("slow", Latency.of(Duration.ofMillis(5)))),
                proxy.plan().rules());
        assertEquals(
                200,
                rig.put(RULES + "/slow", "{\"type\": \"latency\", \"delay\": 6}")
                        .status());
        assertEquals(6, rig.get(RULES + "/slow").json().getInt("delay"));
    }

    @Test
    void patchLaysFieldsOverTheRule() throws Exception {
        rig.put(
                RULES + "/slow",
                "{\"type\": \"latency\", \"min\": \"5ms\", \"max\": \"9ms\", \"probability\": 0.5, \"when\": {\"nth\":"
                        + " 3}}");
        Answer patched = rig.patch(RULES + "/slow", "{\"max\": \"20ms\", \"probability\": null}");
        assertEquals(200, patched.status(), patched.body());
        Config rule = patched.json();
        assertEquals(
                List.of("5ms", "20ms", "3"),
                List.of(rule.getString("min"), rule.getString("max"), rule.getString("when.nth")));
        assertEquals(1, proxy.plan().rule("slow").orElseThrow().chance().probability());

        assertEquals(
                "30ms",
                rig.patch(RULES + "/slow", "{\"type\": \"latency\", \"max\": \"30ms\"}")
                        .json()
                        .getString("max"));
        assertEquals(
                "limit",
                rig.patch(RULES + "/slow", "{\"type\": \"limit\", \"bytes\": 5}")
                        .json()
                        .getString("type"));
        assertEquals(List.of(Rule.of("slow", new Limit(5, true))), proxy.plan().rules());
    }

    @Test
    void aPatchThatIsRejectedChangesNothingAndNamesTheField() throws Exception {
        rig.put(RULES + "/slow", "{\"type\": \"latency\", \"delay\": \"5ms\"}");
        List<Rule> before = proxy.plan().rules();

        Answer wrong = rig.patch(RULES + "/slow", "{\"delay\": \"soon\"}");
        assertEquals(400, wrong.status(), wrong.body());
        assertEquals("delay", wrong.json().getConfigList("errors").getFirst().getString("path"));
        Answer unknown = rig.patch(RULES + "/slow", "{\"dealy\": \"5ms\"}");
        assertEquals(400, unknown.status(), unknown.body());
        assertEquals("dealy", unknown.json().getConfigList("errors").getFirst().getString("path"));
        assertEquals(400, rig.patch(RULES + "/slow", "[]").status());
        assertEquals(404, rig.patch(RULES + "/none", "{\"delay\": \"5ms\"}").status());
        assertEquals(
                404,
                rig.patch("/api/v1/proxies/none/rules/slow", "{\"delay\": \"5ms\"}")
                        .status());
        assertEquals(before, proxy.plan().rules());
    }

    /** Its time to live begins anew: the rule ends no earlier than that long after the last time that it was put. */
    @Test
    void theSameAgainRenewsItsTimeToLive() throws Exception {
        String brief = "{\"type\": \"latency\", \"delay\": \"5ms\", \"ttl\": \"1s\"}";
        rig.put(RULES + "/brief", brief);
        Thread.sleep(700); // not to be awaited: a part of its time has gone
        Clock again = Clock.start();
        rig.put(RULES + "/brief", brief);
        TestProxy.await("the end of the rule", () -> proxy.active().inForce().isEmpty());
        assertTrue(again.millis() >= 999, "ended after " + again.millis() + " ms");
    }

    @Test
    void whatAnAnswerSaysCanBeSentBack() throws Exception {
        ProxyServer web = rig.fleet().add(TestProxy.spec(Protocol.HTTP, origin.port()), true);
        String path = "/api/v1/proxies/http/rules/busy";
        assertEquals(201, rig.put(path, "{\"type\": \"respond\"}").status());
        Answer answer = rig.get(path);
        assertEquals(503, answer.json().getInt("status"));
        Rule before = web.plan().rule("busy").orElseThrow();
        assertEquals(200, rig.put(path, answer.body()).status());
        assertEquals(200, rig.patch(path, answer.body()).status());
        assertEquals(200, rig.put("/api/v1/rules/busy", answer.body()).status());
        assertEquals(before, web.plan().rule("busy").orElseThrow());
        assertEquals(
                List.of("name: must be that of the path, other, or left out"),
                rig.put("/api/v1/proxies/http/rules/other", answer.body()).errors());
    }

    @Test
    void rulesAreListedInOrder() throws Exception {
        proxy.change(plan -> plan.with(Rule.of("z", new Limit(5))));
        rig.put(RULES + "/a", "{\"type\": \"latency\", \"delay\": 5}");
        List<? extends Config> rules = rig.get(RULES).json().getConfigList("rules");
        assertEquals(
                List.of("z", "a"),
                rules.stream().map(rule -> rule.getString("name")).toList());
        assertEquals(rules, rig.get("/api/v1/proxies/tcp").json().getConfigList("rules"));
    }

    @Test
    void aRuleThatIsGoneIsGone() throws Exception {
        rig.put(RULES + "/slow", "{\"type\": \"latency\", \"delay\": 5}");
        assertEquals(204, rig.delete(RULES + "/slow").status());
        assertEquals(List.of(), proxy.plan().rules());
        assertEquals(204, rig.delete(RULES + "/slow").status());
        assertEquals(204, rig.delete("/api/v1/proxies/nobody/rules/slow").status());
        assertEquals(404, rig.get(RULES + "/slow").status());
    }

    @Test
    void mistakesNameTheirFields() throws Exception {
        Answer answer = rig.put(RULES + "/slow", "{\"type\": \"latency\", \"dealy\": 5, \"probability\": 2}");
        assertEquals(400, answer.status());
        assertTrue(answer.errors().contains("dealy: unknown key; did you mean delay?"), answer.body());
        assertTrue(answer.errors().contains("probability: must be from 0 to 1, not 2.0"), answer.body());
        assertEquals(List.of(), proxy.plan().rules());
    }

    @Test
    void whatTheProtocolCannotDoIsRefused() throws Exception {
        Answer answer = rig.put(RULES + "/no", "{\"type\": \"respond\", \"status\": 503}");
        assertEquals(400, answer.status());
        assertEquals(List.of("type: respond needs protocol = http or auto"), answer.errors());
    }

    /** A slip in the name of the lease would leave the rule for ever. */
    @Test
    void unknownParametersAreRefused() throws Exception {
        Answer answer = rig.put(RULES + "/slow?leese=1", "{\"type\": \"latency\", \"delay\": 5}");
        assertEquals(400, answer.status());
        assertEquals(List.of("leese: unknown parameter; known here: lease, scope"), answer.errors());
        assertEquals(List.of(), proxy.plan().rules());
    }

    @Test
    void aProxyThatIsNotThereHasNoRules() throws Exception {
        assertEquals(404, rig.get("/api/v1/proxies/nobody/rules").status());
        assertEquals(404, rig.get("/api/v1/proxies/nobody/rules/slow").status());
        assertEquals(404, rig.put("/api/v1/proxies/nobody/rules/slow", "{}").status());
    }

    /** Whatever Toxiproxy's clients put in force is a rule. */
    @Test
    void toxicsAreShownAsRules() throws Exception {
        proxy.change(plan -> plan.with(Rule.of("toxic:slow", new Limit(5))));
        assertEquals("limit", rig.get(RULES + "/toxic:slow").json().getString("type"));
        assertEquals(204, rig.delete(RULES + "/toxic%3Aslow").status());
        assertEquals(List.of(), proxy.plan().rules());
    }
}
