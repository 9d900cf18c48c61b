package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides which rules the bytes of an exchange meet in one direction, and attaches their faults.
 *
 * @param chain that the stages are for
 */
record StageFactory(
        FaultHost host, Direction direction, Target target, MessageProgress progress, RuleContext.Chain chain) {

    /** Whether there is something that new rules may hit; a quiet http connection mustn't use up what is meant for exchanges. */
    boolean isUnderWay() {
        return !target.isOver() && (target.exchange() > 0 || host.carriesBytes());
    }

    /** Whether the bytes meet this rule. An outage of another exchange holds this one up, too. */
    boolean meets(ActiveRule rule) {
        return isUnderWay()
                && (target.exchange() > 0 || !rule.rule().fault().httpOnly())
                && !comesTooLate(rule)
                && (target.decide(rule) || rule.stalls().isPresent());
    }

    /** Whether the rule is about a first byte that has gone; so this exchange isn't counted as one that it hit. */
    private boolean comesTooLate(ActiveRule rule) {
        return target.exchange() > 0
                && firstByte(rule, direction)
                        .filter(side -> host.hasBegun(side, target))
                        .isPresent();
    }

    /** The direction whose first byte the rule is about, if that is all: one that tries each second is about all bytes. */
    static Optional<Direction> firstByte(ActiveRule rule, Direction direction) {
        return rule.rule().chance().per() == TrialUnit.SECOND
                ? Optional.empty()
                : ((StreamFault) rule.rule().fault()).firstByte(direction);
    }

    /**
     * Attaches the fault of a rule behind these stages.
     *
     * @param replaced the sink of the rule of which this one is the edited version
     */
    Stage stage(ActiveRule rule, List<Stage> inFront, Optional<Sink> replaced) {
        StreamFault fault = (StreamFault) rule.rule().fault();
        CountingJoint after = new CountingJoint(positionBehind(inFront));
        PayloadMap known = fault.meetsHeldContent() && !Stage.areEmpty(inFront) ? progress.map() : null;
        RuleContext context = new RuleContext(host, chain, rule, target, direction, replaced, isMidway(rule, fault));
        Sink next = known == null ? after : new PayloadEnd(after);
        Sink sink =
                rule.rule().chance().per() == TrialUnit.SECOND && fault.stalls().isEmpty()
                        ? new EachSecond(next, fault, context)
                        : StreamEffects.attach(fault, next, context);
        if (sink == next) {
            return new Stage(rule, context, null, after, fault.onContent());
        }
        return known == null
                ? new Stage(rule, context, sink, after, fault.onContent())
                : new Stage(rule, context, new PayloadSink(sink, after, known, startBehind(inFront)), after, false);
    }

    private boolean isMidway(ActiveRule rule, StreamFault fault) {
        return rule.rule().chance().per() != TrialUnit.SECOND
                && (fault.onContent() ? contentHasBegun() : target.exchange() > 0 && host.hasBegun(direction, target));
    }

    /** Whether payload of the message, or of the tcp connection, has gone on. */
    private boolean contentHasBegun() {
        return progress.hasPayloadBegun() || (target.exchange() == 0 && progress.hasPassed(host.bytes(direction)));
    }

    /** Position of the byte that comes out of these stages next, about: a thread of a delay line may write meanwhile. */
    long positionBehind(List<Stage> stages) {
        Stage last = lastOf(stages);
        return last == null ? progress.taken() : last.after().position();
    }

    /** Position of that byte, exactly, for the thread that writes it. */
    private static LongSupplier startBehind(List<Stage> stages) {
        return Objects.requireNonNull(lastOf(stages)).after()::position;
    }

    /** The last stage that payload and framing pass; null if there is none. */
    private static @Nullable Stage lastOf(List<Stage> stages) {
        for (int i = stages.size() - 1; i >= 0; i--) {
            Stage stage = stages.get(i);
            if (stage.sink() != null && !stage.onPayload()) {
                return stage;
            }
        }
        return null;
    }
}
