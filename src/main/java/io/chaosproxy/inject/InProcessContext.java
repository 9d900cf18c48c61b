package io.chaosproxy.inject;

import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.FaultContext;
import io.chaosproxy.fault.OutageState;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.PlanChangedException;
import io.chaosproxy.flow.Sink;
import io.chaosproxy.flow.TimeSource;
import java.io.IOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** A rule attached to one direction of an exchange inside a service. The service's thread runs it. */
final class InProcessContext implements FaultContext {
    private final InProcessExchange passage;
    private final InProcessInjector home;
    private final ActiveRule rule;
    private final Direction direction;
    private final OutageState stall;
    private final TrialClock trials;
    private RandomGenerator random;
    private boolean interrupted;

    InProcessContext(InProcessExchange passage, ActiveRule rule, Direction direction) {
        this.passage = passage;
        this.home = passage.home();
        this.rule = rule;
        this.direction = direction;
        this.stall = passage.stall(rule);
        this.trials = new TrialClock(
                rule, passage.subject(), rule.rule().way() == Directions.BOTH && direction == Direction.UP, stall);
        this.random = trials.draws();
    }

    @Override
    public Direction direction() {
        return direction;
    }

    @Override
    public TimeSource time() {
        return home.time();
    }

    @Override
    public void pause(long nanos) throws PlanChangedException {
        boolean over = nanos <= 0 ? holds() : home.waits().pause(nanos, this::holds);
        if (!over) {
            keepInterrupt();
            throw new PlanChangedException();
        }
    }

    @Override
    public boolean sleep(long nanos) {
        throw noThread();
    }

    @Override
    public boolean watch(long nanos) {
        throw noThread();
    }

    @Override
    public void await(BooleanSupplier so) {
        throw noThread();
    }

    @Override
    public void changed() {}

    @Override
    public void awaitPlan() {
        throw noThread();
    }

    @Override
    public RandomGenerator random() {
        return random;
    }

    @Override
    public boolean isPrimary() {
        return trials.areCommon() || rule.rule().way() != Directions.BOTH || direction == Direction.DOWN;
    }

    @Override
    public boolean trial() {
        boolean hit = trials.next(now()) == TrialClock.Outcome.HIT;
        if (hit) {
            random = trials.draws();
        }
        return hit;
    }

    @Override
    public boolean retrial() {
        boolean hit = trials.again() == TrialClock.Outcome.HIT;
        if (hit) {
            random = trials.draws();
        }
        return hit;
    }

    /** Each direction meets the rules that are in force when its head passes. */
    @Override
    public boolean isMidway() {
        return false;
    }

    @Override
    public long contentLength() {
        return direction == Direction.DOWN ? passage.subject().contentLength() : -1;
    }

    @Override
    public <T> T common(Class<T> type, Supplier<T> make) {
        return passage.common(rule, type, make);
    }

    @Override
    public OutageState stall() {
        return stall;
    }

    @Override
    public Optional<Sink> replaced() {
        return Optional.empty();
    }

    @Override
    public int takeNow(int bytes) {
        Rate rate = (Rate) rule.rule().fault();
        return home.throttle(rule.rule().name(), rate, direction).takeNow(bytes);
    }

    @Override
    public int take(int bytes) throws PlanChangedException {
        Rate rate = (Rate) rule.rule().fault();
        int granted = home.throttle(rule.rule().name(), rate, direction).take(bytes, home.waits(), this::holds);
        if (granted == 0) {
            keepInterrupt();
            throw new PlanChangedException();
        }
        return granted;
    }

    @Override
    public void spawn(Runnable task) {
        throw noThread();
    }

    private IllegalStateException noThread() {
        return new IllegalStateException(rule() + " wants a thread of its own, which no fault inside a service has");
    }

    @Override
    public void sever(IOException reason) {
        throw new IllegalStateException(rule() + " ends a connection from another thread", reason);
    }

    @Override
    public boolean hit(Sample drawn, Runnable before) {
        return home.hit(passage.subject(), rule, trials.number(), drawn, before);
    }

    @Override
    public String rule() {
        return rule.rule().name();
    }

    /** Whether the rule still concerns the exchange: it is in force, or one that edited its rate, and nobody interrupted it. */
    boolean holds() {
        return !interrupted
                && (rule.rule().fault() instanceof Rate rate
                        ? home.active().rate(rule.rule().name(), rate.shared()).isPresent()
                        : home.active().has(rule));
    }

    /** A wait that ended though the rule holds was interrupted. The thread is the service's, which is to know it. */
    private void keepInterrupt() {
        if (holds()) {
            interrupted = true;
            Thread.currentThread().interrupt();
        }
    }
}
