package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.SharedRates;
import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.flow.RateSchedule;
import io.chaosproxy.flow.TimeSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The limiters of the rules with {@code shared = all}: one for each name and direction, at the rate that the plans of all
 * open proxies agree on; and those of the rules with {@code shared = cluster}, each at the part of its rate that this replica
 * has at present. A limiter goes when its rule is in force on none of them.
 *
 * <p>Plans are compared and changed under the registry's lock, so two changes can't miss each other. Rules that end by
 * themselves need no comparison.
 */
public final class GlobalLimiters {
    private final SharedLimiters limiters;
    private final SharedLimiters leased;
    private volatile @Nullable ClusterRates cluster; // null for a process of its own
    private final Set<PlanHolder> proxies = ConcurrentHashMap.newKeySet();
    private final ReentrantLock adopting = new ReentrantLock(); // held for arithmetic only

    /** Without limiters. */
    public GlobalLimiters(TimeSource time, long seed) {
        this.limiters = new SharedLimiters(FaultScope.ALL, time, seed, "");
        this.leased = new SharedLimiters(
                FaultScope.CLUSTER,
                time,
                (rate, rule, direction) -> RateSchedule.constant(leased().lease(rule, direction, rate)));
    }

    /** From now on there can be rates that the replicas of a cluster share. */
    public void cluster(ClusterRates rates) {
        cluster = rates;
    }

    private ClusterRates leased() {
        ClusterRates rates = cluster;
        if (rates == null) {
            throw new IllegalStateException("no cluster leases rates");
        }
        return rates;
    }

    /** The links whose rate is shared by a cluster, as the plans in force have them. */
    public List<ClusterLink> clusterLinks() {
        Map<String, ClusterLink> links = new TreeMap<>();
        for (ActivePlan plan : inForce()) {
            for (ActiveRule active : plan.inForce()) {
                RateLimit rate = active.limit();
                if (rate != null && rate.scope() == FaultScope.CLUSTER) {
                    String rule = active.rule().name();
                    for (Direction direction : Direction.values()) {
                        if (active.rule().way().includes(direction)) {
                            links.computeIfAbsent(
                                    rule + " " + direction,
                                    key -> new ClusterLink(rule, direction, rate, limiter(rule, rate, direction)));
                        }
                    }
                }
            }
        }
        return List.copyOf(links.values());
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
        if (cluster == null) {
            wanted.values().forEach(GlobalLimiters::checkAlone);
        }
        SharedRates rates = ratesWithout(wanted.keySet());
        wanted.forEach(rates::addAll);
        PlanMemory.check(wanted.entrySet().stream()
                .mapToLong(plan -> PlanMemory.growth(present(plan.getKey()), plan.getValue()))
                .sum());
    }

    private static void checkAlone(Plan plan) {
        for (Rule rule : plan.rules()) {
            if (SharedRates.isOfCluster(rule)) {
                throw new InvalidValueException("faults." + rule.name() + ".shared", SharedRates.NEEDS_CLUSTER);
            }
        }
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
            leased.adopt(inForce());
        } finally {
            adopting.unlock();
        }
    }

    /** The limiter of a rule, made when the first byte wants to pass. */
    public RateLimiter limiter(String rule, RateLimit rate, Direction direction) {
        SharedLimiters links = rate.scope() == FaultScope.CLUSTER ? leased : limiters;
        return links.link(rule, rate, direction, () -> rate(rule, rate.scope()));
    }

    private Optional<RateLimit> rate(String rule, FaultScope scope) {
        return inForce().stream()
                .flatMap(plan -> plan.limit(rule, scope).stream())
                .findFirst();
    }

    private Collection<ActivePlan> inForce() {
        return proxies.stream().map(PlanHolder::current).toList();
    }
}
