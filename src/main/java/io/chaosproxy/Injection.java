package io.chaosproxy;

import io.chaosproxy.config.NetworkProfile;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.inject.ProxyClosedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Rules that are in force on a proxy, or inside a service, until this is closed. Thread-safe.
 *
 * {@snippet :
 * try (Injection slow = proxy.inject(Latency.of(Duration.ofSeconds(2)))) {
 *     client.call();
 *     assertEquals(1, slow.hits());
 * }
 * }
 */
public final class Injection implements AutoCloseable {
    private final Consumer<UnaryOperator<Plan>> plan;
    private final List<Rule> rules;
    private final List<Journal.Tally> tallies; // one for each rule

    private Injection(Consumer<UnaryOperator<Plan>> plan, List<Rule> rules, List<Journal.Tally> tallies) {
        this.plan = plan;
        this.rules = rules;
        this.tallies = tallies;
    }

    /** Puts a profile in force in place of another. */
    static Injection profile(
            Consumer<UnaryOperator<Plan>> plan, Journal journal, String proxy, NetworkProfile profile) {
        List<Journal.Tally> tallies = tallies(journal, proxy, profile.rules());
        plan.accept(profile::in);
        return new Injection(plan, profile.rules(), tallies);
    }

    /**
     * Puts faults in force, each by a rule that always hits, named after the kind of fault.
     *
     * @param plan changes the plan in force, and throws if it can't be that
     * @param journal with the hits of the proxy of this name
     * @param proxy name of the proxy
     * @param faults faults, in the order in which bytes meet them
     * @return the rules in force; closing it removes them
     */
    public static Injection faults(Consumer<UnaryOperator<Plan>> plan, Journal journal, String proxy, Fault... faults) {
        return rules(
                plan,
                journal,
                proxy,
                Check.elements("faults", faults).stream()
                        .map(fault -> Rule.of(fault.type(), fault))
                        .toList());
    }

    /**
     * Puts rules in force behind those of the plan; a name that is taken gets a number, as {@code slow-2}.
     *
     * @param plan changes the plan in force, and throws if it can't be that
     * @param journal with the hits of the proxy of this name
     * @param proxy name of the proxy
     * @param rules rules, in the order in which bytes meet them
     * @return the rules in force; closing it removes them
     */
    public static Injection rules(Consumer<UnaryOperator<Plan>> plan, Journal journal, String proxy, List<Rule> rules) {
        Check.given("plan", plan);
        Check.given("journal", journal);
        Check.given("proxy", proxy);
        List<Rule> given = Check.elements("rules", rules);
        AtomicReference<List<Rule>> added = new AtomicReference<>(List.of());
        AtomicReference<List<Journal.Tally>> tallies = new AtomicReference<>(List.of());
        plan.accept(before -> {
            Plan changed = before;
            List<Rule> named = new ArrayList<>();
            for (Rule rule : given) {
                Rule fitting = rule.named(freeName(rule.name(), changed));
                named.add(fitting);
                changed = changed.with(fitting);
            }
            added.set(List.copyOf(named));
            tallies.set(tallies(journal, proxy, named));
            return changed;
        });
        return new Injection(plan, added.get(), tallies.get());
    }

    /** Counts of hits, begun before the rules are in force. */
    private static List<Journal.Tally> tallies(Journal journal, String proxy, List<Rule> rules) {
        return rules.stream().map(rule -> journal.tally(proxy, rule.name())).toList();
    }

    private static String freeName(String name, Plan plan) {
        String free = name;
        for (int number = 2; plan.rule(free).isPresent(); number++) {
            free = name + "-" + number;
        }
        return free;
    }

    /** {@return the rules, under the names that they got} */
    public List<Rule> rules() {
        return rules;
    }

    /** {@return how many hits of these rules there were since they were put in force, until this is closed} */
    public long hits() {
        return tallies.stream().mapToLong(Journal.Tally::hits).sum();
    }

    /**
     * Removes the rules, those of them that are still there; others of the same names that were put in their place stay.
     * Doing it twice is fine.
     */
    @Override
    public void close() {
        try {
            plan.accept(this::without);
        } catch (ProxyClosedException e) {
            // the rules have gone with their proxy
        }
        tallies.forEach(Journal.Tally::close);
    }

    private Plan without(Plan plan) {
        return new Plan(
                plan.rules().stream().filter(rule -> !rules.contains(rule)).toList());
    }
}
