package io.chaosproxy.control.api;

import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.inject.ActivePlan;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A rule under leases: the states of it that are stacked, each with the lease that made it so.
 *
 * @param proxy that has it; another of its name has not
 * @param layers from the state before all leases to the one in force
 */
record LeasedRule(ProxyServer proxy, String rule, List<Layer> layers) {
    /** Name of a rule on a proxy. */
    record Key(String proxy, String rule) {}

    /**
     * State of a rule.
     *
     * @param lease that made it so; empty for what was there before all leases
     * @param rule empty if there is none of its name
     * @param ttlEnd {@code nanoTime} of the end of the rule's time to live, if it has one
     * @param preceding names of the rules before it
     */
    record Layer(Optional<Lease> lease, Optional<Rule> rule, long ttlEnd, List<String> preceding) {
        Layer with(Optional<Rule> other) {
            return new Layer(lease, other, ttlEnd, preceding);
        }

        boolean isOf(Lease other) {
            return lease.equals(Optional.of(other));
        }

        boolean hasTtl() {
            return rule.filter(known -> !known.ttl().isZero()).isPresent();
        }

        boolean isExpired(long now) {
            return hasTtl() && ttlEnd - now <= 0;
        }

        /** The rule with the rest of its time to live. */
        Optional<Rule> rest(long now) {
            return rule.map(known -> hasTtl() ? known.ttl(roundedUp(ttlEnd - now)) : known);
        }

        private static Duration roundedUp(long nanos) {
            return Duration.ofNanos(nanos + 999_999).truncatedTo(ChronoUnit.MILLIS);
        }

        /** The state of a rule in a plan that a lease, or none, has made so. */
        static Layer of(Optional<Lease> lease, String rule, ActivePlan plan, long now) {
            return new Layer(
                    lease, plan.plan().rule(rule), now + plan.ttlLeft(rule, now), preceding(plan.plan(), rule));
        }

        private static List<String> preceding(Plan plan, String rule) {
            List<String> names = plan.rules().stream().map(Rule::name).toList();
            return names.subList(0, Math.max(0, names.indexOf(rule)));
        }
    }

    Key key() {
        return new Key(proxy.name(), rule);
    }

    Layer top() {
        return layers.getLast();
    }

    boolean isTop(Lease lease) {
        return top().isOf(lease);
    }

    /** Whether the plan has the rule as the lease on top left it. */
    boolean isIn(Plan plan) {
        return plan.rule(rule).equals(top().rule);
    }

    /** Whether the rule on top has removed itself. */
    boolean hasEnded(Plan plan, long now) {
        return top().isExpired(now) && plan.rule(rule).isEmpty();
    }

    LeasedRule with(List<Layer> changed) {
        return new LeasedRule(proxy, rule, List.copyOf(changed));
    }

    LeasedRule withTop(Layer changed) {
        List<Layer> all = new ArrayList<>(layers.subList(0, layers.size() - 1));
        all.add(changed);
        return with(all);
    }

    /** With one more change by a lease, in the place of an earlier one. */
    LeasedRule changedBy(Lease lease, Layer layer) {
        List<Layer> all = new ArrayList<>(layers);
        all.removeIf(each -> each.isOf(lease));
        all.add(layer);
        return with(all);
    }

    /** Without the layer on top, and those that would be next but whose time is over. */
    LeasedRule uncovered(long now) {
        List<Layer> left = new ArrayList<>(layers);
        left.removeLast();
        while (left.getLast().lease.isPresent() && left.getLast().isExpired(now)) {
            left.removeLast();
        }
        return with(left);
    }

    /** The plan with the state on top: in the place of the rule, or behind its nearest predecessor if there is none. */
    Plan in(Plan plan, Optional<Rule> state) {
        if (state.isEmpty() || plan.rule(rule).isPresent()) {
            return state.map(plan::with).orElseGet(() -> plan.without(rule));
        }
        List<Rule> rules = new ArrayList<>(plan.rules());
        int place = 0;
        for (int i = 0; i < rules.size(); i++) {
            if (top().preceding.contains(rules.get(i).name())) {
                place = i + 1;
            }
        }
        rules.add(place, state.get());
        return new Plan(rules);
    }
}
