package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Host of the faults of one exchange inside a service: head and body of the request go through one pipeline, those of the
 * response through another.
 *
 * <p>Runs and waits on the threads of the service. It has neither threads nor sockets of its own, so the plan must have no rule
 * whose fault needs them: {@link #spawn} and {@link #end} fail.
 */
public final class InProcessExchange implements FaultHost {
    private final InProcessInjector injector;
    private final Target target;
    private final ScopedStates states;
    private final Waits waits;
    private final OneWay up;
    private final OneWay down;
    private volatile @Nullable ActivePlan released; // without rules; in force after an interrupt

    InProcessExchange(InProcessInjector injector, Target connection, Target exchange, RuleStates shared) {
        this.injector = injector;
        this.target = exchange;
        this.states = ScopedStates.insideService(injector::active, shared, injector.limiters());
        this.waits = new Waits(injector.time(), this::interrupted);
        this.up = new OneWay(Direction.UP, connection);
        this.down = new OneWay(Direction.DOWN, connection);
    }

    /** The exchange as the target of rules. */
    public Target target() {
        return target;
    }

    /**
     * Applies the rules for the body of the response to a response without one; to be called before its head is edited.
     *
     * @throws io.chaosproxy.stream.ConnectionAbort if a rule ends the connection here
     */
    public void noBody() throws IOException {
        FaultPipeline pipeline = down.begun();
        pipeline.endPayload();
        pipeline.closing();
    }

    /**
     * Applies the rules of this direction to a head. The service sends it by itself, so as many zeros go through the pipeline.
     *
     * @param length bytes of the head, as far as they are known here
     * @throws io.chaosproxy.stream.ConnectionAbort if a rule ends the connection here
     */
    public void head(Direction direction, int length) throws IOException {
        OneWay way = way(direction);
        FaultPipeline pipeline = way.begun();
        Sink body = way.body;
        way.body = null;
        pipeline.writeFraming(ByteBuffer.allocate(length));
        way.body = body;
    }

    /** Whether a rule applies to the bytes of the body. */
    public boolean touchesBody(Direction direction) throws IOException {
        return way(direction).begun().meetsAllBytes();
    }

    /**
     * The pipeline for the body; for a body that rules {@link #touchesBody apply to}.
     *
     * @param end its last sink; null to discard the bytes, which the service moves by itself
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

    /** Always: the service doesn't tell when it ends. */
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
    public void holdBegins() {
        injector.waitBegins(waits);
    }

    @Override
    public void holdEnds() {
        injector.waitEnds();
    }

    /** No rule applies to the exchange any more. The thread belongs to the service and stays interrupted. */
    private void interrupted() {
        released = injector.active().withoutRules();
        Thread.currentThread().interrupt();
    }

    @Override
    public ScopedStates states() {
        return states;
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

    /** Not measured inside a service. */
    @Override
    public void delayed(Rule rule, long nanos) {}

    @Override
    public void settled() {}

    private OneWay way(Direction direction) {
        return direction == Direction.UP ? up : down;
    }

    /** One direction: its pipeline, and the last sink of it. */
    private final class OneWay implements Sink {
        private final FaultPipeline pipeline;
        private @Nullable Sink body; // null to discard bytes
        private volatile long bytes; // that left the pipeline; the thread of the other direction reads it

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
