package io.chaosproxy.inject;

import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Request;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.fault.Target;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.flow.ThreadTracker;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A plan in force inside a service, where exchanges meet it on the service's own threads and no proxy stands between.
 *
 * <p>Chance, time to live, windows, shared rates and journal are those of a proxy of this name. Any thread may use it.
 */
public final class InProcessInjector {
    private final String name;
    private final long seed;
    private final TimeSource time;
    private final Consumer<Plan> check;
    private final Journal journal = new Journal(Journal.DEFAULT_CAPACITY);
    private final Waits waits;
    private final SharedLimiters links;
    private final PlanHolder plan;

    /**
     * Without rules.
     *
     * @param name what a proxy's name is elsewhere: part of the draws and of each hit
     * @param check throws for a plan that can't be carried out here
     */
    public InProcessInjector(String name, long seed, TimeSource time, Consumer<Plan> check) {
        this.name = name;
        this.seed = seed;
        this.time = time;
        this.check = check;
        this.waits = new Waits(time);
        this.links = new SharedLimiters(Rate.Shared.PROXY, time, seed, name);
        journal.know(name, Set.of());
        this.plan = new PlanHolder(name, Plan.CLEAN, seed, time, new ThreadTracker(), this::changed, waits::wake);
    }

    public String name() {
        return name;
    }

    public long seed() {
        return seed;
    }

    public Journal journal() {
        return journal;
    }

    /** The plan in force at this moment. */
    public ActivePlan active() {
        return plan.current();
    }

    /** Changes the plan at once; what the check throws comes out here, and then nothing has changed. */
    public void change(UnaryOperator<Plan> change) {
        plan.change(
                before -> {
                    Plan changed = change.apply(before);
                    check.accept(changed);
                    return changed;
                },
                true);
    }

    /**
     * An exchange begins.
     *
     * @param shared what it has in common with the other exchanges of its connection
     */
    public InProcessExchange begin(Target connection, InProcessExchange.Shared shared, long exchange, Request request) {
        ActivePlan inForce = active();
        connection.forgetAllBut(inForce);
        shared.forgetAllBut(inForce);
        return new InProcessExchange(this, connection.exchange(exchange, request, inForce), shared);
    }

    /** A rule is about to do something: false if its hits are used up, so that it has to let pass. */
    public boolean hit(Target subject, ActiveRule rule, long trial, Sample drawn) {
        return hit(subject, rule, trial, drawn, () -> {});
    }

    /** The same; something is run before the journal gets its entry, if it gets one. */
    boolean hit(Target subject, ActiveRule rule, long trial, Sample drawn, Runnable before) {
        return subject.acts(rule, trial, () -> {
            before.run();
            enter(subject, rule.rule(), drawn);
        });
    }

    /** Enters into the journal what a rule did. */
    void enter(Target subject, Rule rule, Sample drawn) {
        journal.enter(subject.struck(name, rule, drawn));
    }

    TimeSource time() {
        return time;
    }

    Waits waits() {
        return waits;
    }

    RateLimiter throttle(String rule, Rate rate, Direction direction) {
        return links.throttle(rule, rate, direction, this::active);
    }

    private void changed(ActivePlan next) {
        links.adopt(next);
        journal.keep(name, next.plan().names());
        waits.wake();
    }
}
