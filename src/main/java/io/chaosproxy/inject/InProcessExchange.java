package io.chaosproxy.inject;

import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.OutageState;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Target;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.flow.Sink;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One exchange inside a service as the host of its faults: the head of the request, its body, and the same of the response,
 * each direction through a pipeline of its own.
 *
 * <p>The threads of the service run it and wait in it. There is no other thread, and no socket: a fault that needs one can't be
 * carried out here, and whoever owns the plan refuses it before.
 */
public final class InProcessExchange implements FaultHost {
    private final InProcessInjector injector;
    private final Target target;
    private final RuleStates shared;
    private final Waits waits;
    private final OneWay up;
    private final OneWay down;
    private volatile @Nullable ActivePlan released; // without rules, once a thread of the exchange was interrupted

    InProcessExchange(InProcessInjector injector, Target connection, Target exchange, RuleStates shared) {
        this.injector = injector;
        this.target = exchange;
        this.shared = shared;
        this.waits = new Waits(injector.time(), this::interrupted);
        this.up = new OneWay(Direction.UP, connection);
        this.down = new OneWay(Direction.DOWN, connection);
    }

    /** What is hit, and what was decided about it. */
    public Target target() {
        return target;
    }

    /**
     * The head of this direction passes, as late as its rules say. It isn't bytes here: others in its place pass the faults.
     *
     * @param length its bytes, as far as they are known here
     * @param bodiless whether nothing follows it, so that what was to happen to the body happens before the head
     * @throws io.chaosproxy.flow.ConnectionAbort if a rule ends the connection here
     */
    public void head(Direction direction, int length, boolean bodiless) throws IOException {
        OneWay way = way(direction);
        FaultPipeline pipeline = way.begun();
        if (bodiless) {
            if (direction == Direction.DOWN) {
                pipeline.closing();
            }
            pipeline.endPayload();
        }
        Sink body = way.body;
        way.body = null;
        pipeline.writeFraming(ByteBuffer.allocate(length));
        way.body = body;
    }

    /** Whether a rule has to do with the bytes of the body. */
    public boolean touchesBody(Direction direction) throws IOException {
        return way(direction).begun().meetsAllBytes();
    }

    /**
     * Where to write the body, so that it passes as its rules say, if {@link #touchesBody any} has to do with it.
     *
     * @param end where it comes out; null if the bytes only have to pass
     */
    public FaultPipeline body(Direction direction, @Nullable Sink end) {
        OneWay way = way(direction);
        way.body = end;
        return way.pipeline;
    }

    @Override
    public TimeSource time() {
        return injector.time();
    }

    @Override
    public ActivePlan active() {
        ActivePlan none = released;
        return none == null ? injector.active() : none;
    }

    @Override
    public Waits waits() {
        return waits;
    }

    /** Its end is known to the service alone. */
    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean carriesBytes() {
        return false;
    }

    @Override
    public long bytes(Direction direction) {
        return way(direction).bytes;
    }

    @Override
    public boolean hasBegun(Direction direction, Target exchange) {
        return way(direction).pipeline.hasBegun(exchange);
    }

    @Override
    public boolean letsGo(Direction direction, boolean moves) {
        return false;
    }

    @Override
    public boolean heldBack(BooleanSupplier wait) {
        return injector.wakes(waits, wait);
    }

    /** The thread is the service's, which is to know; no rule applies to the exchange any more. */
    private void interrupted() {
        released = injector.active().withoutRules();
        Thread.currentThread().interrupt();
    }

    @Override
    public RateLimiter limiter(String rule, RateLimit limit, Direction direction) {
        return injector.limiter(rule, limit, direction);
    }

    /** Nothing in here knows of other proxies. */
    @Override
    public OutageState stall(ActiveRule rule) {
        boolean own = rule.stalls().filter(FaultScope.CONNECTION::equals).isPresent();
        return own ? common(rule, OutageState.class, OutageState::new) : rule.stall();
    }

    @Override
    public <T> T common(ActiveRule rule, Class<T> type, Supplier<T> make) {
        return shared.of(rule, type, make);
    }

    @Override
    public void spawn(String role, Runnable task) {
        throw new IllegalStateException(role + " needs a thread of its own, which no fault inside a service has");
    }

    @Override
    public void end(Direction direction, IOException reason) {
        throw new IllegalStateException("a rule ends a connection from another thread", reason);
    }

    @Override
    public String name() {
        return injector.name();
    }

    @Override
    public void journal(Hit hit) {
        injector.journal(hit);
    }

    /** The journal has what was drawn, and nobody measures more. */
    @Override
    public void delayed(Rule rule, long nanos) {}

    @Override
    public void settled() {}

    private OneWay way(Direction direction) {
        return direction == Direction.UP ? up : down;
    }

    /** One direction: its pipeline, which begins with the head, and where its bytes come out. */
    private final class OneWay implements Sink {
        private final FaultPipeline pipeline;
        private @Nullable Sink body; // null while bytes only have to pass
        private volatile long bytes; // that came out; the other direction may ask

        OneWay(Direction direction, Target connection) {
            pipeline = new FaultPipeline(InProcessExchange.this, direction, connection);
            pipeline.lead(this);
        }

        FaultPipeline begun() throws IOException {
            if (pipeline.exchange() == 0) {
                pipeline.begin(target);
            }
            return pipeline;
        }

        @Override
        public void write(ByteBuffer some) throws IOException {
            long before = bytes - some.position(); // one thread at a time writes
            try {
                if (body == null) {
                    some.position(some.limit());
                } else {
                    body.write(some);
                }
            } finally {
                bytes = before + some.position();
            }
        }

        @Override
        public void end() {}
    }
}
