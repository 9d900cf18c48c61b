package io.chaosproxy;

import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.Proxy;
import java.util.List;

/** Rules that are in force on a proxy until this is closed. Any thread may use it. */
public final class Inflicted implements AutoCloseable {
    private final Proxy proxy;
    private final List<Rule> rules;

    Inflicted(Proxy proxy, List<Rule> rules) {
        this.proxy = proxy;
        this.rules = rules;
    }

    /** The rules, under the names that they got. */
    public List<Rule> rules() {
        return rules;
    }

    /** How many hits of rules with these names the proxy's journal has. */
    public long hits() {
        return rules.stream()
                .mapToLong(rule -> proxy.common().journal().hits(proxy.name(), rule.name()))
                .sum();
    }

    /**
     * Lifts the rules, those of them that are still there; others of the same names that were put in their place stay.
     * Doing it twice is fine.
     */
    @Override
    public void close() {
        proxy.change(this::without);
    }

    private Plan without(Plan plan) {
        return new Plan(
                plan.rules().stream().filter(rule -> !rules.contains(rule)).toList());
    }
}
