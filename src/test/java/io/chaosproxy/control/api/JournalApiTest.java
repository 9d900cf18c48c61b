package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.chaosproxy.config.Address;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.control.api.NativeRig.Answer;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JournalApiTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private NativeRig rig;
    private Origin origin;
    private ProxyServer proxy;

    @BeforeEach
    void start() throws Exception {
        rig = new NativeRig();
        origin = Origin.answering(OK);
        proxy = rig.fleet()
                .add(
                        TestProxy.spec(
                                Protocol.HTTP,
                                origin.port(),
                                Rule.of("slow", Latency.of(Duration.ofMillis(1))),
                                Rule.of("wide", Rate.of(1 << 20))),
                        true);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
        origin.close();
    }

    private void exchange(int times) throws Exception {
        try (Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < times; i++) {
                client.send("GET /cart HTTP/1.1\r\nHost: x\r\n\r\n");
                client.readResponse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "journal?proxy=",
                "journal?rule=",
                "journal?proxy",
                "journal?last=",
                "journal?proxy=%20",
                "connections?proxy="
            })
    void aParameterWithoutAValueIsRefused(String target) throws Exception {
        Answer answer = rig.get("/api/v1/" + target);
        assertEquals(400, answer.status(), answer.body());
        assertEquals(1, answer.errors().size());
        assertTrue(answer.errors().getFirst().endsWith(": must not be empty"), answer.body());
    }

    @Test
    void hitsAreTold() throws Exception {
        exchange(1);
        Config journal = rig.get("/api/v1/journal?rule=slow").json();
        assertEquals(1, journal.getInt("seed"));
        assertEquals(1, journal.getConfigList("hits").size());
        Config hit = journal.getConfigList("hits").getFirst();
        assertEquals("http", hit.getString("proxy"));
        assertEquals(1, hit.getInt("connection"));
        assertEquals(1, hit.getInt("exchange"));
        assertEquals("127.0.0.1", hit.getString("client"));
        assertEquals("GET /cart", hit.getString("request"));
        assertEquals("slow", hit.getString("rule"));
        assertEquals("latency", hit.getString("type"));
        assertEquals(
                Map.of("what", "delay", "value", 1_000_000, "unit", "nanos"),
                hit.getObject("drawn").unwrapped());
        assertEquals(
                Map.of("http", Map.of("slow", 1)), journal.getObject("counts").unwrapped());
    }

    @Test
    void theLastOfThemAreTold() throws Exception {
        exchange(3);
        Config journal = rig.get("/api/v1/journal?proxy=http&rule=slow&last=2").json();
        assertEquals(
                List.of(2, 3),
                journal.getConfigList("hits").stream()
                        .map(hit -> hit.getInt("exchange"))
                        .toList());
        assertEquals(3, journal.getInt("counts.http.slow"));
        assertFalse(journal.hasPath("counts.http.wide"));
        assertTrue(
                rig.get("/api/v1/journal?last=0").json().getConfigList("hits").isEmpty());
        assertEquals(
                List.of("last: must be a whole number from 0 to 999999999, not \"-1\""),
                rig.get("/api/v1/journal?last=-1").errors());
    }

    /** A slip must not look like a rule without hits; rules and proxies that are gone are known. */
    @Test
    void aNameThatNothingEverHadIsRefused() throws Exception {
        rig.fleet()
                .add(
                        new ProxySpec(
                                "db",
                                Protocol.TCP,
                                new Address("127.0.0.1", 0),
                                new Address("127.0.0.1", 9),
                                Plan.CLEAN,
                                Options.DEFAULTS),
                        false);
        proxy.change(plan -> plan.without("wide"));
        assertUnknown("rule=typo", "no rule of any proxy was ever named typo, only [slow, wide]");
        assertUnknown("proxy=http&rule=slo", "no rule of proxy http was ever named slo, only [slow, wide]");
        assertUnknown("proxy=db&rule=slow", "no rule of proxy db was ever named slow; it had none");
        assertUnknown("proxy=htpt", "no proxy was ever named htpt, only [db, http]");
        rig.fleet().remove("http");
        for (String query : List.of("rule=wide", "proxy=http&rule=slow", "proxy=http", "proxy=db", "last=3")) {
            Answer answer = rig.get("/api/v1/journal?" + query);
            assertEquals(200, answer.status(), answer.body());
            assertTrue(answer.json().getConfigList("hits").isEmpty());
        }
    }

    private void assertUnknown(String query, String detail) throws Exception {
        Answer answer = rig.get("/api/v1/journal?" + query);
        assertEquals(404, answer.status(), answer.body());
        assertEquals(detail, answer.json().getString("detail"));
    }

    @Test
    void everythingIsCounted() throws Exception {
        exchange(2);
        TestProxy.await("the connection is gone", () -> proxy.connections().isEmpty());
        Config stats = rig.get("/api/v1/stats").json();
        assertEquals(1, stats.getInt("seed"));
        assertTrue(stats.getLong("uptime-ms") >= 0);
        assertEquals(2, stats.getInt("hits-by-type.latency"));
        Config http = stats.getConfig("proxies.http");
        assertTrue(http.getBoolean("enabled"));
        assertEquals(0, http.getInt("open"));
        assertEquals(1, http.getInt("connections"));
        assertEquals(2, http.getInt("exchanges"));
        assertEquals(2 * OK.length(), http.getInt("down"));
        assertTrue(http.getInt("up") > 0);
        assertEquals(0, http.getInt("dial-failures"));
        assertEquals(2, http.getInt("hits.slow"));
    }
}
