package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.control.api.NativeRig.Answer;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One rate for all proxies, whatever is done to them through the native API; and the configuration can be read back. */
final class CommonRateApiTest {
    private static final String PROXIES = "/api/v1/proxies/";
    private static final String SAID = "faults.wan: proxy a has a rule of this name with shared = all and another rate";

    private NativeRig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new NativeRig();
        add("a", wan(1000));
        add("b");
    }

    @AfterEach
    void stop() throws Exception {
        Answer config = rig.get("/api/v1/config");
        ChaosConfig read = ConfigReader.read(ConfigFactory.parseString(config.body()));
        assertEquals(
                rig.fleet().all().stream().map(proxy -> proxy.plan()).toList(),
                read.proxies().stream().map(ProxySpec::plan).toList());
        rig.close();
    }

    private void add(String name, Rule... rules) throws Exception {
        ProxySpec spec = TestProxy.spec(Protocol.TCP, 9, rules);
        rig.fleet()
                .add(
                        new ProxySpec(
                                name,
                                spec.protocol(),
                                spec.listen(),
                                spec.upstream().orElseThrow(),
                                spec.plan(),
                                spec.options()),
                        true);
    }

    private static Rule wan(long rate) {
        return Rule.of("wan", Rate.of(rate).sharedBy(FaultScope.ALL));
    }

    private static String body(long rate) {
        return "{\"type\": \"rate\", \"rate\": " + rate + ", \"shared\": \"all\"}";
    }

    private static String proxyBody(String faults) {
        return "{\"protocol\": \"tcp\", \"listen\": \"127.0.0.1:0\", \"upstream\": \"127.0.0.1:9\", \"faults\": "
                + faults + "}";
    }

    private Optional<Rule> rule(String proxy) {
        return rig.proxy(proxy).plan().rule("wan");
    }

    private static void assertRefused(Answer answer) {
        assertEquals(409, answer.status(), answer.body());
        assertEquals(List.of(SAID), answer.errors());
    }

    @Test
    void anotherRateIsRefusedWhereverItComesFrom() throws Exception {
        assertRefused(rig.put(PROXIES + "b/rules/wan", body(2000)));
        assertRefused(rig.patch(PROXIES + "b", "{\"faults\": {\"wan\": " + body(2000) + "}}"));
        assertRefused(rig.put(PROXIES + "b", proxyBody("{\"wan\": " + body(2000) + "}")));
        assertRefused(rig.put(PROXIES + "c", proxyBody("{\"wan\": " + body(2000) + "}")));
        String lease = rig.post("/api/v1/leases", "{\"ttl\": \"1h\"}").json().getString("id");
        assertRefused(rig.put(PROXIES + "b/rules/wan?lease=" + lease, body(2000)));
        assertEquals(Plan.CLEAN, rig.proxy("b").plan());
        assertTrue(rig.fleet().find("c").isEmpty());
        assertEquals(201, rig.put(PROXIES + "b/rules/wan", body(1000)).status());
        assertEquals(204, rig.delete(PROXIES + "a/rules/wan").status());
        assertEquals(200, rig.put(PROXIES + "b/rules/wan", body(2000)).status());
    }

    @Test
    void ofTwoRequestsAtTheSameMomentOneIsRefused() throws Exception {
        rig.delete(PROXIES + "a/rules/wan");
        for (int i = 0; i < 10; i++) {
            List<Integer> statuses = new ArrayList<>(Together.results(Together.start(
                    2,
                    index -> rig.put(PROXIES + (index == 0 ? "a" : "b") + "/rules/wan", body(1000 + index))
                            .status())));
            statuses.sort(null);
            assertEquals(List.of(201, 409), statuses);
            rig.post("/api/v1/clear", "");
        }
    }

    @Test
    void aRuleOfSeveralProxiesIsChangedOnAllOfThemAtOnce() throws Exception {
        rig.put(PROXIES + "b/rules/wan", body(1000));
        add("c");
        Answer changed = rig.put("/api/v1/rules/wan", "{\"type\": \"rate\", \"rate\": 2000}");
        assertEquals(200, changed.status(), changed.body());
        assertEquals(List.of("a", "b"), changed.json().getStringList("proxies"));
        assertEquals(List.of(Optional.of(wan(2000)), Optional.of(wan(2000))), List.of(rule("a"), rule("b")));
        assertEquals(Optional.empty(), rule("c"));
        assertEquals(404, rig.put("/api/v1/rules/lan", body(1)).status());
        Answer wrong = rig.put("/api/v1/rules/wan", "{\"type\": \"truncate\", \"at\": 5}");
        assertEquals(400, wrong.status(), wrong.body());
        assertEquals(400, rig.put("/api/v1/rules/wan?lease=x", body(1)).status());
        assertEquals(Optional.of(wan(2000)), rule("a"));
    }

    @Test
    void theEndOfALeaseRestoresARuleAtTheRateOfTheOthers() throws Exception {
        String lease = rig.post("/api/v1/leases", "{\"ttl\": \"1h\"}").json().getString("id");
        assertEquals(
                200, rig.put(PROXIES + "a/rules/wan?lease=" + lease, body(2000)).status());
        assertEquals(201, rig.put(PROXIES + "b/rules/wan", body(2000)).status());
        assertEquals(204, rig.delete("/api/v1/leases/" + lease).status());
        assertEquals(Optional.of(wan(2000)), rule("a"));
        rig.delete(PROXIES + "b");
        assertEquals(200, rig.put(PROXIES + "a/rules/wan", body(3000)).status());
    }

    /** As at the top level of the file, where that is allowed too. */
    @Test
    void aCommonRateMayBecomeOneOfEachProxy() throws Exception {
        rig.fleet().commonRules(Plan.of(wan(1000)));
        rig.put(PROXIES + "b/rules/wan", body(1000));
        Answer own = rig.put("/api/v1/rules/wan", "{\"type\": \"rate\", \"rate\": 2000, \"shared\": \"proxy\"}");
        assertEquals(200, own.status(), own.body());
        assertEquals(201, rig.put(PROXIES + "c", proxyBody("{}")).status());
        Rule expected = Rule.of("wan", Rate.of(2000).sharedBy(FaultScope.PROXY));
        for (String proxy : List.of("a", "b", "c")) {
            assertEquals(Optional.of(expected), rule(proxy));
        }
        assertEquals(
                200,
                rig.put(PROXIES + "a/rules/wan", "{\"type\": \"rate\", \"rate\": 1}")
                        .status());
        assertEquals(Optional.of(expected), rule("b")); // nothing is shared any more
    }

    @Test
    void aProxyThatIsAddedGetsTheCommonRateAsItIsNow() throws Exception {
        rig.fleet().commonRules(Plan.of(wan(1000)));
        assertEquals(200, rig.put("/api/v1/rules/wan", body(2000)).status());
        assertEquals(201, rig.put(PROXIES + "c", proxyBody("{}")).status());
        assertEquals(Optional.of(wan(2000)), rule("c"));
        rig.delete(PROXIES + "a");
        rig.delete(PROXIES + "c");
        Answer replaced = rig.put("/api/v1/rules/wan", body(3000)); // no proxy has it now
        assertEquals(List.of(), replaced.json().getStringList("proxies"));
        assertEquals(201, rig.put(PROXIES + "c", proxyBody("{}")).status());
        assertEquals(Optional.of(wan(3000)), rule("c"));
    }
}
