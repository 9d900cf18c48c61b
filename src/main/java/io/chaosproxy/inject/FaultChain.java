package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.stream.Cutting;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The faults that the bytes of one exchange meet in one direction, in the order of the plan; for a tcp connection, those of its
 * stream.
 *
 * <p>It is rebuilt when the plan has changed: rules that stayed keep their state, new ones are put in, those that went hand on
 * what they held. Once the next exchange has begun behind it, it takes out rules that went, and no new ones come in: all of its
 * bytes have been written.
 *
 * <p>Until then it is used under the lock of the pipeline; threads of delay lines pass it at any time.
 */
final class FaultChain implements RuleContext.Chain {
    private final FaultHost host;
    private final Direction direction;
    private final Target target;
    private final MessageProgress progress;
    private final ChainLinks links = new ChainLinks();
    private volatile ActivePlan plan;
    private volatile List<Stage> stages = List.of();
    private volatile boolean draining; // rules that went still hand on what they held
    private volatile long adopting; // the version that is being adopted; 0 while none is
    private volatile @Nullable RuleContext end; // its rule has closed the connection while others may hold bytes
    private volatile @Nullable Successor successor;
    private List<Stage> sudden = List.of(); // may cut what stood still when their rules came, and are asked first

    /**
     * What takes over from a chain.
     *
     * @param chain of the next exchange
     * @param taking excludes threads that take rules out of the chain that has been succeeded
     */
    private record Successor(FaultChain chain, ReentrantLock taking) {}

    /**
     * A chain without stages; {@link #build} gives it those and its sink.
     *
     * @param start bytes of this direction in front of its own
     */
    FaultChain(FaultHost host, Direction direction, Target target, ActivePlan plan, long start) {
        this.host = host;
        this.direction = direction;
        this.target = target;
        this.plan = plan;
        this.progress = new MessageProgress(start);
    }

    /**
     * Puts the faults of the plan in.
     *
     * @param behind where the bytes go behind all faults
     */
    void build(Sink behind) {
        enter(plan, behind, List.of(), List.of());
    }

    /** What its rules hit. */
    Target target() {
        return target;
    }

    MessageProgress progress() {
        return progress;
    }

    @Override
    public ActivePlan plan() {
        return plan;
    }

    /** Names of the rules that its bytes meet at this moment. */
    List<String> rules() {
        return stages.stream()
                .filter(stage -> stage.sink() != null && plan.has(stage.rule()))
                .map(stage -> stage.rule().rule().name())
                .toList();
    }

    /** Whether a rule has to do with more than the first byte. */
    boolean meetsAllBytes() {
        return stages.stream()
                .anyMatch(stage -> stage.sink() != null
                        && StageFactory.firstByte(stage.rule(), direction).isEmpty());
    }

    /** Whether it has no stages. */
    boolean hasNoStages() {
        return stages.isEmpty();
    }

    /** Whether nothing stands in front of this sink. */
    boolean leadsStraightTo(Sink sink) {
        return links.leadStraightTo(sink);
    }

    /** Whether its stages hold nothing at this moment. */
    boolean isEmpty() {
        return Stage.areEmpty(stages);
    }

    /** Whether its stages hold bytes that are to be handed on. */
    boolean holdsBytes() {
        List<Stage> all = stages;
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).mayHold() && !all.get(i).isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /** How long its rules hold threads up at this moment. */
    Hold hold(long now) {
        Hold longest = Hold.NONE;
        List<Stage> all = stages;
        for (int i = 0; i < all.size(); i++) {
            longest = longest.or(all.get(i).context().hold(now));
        }
        return longest;
    }

    /** Begins a write. */
    void offer(ByteBuffer bytes, boolean payload) {
        Trace trace = target.trace();
        if (trace != null) {
            trace.offered(direction);
        }
        progress.offer(bytes, payload);
        if (progress.hasMap()) {
            progress.mapOffered(factory().positionBehind(stages));
        }
    }

    /** Payload follows, or passes together with what frames it. */
    void payloadBegins() {
        if (target.exchange() > 0) {
            progress.payloadBegins();
        }
    }

    /** Offers the bytes once. */
    void write(ByteBuffer bytes, boolean payload) throws IOException {
        if (!sudden.isEmpty()) {
            cutIfDue(payload
                    || progress.hasPayloadBegun()); // where no rules stood, payload passed together with its framing
        }
        if (draining) {
            awaitDrained();
        }
        links.write(bytes, payload);
    }

    /** Rules that went keep what they hold, so new bytes wait: or each change on a stuck stream would let more be held. */
    private void awaitDrained() throws IOException {
        for (Stage stage : stages) {
            if (stage.sink() != null && !plan.has(stage.rule())) {
                stage.sink().drain();
            }
        }
    }

    /** Asks the stages that are new over bytes that stood still, unless a write does. */
    void cutIfDue() throws IOException {
        if (!sudden.isEmpty()) {
            cutIfDue(target.exchange() == 0 || progress.hasPayloadBegun());
        }
    }

    private void cutIfDue(boolean payload) throws IOException {
        for (Stage stage : sudden) {
            if ((payload || !stage.onPayload()) && stage.sink() instanceof Cutting cutting) {
                cutting.cutIfDue();
            }
        }
    }

    /** The step is over, and with it what stood still. */
    void stepped() {
        progress.offered();
        sudden = List.of();
    }

    /** The payload of the message is complete. */
    void endPayload() throws IOException {
        progress.payloadEnds();
        links.endPayload();
    }

    /** The end of the stream. */
    void end() throws IOException {
        links.end();
    }

    /** The stream broke off. */
    void breakOff() throws IOException {
        links.breakOff();
    }

    /** Hands on what its stages hold. */
    void flush() throws IOException {
        for (Stage stage : stages) {
            if (stage.sink() != null) {
                stage.sink().flush();
            }
        }
    }

    /** Returns once the next exchange may follow. */
    void awaitSuccessor() throws IOException {
        for (Stage stage : stages) {
            if (stage.sink() != null) {
                stage.sink().awaitSuccessor();
            }
        }
    }

    /** Ends what its rules still do. */
    void dismiss() {
        dismiss(stages);
    }

    private static void dismiss(List<Stage> gone) {
        for (int i = 0; i < gone.size(); i++) {
            gone.get(i).context().dismiss();
        }
    }

    /** Whether a plan is in force that its bytes have to meet, and that it hasn't adopted yet. */
    boolean isStale() {
        return target.isToAdopt(host.active(), plan);
    }

    /** Whether it is about to adopt the plan in force, and not still handing on what an earlier one held. */
    boolean isSettling() {
        ActivePlan current = host.active();
        long underWay = adopting;
        return target.isToAdopt(current, plan) && (underWay == 0 || underWay == current.version());
    }

    @Override
    public boolean isToChange() {
        Successor next = successor;
        return newest().isToBeRebuilt() || (next != null && hasRemoved());
    }

    private boolean isToBeRebuilt() {
        ActivePlan current = host.active();
        return target.isToAdopt(current, plan) && !fits(target.planFrom(current, plan));
    }

    private boolean fits(ActivePlan current) {
        Iterator<Stage> there = stages.iterator();
        Stage next = there.hasNext() ? there.next() : null;
        for (ActiveRule rule : current.streams(direction)) {
            if (next != null && next.rule() == rule) {
                next = there.hasNext() ? there.next() : null;
            } else if (factory().meets(rule)) {
                return false;
            }
        }
        return next == null;
    }

    private boolean hasRemoved() {
        ActivePlan current = host.active();
        if (!target.isToAdopt(current, plan)) {
            return false;
        }
        ActivePlan own = target.planFrom(current, plan);
        return stages.stream().anyMatch(stage -> !own.has(stage.rule()));
    }

    @Override
    public void awaitChange() throws IOException {
        host.waits().awaitUntil(() -> newest().isToBeRebuilt() ? Waits.FOREVER : 0, host::isOpen);
        if (!host.isOpen()) {
            throw new ClosedChannelException();
        }
        takeOutRemoved();
    }

    private FaultChain newest() {
        FaultChain chain = this;
        for (Successor next = successor; next != null; next = chain.successor) {
            chain = next.chain();
        }
        return chain;
    }

    /** The next exchange begins behind this one, all of whose bytes have been written. */
    void succeededBy(FaultChain next) {
        successor = new Successor(next, new ReentrantLock());
    }

    /** Takes out rules that went, if the next exchange has begun; else the pipeline rebuilds the chain. */
    void takeOutRemoved() throws IOException {
        Successor next = successor;
        if (next == null || !hasRemoved()) {
            return;
        }
        next.taking().lock();
        try {
            ActivePlan own = target.planFrom(host.active(), plan);
            List<Stage> kept = new ArrayList<>();
            List<Stage> left = new ArrayList<>();
            for (Stage stage : stages) {
                Sink sink = stage.sink();
                boolean leaves = !own.has(stage.rule()) && (sink == null || sink.removed());
                (leaves ? left : kept).add(stage);
            }
            dismiss(left);
            stages = kept;
            links.relink(stages);
            plan = own;
        } finally {
            next.taking().unlock();
        }
    }

    /**
     * Adopts a plan, unless it has; then stages that still had to hand on what they held are asked again.
     *
     * @param behind where the bytes go behind all faults from now on
     * @param standsStill whether bytes that have been written haven't been handed on
     */
    void adopt(ActivePlan current, Sink behind, boolean standsStill) throws IOException {
        if (target.isToAdopt(current, plan)) {
            adopting = current.version();
            try {
                rebuild(target.planFrom(current, plan), behind, standsStill);
            } finally {
                adopting = 0;
                host.settled();
                host.waits().wake(); // the thread of a delay line may wait for the chain behind it
            }
        } else if (draining) {
            rebuild(plan, behind, standsStill);
        }
    }

    private void rebuild(ActivePlan current, Sink behind, boolean standsStill) throws IOException {
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
            dismiss(left);
            enter(current, behind, gone, left);
            if (standsStill || !isEmpty()) {
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
        return factory().isUnderWay()
                && current.streams(direction).stream()
                        .anyMatch(rule -> stage.isSucceededBy(rule) && target.decide(rule));
    }

    private void enter(ActivePlan current, Sink behind, List<Stage> gone, List<Stage> left) {
        List<Stage> chain = chainOf(current.streams(direction), gone);
        draining = gone.size() > left.size();
        stages = draining
                ? Stage.withDraining(chain, stages, stage -> gone.contains(stage) && !left.contains(stage))
                : chain;
        if (!progress.hasMap() && Stage.mayHold(stages)) {
            progress.startMap();
            progress.mapOffered(factory().positionBehind(stages));
        }
        links.link(stages, behind);
    }

    private List<Stage> chainOf(List<ActiveRule> rules, List<Stage> gone) {
        List<Stage> chain = List.of();
        for (int i = 0; i < rules.size(); i++) {
            ActiveRule rule = rules.get(i);
            Stage stage = stageOf(rule);
            if (stage == null && factory().meets(rule)) {
                stage = factory().stage(rule, chain, replacedBy(rule, gone));
            }
            if (stage != null) {
                chain = with(chain, stage, rules.size());
            }
        }
        return chain;
    }

    /** Each exchange has a chain for each direction, nearly always of one stage at most. */
    private static List<Stage> with(List<Stage> chain, Stage stage, int capacity) {
        if (chain.isEmpty()) {
            return List.of(stage);
        }
        List<Stage> longer = chain;
        if (chain.size() == 1) {
            longer = new ArrayList<>(capacity);
            longer.addAll(chain);
        }
        longer.add(stage);
        return longer;
    }

    private static Optional<Sink> replacedBy(ActiveRule rule, List<Stage> gone) {
        for (Stage stage : gone) {
            if (stage.sink() != null && stage.isSucceededBy(rule)) {
                return Optional.of(stage.sink());
            }
        }
        return Optional.empty();
    }

    private StageFactory factory() {
        return new StageFactory(host, direction, target, progress, this);
    }

    private @Nullable Stage stageOf(ActiveRule rule) {
        for (Stage stage : stages) {
            if (stage.rule() == rule) {
                return stage;
            }
        }
        return null;
    }

    private @Nullable Stage stageOf(RuleContext context) {
        for (Stage stage : stages) {
            if (stage.context() == context) {
                return stage;
            }
        }
        return null;
    }

    @Override
    public boolean payloadFollows() {
        return progress.payloadFollows();
    }

    @Override
    public void endsAt(RuleContext context) {
        end = context;
    }

    @Override
    public boolean isInFrontOfEnd(RuleContext context) {
        RuleContext closed = end;
        if (closed == null || closed == context) {
            return false;
        }
        Stage holding = stageOf(context);
        Stage closing = stageOf(closed);
        if (holding == null || closing == null) {
            return false; // has left the chain
        }
        List<Stage> chain = stages;
        return holding.onPayload() == closing.onPayload()
                ? chain.indexOf(holding) < chain.indexOf(closing)
                : holding.onPayload();
    }
}
