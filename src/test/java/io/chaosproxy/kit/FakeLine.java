package io.chaosproxy.kit;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.flow.PlanChangedException;
import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.stream.FaultContext;
import io.chaosproxy.stream.OutageState;
import io.chaosproxy.stream.Sink;
import io.chaosproxy.stream.StreamEffects;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A line that a test holds in its hand: one thread, a clock that waiting moves, trials that come out as the test says,
 * and a list of what the fault entered into the journal. Its rule is named {@code test}.
 */
public final class FakeLine implements FaultContext {
    private final HandClock clock;
    private final Direction direction;
    private final Deque<Boolean> trials = new ArrayDeque<>();
    private final Deque<Runnable> spawned = new ArrayDeque<>();
    private final List<String> hits = new ArrayList<>();
    private final List<String> severed = new ArrayList<>();
    private RandomGenerator random = new SplittableRandom(1);
    private boolean leads = true;
    private boolean midway;
    private long contentLength = -1;
    private boolean contentFollows;
    private long lasts = Long.MAX_VALUE; // nanoseconds from the clock's beginning
    private long changes = Long.MAX_VALUE; // the same
    private OutageState stall = new OutageState();
    private boolean usedUp;
    private boolean entered;
    private @Nullable RateLimiter link;
    private Optional<Sink> replaced = Optional.empty();

    private FakeLine(HandClock clock, Direction direction) {
        this.clock = clock;
        this.direction = direction;
    }

    /** The way down of a connection. */
    public static FakeLine down() {
        return down(HandClock.running());
    }

    /** The same by this clock. */
    public static FakeLine down(HandClock clock) {
        return new FakeLine(clock, Direction.DOWN);
    }

    /** The way up of a connection of its own. */
    public static FakeLine up() {
        return new FakeLine(HandClock.running(), Direction.UP);
    }

    /** The way up of the same connection, which does not lead. */
    public FakeLine twin() {
        FakeLine twin = new FakeLine(clock, Direction.UP);
        twin.leads = false;
        twin.stall = stall;
        return twin;
    }

    public HandClock clock() {
        return clock;
    }

    /** The way down of another connection, which an outage of the proxy stalls as well. */
    public FakeLine neighbour() {
        FakeLine neighbour = new FakeLine(clock, Direction.DOWN);
        neighbour.stall = stall;
        return neighbour;
    }

    /** A sink at the end of this line. */
    public Collector collector() {
        return new Collector(clock);
    }

    /** How the next trials come out; further ones miss. */
    public FakeLine trials(boolean... outcomes) {
        for (boolean outcome : outcomes) {
            trials.add(outcome);
        }
        return this;
    }

    /** The rule comes in the midst of a message. */
    public FakeLine midway() {
        midway = true;
        return this;
    }

    public FakeLine contentLength(long announced) {
        contentLength = announced;
        return this;
    }

    /** The framing announces more content than is offered next. */
    public FakeLine moreContent() {
        contentFollows = true;
        return this;
    }

    public FakeLine seed(long seed) {
        random = new SplittableRandom(seed);
        return this;
    }

    /** The link from which {@link #take} takes. */
    public FakeLine link(RateLimiter throttle) {
        link = throttle;
        return this;
    }

    /** The rule takes the place of the one behind this sink. */
    public FakeLine replacing(Sink sink) {
        replaced = Optional.of(sink instanceof Chain chain ? chain.first : sink);
        return this;
    }

    /** The rule goes so long after now. */
    public FakeLine liftAfter(Duration time) {
        lasts = sinceBeginning() + time.toNanos();
        return this;
    }

    /** The plan changes so long after now, and the rule stays. */
    public FakeLine changeAfter(Duration time) {
        changes = sinceBeginning() + time.toNanos();
        return this;
    }

    /** The fault in front of a sink, as an outlet uses it: step by step, again after a change, not after its rule went. */
    public Sink attach(StreamFault fault, Sink next) {
        Sink first = fault.actsOn(direction) ? StreamEffects.attach(fault, next, this) : next; // as the engine does
        return first == next ? next : new Chain(first, next);
    }

    private interface Act {
        boolean run(Sink first) throws IOException;
    }

    private final class Chain implements Sink {
        private final Sink next;
        private Sink first;

        Chain(Sink first, Sink next) {
            this.first = first;
            this.next = next;
        }

        private void repeat(Act act) throws IOException {
            for (boolean done = false; !done; ) {
                try {
                    done = act.run(first);
                } catch (PlanChangedException changed) {
                    if (isLifted() && first != next) {
                        first.removed();
                        first = next;
                    }
                }
            }
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            repeat(sink -> {
                sink.write(bytes);
                return !bytes.hasRemaining();
            });
        }

        @Override
        public void flush() throws IOException {
            repeat(sink -> {
                sink.flush();
                return true;
            });
        }

        @Override
        public void end() throws IOException {
            repeat(sink -> {
                sink.end();
                return true;
            });
        }
    }

    /** What was entered into the journal, such as {@code 0 delay 12.000 ms}: when, and what was drawn. */
    public List<String> hits() {
        return hits;
    }

    /** When the line was severed from another thread, and why. */
    public List<String> severed() {
        return severed;
    }

    /** Runs what was spawned, on this thread. */
    public void runSpawned() {
        for (Runnable task = spawned.poll(); task != null; task = spawned.poll()) {
            task.run();
        }
    }

    @Override
    public Optional<Sink> replaced() {
        return replaced;
    }

    @Override
    public long now() {
        return clock.nanoTime();
    }

    @Override
    public void pause(long nanos) throws PlanChangedException {
        long change = changes - sinceBeginning();
        if (nanos > 0 && change <= nanos && !isLifted()) {
            changes = Long.MAX_VALUE;
            clock.advance(Duration.ofNanos(Math.max(0, change)));
            throw new PlanChangedException();
        }
        if (!sleep(nanos)) {
            throw new PlanChangedException();
        }
    }

    @Override
    public boolean sleep(long nanos) {
        long left = lasts - sinceBeginning();
        if (left <= nanos) {
            clock.advance(Duration.ofNanos(Math.max(0, left)));
            return false;
        }
        if (nanos > 0) {
            clock.park(this, nanos);
        }
        return true;
    }

    @Override
    public boolean watch(long nanos, BooleanSupplier swallows) {
        return swallows.getAsBoolean() && sleep(nanos) && swallows.getAsBoolean();
    }

    private boolean isLifted() {
        return lasts <= sinceBeginning();
    }

    @Override
    public void await(BooleanSupplier so) {
        if (!so.getAsBoolean()) {
            throw new AssertionError("would wait for ever");
        }
    }

    @Override
    public void changed() {}

    @Override
    public void awaitPlan() {
        throw new AssertionError("one thread cannot wait for another");
    }

    @Override
    public RandomGenerator random() {
        return random;
    }

    @Override
    public boolean isPrimary() {
        return leads;
    }

    @Override
    public boolean trial() {
        boolean strikes = !trials.isEmpty() && trials.poll();
        entered &= !strikes;
        return strikes;
    }

    @Override
    public boolean retrial() {
        return trial();
    }

    @Override
    public boolean isMidway() {
        return midway;
    }

    @Override
    public long contentLength() {
        return contentLength;
    }

    @Override
    public boolean contentFollows() {
        return contentFollows;
    }

    @Override
    public OutageState stall() {
        return stall;
    }

    @Override
    public int takeNow(int bytes) {
        if (link == null) {
            throw new AssertionError("there is no link to take from");
        }
        return link.takeNow(bytes);
    }

    @Override
    public int take(int bytes) throws PlanChangedException {
        if (link == null) {
            throw new AssertionError("there is no link to take from");
        }
        int granted = link.take(bytes, new Waits(clock), () -> !isLifted() && sinceBeginning() < changes);
        if (granted == 0) {
            changes = Long.MAX_VALUE;
            throw new PlanChangedException();
        }
        return granted;
    }

    @Override
    public void spawn(Runnable task) {
        spawned.add(task);
    }

    @Override
    public void sever(IOException reason) {
        severed.add(stamp(reason.getMessage()));
    }

    @Override
    public boolean hit() {
        return hit(Sample.NOTHING, () -> {});
    }

    @Override
    public boolean hitBytes(String what, long bytes) {
        return hit(Sample.bytes(what, bytes), () -> {});
    }

    @Override
    public boolean hitNanos(String what, long nanos, Runnable before) {
        return hit(Sample.nanos(what, nanos), before);
    }

    private boolean hit(Sample drawn, Runnable before) {
        if (!usedUp && !entered) {
            entered = true; // once for each trial
            before.run();
            hits.add(stamp(drawn.toString()));
        }
        return !usedUp;
    }

    /** The hits of the rule are used up. */
    public FakeLine usedUp() {
        usedUp = true;
        return this;
    }

    @Override
    public String rule() {
        return "test";
    }

    private long sinceBeginning() {
        return Math.round(clock.millis() * 1e6);
    }

    private String stamp(String what) {
        return new Collector.Arrival(clock.millis(), what).toString().strip();
    }
}
