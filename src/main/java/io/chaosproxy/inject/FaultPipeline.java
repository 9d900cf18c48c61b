package io.chaosproxy.inject;

import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Cutting;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.fault.Target;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.flow.PlanChangedException;
import io.chaosproxy.flow.Sink;
import io.chaosproxy.flow.Waits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the bytes of one direction of a connection go: through the faults of the plan in force, into the socket.
 *
 * <p>It rebuilds its chain when the plan has changed: rules that stayed keep their state, new ones are put in, those
 * that went hand on what they held. That happens in the writing thread before its next step, for which a change ends each
 * wait of a fault, or, while nobody writes, in a thread that the change started. The lock decides which of the two;
 * whoever changes a plan never waits for it.
 */
public final class FaultPipeline implements Sink, RuleContext.Pipeline {
    private final FaultHost host;
    private final Direction direction;
    private final ReentrantLock busy = new ReentrantLock();
    private final SocketEnd socket = new SocketEnd();
    private final Joint payloadEnd = new PayloadEnd();

    private volatile ActivePlan plan;
    private volatile Target subject;
    private volatile List<Stage> stages = List.of();
    private volatile boolean draining; // rules that went still hand on what they held
    private volatile @Nullable ExchangeGate gate; // of the present exchange, until it is open
    private Sink first = socket;
    private Sink firstOfPayload = socket;
    private List<Stage> sudden = List.of(); // may cut what stood still when their rules came, and are asked first
    private @Nullable PayloadMap map; // of the present exchange, if a stage of it may hold bytes
    private @Nullable ByteBuffer offered; // bytes of the present write
    private boolean offersPayload;
    private boolean inHand; // bytes have been offered before, and stand still
    private volatile boolean closing; // the next bytes are the last ones of the exchange
    private volatile long promised; // bytes of the present exchange so far, those of the present write included
    private volatile long before; // bytes of this direction before the present exchange
    private volatile boolean payloadBegun; // of the present exchange
    private volatile boolean payloadFollows; // the same: its framing announces more than has been written
    private volatile @Nullable RuleContext end; // its rule has closed the connection while others may hold bytes
    private volatile long adopting; // the version that is being taken on; 0 while none is
    private volatile boolean writing; // or flushing or ending: whoever holds the lock may stand still for long

    /** The last joint: what ends here is known at the other end. */
    private final class SocketEnd extends Joint {
        volatile boolean ended;
        volatile @Nullable Sink standIn;

        @Override
        Sink target() {
            Sink instead = standIn;
            return instead == null ? super.target() : instead;
        }

        /** The exchange is over before its last byte goes: a client that has it may put a rule for the next one at once. */
        @Override
        public void write(ByteBuffer bytes) throws IOException {
            boolean last = closing && isOpen() && bytes.remaining() >= promised - (host.bytes(direction) - before);
            if (last) {
                subject.end();
            }
            try {
                super.write(bytes);
            } finally {
                if (last && bytes.hasRemaining()) {
                    subject.goesOn();
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
    public FaultPipeline(FaultHost host, Direction direction, Target subject) {
        this.host = host;
        this.direction = direction;
        this.subject = subject;
        this.plan = subject.plan();
        enter(plan, List.of(), List.of());
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
            promise(payload, true);
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

    /** Hands on what isn't payload: heads and chunk framing. */
    public void writeFraming(ByteBuffer bytes) throws IOException {
        busy.lock();
        try {
            promise(bytes, false);
            while (!step(bytes, false)) {
                inHand = true;
            }
            endIfLast();
        } finally {
            free();
        }
        adoptIfQuiet();
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // guarded by the lock; the thread of a delay line reads it
    private void promise(ByteBuffer bytes, boolean payload) {
        promised += bytes.remaining();
        offered = bytes;
        offersPayload = payload;
        mapOffered();
    }

    /** Remembers what the bytes of the present write are, before a stage takes them. */
    private void mapOffered() {
        PayloadMap known = map;
        if (known != null && offered != null) {
            known.add(promised, offersPayload, positionBehind(stages));
        }
    }

    /** Offers the bytes once to the chain of the plan in force; whether that was all. */
    private boolean step(ByteBuffer bytes, boolean payload) throws IOException {
        adopt();
        writing = true;
        try {
            if (!sudden.isEmpty()) {
                cutIfDue(payload || payloadBegun); // where no rules stood, payload passed together with its framing
            }
            if (draining) {
                awaitDrained();
            }
            (payload ? firstOfPayload : first).write(bytes);
            return !bytes.hasRemaining();
        } catch (PlanChangedException changed) {
            return false;
        }
    }

    /** Rules that went keep what they hold, so new bytes wait: or each change on a stuck stream would let more be held. */
    private void awaitDrained() throws IOException {
        for (Stage stage : stages) {
            if (stage.sink() != null && !plan.has(stage.rule())) {
                stage.sink().drain();
            }
        }
    }

    private void cutIfDue(boolean payload) throws IOException {
        for (Stage stage : sudden) {
            if ((payload || !stage.onPayload()) && stage.sink() instanceof Cutting cutting) {
                cutting.cutIfDue();
            }
        }
    }

    /** A write waits for a receiver that doesn't read: whether it should go on to wait under the plan in force. */
    public boolean keepsWriting() {
        if (closing) {
            subject.goesOn(); // the last bytes of the exchange are still here
        }
        return !isToChange();
    }

    /**
     * The next bytes are the last ones of the exchange. Once they have been handed on, a rule that comes into force has
     * nothing to do with it, and must not count it.
     */
    public void closing() {
        closing = true;
    }

    private void endIfLast() {
        if (closing && isDrained()) {
            subject.end();
        }
    }

    private boolean isDrained() {
        ExchangeGate present = gate;
        if (present != null && present.holds()) {
            return false;
        }
        return stages.stream().allMatch(Stage::isEmpty);
    }

    /** What a change of the plan may interrupt, to be repeated under the new one. */
    private interface Act {
        void run() throws IOException;
    }

    private void repeat(Act act) throws IOException {
        repeatQuietly(() -> {
            writing = true;
            act.run();
        });
    }

    /** The same for what doesn't write: a change that comes meanwhile waits for it. */
    private void repeatQuietly(Act act) throws IOException {
        for (boolean done = false; !done; ) {
            adopt();
            try {
                if (!sudden.isEmpty()) {
                    cutIfDue(subject.exchange() == 0 || payloadBegun);
                }
                act.run();
                done = true;
            } catch (PlanChangedException changed) {
                // then under the changed plan
            }
        }
    }

    /** Payload of this message follows, or passes together with what frames it. */
    public void payloadBegins() {
        if (!payloadBegun && subject.exchange() > 0) {
            payloadBegun = true;
        }
    }

    /** Whether the framing of this message announces more payload than is written with the next bytes. */
    public void payloadFollows(boolean more) {
        payloadFollows = more;
    }

    /** The same of this exchange; false if it isn't the present one any more, as all of it has been written then. */
    @Override
    public boolean payloadFollows(Target exchange) {
        return payloadFollows && subject == exchange; // in this order, as the next exchange begins the other way round
    }

    /** The payload of this message is complete; what frames its end may follow. */
    public void endPayload() throws IOException {
        if (stages.isEmpty()) {
            return; // there is no rule to tell
        }
        busy.lock();
        try {
            repeat(this::endPayloadStages);
        } finally {
            free();
        }
    }

    /** The end of the stream. */
    @Override
    public void end() throws IOException {
        busy.lock();
        try {
            repeat(this::endPayloadStages);
            repeat(() -> first.end());
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

    /**
     * Turns to the next exchange, of which no byte is handed on before all of the exchange before.
     *
     * @param turned run between the two, perhaps by another thread
     */
    public void beginBehind(Target next, Runnable turned) throws IOException {
        busy.lock();
        try {
            if (socket.standIn == null && holdsBytes()) {
                gate = new ExchangeGate(
                        host, direction, this, busy::isHeldByCurrentThread, socket, stages, pendingGate(), () -> {
                            before = host.bytes(direction);
                            turned.run();
                        });
                turnTo(next);
                return;
            }
        } finally {
            free();
        }
        turn(next, null);
        turned.run();
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

    private boolean holdsBytes() {
        return pendingGate() != null || !stages.stream().allMatch(Stage::isEmpty);
    }

    private void turn(Target next, @Nullable Sink standIn) throws IOException {
        busy.lock();
        try {
            if (mayHold()) {
                repeat(this::flushStages);
            }
            writing = true;
            socket.standIn = standIn;
            gate = null;
            Stage.dismissAll(stages);
            turnTo(next);
        } finally {
            free();
        }
    }

    private void turnTo(Target next) throws IOException {
        if (closing) {
            subject.end();
            closing = false;
        }
        stages = List.of(); // each exchange meets its faults anew
        payloadFollows = false; // before the subject
        subject = next;
        before = host.bytes(direction);
        promised = 0;
        map = null;
        payloadBegun = false;
        boolean stale = isStale();
        plan = host.active().from(next.plan());
        enter(plan, List.of(), List.of());
        if (stale) {
            host.settled();
            host.waits().wake(); // the thread of a line of the exchange before may wait for the plan to be taken on
        }
    }

    private boolean mayHold() {
        return !stages.isEmpty() || pendingGate() != null;
    }

    @Override
    public void flush() throws IOException {
        if (!mayHold()) {
            return; // nothing is held
        }
        busy.lock();
        try {
            repeat(this::flushStages);
            endIfLast();
        } finally {
            free();
        }
    }

    /** The same, behind a write that is under way. */
    public void flushAll() throws IOException {
        busy.lock();
        try {
            repeat(this::flushStages);
        } finally {
            free();
        }
    }

    /** The stream broke off: returns once everything before that has been handed on, and the break is due as well. */
    @Override
    public void breakOff() throws IOException {
        busy.lock();
        try {
            repeat(() -> firstOfPayload.breakOff());
        } finally {
            free();
        }
    }

    /** How long its rules hold threads up at this moment. */
    public Hold hold(long now) {
        ExchangeGate present = pendingGate();
        Hold longest = Stage.holdOf(stages, now);
        return present == null ? longest : longest.or(present.hold(now));
    }

    @Override
    public void endsAt(RuleContext line) {
        end = line;
    }

    @Override
    public boolean isInFrontOfEnd(RuleContext line) {
        RuleContext last = end;
        if (last == null || last == line) {
            return false;
        }
        Stage holding = stageOf(line);
        Stage closing = stageOf(last);
        if (holding == null || closing == null) {
            return false; // of an exchange before
        }
        List<Stage> chain = stages;
        return holding.onPayload() == closing.onPayload()
                ? chain.indexOf(holding) < chain.indexOf(closing)
                : holding.onPayload();
    }

    private @Nullable Stage stageOf(RuleContext line) {
        for (Stage stage : stages) {
            if (stage.context() == line) {
                return stage;
            }
        }
        return null;
    }

    /** Whether certainly no byte waits in here. */
    public boolean holdsNothing() {
        return !socket.isLed() || (!mayHold() && !busy.isLocked());
    }

    private void free() {
        writing = false;
        inHand = false;
        offered = null;
        sudden = List.of();
        busy.unlock();
    }

    /** Whether nothing stands between here and the socket, so that payload and framing needn't be told apart. */
    public boolean isPlain() {
        return first == socket && firstOfPayload == socket && !isStale();
    }

    /** Whether a rule has to do with more than the first byte. */
    boolean meetsAllBytes() {
        return stages.stream()
                .anyMatch(
                        stage -> stage.sink() != null && firstByte(stage.rule()).isEmpty());
    }

    public boolean isQuietAndStale() {
        return !busy.isLocked() && isStale();
    }

    /** Takes on a changed plan unless somebody writes, who will see it. */
    public void adoptIfQuiet() {
        while (isStale() && busy.tryLock()) {
            try {
                repeatQuietly(() -> {});
            } catch (IOException e) {
                host.end(direction, e);
                return;
            } finally {
                free();
            }
        }
    }

    /**
     * Whether it is about to take on the plan in force. One that somebody writes to isn't: it will at the next byte. Nor is
     * one that has been handing on what an earlier plan held, for that may take as long as the other end likes.
     */
    public boolean isSettling() {
        ActivePlan current = host.active();
        long underWay = adopting;
        return current.appliesToRunning(plan) && !writing && (underWay == 0 || underWay == current.version());
    }

    @Override
    public ActivePlan plan() {
        return plan;
    }

    /** Names of the rules that its bytes meet at this moment. */
    public List<String> rules() {
        return stages.stream()
                .filter(stage -> stage.sink() != null && plan.has(stage.rule()))
                .map(stage -> stage.rule().rule().name())
                .toList();
    }

    /** The exchange whose bytes it hands on; 0 for the connection itself. */
    @Override
    public long exchange() {
        return subject.exchange();
    }

    /** Whether a plan is in force that its bytes have to meet, and that it hasn't taken on yet. */
    public boolean isStale() {
        return host.active().appliesToRunning(plan);
    }

    /** Whether the plan in force asks for another chain than there is. */
    @Override
    public boolean isToChange() {
        ActivePlan current = host.active();
        return current.appliesToRunning(plan) && !fits(current.from(plan));
    }

    @Override
    public void awaitChain() throws ClosedChannelException {
        host.waits().awaitUntil(() -> isToChange() ? Waits.FOREVER : 0, host::isOpen);
        if (!host.isOpen()) {
            throw new ClosedChannelException();
        }
    }

    private boolean fits(ActivePlan current) {
        Iterator<Stage> there = stages.iterator();
        Stage next = there.hasNext() ? there.next() : null;
        for (ActiveRule rule : current.streams(direction)) {
            if (next != null && next.rule() == rule) {
                next = there.hasNext() ? there.next() : null;
            } else if (isUnderWay() && meets(rule)) {
                return false;
            }
        }
        return next == null;
    }

    private void adopt() throws IOException {
        ActivePlan current = host.active();
        if (current.appliesToRunning(plan)) {
            writing = false;
            adopting = current.version();
            try {
                adopt(current.from(plan));
            } finally {
                adopting = 0;
                host.settled();
                host.waits().wake(); // the thread of a delay line may wait for the chain behind it
            }
        } else if (draining) {
            adopt(plan);
        }
    }

    private void adopt(ActivePlan current) throws IOException {
        List<Stage> before = stages;
        List<Stage> gone = new ArrayList<>();
        List<Stage> left = new ArrayList<>(); // no longer in the chain
        for (Stage stage : before) { // in the order of the chain, so that nothing is dropped or overtaken
            if (!current.has(stage.rule())) {
                gone.add(stage);
                if (stage.sink() == null || leaves(stage, current)) {
                    left.add(stage);
                }
            }
        }
        if (current != plan || !left.isEmpty()) {
            Stage.dismissAll(left);
            enter(current, gone, left);
            if (inHand || !isDrained()) {
                List<Stage> fresh = new ArrayList<>(stages);
                fresh.removeIf(stage -> before.contains(stage) && !sudden.contains(stage));
                sudden = fresh;
            }
            adopting = 0; // before the plan: a caller that sees this plan adopted may wait for the next one
            plan = current; // last: then the change has taken hold
        }
    }

    private boolean leaves(Stage stage, ActivePlan current) throws IOException {
        Sink sink = Objects.requireNonNull(stage.sink());
        return isReplaced(stage, current) ? sink.replaced() : sink.removed();
    }

    /** Whether its rule was edited rather than removed. */
    private boolean isReplaced(Stage stage, ActivePlan current) {
        return isUnderWay()
                && current.streams(direction).stream()
                        .anyMatch(rule -> stage.isSucceededBy(rule) && subject.decide(rule));
    }

    private void enter(ActivePlan current, List<Stage> gone, List<Stage> left) {
        List<Stage> chain = chainOf(current.streams(direction), gone);
        draining = gone.size() > left.size();
        stages = draining ? withDraining(chain, gone, left) : chain;
        if (map == null && stages.stream().anyMatch(Stage::mayHold)) {
            map = new PayloadMap();
            map.add(taken(), payloadBegun, 0);
            mapOffered();
        }
        ExchangeGate present = pendingGate();
        first = link(false, present == null ? socket : present);
        payloadEnd.lead(first);
        Sink payload = link(true, payloadEnd);
        firstOfPayload = payload == payloadEnd ? first : payload;
    }

    private List<Stage> chainOf(List<ActiveRule> rules, List<Stage> gone) {
        List<Stage> chain = List.of();
        for (ActiveRule rule : rules) {
            Stage stage = stageOf(rule);
            if (stage == null && isUnderWay() && meets(rule)) {
                stage = newStage(rule, gone, chain);
            }
            if (stage != null) {
                chain = chain.isEmpty() ? new ArrayList<>(rules.size()) : chain;
                chain.add(stage);
            }
        }
        return chain;
    }

    /**
     * A stage whose rule went, but which holds bytes, stays in front of those that stood behind it: so its bytes meet each
     * of the others once, and rules that are new behind those as well.
     */
    private List<Stage> withDraining(List<Stage> chain, List<Stage> gone, List<Stage> left) {
        List<Stage> all = new ArrayList<>(chain);
        List<Stage> before = stages;
        for (int i = before.size() - 1; i >= 0; i--) {
            Stage stage = before.get(i);
            if (gone.contains(stage) && !left.contains(stage)) {
                int place = all.size();
                for (Stage behind : before.subList(i + 1, before.size())) {
                    int there = all.indexOf(behind);
                    place = there >= 0 ? Math.min(place, there) : place;
                }
                all.add(place, stage);
            }
        }
        return all;
    }

    /** Whether there is something that new rules may hit; a quiet http connection mustn't use up what is meant for exchanges. */
    private boolean isUnderWay() {
        return !subject.isOver() && (subject.exchange() > 0 || host.carriesBytes());
    }

    /** Joins the stages of one kind, last to first, and returns where the chain begins. */
    private Sink link(boolean onPayload, Sink last) {
        Sink next = last;
        for (Stage stage : stages.reversed()) {
            if (stage.sink() != null && stage.onPayload() == onPayload) {
                stage.after().lead(next);
                next = stage.sink();
            }
        }
        return next;
    }

    private @Nullable Stage stageOf(ActiveRule rule) {
        for (Stage stage : stages) {
            if (stage.rule() == rule) {
                return stage;
            }
        }
        return null;
    }

    /** An outage of another exchange holds this one up, too. */
    private boolean meets(ActiveRule rule) {
        return !comesTooLate(rule) && (subject.decide(rule) || rule.stalls().isPresent());
    }

    /** Whether the rule is about a first byte that has gone; so this exchange isn't counted as one that it hit. */
    private boolean comesTooLate(ActiveRule rule) {
        return subject.exchange() > 0
                && firstByte(rule).filter(side -> host.hasBegun(side, subject)).isPresent();
    }

    /** The direction whose first byte the rule is about, if that is all: one that tries each second is about all bytes. */
    private Optional<Direction> firstByte(ActiveRule rule) {
        return rule.rule().chance().per() == TrialUnit.SECOND
                ? Optional.empty()
                : ((StreamFault) rule.rule().fault()).firstByte(direction);
    }

    /** Whether bytes of this HTTP exchange have gone on; a tcp connection meets new rules as if it began now. */
    public boolean hasBegun(Target exchange) {
        return exchange.exchange() > 0
                && (subject.exchange() > exchange.exchange()
                        || (subject == exchange && isOpen() && host.bytes(direction) > before));
    }

    /** Whether payload of the present message, or of the tcp connection, has gone on. */
    private boolean contentHasBegun() {
        return payloadBegun || (subject.exchange() == 0 && host.bytes(direction) > before);
    }

    private Stage newStage(ActiveRule rule, List<Stage> gone, List<Stage> chain) {
        StreamFault fault = (StreamFault) rule.rule().fault();
        CountingJoint after = new CountingJoint(positionBehind(chain));
        PayloadMap known = fault.meetsHeldContent() && !chain.stream().allMatch(Stage::isEmpty) ? map : null;
        boolean midway = rule.rule().chance().per() != TrialUnit.SECOND
                && (fault.onContent() ? contentHasBegun() : hasBegun(subject));
        RuleContext line = new RuleContext(host, this, rule, subject, direction, replaced(rule, gone), midway);
        Sink next = known == null ? after : new PayloadEnd(after);
        Sink sink =
                rule.rule().chance().per() == TrialUnit.SECOND && fault.stalls().isEmpty()
                        ? new EachSecond(next, fault, line)
                        : fault.attach(next, line);
        if (sink == next) {
            return new Stage(rule, line, null, after, fault.onContent());
        }
        return known == null
                ? new Stage(rule, line, sink, after, fault.onContent())
                : new Stage(rule, line, new PayloadSink(sink, after, known, startBehind(chain)), after, false);
    }

    /** Bytes of the present exchange that the first stage has taken. */
    private long taken() {
        ByteBuffer rest = offered;
        return promised - (rest == null ? 0 : rest.remaining());
    }

    /** Position of the byte that comes out of these stages next, about: a thread of a delay line may write meanwhile. */
    private long positionBehind(List<Stage> some) {
        return lastOf(some).map(stage -> stage.after().position()).orElseGet(this::taken);
    }

    /** The same, exactly, for the thread that writes that byte. */
    private LongSupplier startBehind(List<Stage> some) {
        CountingJoint before = lastOf(some).orElseThrow().after();
        return () -> before.position();
    }

    /** The last stage that payload and framing pass. */
    private static Optional<Stage> lastOf(List<Stage> some) {
        return some.reversed().stream()
                .filter(stage -> stage.sink() != null && !stage.onPayload())
                .findFirst();
    }

    private static Optional<Sink> replaced(ActiveRule rule, List<Stage> gone) {
        for (Stage stage : gone) {
            if (stage.sink() != null && stage.isSucceededBy(rule)) {
                return Optional.of(stage.sink());
            }
        }
        return Optional.empty();
    }

    private void endPayloadStages() throws IOException {
        if (map != null) {
            map.payloadEnds(promised);
        }
        if (firstOfPayload != first) {
            firstOfPayload.end(); // as far as the joint behind them
        }
    }

    private void flushStages() throws IOException {
        Stage.flushAll(stages);
        ExchangeGate present = pendingGate();
        if (present != null) {
            present.flush();
        }
    }
}
