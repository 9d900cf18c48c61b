package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.chaosproxy.config.NetworkProfile;
import io.chaosproxy.control.api.NativeRig.Answer;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ProfilesApiTest {
    private static final String PROFILE = "/api/v1/proxies/tcp/profile";

    private NativeRig rig;
    private Origin origin;
    private ProxyServer proxy;

    @BeforeEach
    void start() throws Exception {
        rig = new NativeRig();
        origin = Origin.echo();
        proxy = rig.fleet().add(TestProxy.spec(Protocol.TCP, origin.port(), Rule.of("own", new Limit(1000))), true);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
        origin.close();
    }

    private List<String> rules() {
        return proxy.plan().rules().stream().map(Rule::name).toList();
    }

    @Test
    void allAreThereWithTheirSources() throws Exception {
        List<? extends Config> profiles = rig.get("/api/v1/profiles").json().getConfigList("profiles");
        assertEquals(
                new TreeSet<>(Set.of(
                        "gprs",
                        "edge",
                        "3g-slow",
                        "3g",
                        "3g-fast",
                        "slow-4g",
                        "4g",
                        "lte",
                        "dsl",
                        "cable",
                        "fibre",
                        "dialup",
                        "satellite-geo",
                        "leo-satellite",
                        "wifi-good",
                        "wifi-lossy",
                        "train",
                        "tunnel",
                        "offline")),
                profiles.stream().map(each -> each.getString("name")).collect(Collectors.toCollection(TreeSet::new)));
        for (Config profile : profiles) {
            assertTrue(profile.getString("source").length() > 10, profile.toString());
            assertTrue(Set.of("published", "derived", "invented").contains(profile.getString("basis")));
        }
    }

    @Test
    void eachCanBePutInForce() throws Exception {
        for (NetworkProfile profile : NetworkProfile.all()) {
            Answer answer = rig.put(PROFILE, "{\"name\": \"" + profile.name() + "\"}");
            assertEquals(200, answer.status(), answer.body());
            assertEquals(1 + profile.rules().size(), rules().size());
        }
    }

    @Test
    void figuresBecomeRules() throws Exception {
        rig.put(PROFILE, "{\"name\": \"gprs\"}");
        assertEquals(
                List.of(
                        Rule.of("own", new Limit(1000)),
                        Rule.of("profile-latency", Latency.between(Duration.ofMillis(500), Duration.ofMillis(700))),
                        Rule.of("profile-up", Rate.of(2500)).way(Directions.UP),
                        Rule.of("profile-down", Rate.of(6250)).way(Directions.DOWN),
                        Rule.of("profile-stalls", new Outage(Duration.ofMillis(300), Duration.ofMillis(1500)))
                                .probability(0.02)),
                proxy.plan().rules());
    }

    @Test
    void oneTakesThePlaceOfAnother() throws Exception {
        rig.put(PROFILE, "{\"name\": \"gprs\"}");
        Answer answer = rig.put(PROFILE, "{\"name\": \"3g\"}");
        assertEquals(4, answer.json().getConfigList("rules").size());
        assertEquals(List.of("own", "profile-latency", "profile-up", "profile-down"), rules());
        assertEquals(204, rig.delete(PROFILE).status());
        assertEquals(List.of("own"), rules());
        assertEquals(204, rig.delete(PROFILE).status());
        assertEquals(204, rig.delete("/api/v1/proxies/nobody/profile").status());
    }

    @Test
    void offlineNothingMoves() throws Exception {
        try (Peer client = Peer.connect(proxy.address())) {
            client.send("a");
            assertEquals("a", client.read(1));
            rig.put(PROFILE, "{\"name\": \"offline\"}");
            client.send("b");
            assertTrue(client.isSilentFor(100));
            rig.delete(PROFILE);
            assertEquals("b", client.read(1));
        }
    }

    @Test
    void whatCannotBeIsRefused() throws Exception {
        Answer answer = rig.put(PROFILE, "{\"name\": \"5g\"}");
        assertEquals(400, answer.status());
        assertTrue(answer.errors().getFirst().startsWith("name: must be one of 3g, 3g-fast, "), answer.body());
        assertEquals(
                List.of("name: is missing; it must be text"),
                rig.put(PROFILE, "{}").errors());
        assertEquals(
                404,
                rig.put("/api/v1/proxies/nobody/profile", "{\"name\": \"3g\"}").status());
        assertEquals(List.of("own"), rules());
    }
}
