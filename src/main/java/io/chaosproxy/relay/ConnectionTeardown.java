package io.chaosproxy.relay;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.PeerClosedException;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.net.ConnectionResetException;
import io.chaosproxy.net.UpstreamUnreachableException;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.stream.ConnectionAbort;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The end of one connection: the one place where it is decided how its two ends get to know. Thread-safe.
 *
 * <pre>{@code
 *            closeInOrder, linger                close, reset; client closes or falls silent
 *   OPEN ------------------------> LINGERING ------------------------------------------------> CLOSED
 *    |                                 ^                                                         ^
 *    | client gone, bytes held         |                                                         |
 *    +-----------> HURRYING -----------+---------------------------------------------------------+
 *    |                                               close, reset                                |
 *    +-------------------------------------------------------------------------------------------+
 * }</pre>
 *
 * <p>States only go forward, by one compare-and-set, and the first cause is kept. What the ends see:
 *
 * <ul>
 *   <li>{@code OPEN}: each direction ends by itself, FIN after its last byte.
 *   <li>{@code HURRYING}: the client is gone; what it sent before goes up at once, whatever rules hold it.
 *   <li>{@code LINGERING}: FIN after the last byte to both ends; what they still send is read away, or the kernel would turn
 *       FIN into RST (RFC 9112 §9.6).
 *   <li>{@code CLOSED}: both sockets are closed; by RST after {@link #reset}, else as the kernel does it.
 * </ul>
 */
public final class ConnectionTeardown {
    /**
     * How long a closing connection is kept whose client sends nothing. What comes is read away meanwhile, so that FIN
     * doesn't turn into RST.
     */
    private static final Duration LINGER = Duration.ofSeconds(1);

    /**
     * Upper bound for the linger of a client that goes on to send, as in nginx ({@code lingering_time}), and for a silent
     * one that has been slower than its bytes came: a byte that it sends after the close would cost it what the kernel
     * still holds for it.
     */
    private static final Duration LONGEST_LINGER = Duration.ofSeconds(30);

    /** How long bytes of a client that is gone may take on their way up before its reset is passed on. */
    private static final Duration LAST_BYTES = Duration.ofSeconds(1);

    private enum State {
        OPEN,
        HURRYING,
        LINGERING,
        CLOSED
    }

    /**
     * Where the teardown stands.
     *
     * @param cause the first one; null while none is known
     * @param cut the direction that ended first if the connection lingers or has lingered, else null
     * @param since {@code nanoTime} of the transition
     */
    private record Phase(
            State state, @Nullable EndCause cause, @Nullable Direction cut, long since) {}

    private final ConnectionSockets sockets;
    private final Function<Direction, FaultPipeline> pipelines;
    private final Waits waits;
    private final TimeSource time;
    private final BiConsumer<String, Runnable> spawn;
    private final Runnable settled;
    private final Runnable closed;
    private final AtomicReference<Phase> phase;
    private volatile long lastDiscarded;
    private volatile boolean downDone;
    private volatile boolean upUnwanted;

    /**
     * Open.
     *
     * @param spawn starts a virtual thread of the connection with this role
     * @param settled run when the connection adopts no plan any more
     * @param closed run when the sockets are closed, perhaps more than once
     */
    ConnectionTeardown(
            ConnectionSockets sockets,
            Function<Direction, FaultPipeline> pipelines,
            Waits waits,
            TimeSource time,
            BiConsumer<String, Runnable> spawn,
            Runnable settled,
            Runnable closed) {
        this.sockets = sockets;
        this.pipelines = pipelines;
        this.waits = waits;
        this.time = time;
        this.spawn = spawn;
        this.settled = settled;
        this.closed = closed;
        this.phase = new AtomicReference<>(new Phase(State.OPEN, null, null, time.nanoTime()));
    }

    private boolean advance(State next, EndCause cause, @Nullable Direction cut) {
        Phase from = phase.get();
        while (from.state().compareTo(next) < 0) {
            Phase to = new Phase(
                    next,
                    from.cause() == null ? cause : from.cause(),
                    from.cut() == null ? cut : from.cut(),
                    time.nanoTime());
            if (phase.compareAndSet(from, to)) {
                return true;
            }
            from = phase.get();
        }
        return false;
    }

    /** Keeps the cause of an end that both directions come to by themselves, unless another one is known. */
    public void because(EndCause cause) {
        phase.updateAndGet(now -> now.cause() == null ? new Phase(now.state(), cause, now.cut(), now.since()) : now);
    }

    /** Whether its sockets are open. */
    public boolean isOpen() {
        return phase.get().state() != State.CLOSED;
    }

    /** Whether the connection has been ended in order and only reads away what still comes. */
    public boolean isLingering() {
        return phase.get().cut() != null;
    }

    /** Why it ended; {@link EndCause#COMPLETED} if there was no other cause. */
    public EndCause cause() {
        EndCause cause = phase.get().cause();
        return cause == null ? EndCause.COMPLETED : cause;
    }

    /**
     * Whether no rule may keep bytes of this direction waiting any more, though the connection is still open.
     *
     * @param moves whether they are on their way meanwhile; then those of a client that is gone arrive early rather than never
     */
    boolean letsGo(Direction direction, boolean moves) {
        Phase now = phase.get();
        return direction == Direction.UP && (now.cut() != null || (moves && now.state() == State.HURRYING));
    }

    /**
     * Ends the connection as the reason asks for.
     *
     * @param direction whose bytes met the reason
     * @param reason a fault's order, or what a socket threw
     */
    public void end(Direction direction, IOException reason) {
        if (reason instanceof ConnectionAbort cut) {
            switch (cut.how()) {
                case RESET -> reset(EndCause.FAULT_RESET);
                case CLOSE -> closeInOrder(direction, EndCause.FAULT_CLOSE);
                case TRUNCATE -> {
                    sockets.truncateOnClose(direction);
                    closeInOrder(direction, EndCause.FAULT_CLOSE);
                }
            }
            return;
        }
        boolean upstreamFailed = (direction == Direction.DOWN) != (reason instanceof PeerClosedException);
        EndCause cause = upstreamFailed ? EndCause.UPSTREAM_GONE : EndCause.CLIENT_GONE;
        if (upstreamFailed && isLingering()) {
            sockets.closeUpstream(); // the client is still to get what was sent to it
        } else if (reason instanceof UpstreamUnreachableException) {
            closeInOrder(Direction.DOWN, EndCause.UPSTREAM_UNREACHABLE);
        } else {
            deliver(upstreamFailed ? Direction.DOWN : Direction.UP);
            if (ConnectionResetException.isReset(reason)) {
                reset(cause); // one end tore it down, so the other end sees the same
            } else {
                close(cause);
            }
        }
    }

    /**
     * One end of the connection has failed: what it sent before is handed on to the other end first, each byte in its own
     * time, and the failure is as late as bytes are. A client that is gone bounds that.
     */
    private void deliver(Direction direction) {
        FaultPipeline pipeline = pipelines.apply(direction);
        if (!isOpen() || pipeline.holdsNothing()) {
            return;
        }
        if (direction == Direction.UP) {
            spawn.accept("last bytes", this::hurry);
        }
        try {
            pipeline.breakOff();
        } catch (IOException e) {
            // the other end has failed as well, or a rule ends the stream
        }
    }

    /** A client that is gone doesn't keep its connection: what a rule still holds then goes up at once. */
    private void hurry() {
        if (waits.pause(LAST_BYTES.toNanos(), this::isOpen)) {
            advance(State.HURRYING, EndCause.CLIENT_GONE, null);
            waits.wake();
            waits.pause(LAST_BYTES.toNanos() / 4, this::isOpen);
        }
        reset(EndCause.CLIENT_GONE);
    }

    /** This direction has ended. */
    public void done(Direction direction) {
        if (direction == Direction.DOWN) {
            downDone = true;
            if (upUnwanted) {
                linger();
            }
        }
    }

    /** The client's bytes have nowhere to go any more; once the response is complete the connection has no purpose. */
    void unwanted() {
        upUnwanted = true;
        if (downDone) {
            linger();
        }
    }

    /** Nothing is to come any more: closes as soon as the client does or falls silent. */
    public void linger() {
        if (advance(State.LINGERING, EndCause.COMPLETED, Direction.DOWN)) {
            keepLingering(() -> {});
        }
    }

    /** Closes so that both ends see FIN after the last byte, whatever they still send themselves. */
    public void closeInOrder(EndCause cause) {
        closeInOrder(Direction.DOWN, cause);
    }

    /**
     * Closes in order because a direction was cut.
     *
     * @param cut the direction that ends here; its receiver may be slow to take what it was sent
     */
    void closeInOrder(Direction cut, EndCause cause) {
        if (!advance(State.LINGERING, cause, cut)) {
            return;
        }
        waits.wake(); // what a rule holds on the way up goes on now
        if (pipelines.apply(Direction.UP).holdsNothing()) {
            sockets.endOutput(Direction.UP);
        } else {
            spawn.accept("last up", () -> endBehindLastByte(Direction.UP));
        }
        if (pipelines.apply(Direction.DOWN).holdsNothing()) {
            sockets.endOutput(Direction.DOWN);
            keepLingering(() -> {});
        } else {
            keepLingering(() -> endBehindLastByte(Direction.DOWN));
        }
    }

    private void endBehindLastByte(Direction direction) {
        try {
            pipelines.apply(direction).flushAll();
        } catch (IOException e) {
            // the end that the bytes are for takes no more
        }
        sockets.endOutput(direction);
    }

    private void keepLingering(Runnable before) {
        settled.run();
        lastDiscarded = time.nanoTime();
        spawn.accept("linger", () -> {
            before.run();
            long begun = time.nanoTime();
            lastDiscarded = begun;
            waits.awaitUntil(() -> lingerLeft(begun), this::isOpen);
            close(EndCause.COMPLETED);
        });
    }

    private long lingerLeft(long begun) {
        long now = time.nanoTime();
        boolean slow = sockets.wasFull(Direction.DOWN) || (cutsUp() && sockets.wasFull(Direction.UP));
        Duration silence = slow ? LONGEST_LINGER : LINGER;
        return Math.min(LONGEST_LINGER.toNanos() - (now - begun), silence.toNanos() - (now - lastDiscarded));
    }

    private boolean cutsUp() {
        return phase.get().cut() == Direction.UP;
    }

    /** Something has been read away that is of no use any more; of what the upstream sends, only if its bytes were cut. */
    void discarded(Direction direction) {
        if (direction == Direction.UP || cutsUp()) {
            lastDiscarded = time.nanoTime();
        }
    }

    /** Closes the upstream's side alone if it still sends bytes that are no longer wanted. */
    boolean dropsUpstream() {
        Phase now = phase.get();
        Duration most = now.cut() == Direction.UP ? LONGEST_LINGER : LINGER;
        boolean late = now.cut() != null && time.nanoTime() - now.since() > most.toNanos();
        if (late) {
            sockets.closeUpstream();
        }
        return late;
    }

    /** Tears both sockets down by RST (RFC 9293 §3.5.2). */
    public void reset(EndCause cause) {
        sockets.resetOnClose();
        close(cause);
    }

    /**
     * Ends the connection at once, for a reason of the proxy's own: by RST if bytes that it holds are lost, since a FIN would
     * tell the receiver that it has the whole stream.
     */
    void stop(EndCause cause) {
        if (pipelines.apply(Direction.DOWN).holdsBytes()
                || pipelines.apply(Direction.UP).holdsBytes()
                || sockets.holdsPiped()) {
            reset(cause);
        } else {
            close(cause);
        }
    }

    /** Closes both sockets at once; data not yet read turns that into a reset by the kernel. */
    public void close(EndCause cause) {
        advance(State.CLOSED, cause, null);
        sockets.close();
        waits.wake();
        closed.run();
    }
}
