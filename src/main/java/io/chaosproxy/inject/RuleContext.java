package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.flow.PeerClosedException;
import io.chaosproxy.flow.PlanChangedException;
import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.stream.ConnectionAbort;
import io.chaosproxy.stream.FaultContext;
import io.chaosproxy.stream.OutageState;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A rule attached to one direction of one real connection or exchange. */
final class RuleContext implements FaultContext {
    private static final AtomicLongFieldUpdater<RuleContext> ANNOUNCED =
            AtomicLongFieldUpdater.newUpdater(RuleContext.class, "announced");

    private final FaultHost host;
    private final Chain chain;
    private final ActiveRule rule;
    private final Target target;
    private final Direction direction;
    private final OutageState stall;
    private final TrialClock trials;
    private final Optional<Sink> replaced;
    private final boolean midway;
    private @Nullable RandomGenerator random; // of the last hit, once it draws something
    private long lastHit; // the number of its trial
    private volatile long announced; // nanoseconds that a hit drew and that have not been told as waited
    private volatile long waited; // of those, by the thread that waits
    private volatile boolean dismissed;
    private volatile Hold.@Nullable Timed held;
    private volatile boolean queued;

    /** The chain in which the rule has its place. */
    interface Chain {
        /** The plan that it has adopted. */
        ActivePlan plan();

        /** Whether the framing of its message announces more payload than is written with the next bytes. */
        boolean payloadFollows();

        /**
         * Whether the plan in force asks for other rules than there are, here or in the chain that is written to, so that waits
         * of a writer that has bytes have to end.
         */
        boolean isToChange();

        /**
         * Waits until the rules are those that the plan in force asks for. A plan that asks for the rules that there are isn't
         * waited for: the writer, whose wait it doesn't end, may wait for this.
         *
         * @throws ClosedChannelException if the connection ended meanwhile
         */
        void awaitChange() throws IOException;

        /** The connection is closed at this rule's place, by another thread than the one that writes. */
        void endsAt(RuleContext rule);

        /** Whether bytes that this rule holds would come no further than to the place at which the connection is closed. */
        boolean isInFrontOfEnd(RuleContext rule);
    }

    RuleContext(
            FaultHost host,
            Chain chain,
            ActiveRule rule,
            Target target,
            Direction direction,
            Optional<Sink> replaced,
            boolean midway) {
        this.midway = midway;
        this.host = host;
        this.chain = chain;
        this.rule = rule;
        this.target = target;
        this.direction = direction;
        this.replaced = replaced;
        this.stall = host.states().stall(rule);
        this.trials =
                new TrialClock(rule, target, rule.rule().way() == Directions.BOTH && direction == Direction.UP, stall);
    }

    @Override
    public long now() {
        return host.time().nanoTime();
    }

    @Override
    public void pause(long nanos) throws IOException {
        boolean over = nanos <= 0 ? holds() : hold(nanos, this::goesOn);
        if (!over && !(moves() && letsGo())) {
            throw interrupted();
        }
    }

    @Override
    public boolean sleep(long nanos) {
        return nanos <= 0 ? holds() : hold(nanos, this::holds);
    }

    @Override
    public boolean watch(long nanos, BooleanSupplier swallows) {
        held = new Hold.Timed(now(), nanos, Hold.BEARABLE, Hold.SWALLOWED);
        Trace.@Nullable OpenWait recorded = waits();
        try {
            if (nanos == Waits.FOREVER) {
                host.holdBegins();
            }
            return host.waits().pause(nanos, () -> holds() && swallows.getAsBoolean());
        } finally {
            if (nanos == Waits.FOREVER) {
                host.holdEnds();
            }
            waited(recorded);
            held = null;
        }
    }

    private boolean hold(long nanos, BooleanSupplier wanted) {
        long begun = now();
        held = new Hold.Timed(begun, nanos, moves() ? Hold.BEARABLE_IN_MOTION : Hold.BEARABLE, Hold.BRIEF);
        Trace.@Nullable OpenWait recorded = waits();
        try {
            host.holdBegins();
            boolean over = host.waits().pause(nanos, wanted);
            delayed(now() - begun, over);
            return over;
        } finally {
            host.holdEnds();
            waited(recorded);
            held = null;
        }
    }

    /** A wait begins; null if nothing is recorded. */
    private Trace.@Nullable OpenWait waits() {
        Trace trace = target.trace();
        return trace == null ? null : trace.waits(rule.rule(), direction);
    }

    private void waited(Trace.@Nullable OpenWait recorded) {
        Trace trace = target.trace();
        if (trace != null) {
            trace.ends(recorded);
        }
    }

    /** Counts a part of the announced delay as waited; the whole is told when no more of it can follow. */
    private void delayed(long nanos, boolean over) {
        if (announced > 0) {
            waited = over ? Long.MAX_VALUE : waited + nanos;
            if (over || dismissed || !host.isOpen()) {
                tellDelay();
            }
        }
    }

    /** Tells how much of the delay that a hit announced was really waited. */
    private void tellDelay() {
        long nanos = Math.min(ANNOUNCED.getAndSet(this, 0), waited);
        waited = 0;
        if (nanos > 0) {
            host.delayed(rule.rule(), nanos);
        }
    }

    /** Whether bytes that this rule holds are on their way: one that left behind them may still expect its answer. */
    private boolean moves() {
        return rule.rule().fault() instanceof StreamFault fault && fault.inMotion();
    }

    /** Whether nothing may be held any more, since the connection ends. */
    private boolean letsGo() {
        return host.letsGo(direction, moves()) || chain.isInFrontOfEnd(this);
    }

    /** How long it holds a thread up at this moment. */
    Hold hold(long now) {
        Hold.Timed pause = held;
        if (pause != null) {
            return pause.at(now);
        }
        if (queued) {
            return limiter().rate() <= 0 ? Hold.LONG : Hold.BRIEF;
        }
        return Hold.NONE;
    }

    @Override
    public void await(BooleanSupplier so) throws IOException {
        if (!so.getAsBoolean()
                && !host.waits().awaitUntil(() -> so.getAsBoolean() ? 0 : Waits.FOREVER, this::mayWait)) {
            throw interrupted();
        }
    }

    @Override
    public void changed() {
        host.waits().wake();
    }

    @Override
    public void stay(long nanos, BooleanSupplier so) {
        long begun = now();
        host.waits()
                .stay(
                        () -> so.getAsBoolean() ? 0 : nanos - (now() - begun),
                        () -> host.isOpen() && !dismissed && !host.letsGo(direction, true));
    }

    @Override
    public void awaitPlan() throws IOException {
        chain.awaitChange();
    }

    /** A closed connection ends what its threads do; all else that ends a wait is for the owner of the chain to look at. */
    private IOException interrupted() {
        return host.isOpen() && !letsGo() ? new PlanChangedException() : new ClosedChannelException();
    }

    @Override
    public RandomGenerator random() {
        RandomGenerator draws = random;
        if (draws == null) {
            draws = trials.draws(lastHit);
            random = draws;
        }
        return draws;
    }

    @Override
    public boolean isPrimary() {
        return trials.areCommon() || rule.rule().way() != Directions.BOTH || direction == Direction.DOWN;
    }

    @Override
    public boolean trial() {
        return tried() == TrialClock.Outcome.HIT;
    }

    /** The outcome of the trial that is due now, if one is. */
    TrialClock.Outcome tried() {
        TrialClock.Outcome outcome = trials.next(now());
        if (outcome == TrialClock.Outcome.HIT) {
            isHit();
        }
        return outcome;
    }

    @Override
    public boolean retrial() {
        boolean hit = trials.again() == TrialClock.Outcome.HIT;
        if (hit) {
            isHit();
        }
        return hit;
    }

    private void isHit() {
        lastHit = trials.number();
        random = null;
    }

    @Override
    public boolean isMidway() {
        return midway;
    }

    @Override
    public long contentLength() {
        return direction == Direction.DOWN ? target.contentLength() : -1;
    }

    @Override
    public boolean contentFollows() {
        return chain.payloadFollows();
    }

    @Override
    public OutageState stall() {
        return stall;
    }

    @Override
    public Optional<Sink> replaced() {
        return replaced;
    }

    @Override
    public int takeNow(int bytes) {
        return limiter().takeNow(bytes);
    }

    @Override
    public int take(int bytes) throws IOException {
        if (letsGo()) {
            return bytes;
        }
        RateLimiter link = limiter();
        queued = true;
        Trace.@Nullable OpenWait recorded = waits();
        try {
            host.holdBegins();
            int granted = link.take(bytes, host.waits(), this::goesOn);
            if (granted > 0) {
                return granted;
            }
        } finally {
            host.holdEnds();
            waited(recorded);
            queued = false;
        }
        if (host.isOpen() && letsGo()) {
            return bytes;
        }
        throw interrupted();
    }

    private RateLimiter limiter() {
        RateLimit limit = rule.limit();
        if (limit == null) {
            throw new IllegalStateException("rule " + rule() + " takes room on a link, but its fault names no limit()");
        }
        return host.states().limiter(rule.rule().name(), limit, direction);
    }

    @Override
    public void spawn(Runnable task) {
        host.spawn(rule.rule().name(), task);
    }

    @Override
    public void sever(IOException reason) {
        if (dismissed || (direction == Direction.UP && reason instanceof PeerClosedException)) {
            return; // its writer learns that the upstream takes no more; the answer may still be on its way down
        }
        if (reason instanceof ConnectionAbort) {
            chain.endsAt(this);
        }
        host.end(direction, reason);
        host.waits().wake(); // what is held in front of this rule, also if the connection has been ending already
    }

    @Override
    public boolean hit() {
        return hit(Sample.NOTHING, () -> {});
    }

    @Override
    public boolean hitBytes(String what, long bytes) {
        return hit(Sample.bytes(what, bytes), () -> {});
    }

    @Override
    public boolean hitNanos(String what, long nanos, Runnable before) {
        boolean acts = hit(Sample.nanos(what, nanos), before);
        if (acts) {
            announced = nanos;
        }
        return acts;
    }

    private boolean hit(Sample drawn, Runnable before) {
        return host.hit(target, rule, trials.number(), drawn, before);
    }

    @Override
    public String rule() {
        return rule.rule().name();
    }

    /** The exchange is over or the rule is gone: threads of this line have nothing more to do. */
    void dismiss() {
        dismissed = true;
        host.waits().wake();
        if (held == null) { // else the thread that waits tells
            tellDelay();
        }
    }

    /** Whether a writer with bytes may go on waiting: nothing has changed that concerns the chain. */
    private boolean goesOn() {
        return holds() && mayWait() && !hasRestarted();
    }

    /** Whether an outage of all proxies was ended by an edit of its rule on another one. */
    private boolean hasRestarted() {
        return rule.isForAllProxies() && stall.isFresh();
    }

    private boolean mayWait() {
        return host.isOpen() && !dismissed && !chain.isToChange();
    }

    private boolean holds() {
        if (dismissed || !host.isOpen() || letsGo()) {
            return false;
        }
        return target.isHeldBy(rule, host.active(), chain.plan());
    }
}
