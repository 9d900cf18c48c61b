package io.chaosproxy.relay;

import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Drawn;
import io.chaosproxy.fault.Line;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Subject;
import io.chaosproxy.fault.Way;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.Sink;
import io.chaosproxy.flow.Superseded;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** A rule attached to one direction of one real connection or exchange. */
final class Attachment implements Line {
    private final Connection connection;
    private final Outlet outlet;
    private final ActiveRule rule;
    private final Subject subject;
    private final Direction direction;
    private final Trials trials;
    private final Optional<Sink> replaced;
    private RandomGenerator random;
    private volatile boolean dismissed;

    Attachment(
            Connection connection,
            Outlet outlet,
            ActiveRule rule,
            Subject subject,
            Direction direction,
            Optional<Sink> replaced) {
        this.connection = connection;
        this.outlet = outlet;
        this.rule = rule;
        this.subject = subject;
        this.direction = direction;
        this.replaced = replaced;
        this.trials = new Trials(rule, subject);
        this.random = subject.draws(rule, 0);
    }

    @Override
    public Direction direction() {
        return direction;
    }

    @Override
    public TimeSource time() {
        return connection.proxy().common().time();
    }

    @Override
    public void pause(long nanos) throws IOException {
        boolean over = nanos <= 0 ? holds() : connection.waits().pause(nanos, this::goesOn);
        if (!over) {
            throw interrupted();
        }
    }

    @Override
    public boolean sleep(long nanos) {
        return nanos <= 0 ? holds() : connection.waits().pause(nanos, this::holds);
    }

    @Override
    public void await(BooleanSupplier so) throws IOException {
        if (!so.getAsBoolean() && !connection.waits().sit(() -> so.getAsBoolean() ? 0 : Waits.FOREVER, this::mayWait)) {
            throw interrupted();
        }
    }

    @Override
    public void changed() {
        connection.waits().wake();
    }

    @Override
    public void awaitPlan() throws IOException {
        connection.waits().sit(() -> outlet.isStale() ? Waits.FOREVER : 0, connection::isOpen);
        if (!connection.isOpen()) {
            throw new ClosedChannelException();
        }
    }

    /** A closed connection ends what its threads do; all else that ends a wait is for the owner of the chain to look at. */
    private IOException interrupted() {
        return connection.isOpen() ? new Superseded() : new ClosedChannelException();
    }

    @Override
    public RandomGenerator random() {
        return random;
    }

    @Override
    public boolean leads() {
        return rule.rule().way() != Way.BOTH || direction == Direction.DOWN;
    }

    @Override
    public boolean strikes() {
        return tried() == Trials.Outcome.HIT;
    }

    /** The outcome of the trial that is due now, if one is. */
    Trials.Outcome tried() {
        Trials.Outcome outcome = trials.next(now());
        if (outcome == Trials.Outcome.HIT) {
            random = subject.draws(rule, trials.number());
        }
        return outcome;
    }

    @Override
    public long contentLength() {
        return direction == Direction.DOWN ? subject.contentLength() : -1;
    }

    @Override
    public <T> T common(Class<T> type, Supplier<T> make) {
        return connection.common(rule, type, make);
    }

    @Override
    public Optional<Sink> replaced() {
        return replaced;
    }

    @Override
    public int take(int bytes) throws IOException {
        Rate rate = (Rate) rule.rule().fault();
        int granted = connection
                .throttle(rule.rule().name(), rate, direction)
                .take(bytes, connection.waits(), this::goesOn);
        if (granted == 0) {
            throw interrupted();
        }
        return granted;
    }

    @Override
    public void spawn(Runnable task) {
        connection.spawn(rule.rule().name(), task);
    }

    @Override
    public void sever(IOException reason) {
        if (!dismissed) {
            connection.end(reason);
        }
    }

    @Override
    public void hit(Drawn drawn) {
        connection.hit(subject, rule.rule(), drawn);
    }

    @Override
    public String rule() {
        return rule.rule().name();
    }

    /** The exchange is over or the rule is gone: threads of this line have nothing more to do. */
    void dismiss() {
        dismissed = true;
        connection.waits().wake();
    }

    /** Whether a wait with bytes in hand goes on: nothing has changed that concerns the chain. */
    private boolean goesOn() {
        return holds() && mayWait();
    }

    private boolean mayWait() {
        return connection.isOpen() && !dismissed && !outlet.isToChange();
    }

    private boolean holds() {
        if (dismissed || !connection.isOpen()) {
            return false;
        }
        ActivePlan current = connection.proxy().active();
        ActivePlan adopted = outlet.plan();
        return (current.supersedes(adopted) ? current : adopted).has(rule);
    }
}
