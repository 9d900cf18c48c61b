package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.chaosproxy.control.api.NativeRig.Answer;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.HandClock;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LeasesApiTest {
    private static final String RULE = "/api/v1/proxies/tcp/rules/slow";
    private static final String SLOW = "{\"type\": \"latency\", \"delay\": 5}";

    private final HandClock clock = HandClock.standing();
    private NativeRig rig;
    private ProxyServer proxy;

    @BeforeEach
    void start() throws Exception {
        rig = new NativeRig(clock, fleet -> Optional.empty());
        proxy = rig.fleet().add(TestProxy.spec(Protocol.TCP, 9, Rule.of("own", new Limit(5))), false);
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private String grant(String ttl) throws Exception {
        Answer answer = rig.post("/api/v1/leases", "{\"ttl\": \"" + ttl + "\"}");
        assertEquals(201, answer.status(), answer.body());
        return answer.json().getString("id");
    }

    private List<String> rules() {
        return proxy.plan().rules().stream().map(Rule::name).toList();
    }

    @Test
    void aLeaseThatNobodyRenewsTakesItsRulesAlong() throws Exception {
        Instant before = Instant.now();
        Config lease = rig.post("/api/v1/leases", "{\"ttl\": \"30s\"}").json();
        assertEquals("30s", lease.getString("ttl"));
        assertTrue(Duration.between(before, Instant.parse(lease.getString("expires")))
                        .compareTo(Duration.ofSeconds(30))
                >= 0);
        assertEquals(
                201, rig.put(RULE + "?lease=" + lease.getString("id"), SLOW).status());
        assertEquals(List.of("own", "slow"), rules());
        clock.awaitParked(1);
        clock.advance(Duration.ofMillis(29_999));
        assertEquals(List.of("own", "slow"), rules());
        clock.advance(Duration.ofMillis(1));
        TestProxy.await("the rule is gone", () -> rules().equals(List.of("own")));
        assertEquals(404, rig.put("/api/v1/leases/" + lease.getString("id"), "").status());
    }

    @Test
    void aRenewedLeaseGoesOn() throws Exception {
        String id = grant("30s");
        rig.put(RULE + "?lease=" + id, SLOW);
        clock.advance(Duration.ofSeconds(20));
        Answer renewed = rig.put("/api/v1/leases/" + id, "");
        assertEquals(200, renewed.status(), renewed.body());
        assertEquals("30s", renewed.json().getString("ttl"));
        clock.advance(Duration.ofSeconds(20));
        assertEquals(
                5000,
                rig.put("/api/v1/leases/" + id, "{\"ttl\": 5000}")
                        .json()
                        .getValue("ttl")
                        .unwrapped());
        assertEquals(List.of("own", "slow"), rules());
        clock.awaitParked(1);
        clock.advance(Duration.ofSeconds(5));
        TestProxy.await("the rule is gone", () -> rules().equals(List.of("own")));
    }

    @Test
    void aLeaseThatIsGivenBackTakesItsRulesAlongAtOnce() throws Exception {
        String id = grant("30s");
        rig.put(RULE + "?lease=" + id, SLOW);
        assertEquals(204, rig.delete("/api/v1/leases/" + id).status());
        assertEquals(List.of("own"), rules());
        assertEquals(204, rig.delete("/api/v1/leases/" + id).status());
        Answer late = rig.put(RULE + "?lease=" + id, SLOW);
        assertEquals(404, late.status());
        assertEquals("there is no lease named " + id, late.json().getString("detail"));
        assertEquals(List.of("own"), rules());
    }

    /** The same rule put for good, or another one under its name, isn't the lease's any more. */
    @Test
    void whatSomebodyElsePutStays() throws Exception {
        String id = grant("30s");
        rig.put(RULE + "?lease=" + id, SLOW);
        assertEquals(200, rig.put(RULE, SLOW).status());
        rig.put("/api/v1/proxies/tcp/rules/other?lease=" + id, SLOW);
        proxy.change(plan -> plan.with(Rule.of("other", new Limit(7))));
        rig.delete("/api/v1/leases/" + id);
        assertEquals(List.of("own", "slow", "other"), rules());
    }

    @Test
    void theEndOfTheApiEndsThem() throws Exception {
        rig.put(RULE + "?lease=" + grant("30s"), SLOW);
        rig.api().close();
        assertEquals(List.of("own"), rules());
    }

    @Test
    void whatCannotBeIsRefused() throws Exception {
        assertEquals(
                List.of("ttl: is missing; it must be a duration such as 30s"),
                rig.post("/api/v1/leases", "").errors());
        assertEquals(
                List.of("ttl: must be a duration such as 200ms, 2s or 1m, not \"long\""),
                rig.post("/api/v1/leases", "{\"ttl\": \"long\"}").errors());
        assertEquals(
                List.of("ttl: must be at least 1 ms"),
                rig.post("/api/v1/leases", "{\"ttl\": 0}").errors());
        assertEquals(
                List.of("tll: unknown key; known here: ttl"),
                rig.post("/api/v1/leases", "{\"tll\": 5}").errors());
    }

    private static final String OWN = "/api/v1/proxies/tcp/rules/own";

    private List<Rule> inForce() {
        return proxy.plan().rules();
    }

    @Test
    void theEndRestoresWhatWasThere() throws Exception {
        proxy.change(plan -> plan.with(Rule.of("last", new Limit(9))));
        List<Rule> before = inForce();
        String id = grant("30s");
        assertEquals(200, rig.put(OWN + "?lease=" + id, SLOW).status());
        assertEquals(
                200,
                rig.put(OWN + "?lease=" + id, "{\"type\": \"limit\", \"bytes\": 7}")
                        .status());
        assertEquals(Rule.of("own", new Limit(7)), inForce().getFirst());
        assertEquals(204, rig.delete("/api/v1/leases/" + id).status());
        assertEquals(before, inForce());
    }

    @Test
    void soDoesAnEndByTime() throws Exception {
        List<Rule> before = inForce();
        rig.put(OWN + "?lease=" + grant("30s"), SLOW);
        clock.awaitParked(1);
        clock.advance(Duration.ofSeconds(30));
        TestProxy.await("the rule is back", () -> inForce().equals(before));
    }

    private static String limit(int bytes) {
        return "{\"type\": \"limit\", \"bytes\": " + bytes + "}";
    }

    private static String limit(int bytes, String ttl) {
        return "{\"type\": \"limit\", \"bytes\": " + bytes + ", \"ttl\": \"" + ttl + "\"}";
    }

    private static Rule own(int bytes) {
        return Rule.of("own", new Limit(bytes));
    }

    private void putOwn(String lease, String body) throws Exception {
        Answer answer = rig.put(OWN + "?lease=" + lease, body);
        assertTrue(answer.status() < 300, answer.body());
    }

    private void end(String lease) throws Exception {
        assertEquals(204, rig.delete("/api/v1/leases/" + lease).status());
    }

    @Test
    void theLeaseBelowEndsFirst() throws Exception {
        List<Rule> before = inForce();
        String first = grant("30s");
        String second = grant("30s");
        putOwn(first, limit(6));
        putOwn(second, limit(7));
        end(first);
        assertEquals(List.of(own(7)), inForce());
        end(second);
        assertEquals(before, inForce());
    }

    @Test
    void theLeaseOnTopEndsFirst() throws Exception {
        List<Rule> before = inForce();
        String first = grant("30s");
        String second = grant("30s");
        putOwn(first, limit(6));
        putOwn(second, limit(7));
        end(second);
        assertEquals(List.of(own(6)), inForce());
        end(first);
        assertEquals(before, inForce());
    }

    /** Also without a rule below them, and if a lease puts its rule once more on top of the other's. */
    @Test
    void threeLeasesOnARuleThatIsNew() throws Exception {
        List<Rule> before = inForce();
        String[] ids = {grant("30s"), grant("30s"), grant("30s")};
        for (int turn : new int[] {0, 1, 2, 0}) {
            Answer put = rig.put("/api/v1/proxies/tcp/rules/x?lease=" + ids[turn], limit(turn + 1));
            assertTrue(put.status() < 300, put.body());
        }
        end(ids[1]);
        assertEquals(Rule.of("x", new Limit(1)), inForce().getLast());
        end(ids[0]);
        assertEquals(Rule.of("x", new Limit(3)), inForce().getLast());
        end(ids[2]);
        assertEquals(before, inForce());
    }

    @Test
    void aTimeToLiveGoesOnBelowALease() throws Exception {
        rig.put(OWN, limit(6, "10s"));
        String id = grant("1m");
        clock.advance(Duration.ofSeconds(4));
        putOwn(id, limit(7));
        clock.advance(Duration.ofSeconds(2));
        end(id);
        assertEquals(List.of(own(6).ttl(Duration.ofSeconds(4))), inForce());
        clock.awaitParked(1);
        clock.advance(Duration.ofSeconds(4));
        TestProxy.await("its time is over", () -> inForce().isEmpty());
    }

    @Test
    void aRuleWhoseTimeIsOverDoesNotComeBack() throws Exception {
        List<Rule> before = inForce();
        String first = grant("1m");
        String second = grant("1m");
        putOwn(first, limit(6, "10s"));
        putOwn(second, limit(7));
        clock.advance(Duration.ofSeconds(10));
        assertEquals(List.of(own(7)), inForce());
        end(second);
        assertEquals(before, inForce());
        rig.put(OWN, limit(6, "10s"));
        putOwn(first, limit(8));
        clock.advance(Duration.ofSeconds(10));
        end(first);
        assertEquals(List.of(), inForce());
    }

    /** The end of a rule's own time is an end like that of its lease; what it replaced comes back in its place. */
    @Test
    void aTimeToLiveOnTopEndsBeforeItsLease() throws Exception {
        proxy.change(plan -> plan.with(Rule.of("last", new Limit(9))));
        List<Rule> before = inForce();
        String first = grant("1m");
        String second = grant("1m");
        putOwn(first, limit(6));
        List<Rule> between = inForce();
        putOwn(second, limit(7, "10s"));
        clock.awaitParked(3); // two leases and the plan
        clock.advance(Duration.ofSeconds(10));
        TestProxy.await("the rule of the first lease is back", () -> inForce().equals(between));
        end(second);
        assertEquals(between, inForce());
        end(first);
        assertEquals(before, inForce());
    }

    @Test
    void aLeasedProfileGoesWithItsLease() throws Exception {
        proxy.change(plan ->
                plan.with(Rule.of("late", Latency.of(Duration.ofMillis(5)))).with(Rule.of("last", new Limit(9))));
        List<Rule> before = inForce();
        String first = grant("30s");
        String second = grant("30s");
        String profile = "/api/v1/proxies/tcp/profile?lease=";
        assertEquals(200, rig.put(profile + first, "{\"name\": \"wifi-lossy\"}").status());
        List<Rule> between = inForce();
        assertTrue(between.size() > before.size());
        assertEquals(
                200,
                rig.put(profile + second, "{\"name\": \"3g\", \"only\": true}").status());
        assertFalse(rules().contains("late"));
        end(second);
        assertEquals(between, inForce());
        end(first);
        assertEquals(before, inForce());
        assertEquals(404, rig.put(profile + first, "{\"name\": \"3g\"}").status());
        assertEquals(before, inForce());
    }

    @Test
    void aProfileWithoutALeaseStays() throws Exception {
        String id = grant("30s");
        rig.put("/api/v1/proxies/tcp/profile?lease=" + id, "{\"name\": \"3g\"}");
        rig.put("/api/v1/proxies/tcp/profile", "{\"name\": \"3g\"}");
        List<Rule> put = inForce();
        end(id);
        assertEquals(put, inForce());
    }

    @Test
    void aPatchUnderALeaseIsRejected() throws Exception {
        List<Rule> before = inForce();
        Answer answer = rig.patch("/api/v1/proxies/tcp?lease=" + grant("30s"), "{\"latency\": 5}");
        assertEquals(400, answer.status());
        assertEquals(List.of("lease: unknown parameter; known here: scope"), answer.errors());
        assertEquals(before, inForce());
    }

    @Test
    void aLeasedRuleThatAPatchEditsStaysLeased() throws Exception {
        List<Rule> before = inForce();
        String id = grant("30s");
        rig.put(RULE + "?lease=" + id, SLOW);
        rig.put(OWN + "?lease=" + id, SLOW);
        rig.put("/api/v1/proxies/tcp/rules/gone?lease=" + id, SLOW);
        String patch = "{\"faults\": {\"slow\": {\"delay\": 9}, \"own\": {\"type\": \"limit\", \"bytes\": 8},"
                + " \"gone\": null, \"mine\": {\"type\": \"limit\", \"bytes\": 9}}}";
        assertEquals(200, rig.patch("/api/v1/proxies/tcp", patch).status());
        assertEquals(List.of("own", "slow", "mine"), rules());
        rig.delete("/api/v1/leases/" + id);
        assertEquals(List.of(before.getFirst(), Rule.of("mine", new Limit(9))), inForce());
    }

    @Test
    void aRuleThatIsDeletedOrClearedDoesNotComeBack() throws Exception {
        String id = grant("30s");
        rig.put(OWN + "?lease=" + id, SLOW);
        rig.delete(OWN);
        rig.put(RULE + "?lease=" + id, SLOW);
        rig.post("/api/v1/clear", "");
        rig.delete("/api/v1/leases/" + id);
        assertEquals(List.of(), rules());
    }

    @Test
    void aLeaseChangesNothingOnAnotherProxyOfTheSameName() throws Exception {
        String id = grant("30s");
        rig.put(OWN + "?lease=" + id, SLOW);
        List<Rule> leased = inForce();
        rig.fleet().remove("tcp");
        proxy = rig.fleet().add(TestProxy.spec(Protocol.TCP, 9, leased.getFirst()), false);
        rig.delete("/api/v1/leases/" + id);
        assertEquals(leased, inForce());
    }
}
