package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.RateConflict;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.kit.HandClock;
import io.chaosproxy.kit.ListeningSockets;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.net.ListenException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rates that all proxies share: one at a time, that of the plans that are there. */
final class CommonLinksTest {
    private static final Rate OTHER = Rate.of(7).sharedBy(FaultScope.ALL);

    private final HandClock clock = HandClock.standing();
    private final ServerContext common = new ServerContext(1, clock, new Journal(100));
    private final ProxyRegistry fleet = new ProxyRegistry(common, protocol -> new TcpHandler());

    @AfterEach
    void close() {
        fleet.close();
    }

    private static Rule wan(long rate) {
        return Rule.of("wan", Rate.of(rate).sharedBy(FaultScope.ALL));
    }

    private static ProxySpec spec(String name, Rule... rules) {
        return new ProxySpec(
                name,
                Protocol.TCP,
                new Address("127.0.0.1", 0),
                new Address("127.0.0.1", 9),
                Plan.of(rules),
                Options.DEFAULTS);
    }

    private ProxyServer add(String name, Rule... rules) throws IOException {
        return fleet.add(spec(name, rules), false);
    }

    /** The link as a connection finds it, at a rate of its own if none is in force. */
    private RateLimiter link() {
        return common.limiters().limiter("wan", OTHER.limit().orElseThrow(), Direction.DOWN);
    }

    @Test
    void aChangeToAnotherRateIsRefusedWithTheNameOfTheOtherProxy() throws Exception {
        ProxyServer a = add("a", wan(1000));
        ProxyServer b = add("b");
        b.change(plan -> plan.with(wan(1000)));
        RateLimiter link = link();
        List<Runnable> changes = List.of(
                () -> b.change(plan -> plan.with(wan(2000))),
                () -> b.changeGently(plan -> plan.with(wan(2000))),
                () -> b.plan(Plan.of(wan(2000))));
        for (Runnable change : changes) {
            RateConflict conflict = assertThrows(RateConflict.class, change::run);
            assertEquals("faults.wan", conflict.key());
            assertEquals("proxy a has a rule of this name with shared = all and another rate", conflict.reason());
            assertEquals(Plan.of(wan(1000)), b.plan());
            assertEquals(1000, link.rate());
        }
        a.change(plan -> plan.without("wan"));
        assertEquals(1000, link.rate());
        b.change(plan -> plan.with(wan(2000)));
        assertEquals(2000, link.rate());
        assertSame(link, link());
    }

    /** How often a range is drawn anew is a part of the rate; a rate of the proxy alone is none that all share. */
    @Test
    void onlyWhatAllShareIsCompared() throws Exception {
        add("a", Rule.of("wan", new Rate(1, 2, Duration.ofSeconds(1), FaultScope.ALL)));
        ProxyServer b = add("b");
        assertThrows(
                RateConflict.class,
                () -> b.change(
                        plan -> plan.with(Rule.of("wan", new Rate(1, 2, Duration.ofSeconds(2), FaultScope.ALL)))));
        b.change(plan -> plan.with(Rule.of("wan", Rate.of(5)))
                .with(Rule.of("lan", Rate.of(5).sharedBy(FaultScope.ALL))));
        assertEquals(2, b.plan().rules().size());
    }

    @Test
    void aProxyThatCannotBeAddedLeavesNothing() throws Exception {
        ProxyServer a = add("a", wan(1000));
        assertThrows(RateConflict.class, () -> add("b", wan(2000)));
        assertThrows(RateConflict.class, () -> fleet.add(spec("b", wan(2000)), true));
        assertThrows(
                RateConflict.class,
                () -> fleet.apply(
                        List.of(new ProxyChange(spec("b", wan(2000)), true, Optional.empty(), false)), Set.of()));
        assertTrue(fleet.find("b").isEmpty());
        a.change(plan -> plan.with(wan(3000)));
        fleet.remove("a");
        add("b", wan(2000));
    }

    @Test
    void aReplacementIsComparedWithTheOthersOnly() throws Exception {
        add("a", wan(1000));
        fleet.replace(spec("a", wan(2000)), false);
        ProxyServer b = fleet.add(spec("b", wan(2000)), true);
        assertThrows(RateConflict.class, () -> fleet.replace(spec("b", wan(1)), true));
        assertTrue(b.isEnabled());
        assertEquals(Optional.of(b), fleet.find("b"));
    }

    @Test
    void aLinkGoesWithTheLastPlanThatHasIt() throws Exception {
        ProxyServer a = add("a", wan(1000));
        ProxyServer b = add("b", wan(1000));
        RateLimiter link = link();
        assertEquals(1000, link.rate());
        a.plan(Plan.CLEAN);
        assertSame(link, link());
        b.close();
        assertNotSame(link, link());
        a.change(plan -> plan.with(wan(3000)));
        assertEquals(3000, link().rate());
    }

    @Test
    void anEditThatSharesItWithOthersTakesThePartAway() throws Exception {
        ProxyServer a = add("a", wan(1000));
        RateLimiter link = link();
        a.change(plan -> plan.with(Rule.of("wan", Rate.of(5))));
        assertNotSame(link, link());
        assertEquals(7, link().rate()); // that of an exchange under an older plan
    }

    @Test
    void theEndOfATimeToLiveTakesThePartAway() throws Exception {
        ProxyServer a = add("a", wan(1000).ttl(Duration.ofSeconds(1)));
        ProxyServer b = add("b", wan(1000));
        RateLimiter link = link();
        clock.awaitParked(1);
        clock.advance(Duration.ofSeconds(1));
        TestProxy.await("the rule is gone", () -> a.plan().rules().isEmpty());
        assertSame(link, link());
        b.change(plan -> plan.with(wan(2000))); // nothing that is over is compared
        assertEquals(2000, link.rate());
    }

    /** A window that is closed doesn't narrow the link; the rule still stands in the file that would be written. */
    @Test
    void theEndOfAWindowTakesThePartAway() throws Exception {
        ProxyServer a = add("a", wan(1000).when(Match.ANY.lasting(Duration.ofSeconds(1))));
        RateLimiter link = link();
        clock.awaitParked(1);
        clock.advance(Duration.ofSeconds(1));
        TestProxy.await("the window is closed", () -> a.active().inForce().isEmpty());
        TestProxy.await("the link is gone", () -> link() != link);
        ProxyServer b = add("b");
        assertThrows(RateConflict.class, () -> b.change(plan -> plan.with(wan(2000))));
    }

    @Test
    void severalProxiesChangeAtOnce() throws Exception {
        ProxyServer a = add("a", wan(1000));
        ProxyServer b = add("b", wan(1000));
        ProxyServer c = add("c");
        RateLimiter link = link();
        fleet.change(List.of(a, b), plan -> plan.with(wan(2000)));
        assertEquals(2000, link.rate());
        fleet.apply(
                List.of(
                        new ProxyChange(spec("a"), false, Optional.of(plan -> Plan.of(wan(3000))), true),
                        new ProxyChange(spec("b"), false, Optional.of(plan -> Plan.of(wan(3000))), false),
                        new ProxyChange(spec("d", wan(3000)), false, Optional.empty(), false)),
                Set.of());
        assertEquals(3000, link.rate());
        assertSame(link, link());
        assertThrows(RateConflict.class, () -> fleet.change(List.of(a, c), plan -> plan.with(wan(4000))));
        assertEquals(List.of(Plan.of(wan(3000)), Plan.CLEAN), List.of(a.plan(), c.plan()));
        fleet.apply(
                List.of(new ProxyChange(spec("a"), false, Optional.of(plan -> Plan.of(wan(4000))), true)),
                Set.of("b", "d"));
        assertEquals(4000, link.rate());
    }

    @Test
    void aChangeThatFailsLeavesTheRate() throws Exception {
        ProxyServer a = add("a", wan(1000));
        String host = ListeningSockets.somewhere().host();
        try (ServerSocket stranger = new ServerSocket(0, 1, InetAddress.getByName(host))) {
            ProxySpec taken = new ProxySpec(
                    "b",
                    Protocol.TCP,
                    new Address(host, stranger.getLocalPort()),
                    new Address("127.0.0.1", 9),
                    Plan.of(wan(2000)),
                    Options.DEFAULTS);
            List<ProxyChange> targets = List.of(
                    new ProxyChange(spec("a"), false, Optional.of(plan -> Plan.of(wan(2000))), false),
                    new ProxyChange(taken, true, Optional.empty(), false));
            assertThrows(ListenException.class, () -> fleet.apply(targets, Set.of()));
        }
        assertEquals(Plan.of(wan(1000)), a.plan());
        assertEquals(1000, link().rate());
        a.change(plan -> plan.with(wan(5000))); // what could not be added isn't compared
    }

    @Test
    void ofTwoRatesAtTheSameMomentOneIsRefused() throws Exception {
        List<ProxyServer> proxies = List.of(add("a"), add("b"));
        for (int i = 0; i < 200; i++) {
            List<Future<Boolean>> changes = Together.start(2, index -> {
                try {
                    proxies.get(index).change(plan -> plan.with(wan(1000 + index)));
                    return true;
                } catch (RateConflict e) {
                    return false;
                }
            });
            List<Boolean> taken = Together.results(changes);
            assertEquals(1, taken.stream().filter(Boolean::booleanValue).count());
            assertEquals(1000 + taken.indexOf(true), link().rate());
            assertFalse(proxies.get(taken.indexOf(false)).plan().rule("wan").isPresent());
            proxies.forEach(proxy -> proxy.plan(Plan.CLEAN));
        }
    }

    @Test
    void aProxyAddedAtRunTimeGetsTheRateAsItIsNow() throws Exception {
        fleet.commonRules(Plan.of(wan(1000)));
        ProxyServer a = fleet.add(fleet.withCommonRules(spec("a")), false);
        a.change(plan -> plan.with(wan(2000)));
        assertEquals(Plan.of(wan(2000)), fleet.withCommonRules(spec("b")).plan());
        fleet.remove("a");
        assertEquals(Plan.of(wan(1000)), fleet.withCommonRules(spec("b")).plan());
    }
}
