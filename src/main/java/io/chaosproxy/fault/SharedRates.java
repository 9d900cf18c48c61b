package io.chaosproxy.fault;

import java.util.HashMap;
import java.util.Map;

/**
 * The rates with {@code shared = all} or {@code cluster} of several plans, by the names of their rules. Those of one name are one limiter, which
 * can't have two rates. For one thread at a time.
 */
public final class SharedRates {
    /** Reason why a rate that replicas share is refused. */
    public static final String NEEDS_CLUSTER =
            "cluster needs a section cluster { redis = ... } in the configuration file";

    private final Map<String, Owned> rates = new HashMap<>();

    private record Owned(String proxy, Fault fault) {}

    /** No rates yet. */
    public SharedRates() {}

    /**
     * Adds a rule's rate, if it has one that all share.
     *
     * @param proxy name of the proxy
     * @param rule rule of the proxy
     * @param key of the rule, for the exception
     * @throws RateConflict naming the proxy that was added with another rate; then the rate is not added
     */
    public void add(String proxy, Rule rule, String key) {
        if (isShared(rule)) {
            Owned other = rates.putIfAbsent(rule.name(), new Owned(proxy, rule.fault()));
            if (other != null && !other.fault().equals(rule.fault())) {
                throw new RateConflict(key, other.proxy());
            }
        }
    }

    /**
     * Adds all of a plan's; see {@link #add}.
     *
     * @param proxy name of the proxy
     * @param plan plan of the proxy
     */
    public void addAll(String proxy, Plan plan) {
        plan.rules().forEach(rule -> add(proxy, rule, "faults." + rule.name()));
    }

    /**
     * {@return the rule with the rate that was added under its name, if both are shared by all} Else as it is.
     *
     * @param rule rule of the proxy
     */
    public Rule agreeing(Rule rule) {
        Owned owned = rates.get(rule.name());
        return owned == null || !isShared(rule)
                ? rule
                : new Rule(
                        rule.name(), owned.fault(), rule.way(), rule.chance(), rule.when(), rule.ttl(), rule.written());
    }

    /**
     * {@return whether the replicas of a cluster share the rate of this rule}
     *
     * @param rule rule of a proxy
     */
    public static boolean isOfCluster(Rule rule) {
        return rule.fault() instanceof Rate rate && rate.shared() == FaultScope.CLUSTER;
    }

    private static boolean isShared(Rule rule) {
        return rule.fault() instanceof StreamFault fault
                && fault.limit()
                        .filter(limit -> limit.scope() == FaultScope.ALL || limit.scope() == FaultScope.CLUSTER)
                        .isPresent();
    }
}
