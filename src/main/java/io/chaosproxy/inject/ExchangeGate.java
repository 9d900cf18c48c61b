package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.PeerClosedException;
import io.chaosproxy.flow.PlanChangedException;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.stream.DelayLine;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gate of a pipelined exchange: its bytes wait here until those of the exchange before it have been handed on, so the time that
 * pipelined exchanges spend on delay lines doesn't add up.
 *
 * <p>The thread of a delay line waits in the gate itself. The writer doesn't: what it brings is held, or the exchanges behind
 * one that no rule delays would wait for their own delays.
 */
final class ExchangeGate extends Joint {
    /** Bytes of an exchange that are held until the exchanges before it have been handed on. */
    private static final long MAX_BEHIND = 1 << 20;

    private final FaultHost host;
    private final Direction direction;
    private final RuleContext.Chain chain;
    private final BooleanSupplier isWriter;
    private final FaultChain before;
    private volatile @Nullable ExchangeGate gateBefore; // until it has been passed: a connection may pipeline for days
    private final Runnable turned;
    private final AtomicBoolean passed = new AtomicBoolean();
    private final Joint inside = new Inside();
    private volatile @Nullable DelayLine held; // what the writer brought; present once it has
    private volatile boolean open;

    /** Behind the gate, for the first thread that comes: that of a line, or the writer with an end or a break. */
    private final class Inside extends Joint {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
            pass();
            super.write(bytes);
        }

        @Override
        public void flush() throws IOException {
            pass();
            super.flush();
        }

        @Override
        public void end() throws IOException {
            pass();
            super.end();
        }

        @Override
        public void breakOff() throws IOException {
            pass();
            super.breakOff();
        }
    }

    /**
     * A closed gate.
     *
     * @param chain of the exchange
     * @param isWriter whether the calling thread is the one that writes to the pipeline
     * @param socket where the bytes go once it is open
     * @param before chain of the exchange before
     * @param gateBefore gate of that exchange, if bytes wait there
     * @param turned run once the exchange before has been handed on, before the first byte of this one
     */
    ExchangeGate(
            FaultHost host,
            Direction direction,
            RuleContext.Chain chain,
            BooleanSupplier isWriter,
            Sink socket,
            FaultChain before,
            @Nullable ExchangeGate gateBefore,
            Runnable turned) {
        this.host = host;
        this.direction = direction;
        this.chain = chain;
        this.isWriter = isWriter;
        this.before = before;
        this.gateBefore = gateBefore;
        this.turned = turned;
        inside.lead(socket);
    }

    @Override
    Sink target() {
        DelayLine line = held;
        return line == null || (open && line.isEmpty()) ? inside : line;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        if (held == null && !open && isWriter.getAsBoolean()) {
            held = new DelayLine(inside, () -> 0, MAX_BEHIND, new Behind());
        }
        super.write(bytes);
    }

    private void pass() throws IOException {
        if (open) {
            return;
        }
        before.flush();
        ExchangeGate earlier = gateBefore;
        if (earlier != null) {
            earlier.flush();
        }
        before.awaitSuccessor();
        if (passed.compareAndSet(false, true)) {
            gateBefore = null;
            before.dismiss();
            turned.run();
            open = true;
        }
    }

    /** Whether all bytes of the exchanges before have been handed on. */
    boolean isOpen() {
        return open;
    }

    /** Whether bytes go straight through, since none wait here. */
    boolean isClear() {
        return open && !holds();
    }

    /** Whether bytes wait here. */
    boolean holds() {
        DelayLine line = held;
        return line != null && !line.isEmpty();
    }

    /** Takes rules that went out of the chains of the exchanges before. */
    void takeOutRemoved() throws IOException {
        before.takeOutRemoved();
        for (ExchangeGate earlier = gateBefore; earlier != null; earlier = earlier.gateBefore) {
            earlier.before.takeOutRemoved();
        }
    }

    /** How long the rules of the exchanges before hold threads up at this moment. */
    Hold hold(long now) {
        Hold longest = before.hold(now);
        for (ExchangeGate earlier = gateBefore; earlier != null; earlier = earlier.gateBefore) {
            longest = longest.or(earlier.before.hold(now));
        }
        return longest;
    }

    /** Services that the gate's delay line needs of the connection. */
    private final class Behind implements DelayLine.Owner {
        @Override
        public long now() {
            return host.time().nanoTime();
        }

        @Override
        public boolean sleep(long nanos) {
            return nanos <= 0 || host.waits().pause(nanos, host::isOpen);
        }

        @Override
        public void await(BooleanSupplier so) throws IOException {
            if (!host.waits()
                    .awaitUntil(
                            () -> so.getAsBoolean() ? 0 : Waits.FOREVER, () -> host.isOpen() && !chain.isToChange())) {
                throw host.isOpen() ? new PlanChangedException() : new ClosedChannelException();
            }
        }

        @Override
        public void changed() {
            host.waits().wake();
        }

        @Override
        public void awaitPlan() throws IOException {
            chain.awaitChange();
            takeOutRemoved();
        }

        @Override
        public void spawn(Runnable task) {
            host.spawn("behind", task);
        }

        @Override
        public void sever(IOException reason) {
            if (direction == Direction.DOWN || !(reason instanceof PeerClosedException)) {
                host.end(direction, reason);
            }
        }
    }
}
