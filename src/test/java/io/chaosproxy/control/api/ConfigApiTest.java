package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.control.api.NativeRig.Answer;
import io.chaosproxy.control.reload.ConfigWatcher;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigApiTest {
    @Test
    void whatIsInForceReadsBackTheSame() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            ProxyServer on = rig.fleet()
                    .add(
                            TestProxy.spec(
                                    Protocol.HTTP,
                                    9,
                                    Rule.of("z", Latency.of(Duration.ofMillis(5))),
                                    Rule.of("a", Outage.of(Duration.ofSeconds(1)))
                                            .probability(0.5)),
                            true);
            ProxyServer off = rig.fleet().add(TestProxy.spec(Protocol.TCP, 9), false);
            Answer answer = rig.get("/api/v1/config"); // the rig fails if the token is in it
            assertEquals("text/plain; charset=utf-8", answer.type());
            assertTrue(answer.body().contains("# switched off: tcp\n"), answer.body());
            ChaosConfig read = ConfigReader.read(ConfigFactory.parseString(answer.body()));
            assertEquals(OptionalLong.of(1), read.seed());
            assertEquals(List.of(on.spec(), off.spec()), read.proxies());
            assertEquals(Optional.empty(), read.control().orElseThrow().token());
        }
    }

    @Test
    void whatItSaysAsJsonCanBeSentBack() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            Rule rule = Rule.of("z", Latency.of(Duration.ofMillis(5)));
            ProxyServer proxy = rig.fleet().add(TestProxy.spec(Protocol.HTTP, 9, rule), true);
            Answer json = rig.get("/api/v1/config?format=json");
            assertEquals("application/json", json.type());
            assertEquals(
                    List.of("format: must be hocon or json, not \"yaml\""),
                    rig.get("/api/v1/config?format=yaml").errors());
            assertEquals(
                    "[]",
                    rig.put("/api/v1/config", json.body())
                            .json()
                            .getList("changed")
                            .render());
            proxy.change(plan -> plan.without("z"));
            assertEquals(
                    List.of("http"),
                    rig.put("/api/v1/config", json.body()).json().getStringList("changed"));
            assertEquals(List.of(rule), proxy.plan().rules());
            String refusal =
                    rig.put("/api/v1/config", rig.get("/api/v1/config").body()).body();
            assertTrue(refusal.contains("must be a JSON object"), refusal);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|: there is no chaos-proxy { ... }",
                "{\"proxies\": {}}|: there is no chaos-proxy { ... }",
                "{\"chaos-proxy\": 5}|: chaos-proxy must be an object { ... }",
                "{\"chaos-proxy\": {\"proxies\": 5}}|proxies: must be an object { ... }",
                "{\"chaos-proxy\": {\"bogus\": 2}}|bogus: unknown key",
                "{\"chaos-proxy\": {\"proxies\": {\"a\": {\"latncy\": 2}}}}|proxies.a.latncy: unknown key; did you"
                        + " mean latency?"
            })
    void mistakesNameTheirFields(String body, String error) throws Exception {
        try (NativeRig rig = new NativeRig()) {
            Answer refused = rig.put("/api/v1/config", body);
            assertEquals(400, refused.status(), refused.body());
            assertTrue(refused.errors().stream().anyMatch(each -> each.startsWith(error)), refused.body());
        }
    }

    @Test
    void whatWasAddedAndRemovedIsTold() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            rig.fleet().add(TestProxy.spec(Protocol.TCP, 9), true);
            Config answer = rig.put(
                            "/api/v1/config?prune=true",
                            "{\"chaos-proxy\": {\"proxies\": {\"new\": {\"protocol\": \"tcp\", \"listen\":"
                                    + " \"127.0.0.1:0\", \"upstream\": \"127.0.0.1:9\"}}}}")
                    .json();
            assertEquals(List.of("new", "tcp"), answer.getStringList("changed"));
            assertEquals(List.of("new"), answer.getStringList("added"));
            assertEquals(List.of("tcp"), answer.getStringList("removed"));
        }
    }

    /** What no file could say, such as two proxies for one address, can still be looked at. */
    @Test
    void itIsToldWhateverItIs() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            String body = "{\"protocol\": \"tcp\", \"listen\": \"127.0.0.1:7\", \"upstream\": \"127.0.0.1:9\","
                    + " \"enabled\": false}";
            assertEquals(201, rig.put("/api/v1/proxies/one", body).status());
            assertEquals(201, rig.put("/api/v1/proxies/two", body).status());
            assertEquals(200, rig.get("/api/v1/config").status());
        }
    }

    @Test
    void theFileIsTakenOverWhenAsked(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("chaos.conf"), text("latency = 5"));
        Config loaded = ConfigReader.load(file, Map.of());
        ChaosConfig config = ConfigReader.read(loaded);
        try (NativeRig rig = new NativeRig(
                TimeSource.SYSTEM, fleet -> Optional.of(ConfigWatcher.watch(fleet, file, Map.of(), loaded, config)))) {
            rig.fleet().add(config.proxies().getFirst(), true);
            Files.writeString(file, text("latency = 25"));
            Answer taken = rig.post("/api/v1/reload", "");
            assertEquals(200, taken.status(), taken.body());
            assertTrue(taken.json().getBoolean("taken"));
            assertEquals(
                    List.of(Rule.of("latency", Latency.of(Duration.ofMillis(25)))),
                    rig.proxy("db").plan().rules());
            Files.writeString(file, text("latncy = 50"));
            Answer refused = rig.post("/api/v1/reload", "");
            assertEquals(422, refused.status());
            assertTrue(refused.errors().getFirst().endsWith("unknown key; did you mean latency?"), refused.body());
            assertEquals(
                    List.of(Rule.of("latency", Latency.of(Duration.ofMillis(25)))),
                    rig.proxy("db").plan().rules());
        }
    }

    private static String text(String fault) {
        return "chaos-proxy.proxies.db { protocol = tcp, listen = \"127.0.0.1:0\", upstream = \"127.0.0.1:9\", " + fault
                + " }";
    }

    @Test
    void withoutAFileThereIsNothingToTakeOver() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            assertEquals(409, rig.post("/api/v1/reload", "").status());
            assertEquals(409, rig.post("/api/v1/reset", "").status());
        }
    }
}
