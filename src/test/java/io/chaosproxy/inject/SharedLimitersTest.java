package io.chaosproxy.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Links and changes of their rates, at whatever moment these come. */
class SharedLimitersTest {
    private static final Rate CUT = Rate.of(0);
    private static final Rate OPEN = Rate.of(1_000_000);

    private final SharedLimiters links = new SharedLimiters(FaultScope.PROXY, TimeSource.SYSTEM, 1, "p");

    private static ActivePlan plan(Rule... rules) {
        return ActivePlan.first(new Plan(List.of(rules)), 1, "p", 0);
    }

    private RateLimiter link(Rate asked, ActivePlan current) {
        return links.limiter("narrow", asked.limit().orElseThrow(), Direction.DOWN, () -> current);
    }

    @Test
    void aLinkThatIsMadeAfterAChangeHasTheChangedRate() {
        links.adopt(plan(Rule.of("narrow", OPEN))); // finds no link that it could widen
        assertEquals(1_000_000, link(CUT, plan(Rule.of("narrow", OPEN))).rate());
    }

    @Test
    void aLinkWhoseRuleIsGoneOrSharedByOthersHasTheRateThatWasAskedFor() {
        assertEquals(0, link(CUT, plan()).rate());
        SharedLimiters another = new SharedLimiters(FaultScope.PROXY, TimeSource.SYSTEM, 1, "p");
        ActivePlan current = plan(Rule.of("narrow", OPEN.sharedBy(FaultScope.ALL)));
        assertEquals(
                0,
                another.limiter("narrow", CUT.limit().orElseThrow(), Direction.UP, () -> current)
                        .rate());
    }

    @Test
    void aChangeWidensTheLinkThatIsThere() {
        RateLimiter link = link(CUT, plan(Rule.of("narrow", CUT)));
        links.adopt(plan(Rule.of("narrow", CUT), Rule.of("other", OPEN)));
        assertEquals(0, link.rate());
        ActivePlan changed = plan(Rule.of("narrow", OPEN));
        links.adopt(changed);
        assertEquals(1_000_000, link.rate());
        assertSame(link, link(OPEN, changed));
    }

    @Test
    void aLinkGoesWithItsRule() {
        RateLimiter link = link(CUT, plan(Rule.of("narrow", CUT)));
        links.adopt(plan(Rule.of("other", OPEN)));
        assertNotSame(link, link(OPEN, plan(Rule.of("narrow", OPEN))));
    }

    /** The first byte makes the link while the change is under way, now before it, now after it. */
    @ParameterizedTest
    @EnumSource(value = FaultScope.class, names = "CLUSTER", mode = EnumSource.Mode.EXCLUDE) // which needs one
    void noByteWaitsForARateThatIsNoMore(FaultScope sharers) throws Exception {
        Rule cut = Rule.of("narrow", CUT.sharedBy(sharers));
        Rule open = Rule.of("narrow", OPEN.sharedBy(sharers));
        for (int i = 0; i < 100; i++) {
            try (Origin origin = Origin.manual();
                    ProxyServer proxy = TestProxy.start(TestProxy.spec(Protocol.TCP, origin.port(), cut), i);
                    Peer client = Peer.connect(proxy.address());
                    Peer server = origin.next()) {
                client.send("x");
                proxy.plan(new Plan(List.of(open)));
                assertEquals("x", server.read(1));
            }
        }
    }
}
