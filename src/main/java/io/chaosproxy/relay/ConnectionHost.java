package io.chaosproxy.relay;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.inject.ActivePlan;
import io.chaosproxy.inject.ActiveRule;
import io.chaosproxy.inject.FaultHost;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.inject.Hold;
import io.chaosproxy.inject.RuleStates;
import io.chaosproxy.inject.ScopedStates;
import io.chaosproxy.inject.SharedLimiters;
import io.chaosproxy.inject.Target;
import io.chaosproxy.inject.TlsNegotiation;
import io.chaosproxy.inject.Trace;
import java.io.IOException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A connection of a proxy as the host of its faults: their waits, hits, and what they share. Thread-safe. */
final class ConnectionHost implements FaultHost, TlsNegotiation.Host {
    private final ProxyContext proxy;
    private final ConnectionFacts facts;
    private final Target target;
    private final Waits waits;
    private final ConnectionTeardown teardown;
    private final ConnectionCounters counters;
    private final Function<Direction, FaultPipeline> pipelines;
    private final BiConsumer<String, Runnable> spawn;
    private final SharedLimiters limiters;
    private final RuleStates common = new RuleStates();
    private final ScopedStates states;
    private volatile boolean admitted;
    private volatile Hold.@Nullable Timed held; // by a rule of the connection itself

    ConnectionHost(
            ProxyContext proxy,
            ConnectionFacts facts,
            Target target,
            Waits waits,
            ConnectionTeardown teardown,
            ConnectionCounters counters,
            Function<Direction, FaultPipeline> pipelines,
            BiConsumer<String, Runnable> spawn) {
        this.proxy = proxy;
        this.facts = facts;
        this.target = target;
        this.waits = waits;
        this.teardown = teardown;
        this.counters = counters;
        this.pipelines = pipelines;
        this.spawn = spawn;
        this.limiters = new SharedLimiters(
                FaultScope.CONNECTION,
                proxy.common().time(),
                proxy.common().drawSeed(),
                proxy.name() + "#" + target.connection());
        this.states = ScopedStates.onProxy(
                proxy::active,
                common,
                limiters,
                proxy.limiters(),
                new ScopedStates.OfAll(
                        proxy.planInForce(),
                        proxy.common().limiters(),
                        proxy.common().stalls()));
    }

    /** The faults at accept have let the connection in. */
    void admitted() {
        admitted = true;
    }

    @Override
    public TimeSource time() {
        return proxy.common().time();
    }

    @Override
    public ActivePlan active() {
        return proxy.active();
    }

    @Override
    public Waits waits() {
        return waits;
    }

    @Override
    public boolean isOpen() {
        return teardown.isOpen();
    }

    @Override
    public boolean carriesBytes() {
        return admitted && facts.protocol() == Protocol.TCP;
    }

    @Override
    public long bytes(Direction direction) {
        return counters.bytes(direction);
    }

    @Override
    public boolean hasBegun(Direction direction, Target exchange) {
        return pipelines.apply(direction).hasBegun(exchange);
    }

    @Override
    public boolean letsGo(Direction direction, boolean moves) {
        return teardown.letsGo(direction, moves);
    }

    @Override
    public void holdBegins() {
        counters.holdBegins();
    }

    @Override
    public void holdEnds() {
        counters.holdEnds();
    }

    @Override
    public boolean pause(long nanos, ActiveRule rule) {
        Trace record = target.trace();
        if (record == null) {
            return hold(nanos, rule);
        }
        Trace.@Nullable OpenWait wait = record.waits(rule.rule(), Direction.UP);
        try {
            return hold(nanos, rule);
        } finally {
            record.ends(wait);
        }
    }

    private boolean hold(long nanos, ActiveRule rule) {
        held = nanos <= 0 ? null : new Hold.Timed(time().nanoTime(), nanos, Hold.BEARABLE, Hold.BRIEF);
        holdBegins();
        try {
            return waits.pause(nanos, () -> isOpen() && active().has(rule));
        } finally {
            holdEnds();
            held = null;
        }
    }

    /** How long rules hold threads of the connection up at this moment. */
    Hold hold() {
        long now = time().nanoTime();
        Hold.Timed pause = held;
        Hold own = pause == null ? Hold.NONE : pause.at(now);
        return own.or(pipelines.apply(Direction.UP).hold(now))
                .or(pipelines.apply(Direction.DOWN).hold(now));
    }

    @Override
    public ScopedStates states() {
        return states;
    }

    @Override
    public void spawn(String role, Runnable task) {
        spawn.accept(role, task);
    }

    @Override
    public void end(Direction direction, IOException reason) {
        teardown.end(direction, reason);
    }

    @Override
    public String name() {
        return proxy.name();
    }

    @Override
    public void journal(Hit hit) {
        proxy.journal(hit);
    }

    @Override
    public void delayed(Rule rule, long nanos) {
        proxy.delayed(rule, nanos);
    }

    @Override
    public void settled() {
        proxy.settled();
    }

    /** The plan changed: limiters adopt their rates, and what belongs to rules that are gone is forgotten. */
    void planChanged(ActivePlan plan) {
        limiters.adopt(plan);
        common.keep(rule -> plan.has(rule)
                || pipelines.apply(Direction.DOWN).plan().has(rule)
                || pipelines.apply(Direction.UP).plan().has(rule));
    }

    /** Whether a quiet direction is about to adopt the plan in force. */
    boolean isSettling() {
        return teardown.isOpen()
                && !teardown.isLingering()
                && (pipelines.apply(Direction.UP).isSettling()
                        || pipelines.apply(Direction.DOWN).isSettling());
    }
}
