package io.chaosproxy.inject;

import io.chaosproxy.fault.Plan;
import io.chaosproxy.flow.ThreadTracker;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The plan in force on a proxy, and its replacement: one volatile write, then word to those concerned.
 *
 * <p>Rules that begin, end or expire by themselves are changes like any other; a virtual thread makes them, which lives
 * only while such a moment lies ahead.
 */
public final class PlanHolder {
    private final String proxy;
    private final TimeSource time;
    private final ThreadTracker threads;
    private final Consumer<ActivePlan> announce;
    private final ReentrantLock changing = new ReentrantLock();
    private final Waits waits;

    private final Runnable wake;

    private volatile ActivePlan current;
    private volatile boolean closed;
    private Plan accounted = Plan.CLEAN; // these two under the lock
    private boolean joined;

    /**
     * The first plan.
     *
     * @param threads that the thread is one of
     * @param announce told of each later version, by the thread that made it; must not block
     * @param wake makes waits of all connections look again
     */
    public PlanHolder(
            String proxy,
            Plan plan,
            long seed,
            TimeSource time,
            ThreadTracker threads,
            Consumer<ActivePlan> announce,
            Runnable wake) {
        this.proxy = proxy;
        this.time = time;
        this.threads = threads;
        this.announce = announce;
        this.wake = wake;
        this.waits = new Waits(time);
        this.current = ActivePlan.first(plan, seed, proxy, time.nanoTime());
        watch(current);
    }

    /** Name of the proxy. */
    String proxy() {
        return proxy;
    }

    public ActivePlan current() {
        return current;
    }

    /** Makes waits of all connections look again. */
    void wake() {
        wake.run();
    }

    /**
     * Puts another plan in force; {@code atOnce} as in {@link ActivePlan#next}.
     *
     * @throws ProxyClosedException after {@link #close}
     */
    public void change(UnaryOperator<Plan> change, boolean atOnce) {
        changing.lock();
        try {
            if (closed) {
                throw new ProxyClosedException(proxy);
            }
            put(current.next(change.apply(current.plan()), atOnce, time.nanoTime()));
        } finally {
            changing.unlock();
        }
    }

    /** Puts another plan in force for all that is under way, whatever earlier changes left alone. */
    public void replace(UnaryOperator<Plan> change) {
        changing.lock();
        try {
            if (closed) {
                throw new ProxyClosedException(proxy);
            }
            put(current.replacedBy(change.apply(current.plan()), time.nanoTime()));
        } finally {
            changing.unlock();
        }
    }

    /** The plan in force stays as it is from now on. */
    public void close() {
        changing.lock();
        try {
            closed = true;
            waits.wake();
        } finally {
            changing.unlock();
        }
    }

    /** From now on its rules are accounted for. */
    void joined() {
        account(true);
    }

    /** Its rules are no longer accounted for. */
    void left() {
        account(false);
    }

    private void account(boolean counts) {
        changing.lock();
        try {
            joined = counts;
            account();
        } finally {
            changing.unlock();
        }
    }

    private void account() {
        Plan plan = joined ? current.plan() : Plan.CLEAN;
        PlanMemory.replace(accounted, plan);
        accounted = plan;
    }

    private void put(ActivePlan next) {
        current = next;
        account();
        waits.wake();
        watch(next);
        announce.accept(next);
    }

    private void watch(ActivePlan version) {
        long lasts = version.lasts();
        if (lasts != Waits.FOREVER) {
            threads.start(Thread.ofVirtual().name(proxy + " plan"), () -> {
                if (waits.pause(lasts, () -> current == version && !closed)) {
                    replaceExpired(version);
                }
            });
        }
    }

    private void replaceExpired(ActivePlan version) {
        changing.lock();
        try {
            if (current == version && !closed) {
                put(version.at(time.nanoTime()));
            }
        } finally {
            changing.unlock();
        }
    }
}
