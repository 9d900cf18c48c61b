package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.SharedRates;
import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.flow.TimeSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The limiters of the rules with {@code shared = all}: one for each name and direction, at the rate that the plans of all
 * open proxies agree on. A limiter goes when its rule is in force on none of them.
 *
 * <p>Plans are compared and changed under the registry's lock, so two changes can't miss each other. Rules that end by
 * themselves need no comparison.
 */
public final class GlobalLimiters {
    private final SharedLimiters limiters;
    private final Set<PlanHolder> proxies = ConcurrentHashMap.newKeySet();
    private final ReentrantLock adopting = new ReentrantLock(); // held for arithmetic only

    /** Without limiters. */
    public GlobalLimiters(TimeSource time, long seed) {
        this.limiters = new SharedLimiters(FaultScope.ALL, time, seed, "");
    }

    /** From now on the plan of this proxy counts; it has been checked. */
    public void join(PlanHolder proxy) {
        if (proxies.add(proxy)) {
            proxy.joined();
        }
        adopt();
    }

    /** A closed proxy's plan does not count any more. */
    public void leave(PlanHolder proxy) {
        if (proxies.remove(proxy)) {
            proxy.left();
            adopt();
        }
    }

    /**
     * Compares plans with each other and with those of the other proxies, and checks that there is heap for them. The lock of the
     * registry is held.
     *
     * @param wanted by the names of their proxies, in whose place they come
     * @throws io.chaosproxy.fault.RateConflict naming rule and other proxy
     * @throws PlanMemoryException if there is no heap for them
     */
    public void check(Map<String, Plan> wanted) {
        SharedRates rates = ratesWithout(wanted.keySet());
        wanted.forEach(rates::addAll);
        PlanMemory.check(wanted.entrySet().stream()
                .mapToLong(plan -> PlanMemory.growth(present(plan.getKey()), plan.getValue()))
                .sum());
    }

    private Plan present(String name) {
        return proxies.stream()
                .filter(proxy -> proxy.proxy().equals(name))
                .findFirst()
                .map(proxy -> proxy.current().plan())
                .orElse(Plan.CLEAN);
    }

    /** The rule with the rate that other proxies have under its name. The lock of the registry is held. */
    public Rule agreeing(String proxy, Rule rule) {
        return ratesWithout(Set.of(proxy)).agreeing(rule);
    }

    private SharedRates ratesWithout(Set<String> names) {
        SharedRates rates = new SharedRates();
        List<PlanHolder> others = proxies.stream()
                .filter(proxy -> !names.contains(proxy.proxy()))
                .sorted(Comparator.comparing(PlanHolder::proxy))
                .toList();
        others.forEach(proxy -> rates.addAll(proxy.proxy(), proxy.current().plan()));
        return rates;
    }

    /**
     * Sets the limiters to the rates that are in force now. To be called after a plan has changed: of changes at the same
     * time, the last call sees all.
     */
    public void adopt() {
        adopting.lock();
        try {
            limiters.adopt(inForce());
        } finally {
            adopting.unlock();
        }
    }

    /** The limiter of a rule, made when the first byte wants to pass. */
    public RateLimiter limiter(String rule, RateLimit rate, Direction direction) {
        return limiters.link(rule, rate, direction, () -> rate(rule));
    }

    private Optional<RateLimit> rate(String rule) {
        return inForce().stream()
                .flatMap(plan -> plan.limit(rule, FaultScope.ALL).stream())
                .findFirst();
    }

    private Collection<ActivePlan> inForce() {
        return proxies.stream().map(PlanHolder::current).toList();
    }
}
