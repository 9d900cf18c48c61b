package io.chaosproxy.helidon;

import io.chaosproxy.ChaosJournal;
import io.chaosproxy.Injection;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.inject.InProcessInjector;
import java.time.Instant;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A plan inside a Helidon service and the account of what it did: what filter and client service have in common.
 *
 * <p>Any thread may use it, and no method waits for an exchange. A change of the plan applies at once to what is under way, as
 * on a proxy, except to a body that no rule applied to when its head passed. What can't be carried out here is refused when it
 * is asked for.
 */
public abstract sealed class InProcessChaos permits ChaosFilter, ChaosService {
    private final InProcessInjector injector;
    private final Instant since = Instant.now();

    InProcessChaos(String name, long seed, Consumer<Plan> check) {
        Check.given("name", name);
        Check.that(!name.isBlank(), "name", "must not be empty");
        this.injector = new InProcessInjector(name, seed, TimeSource.SYSTEM, check);
    }

    final InProcessInjector injector() {
        return injector;
    }

    /** {@return what journal and draws know it by} */
    public final String name() {
        return injector.name();
    }

    /** {@return what all chance is drawn from} */
    public final long seed() {
        return injector.seed();
    }

    /**
     * Puts faults in force until the result is closed, each by a rule that always hits and is named after the kind of fault:
     * {@code latency}, and while there is one of this name, {@code latency-2}.
     *
     * @param faults faults, in the order in which bytes meet them
     * @return the rules in force; closing it removes them
     * @throws InvalidValueException naming the rule if one can't be carried out here; then nothing has changed
     */
    public final Injection inject(Fault... faults) {
        return Injection.faults(injector::change, injector.journal(), injector.name(), faults);
    }

    /**
     * Puts rules in force until the result is closed, behind those of the plan.
     *
     * @param rules rules, in the order in which bytes meet them
     * @return the rules in force; closing it removes them
     * @throws InvalidValueException naming the rule if one can't be carried out here; then nothing has changed
     */
    public final Injection inject(Rule... rules) {
        return Injection.rules(injector::change, injector.journal(), injector.name(), Check.elements("rules", rules));
    }

    /** {@return the rules in force} */
    public final Plan plan() {
        return injector.active().plan();
    }

    /**
     * Puts another plan in force.
     *
     * @param other plan to apply
     * @throws InvalidValueException naming the rule if one can't be carried out here; then nothing has changed
     */
    public final void plan(Plan other) {
        Check.given("plan", other);
        injector.change(before -> other);
    }

    /**
     * Changes the plan in force without another change getting between; refuses as {@link #plan(Plan)} does.
     *
     * @param change makes the new plan of the one in force
     */
    public final void change(UnaryOperator<Plan> change) {
        Check.given("change", change);
        injector.change(before -> {
            Plan changed = change.apply(before);
            Check.given("plan", changed);
            return changed;
        });
    }

    /** Removes all rules. */
    public final void clear() {
        injector.change(before -> Plan.CLEAN);
    }

    /** {@return the hits on this service} */
    public final ChaosJournal journal() {
        return new ChaosJournal(injector.journal(), injector.name(), injector.seed(), since);
    }
}
