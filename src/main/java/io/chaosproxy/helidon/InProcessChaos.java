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
 * <p>Any thread may use it, and no method waits for an exchange. A rule that is put in force holds for requests and
 * responses that begin from then on; one that is lifted lets go at once of those that it holds. Whatever can't be carried
 * out here is refused when it is asked for.
 */
public abstract sealed class InProcessChaos permits ChaosFilter, ChaosService {
    private final InProcessInjector home;
    private final Instant since = Instant.now();

    InProcessChaos(String name, long seed, Consumer<Plan> check) {
        Check.given("name", name);
        Check.that(!name.isBlank(), "name", "must not be empty");
        this.home = new InProcessInjector(name, seed, TimeSource.SYSTEM, check);
    }

    final InProcessInjector home() {
        return home;
    }

    /** What journal and draws know it by. */
    public final String name() {
        return home.name();
    }

    /** What all chance is drawn from. */
    public final long seed() {
        return home.seed();
    }

    /**
     * Puts faults in force until the result is closed, each by a rule that always hits and is named after the kind of fault:
     * {@code latency}, and while there is one of this name, {@code latency-2}.
     *
     * @throws InvalidValueException naming the rule if one can't be carried out here; then nothing has changed
     */
    public final Injection inject(Fault... faults) {
        return Injection.faults(home::change, home.journal(), home.name(), faults);
    }

    /**
     * Puts rules in force until the result is closed, behind those of the plan.
     *
     * @throws InvalidValueException naming the rule if one can't be carried out here; then nothing has changed
     */
    public final Injection inject(Rule... rules) {
        return Injection.rules(home::change, home.journal(), home.name(), Check.elements("rules", rules));
    }

    /** The rules in force. */
    public final Plan plan() {
        return home.active().plan();
    }

    /**
     * Puts another plan in force.
     *
     * @throws InvalidValueException naming the rule if one can't be carried out here; then nothing has changed
     */
    public final void plan(Plan other) {
        Check.given("plan", other);
        home.change(before -> other);
    }

    /** Changes the plan in force without another change getting between; refuses as {@link #plan(Plan)} does. */
    public final void change(UnaryOperator<Plan> change) {
        Check.given("change", change);
        home.change(before -> {
            Plan changed = change.apply(before);
            Check.given("plan", changed);
            return changed;
        });
    }

    /** Lifts all rules. */
    public final void clear() {
        home.change(before -> Plan.CLEAN);
    }

    /** What was done to whom. */
    public final ChaosJournal journal() {
        return new ChaosJournal(home.journal(), home.name(), home.seed(), since);
    }
}
