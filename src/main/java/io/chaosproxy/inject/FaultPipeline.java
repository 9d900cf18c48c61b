package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.PlanChangedException;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where the bytes of one direction of a connection go: through the faults of the plan in force, into the socket.
 *
 * <p>Each exchange has a {@link FaultChain} of its own, and behind a delayed exchange a gate. A chain is rebuilt when the plan has
 * changed: in the writing thread before its next step, for which a change ends each wait of a fault, or, between writes, in
 * a thread that the change started. The lock decides which of the two; a change of the plan never waits for it.
 */
public final class FaultPipeline implements Sink {
    private final FaultHost host;
    private final Direction direction;
    private final ReentrantLock busy = new ReentrantLock();
    private final SocketEnd socket = new SocketEnd();

    private volatile @Nullable ExchangeGate gate; // of the present exchange, until it is open
    private volatile FaultChain chain; // of the present exchange
    private boolean inHand; // bytes of an earlier step are still to be handed on
    private volatile boolean carries; // bytes are on their way through in a writing thread
    private volatile boolean writing; // or flushing or ending: the holder of the lock may block for long

    /** The last joint: what ends here is known at the other end. */
    private final class SocketEnd extends Joint {
        volatile boolean ended;
        volatile long
                offered; // position up to which bytes of this direction have been handed on, or are by a write that
        // doesn't wait
        volatile boolean handsOn; // from before these bytes count as offered until after they count as moved
        volatile @Nullable Sink standIn;

        @Override
        Sink target() {
            Sink instead = standIn;
            return instead == null ? super.target() : instead;
        }

        /** The exchange is over before its last byte goes: a client that has it may put a rule for the next one at once. */
        @Override
        public void write(ByteBuffer bytes) throws IOException {
            FaultChain present = chain;
            boolean last = present.progress().isLast(bytes.remaining(), host.bytes(direction)) && isOpen();
            if (last) {
                present.target().end();
            }
            handsOn = true;
            offered = host.bytes(direction)
                    + bytes.remaining(); // a receiver that has them may end the connection at once
            try {
                super.write(bytes);
            } finally {
                offered = host.bytes(direction);
                handsOn = false;
                if (last && bytes.hasRemaining()) {
                    present.target().goesOn();
                }
            }
        }

        @Override
        public void end() throws IOException {
            super.end();
            ended = true;
        }
    }

    /** Without bytes yet; {@link #lead} tells where they go. */
    public FaultPipeline(FaultHost host, Direction direction, Target target) {
        this.host = host;
        this.direction = direction;
        this.chain = new FaultChain(host, direction, target, target.plan(), 0);
        chain.build(socket);
    }

    /** Record of what is under way in this direction; null if none is made. */
    public @Nullable Trace trace() {
        return chain.target().trace();
    }

    /** Sets the last sink, the one behind all faults. */
    public void lead(Sink to) {
        socket.lead(to);
    }

    /** Hands payload on: every byte on a tcp proxy, the body of a message on an http proxy. */
    @Override
    public void write(ByteBuffer payload) throws IOException {
        busy.lock();
        try {
            carries = true;
            chain.offer(payload, true);
            while (!step(payload, true)) {
                inHand = true; // the plan may have changed, and each rule is asked again before the next step
                payloadBegins();
            }
            payloadBegins();
            endIfLast();
        } finally {
            free();
        }
        adoptIfQuiet();
    }

    /**
     * Hands payload on for as long as {@link #isOpenWay}, and so never waits for a fault. What is left then is for {@link #write},
     * as if it had not been offered.
     *
     * @return whether nothing is left
     */
    public boolean writeOpenWay(ByteBuffer payload) throws IOException {
        busy.lock();
        try {
            if (isOpenWay()) {
                carries = true;
                chain.offer(payload, true);
                while (payload.hasRemaining() && isPlain()) {
                    stepOpenWay(payload);
                }
                chain.progress().takeBack();
                payloadBegins();
            }
        } finally {
            free();
        }
        adoptIfQuiet();
        return !payload.hasRemaining();
    }

    private void stepOpenWay(ByteBuffer payload) throws IOException {
        writing = true;
        try {
            chain.write(payload, true);
        } catch (PlanChangedException changed) {
            // the plan in force may not leave the way open
        }
    }

    /** Hands on what isn't payload: heads and chunk framing. */
    public void writeFraming(ByteBuffer bytes) throws IOException {
        busy.lock();
        try {
            carries = true;
            chain.offer(bytes, false);
            while (!step(bytes, false)) {
                inHand = true;
            }
            endIfLast();
        } finally {
            free();
        }
        adoptIfQuiet();
    }

    /** Offers the bytes once to the chain of the plan in force; whether that was all. */
    private boolean step(ByteBuffer bytes, boolean payload) throws IOException {
        adopt();
        writing = true;
        try {
            chain.write(bytes, payload);
            return !bytes.hasRemaining();
        } catch (PlanChangedException changed) {
            return false;
        }
    }

    /** A write waits for a receiver that doesn't read: whether it should go on to wait under the plan in force. */
    public boolean keepsWriting() {
        FaultChain present = chain;
        socket.offered = host.bytes(direction);
        if (present.progress().isClosing()) {
            present.target().goesOn(); // the last bytes of the exchange are still here
        }
        return !present.isToChange();
    }

    /**
     * The next bytes are the last ones of the exchange. Once they have been handed on, a rule that comes into force has
     * nothing to do with it, and must not count it.
     */
    public void closing() {
        chain.progress().closing();
    }

    private void endIfLast() {
        if (chain.progress().isClosing() && !gateHolds() && chain.isEmpty()) {
            chain.target().end();
        }
    }

    /** What a change of the plan may interrupt, to be repeated under the new one. */
    private enum Act {
        /** What each of them begins with; a change that comes meanwhile waits for it. */
        CUT,
        END_PAYLOAD,
        END,
        FLUSH,
        FLUSH_FOR_SUCCESSOR,
        BREAK_OFF
    }

    private void run(Act act) throws IOException {
        writing = writing || act != Act.CUT;
        switch (act) {
            case CUT -> {}
            case END_PAYLOAD -> chain.endPayload();
            case END -> chain.end();
            case FLUSH -> flushStages();
            case FLUSH_FOR_SUCCESSOR -> {
                flushStages();
                chain.awaitSuccessor();
            }
            case BREAK_OFF -> chain.breakOff();
        }
    }

    private void repeat(Act act) throws IOException {
        for (boolean done = false; !done; ) {
            adopt();
            try {
                chain.cutIfDue();
                run(act);
                done = true;
            } catch (PlanChangedException changed) {
                // then under the changed plan
            }
        }
    }

    /** Payload of this message follows, or passes together with what frames it. */
    public void payloadBegins() {
        chain.payloadBegins();
    }

    /** Whether the framing of this message announces more payload than is written with the next bytes. */
    public void payloadFollows(boolean more) {
        chain.progress().payloadFollows(more);
    }

    /** The payload of this message is complete; what frames its end may follow. */
    public void endPayload() throws IOException {
        if (chain.hasNoStages()) {
            return; // there is no rule to tell
        }
        busy.lock();
        try {
            repeat(Act.END_PAYLOAD);
        } finally {
            free();
        }
    }

    /** The end of the stream. */
    @Override
    public void end() throws IOException {
        busy.lock();
        try {
            repeat(Act.END_PAYLOAD);
            repeat(Act.END);
        } finally {
            free();
        }
    }

    /** Whether the end of the stream has been handed on; a fault may have swallowed it. */
    public boolean hasEnded() {
        return socket.ended;
    }

    /** Turns to the next exchange, once everything of the one before has been handed on. */
    public void begin(Target next) throws IOException {
        turn(next, null);
    }

    /** Turns to the next exchange, whose bytes end in {@code standIn} instead of the socket. */
    public void begin(Target next, Sink standIn) throws IOException {
        turn(next, standIn);
    }

    private void turn(Target next, @Nullable Sink standIn) throws IOException {
        busy.lock();
        try {
            if (mayHold()) {
                repeat(Act.FLUSH_FOR_SUCCESSOR);
            }
            writing = true;
            socket.standIn = standIn;
            gate = null;
            chain.dismiss();
            turnTo(chainFor(next));
        } finally {
            free();
        }
    }

    /**
     * Turns to the next exchange, of which no byte is handed on before all of the exchange before.
     *
     * @param turned run between the two, perhaps by another thread
     */
    public void beginBehind(Target next, Runnable turned) throws IOException {
        busy.lock();
        try {
            if (socket.standIn == null && (pendingGate() != null || !chain.isEmpty())) {
                turnBehind(next, turned);
                return;
            }
        } finally {
            free();
        }
        turn(next, null);
        turned.run();
    }

    private void turnBehind(Target next, Runnable turned) {
        FaultChain before = chain;
        FaultChain behind = chainFor(next);
        gate = new ExchangeGate(
                host, direction, behind, busy::isHeldByCurrentThread, socket, before, pendingGate(), () -> {
                    behind.progress().startsAt(host.bytes(direction));
                    turned.run();
                });
        turnTo(behind);
        before.succeededBy(behind);
    }

    private FaultChain chainFor(Target next) {
        return new FaultChain(host, direction, next, next.planFrom(host.active(), next.plan()), host.bytes(direction));
    }

    private void turnTo(FaultChain next) {
        FaultChain before = chain;
        if (before.progress().isClosing()) {
            before.target().end();
        }
        before.progress().payloadFollows(false);
        boolean stale = before.isStale();
        chain = next; // each exchange meets its faults anew
        next.build(behindFaults());
        if (stale) {
            host.settled();
            host.waits().wake(); // the thread of a line of the exchange before may wait for the plan to be adopted
        }
    }

    /** Where bytes of the present exchange go behind its faults. */
    private Sink behindFaults() {
        ExchangeGate present = pendingGate();
        return present == null ? socket : present;
    }

    /** The gate of the present exchange if bytes wait there. */
    private @Nullable ExchangeGate pendingGate() {
        ExchangeGate present = gate;
        return present == null || present.isClear() ? null : present;
    }

    /** Whether all bytes of the exchanges before have been handed on. */
    private boolean isOpen() {
        ExchangeGate present = gate;
        return present == null || present.isOpen();
    }

    private boolean gateHolds() {
        ExchangeGate present = gate;
        return present != null && present.holds();
    }

    private boolean mayHold() {
        return !chain.hasNoStages() || pendingGate() != null;
    }

    private void flushStages() throws IOException {
        chain.flush();
        ExchangeGate present = pendingGate();
        if (present != null) {
            present.flush();
        }
    }

    @Override
    public void flush() throws IOException {
        if (!mayHold()) {
            return; // nothing is held
        }
        busy.lock();
        try {
            repeat(Act.FLUSH);
            endIfLast();
        } finally {
            free();
        }
    }

    /** The same, behind a write that is under way. */
    public void flushAll() throws IOException {
        busy.lock();
        try {
            repeat(Act.FLUSH);
        } finally {
            free();
        }
    }

    /** The stream broke off: returns once everything before that has been handed on, and the break is due as well. */
    @Override
    public void breakOff() throws IOException {
        busy.lock();
        try {
            repeat(Act.BREAK_OFF);
        } finally {
            free();
        }
    }

    /** How long its rules hold threads up at this moment. */
    public Hold hold(long now) {
        ExchangeGate present = pendingGate();
        Hold longest = chain.hold(now);
        return present == null ? longest : longest.or(present.hold(now));
    }

    /** Whether certainly no byte waits in here. */
    public boolean holdsNothing() {
        return !socket.isLed() || (!mayHold() && !busy.isLocked());
    }

    /** Whether bytes are in here that are to be handed on; those that a rule swallowed aren't. */
    public boolean holdsBytes() {
        FaultChain present = chain;
        boolean holds = carries || !isOpen() || gateHolds() || present.holdsBytes();
        return holds && !present.progress().endsAt(socket.offered);
    }

    /**
     * Whether bytes are on their way into the socket, which {@link #holdsBytes} leaves out, since the receiver may have them, and which
     * are not counted as moved yet.
     */
    public boolean isHandingOn() {
        return socket.handsOn;
    }

    private void free() {
        writing = false;
        carries = false;
        inHand = false;
        chain.stepped();
        busy.unlock();
    }

    /** Whether nothing stands between here and the socket, so that payload and framing needn't be told apart. */
    public boolean isPlain() {
        return chain.leadsStraightTo(socket) && !isStale();
    }

    /** Whether bytes pass straight to the socket and no rule needs to know later which of them were payload. */
    public boolean isOpenWay() {
        return isPlain() && !chain.progress().hasMap();
    }

    /** Whether a rule has to do with more than the first byte. */
    boolean meetsAllBytes() {
        return chain.meetsAllBytes();
    }

    /** Whether a changed plan has to be adopted by another thread than a writer. */
    public boolean isQuietAndStale() {
        return !busy.isLocked() && isStale();
    }

    /** Applies a changed plan unless a write is under way, which will apply it. */
    public void adoptIfQuiet() {
        while (isStale() && busy.tryLock()) {
            try {
                repeat(Act.CUT);
            } catch (IOException e) {
                host.end(direction, e);
                return;
            } finally {
                free();
            }
        }
    }

    private void adopt() throws IOException {
        ActivePlan current = host.active();
        if (chain.target().isToAdopt(current, chain.plan())) {
            writing = false;
        }
        chain.adopt(current, behindFaults(), inHand || gateHolds());
        ExchangeGate present = gate;
        if (present != null) {
            present.takeOutRemoved();
        }
    }

    /**
     * Whether it is about to adopt the plan in force. One with a write under way isn't: it will at the next byte. Nor is
     * one that has been handing on what an earlier plan held, for that may take as long as the other end likes.
     */
    public boolean isSettling() {
        return chain.isSettling() && !writing;
    }

    /** The plan that the present exchange has adopted. */
    public ActivePlan plan() {
        return chain.plan();
    }

    /** Names of the rules that its bytes meet at this moment. */
    public List<String> rules() {
        return chain.rules();
    }

    /** The exchange whose bytes it hands on; 0 for the connection itself. */
    public long exchange() {
        return chain.target().exchange();
    }

    /** Whether a plan is in force that its bytes have to meet, and that it hasn't adopted yet. */
    public boolean isStale() {
        return chain.isStale();
    }

    /** Whether bytes of this HTTP exchange have gone on; a tcp connection meets new rules as if it began now. */
    public boolean hasBegun(Target exchange) {
        FaultChain present = chain;
        return exchange.exchange() > 0
                && (present.target().exchange() > exchange.exchange()
                        || (present.target() == exchange
                                && isOpen()
                                && present.progress().hasPassed(host.bytes(direction))));
    }
}
