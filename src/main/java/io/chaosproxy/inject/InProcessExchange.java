package io.chaosproxy.inject;

import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.OutageState;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.fault.Target;
import io.chaosproxy.flow.ConnectionAbort;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.PlanChangedException;
import io.chaosproxy.flow.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * One exchange inside a service, on its way through the rules that hit it: the head of the request, its body, and the
 * same of the response.
 *
 * <p>Each direction meets the rules that are in force when its head passes. The service's thread runs it and waits in it;
 * a rule that is lifted lets it go on at once.
 */
public final class InProcessExchange {
    private final InProcessInjector home;
    private final Target subject;
    private final Map<CommonKey, Object> common;
    private final Course up = new Course(Direction.UP);
    private final Course down = new Course(Direction.DOWN);

    private record CommonKey(ActiveRule rule, Class<?> type) {}

    /** What both directions of a connection, and all its exchanges, share under their rules. Any thread may use it. */
    public static final class Shared {
        private final Map<CommonKey, Object> common = new ConcurrentHashMap<>(1);

        /** Nothing is shared yet. */
        public Shared() {}

        /** Forgets what belongs to rules that are no longer in force. */
        void forgetAllBut(ActivePlan inForce) {
            common.keySet().removeIf(key -> !inForce.has(key.rule()));
        }
    }

    InProcessExchange(InProcessInjector home, Target subject, Shared shared) {
        this.home = home;
        this.subject = subject;
        this.common = shared.common;
    }

    /** What is hit, and what was decided about it. */
    public Target subject() {
        return subject;
    }

    /**
     * The head of this direction passes, as late as its rules say.
     *
     * @param length its bytes, as far as they are known here
     * @param bodiless whether nothing follows it, so that what was to happen to the body happens before the head
     * @throws ConnectionAbort if a rule ends the connection here
     */
    public void head(Direction direction, int length, boolean bodiless) throws IOException {
        course(direction).head(length, bodiless);
    }

    /** Whether a rule has to do with the bytes of the body. */
    public boolean touchesBody(Direction direction) {
        return course(direction).touchesBody();
    }

    /** Where to write the body, so that it comes out at {@code end} as its rules say. */
    public Sink body(Direction direction, Sink end) {
        return course(direction).body(end);
    }

    /** The rules in force now that change the fields of this head, in order. */
    public List<ActiveRule> edits(Headers.On on) {
        return home.active().of(Headers.class).stream()
                .filter(active ->
                        active.rule().fault() instanceof Headers fields && fields.on() == on && subject.decide(active))
                .toList();
    }

    /** The first rule with such a fault that hits this exchange now. */
    public Optional<ActiveRule> firstHit(Class<? extends Fault> kind) {
        return home.active().firstHit(kind, subject);
    }

    /** A rule is about to do what it says: false if its hits are used up, so that it has to let pass. */
    public boolean hit(ActiveRule rule) {
        return home.hit(subject, rule, 0, Sample.NOTHING);
    }

    /** The rule that {@link #firstHit} gave did what it says. */
    public void done(ActiveRule rule) {
        home.enter(subject, rule.rule(), Sample.NOTHING);
    }

    InProcessInjector home() {
        return home;
    }

    /** What both directions share under a rule, and the other exchanges of the connection where it is known. */
    <T> T common(ActiveRule rule, Class<T> type, Supplier<T> make) {
        return type.cast(common.computeIfAbsent(new CommonKey(rule, type), key -> make.get()));
    }

    /** Where the outage of a rule is kept. Nothing in here knows of other proxies. */
    OutageState stall(ActiveRule rule) {
        boolean own = rule.rule().fault() instanceof Outage outage && outage.scope() == Outage.Scope.CONNECTION;
        return own ? common(rule, OutageState.class, OutageState::new) : rule.stall();
    }

    private Course course(Direction direction) {
        return direction == Direction.UP ? up : down;
    }

    /** The faults that one direction meets. The head passes those of the line, the body those of the content as well. */
    private final class Course {
        private final Direction direction;
        private final Out out = new Out();
        private Sink line = out;
        private Sink content = out;
        private boolean begun;
        private boolean touchesBody;

        Course(Direction direction) {
            this.direction = direction;
        }

        void head(int length, boolean bodiless) throws IOException {
            enterOnce();
            if (bodiless) {
                new Whole(content).end();
            }
            Sink end = out.to;
            out.to = Nowhere.SINK; // the head isn't bytes here: others in its place pass the faults
            new Whole(line).write(ByteBuffer.allocate(length));
            out.to = end;
        }

        boolean touchesBody() {
            enterOnce();
            return touchesBody;
        }

        private void enterOnce() {
            if (!begun) {
                begun = true;
                enter();
            }
        }

        Sink body(Sink end) {
            out.to = end;
            return new Whole(content);
        }

        private void enter() {
            List<ActiveRule> ofLine = new ArrayList<>();
            List<ActiveRule> ofContent = new ArrayList<>();
            for (ActiveRule rule : home.active().streams(direction)) {
                Fault fault = rule.rule().fault();
                if (subject.decide(rule)
                        || fault instanceof Outage) { // that of another exchange holds this one up, too
                    boolean onContent = ((StreamFault) fault).onContent();
                    (onContent ? ofContent : ofLine).add(rule);
                    touchesBody |= onContent || fault instanceof Rate || fault instanceof Outage;
                }
            }
            line = attach(ofLine, out);
            content = attach(ofContent, new PayloadEnd(line));
        }

        private Sink attach(List<ActiveRule> rules, Sink last) {
            Sink next = last;
            for (ActiveRule rule : rules.reversed()) {
                InProcessContext lane = new InProcessContext(InProcessExchange.this, rule, direction);
                Sink stage = ((StreamFault) rule.rule().fault()).attach(next, lane);
                next = stage == next ? next : new Removable(stage, next, lane);
            }
            return next;
        }
    }

    /** Takes all bytes, in as many steps as the faults behind it want. */
    private record Whole(Sink first) implements Sink {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
            for (boolean done = false; !done; ) {
                try {
                    first.write(bytes);
                    done = !bytes.hasRemaining();
                } catch (PlanChangedException changed) {
                    // then without the rule that went
                }
            }
        }

        @Override
        public void end() throws IOException {
            for (boolean done = false; !done; ) {
                try {
                    first.end();
                    done = true;
                } catch (PlanChangedException changed) {
                    // as above
                }
            }
        }
    }

    /** A fault until its rule goes; nothing from then on. No fault in here holds bytes of its own. */
    private record Removable(Sink stage, Sink next, InProcessContext lane) implements Sink {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
            inForce().write(bytes);
        }

        @Override
        public void flush() throws IOException {
            inForce().flush();
        }

        @Override
        public void end() throws IOException {
            inForce().end();
        }

        private Sink inForce() {
            return lane.holds() ? stage : next;
        }
    }

    /** The end of a course: nowhere for the head, which the service sends itself; for the body what it names. */
    private static final class Out implements Sink {
        private Sink to = Nowhere.SINK;

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            to.write(bytes);
        }

        @Override
        public void end() throws IOException {
            to.end();
        }
    }

    /** The end of a body isn't that of the connection. */
    private record PayloadEnd(Sink line) implements Sink {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
            line.write(bytes);
        }

        @Override
        public void end() {}
    }

    /** Takes what has only to pass. */
    public enum Nowhere implements Sink {
        SINK;

        @Override
        public void write(ByteBuffer bytes) {
            bytes.position(bytes.limit());
        }

        @Override
        public void end() {}
    }
}
