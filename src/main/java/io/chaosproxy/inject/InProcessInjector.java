package io.chaosproxy.inject;

import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.flow.ThreadTracker;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A plan in force inside a service, where exchanges meet it on the service's own threads and no proxy stands between.
 *
 * <p>Chance, time to live, windows, shared rates and journal are those of a proxy of this name. Any thread may use it.
 */
public final class InProcessInjector implements Admission.Host {
    private final String name;
    private final long seed;
    private final TimeSource time;
    private final Consumer<Plan> check;
    private final Journal journal = new Journal(Journal.DEFAULT_CAPACITY);
    private final Map<Thread, Waits> waiting = new ConcurrentHashMap<>(); // by the waiting threads
    private final SharedLimiters limiters;
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
        this.limiters = new SharedLimiters(FaultScope.PROXY, time, seed, name);
        journal.know(name, Set.of());
        this.plan = new PlanHolder(name, Plan.CLEAN, seed, time, new ThreadTracker(), this::changed, this::wake);
    }

    @Override
    public String name() {
        return name;
    }

    public long seed() {
        return seed;
    }

    public Journal journal() {
        return journal;
    }

    @Override
    public void journal(Hit hit) {
        journal.enter(hit);
    }

    @Override
    public ActivePlan active() {
        return plan.current();
    }

    /** The accepting thread can't wait. */
    @Override
    public boolean pause(long nanos, ActiveRule rule) {
        if (nanos > 0) {
            throw new IllegalStateException(rule.rule().name() + " would hold up the thread that accepts");
        }
        return true;
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

    TimeSource time() {
        return time;
    }

    /** The calling thread begins a wait of an exchange, which a change of the plan wakes. */
    void waitBegins(Waits waits) {
        waiting.put(Thread.currentThread(), waits);
    }

    /** It has ended. */
    void waitEnds() {
        waiting.remove(Thread.currentThread());
    }

    private void wake() {
        waiting.values().forEach(Waits::wake);
    }

    /** The limiters that its exchanges share. */
    SharedLimiters limiters() {
        return limiters;
    }

    private void changed(ActivePlan next) {
        limiters.adopt(next);
        journal.keep(name, next.plan().names());
        wake();
    }
}
