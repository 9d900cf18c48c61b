package io.chaosproxy.fault;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The rules in force, in the order in which bytes meet them. Immutable: a change applies another plan.
 *
 * {@snippet :
 * proxy.plan(Plan.of(Rule.of("slow", Latency.of(Duration.ofMillis(200))), Rule.of("cap", Rate.of(1 << 20))));
 * }
 *
 * @param rules rules, in the order in which bytes meet them
 */
public record Plan(List<Rule> rules) {
    /** Nothing goes wrong. */
    public static final Plan CLEAN = new Plan(List.of());

    /** Rejects two rules of one name. */
    public Plan {
        rules = Check.elements("rules", rules);
        Set<String> names = new HashSet<>();
        for (Rule rule : rules) {
            Check.that(names.add(rule.name()), rule.name(), "there are two rules of this name");
        }
    }

    /**
     * {@return a plan with these rules}
     *
     * @param rules rules, each under another name
     */
    public static Plan of(Rule... rules) {
        return new Plan(Check.elements("rules", rules));
    }

    /**
     * {@return the plan with this rule: in the place of the one of its name, else at the end}
     *
     * @param rule rule to add
     */
    public Plan with(Rule rule) {
        Check.given("rule", rule);
        List<Rule> changed = new ArrayList<>(rules);
        for (int i = 0; i < changed.size(); i++) {
            if (changed.get(i).name().equals(rule.name())) {
                changed.set(i, rule);
                return new Plan(changed);
            }
        }
        changed.add(rule);
        return new Plan(changed);
    }

    /**
     * {@return the plan without the rule of this name, if there is one}
     *
     * @param name name of the rule
     */
    public Plan without(String name) {
        Check.given("name", name);
        return new Plan(rules.stream().filter(rule -> !rule.name().equals(name)).toList());
    }

    /**
     * {@return the plan with the difference between two others: rules that are the same in both stay as they are here}
     *
     * @param before plan before the change
     * @param after plan after the change
     */
    public Plan withChange(Plan before, Plan after) {
        Check.given("before", before);
        Check.given("after", after);
        List<Rule> changed = new ArrayList<>();
        for (Rule rule : after.rules) {
            boolean isSame = before.rule(rule.name())
                    .filter(rule::equals)
                    .filter(known -> known.written().equals(rule.written()))
                    .isPresent();
            (isSame ? rule(rule.name()) : Optional.of(rule)).ifPresent(changed::add);
        }
        for (Rule rule : rules) {
            if (before.rule(rule.name()).isEmpty() && after.rule(rule.name()).isEmpty()) {
                changed.add(rule);
            }
        }
        return new Plan(changed);
    }

    /** {@return the names of all rules} */
    public Set<String> names() {
        return rules.stream().map(Rule::name).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * {@return the rule of this name; empty if there is none}
     *
     * @param name name of the rule
     */
    public Optional<Rule> rule(String name) {
        Check.given("name", name);
        return rules.stream().filter(rule -> rule.name().equals(name)).findFirst();
    }

    /**
     * Refuses rules that a proxy of this protocol can't carry out.
     *
     * @param protocol protocol of the proxy
     * @throws InvalidValueException naming the rule and the key
     */
    public void checkFor(Protocol protocol) {
        Check.given("protocol", protocol);
        for (Rule rule : rules) {
            try {
                rule.checkFor(protocol);
            } catch (InvalidValueException e) {
                throw new InvalidValueException("faults." + rule.name() + "." + e.key(), e.reason());
            }
        }
    }
}
