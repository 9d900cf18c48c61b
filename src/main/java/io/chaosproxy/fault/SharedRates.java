package io.chaosproxy.fault;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The rates with {@code shared = all} of several plans, by the names of their rules. Those of one name are one limiter, which
 * can't have two rates. For one thread at a time.
 */
public final class SharedRates {
    private final Map<String, Owned> rates = new HashMap<>();

    private record Owned(String proxy, Rate rate) {}

    /** No rates yet. */
    public SharedRates() {}

    /**
     * Adds a rule's rate, if it has one that all share.
     *
     * @param key of the rule, for the exception
     * @throws RateConflict naming the proxy that was added with another rate; then the rate is not added
     */
    public void add(String proxy, Rule rule, String key) {
        Optional<Rate> added = of(rule);
        if (added.isPresent()) {
            Owned other = rates.putIfAbsent(rule.name(), new Owned(proxy, added.get()));
            if (other != null && !other.rate().equals(added.get())) {
                throw new RateConflict(key, other.proxy());
            }
        }
    }

    /** Adds all of a plan's; see {@link #add}. */
    public void addAll(String proxy, Plan plan) {
        plan.rules().forEach(rule -> add(proxy, rule, "faults." + rule.name()));
    }

    /** The rule with the rate that was added under its name, if both are shared by all; else as it is. */
    public Rule agreeing(Rule rule) {
        Owned owned = rates.get(rule.name());
        return owned == null || of(rule).isEmpty()
                ? rule
                : new Rule(rule.name(), owned.rate(), rule.way(), rule.chance(), rule.when(), rule.ttl());
    }

    private static Optional<Rate> of(Rule rule) {
        return rule.fault() instanceof Rate rate && rate.shared() == Rate.Shared.ALL
                ? Optional.of(rate)
                : Optional.empty();
    }
}
