package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Probability;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.flow.TimeSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Record of one exchange, or of one connection as a whole: when what happened, how long each rule held it up, and why each rule hit
 * it or not. Made only while {@link Traces} are asked for. Thread-safe; bounded, however long it lasts and however many rules there
 * are.
 */
public final class Trace {
    /** Upper bound for the rules, waits and hits of one record. */
    static final int MAX_ENTRIES = 64;

    /** Upper bound for the points of the curve of bytes; then each second one goes. */
    static final int MAX_POINTS = 64;

    private static final int MAX_TEXT = 256;
    private static final long FIRST_RESOLUTION = 1_000_000; // nanoseconds between two points

    /** Waits of a rule that follow each other this closely are told as one. */
    private static final long SAME_WAIT = 2_000_000;

    /** Moments that each happen once. */
    public enum Moment {
        /** The upstream is about to be dialled. */
        DIALLING,
        /** It is connected, by TLS if that is asked for. */
        CONNECTED,
        /** The first byte from the upstream, or of the answer in its place, comes to the rules of the way down. */
        ANSWERED,
        /** The client has been given the first byte. */
        FIRST_BYTE
    }

    /** What was decided about a rule. */
    public enum Outcome {
        /** A condition does not hold. */
        CONDITIONS,
        /** The conditions hold; skip, first or nth select another match. */
        NOT_SELECTED,
        /** The trial was a miss. */
        MISS,
        /** All of its hits are used up. */
        USED_UP,
        /** It hits. */
        HIT,
        /** It has a trial in each second. */
        EACH_SECOND
    }

    /**
     * A decision about a rule.
     *
     * @param conditions each condition that the rule has
     * @param match its number among the matches of the rule, from 1; 0 if it is none, or was not counted as one
     * @param draw what the trial drew, from 0 to 1: a hit if it is less than the probability; empty if there was no trial to draw for
     * @param earlier decided by an earlier exchange of the connection
     */
    public record Decision(
            Rule rule, List<Condition> conditions, long match, OptionalDouble draw, Outcome outcome, boolean earlier) {}

    /**
     * A rule held it up.
     *
     * @param from nanoseconds since the beginning
     * @param to end; that of the present moment if it is still held up
     */
    public record Wait(Rule rule, Direction direction, long from, long to) {}

    /**
     * A rule did something.
     *
     * @param at nanoseconds since the beginning
     */
    public record Effect(Rule rule, Sample drawn, long at) {}

    /**
     * Bytes that have been handed on.
     *
     * @param at nanoseconds since the beginning
     */
    public record Point(long at, long up, long down) {}

    /**
     * State at one moment.
     *
     * @param lastUp when the last bytes before the answer were handed on to the upstream; empty without any
     * @param ended when it ended; empty while it is under way
     * @param now nanoseconds since the beginning; those until its end if it has ended
     * @param end why it ended; empty while it is under way
     * @param status of the HTTP response; 0 without one
     * @param left entries that were left out
     */
    public record State(
            Map<Moment, Long> moments,
            OptionalLong lastUp,
            OptionalLong ended,
            long now,
            String end,
            int status,
            long up,
            long down,
            List<Decision> decisions,
            List<Wait> waits,
            List<Effect> effects,
            List<Point> points,
            int left) {
        /** When it happened, in nanoseconds since the beginning; empty if it has not. */
        public OptionalLong at(Moment moment) {
            Long at = moments.get(moment);
            return at == null ? OptionalLong.empty() : OptionalLong.of(at);
        }
    }

    /** A wait under way, for {@link #ends}. */
    public static final class OpenWait {
        private final Rule rule;
        private final Direction direction;
        private final long from;
        private long to = -1; // while it is under way

        private OpenWait(Rule rule, Direction direction, long from) {
            this.rule = rule;
            this.direction = direction;
            this.from = from;
        }
    }

    private final ReentrantLock lock = new ReentrantLock(); // guards all that is not final
    private final TimeSource time;
    private final long begin;
    private final Instant began = Instant.now();
    private final String proxy;
    private final long connection;
    private final long exchange;
    private final String client;
    private final String request;
    private final List<Rule> rules;
    private final List<Rule> inForce;

    private final Map<Moment, Long> moments = new EnumMap<>(Moment.class);
    private final List<Decision> decisions = new ArrayList<>(4);
    private final List<OpenWait> waits = new ArrayList<>(4);
    private final List<Effect> effects = new ArrayList<>(4);
    private final List<Point> points = new ArrayList<>(8);
    private long resolution = FIRST_RESOLUTION;
    private OptionalLong lastUp = OptionalLong.empty();
    private OptionalLong ended = OptionalLong.empty();
    private String end = "";
    private int status;
    private long up;
    private long down;
    private int left;
    private long match; // of the rule that is decided about at present

    /**
     * Of a target that begins now.
     *
     * @param request method and path; empty for a connection
     * @param rules those of its plan
     * @param inForce those of them that don't rest
     */
    Trace(
            TimeSource time,
            String proxy,
            long connection,
            long exchange,
            String client,
            String request,
            List<Rule> rules,
            List<Rule> inForce) {
        this.time = time;
        this.begin = time.nanoTime();
        this.proxy = proxy;
        this.connection = connection;
        this.exchange = exchange;
        this.client = client;
        this.request = cut(request);
        this.rules = rules;
        this.inForce = inForce;
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT - 1) + '…';
    }

    public String proxy() {
        return proxy;
    }

    /** The number of the connection on its proxy, from 1. */
    public long connection() {
        return connection;
    }

    /** The number of the exchange on its connection, from 1; 0 for the connection as a whole. */
    public long exchange() {
        return exchange;
    }

    public String client() {
        return client;
    }

    /** Method and path; empty for a connection. */
    public String request() {
        return request;
    }

    public Instant began() {
        return began;
    }

    /** The rules of the plan that it began with, in their order. */
    public List<Rule> rules() {
        return rules;
    }

    /** Those of its rules that were in force: the others rested at that time. */
    public List<Rule> inForce() {
        return inForce;
    }

    private long now() {
        return time.nanoTime() - begin;
    }

    private interface Entry {
        void enter();
    }

    private void enter(Entry entry) {
        lock.lock();
        try {
            if (ended.isEmpty()) {
                entry.enter();
            }
        } finally {
            lock.unlock();
        }
    }

    /** It happens now; only the first time counts. */
    public void is(Moment moment) {
        enter(() -> mark(moment));
    }

    private void mark(Moment moment) {
        moments.putIfAbsent(moment, now());
    }

    /** The conditions of the rule that is decided about hold, for this many times until now. */
    void matches(long number) {
        enter(() -> match = number);
    }

    /**
     * It has been decided whether this rule hits the target.
     *
     * @param compared its conditions
     * @param trial what its trial draws, made or not
     */
    void decided(Rule rule, List<Condition> compared, double trial, boolean hits) {
        enter(() -> {
            long number = match;
            match = 0;
            if (decisions.size() == MAX_ENTRIES) {
                left++;
                return;
            }
            List<Condition> conditions = compared.stream()
                    .map(each -> new Condition(each.key(), each.expected(), cut(each.actual()), each.holds()))
                    .toList();
            boolean holds = conditions.stream().allMatch(Condition::holds);
            boolean earlier = holds && number == 0;
            boolean selected = number > 0 && Conditions.select(rule.when(), number);
            OptionalDouble draw = (selected || earlier) && hasTrial(rule.chance())
                    ? OptionalDouble.of(trial)
                    : OptionalDouble.empty();
            decisions.add(new Decision(
                    rule,
                    conditions,
                    number,
                    draw,
                    outcome(rule.chance(), holds, hits, number, selected, draw),
                    earlier));
        });
    }

    private static boolean hasTrial(Probability chance) {
        return chance.probability() > 0 && chance.probability() < 1 && chance.per() != TrialUnit.SECOND;
    }

    private static Outcome outcome(
            Probability chance, boolean holds, boolean hits, long number, boolean selected, OptionalDouble draw) {
        if (!holds) {
            return Outcome.CONDITIONS;
        }
        if (hits) {
            return chance.per() == TrialUnit.SECOND ? Outcome.EACH_SECOND : Outcome.HIT;
        }
        if (number > 0 && !selected) {
            return Outcome.NOT_SELECTED;
        }
        return draw.orElse(0) < chance.probability() ? Outcome.USED_UP : Outcome.MISS;
    }

    /** A rule did something. */
    void struck(Rule rule, Sample drawn) {
        enter(() -> {
            if (effects.size() < MAX_ENTRIES) {
                effects.add(new Effect(rule, drawn, now()));
            } else {
                left++;
            }
        });
    }

    /** A rule holds it up from now on; null if that is not recorded. */
    public @Nullable OpenWait waits(Rule rule, Direction direction) {
        lock.lock();
        try {
            long now = now();
            OpenWait last = last(rule, direction);
            if (last != null && last.to >= 0 && now - last.to < SAME_WAIT) {
                last.to = -1;
                return last;
            }
            if (ended.isPresent() || waits.size() == MAX_ENTRIES) {
                left++;
                return null;
            }
            OpenWait next = new OpenWait(rule, direction, now);
            waits.add(next);
            return next;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable OpenWait last(Rule rule, Direction direction) {
        for (int i = waits.size() - 1; i >= 0; i--) {
            OpenWait each = waits.get(i);
            if (each.rule == rule && each.direction == direction) {
                return each;
            }
        }
        return null;
    }

    /** The wait is over. */
    public void ends(@Nullable OpenWait wait) {
        if (wait != null) {
            enter(() -> wait.to = now());
        }
    }

    /** Bytes of this direction come to the rules. */
    void offered(Direction direction) {
        if (direction == Direction.DOWN) {
            is(Moment.ANSWERED);
        }
    }

    /** Bytes have been handed on. */
    public void moved(Direction direction, int bytes) {
        enter(() -> {
            long now = now();
            if (direction == Direction.UP) {
                up += bytes;
                // a request that was answered at once may be counted behind its response
                if (!moments.containsKey(Moment.ANSWERED) || (exchange > 0 && lastUp.isEmpty())) {
                    lastUp = OptionalLong.of(now);
                }
            } else {
                down += bytes;
                mark(Moment.FIRST_BYTE);
            }
            plot(now);
        });
    }

    private void plot(long now) {
        Point point = new Point(now, up, down);
        int last = points.size() - 1;
        if (last > 0 && now - points.get(last - 1).at() < resolution) {
            points.set(last, point);
            return;
        }
        if (points.size() == MAX_POINTS) {
            thin();
        }
        points.add(point);
    }

    private void thin() {
        resolution *= 2;
        for (int i = points.size() - 2; i > 0; i -= 2) {
            points.remove(i);
        }
    }

    /**
     * It is over; only the first call counts.
     *
     * @param code of the HTTP response; 0 without one
     * @param cause why it ended, such as {@code completed}
     */
    public void over(int code, String cause) {
        enter(() -> {
            long now = now();
            status = code;
            end = cause;
            waits.stream().filter(wait -> wait.to < 0).forEach(wait -> wait.to = now);
            ended = OptionalLong.of(now);
        });
    }

    /** Whether a rule holds or swallows what the client is to get: the proxy may be done with it, and the client is not. */
    public boolean isHeldFromClient() {
        lock.lock();
        try {
            return waits.stream().anyMatch(wait -> wait.to < 0 && wait.direction == Direction.DOWN);
        } finally {
            lock.unlock();
        }
    }

    /** Its state at this moment. */
    public State state() {
        lock.lock();
        try {
            long now = ended.orElseGet(this::now);
            return new State(
                    Map.copyOf(moments),
                    lastUp,
                    ended,
                    now,
                    end,
                    status,
                    up,
                    down,
                    List.copyOf(decisions),
                    waits.stream()
                            .map(wait -> new Wait(wait.rule, wait.direction, wait.from, wait.to < 0 ? now : wait.to))
                            .toList(),
                    List.copyOf(effects),
                    List.copyOf(points),
                    left);
        } finally {
            lock.unlock();
        }
    }
}
