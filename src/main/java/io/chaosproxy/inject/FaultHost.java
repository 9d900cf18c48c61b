package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import java.io.IOException;

/** Host of the faults of a connection, or of an exchange by itself: clock, threads, states and end. Thread-safe. */
public interface FaultHost extends HitRecorder {
    TimeSource time();

    /** The plan in force. */
    ActivePlan active();

    /** Waits of the threads of this connection; a change of the plan and the end of the connection wake them. */
    Waits waits();

    /** Whether the connection lives. */
    boolean isOpen();

    /** Whether bytes belong to the connection itself, and not to exchanges on it, and may be hit. */
    boolean carriesBytes();

    /** Bytes handed on in this direction. */
    long bytes(Direction direction);

    /** Whether bytes of this HTTP exchange have gone on in this direction. */
    boolean hasBegun(Direction direction, Target exchange);

    /**
     * Whether no rule may hold bytes of this direction any more, though the connection is still open.
     *
     * @param moves whether they are on their way meanwhile; then those of a client that is gone arrive early rather than never
     */
    boolean letsGo(Direction direction, boolean moves);

    /** A thread begins to wait for a fault, which doesn't count as idle time until {@link #holdEnds}. */
    void holdBegins();

    /** Ends what {@link #holdBegins} began. */
    void holdEnds();

    /** States that its rules share, by scope. */
    ScopedStates states();

    /** Starts a virtual thread of this connection. */
    void spawn(String role, Runnable task);

    /**
     * Ends the connection as the reason asks for.
     *
     * @param direction whose bytes met the reason
     * @param reason a fault's order, or what a socket threw
     */
    void end(Direction direction, IOException reason);

    /** A rule has held something back for this many nanoseconds. */
    void delayed(Rule rule, long nanos);

    /** A direction has adopted the plan in force. */
    void settled();
}
