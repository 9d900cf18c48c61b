package io.chaosproxy.stream;

import io.chaosproxy.flow.PlanChangedException;
import java.io.IOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/** What a fault may use while it is attached to one direction of one connection or exchange. */
public interface FaultContext extends DelayLine.Owner {
    /** The time in nanoseconds by the clock that all waits of this connection go by; only differences have a meaning. */
    @Override
    long now();

    /**
     * Waits as the writer, before it hands bytes or the end on. {@link Pause} continues a wait that a change of the plan ended.
     *
     * @param nanos nanoseconds; {@link Long#MAX_VALUE} waits without a bound
     * @throws PlanChangedException if the plan changed or the rule was removed during the wait
     * @throws IOException if the connection ended meanwhile
     */
    void pause(long nanos) throws IOException;

    /**
     * Lets time pass on a thread of the fault's own that holds bytes.
     *
     * @return false if the rule was removed or the connection ended during the wait
     */
    @Override
    boolean sleep(long nanos);

    /**
     * Lets time pass on a thread of the fault's own that holds no bytes, while the fault swallows what comes: a client that
     * has ended its stream waits in vain. Unless the wait is for ever, the connection may count as idle meanwhile.
     *
     * @param nanos nanoseconds; {@link Long#MAX_VALUE} waits without a bound
     * @param swallows asked again after {@link #changed}
     * @return false if the fault swallows no more, the rule was removed or the connection ended meanwhile
     */
    boolean watch(long nanos, BooleanSupplier swallows);

    /** {@return the stream of draws that belongs to this hit: the same seed and the same numbers give the same draws} */
    RandomGenerator random();

    /**
     * {@return whether bytes of this direction are the trials of a rule for both: those of the response are, and those of
     * either direction where connections have their trials in common}
     */
    boolean isPrimary();

    /**
     * {@return one trial of an event that may strike more than once, as the rule says: once for an
     * exchange or connection, or once for each second in which this is called}
     */
    boolean trial();

    /**
     * {@return whether one more trial hits, of a rule that tries each second, at a moment that the fault has chosen; false
     * for other rules}
     */
    boolean retrial();

    /**
     * {@return whether the rule came into force in the midst of an HTTP message: bytes of it, or of its body for a fault on
     * content, had gone on before} On a tcp proxy only for a fault on content, on a connection whose bytes had gone on in
     * this direction; to any other fault a connection begins with its next byte.
     */
    boolean isMidway();

    /** {@return the announced length of the body under way, -1 if there is none or it is not known} */
    long contentLength();

    /**
     * {@return whether the framing of the message under way announces more payload than has been offered} False if that
     * isn't known.
     */
    boolean contentFollows();

    /** {@return where the outage of this rule is kept: by the connection, the proxy or all of them, as its scope says} */
    OutageState stall();

    /** {@return the sink of the rule of this name and kind that this one took the place of, if it was edited under way} */
    Optional<Sink> replaced();

    /**
     * Takes room on the link of this rule, if there is some without waiting.
     *
     * @param bytes above 0
     * @return how many of them may go now; 0 if that takes a wait
     */
    int takeNow(int bytes);

    /**
     * Takes room on the link of this rule.
     *
     * @param bytes above 0
     * @return how many of them may go now, above 0
     * @throws PlanChangedException if the plan changed or the rule was removed during the wait
     * @throws IOException if the connection ended meanwhile
     */
    int take(int bytes) throws IOException;

    /** Starts another thread of this connection. */
    @Override
    void spawn(Runnable task);

    /** Ends the connection from another thread than the one that writes; the owner of the sockets carries it out. */
    @Override
    void sever(IOException reason);

    /**
     * The fault is about to do something for which it has drawn nothing. At its first effect on an exchange (tcp: connection;
     * per second: in each second that hits), one of the rule's {@code max-hits} is used up and the journal gets an entry, once
     * for both directions.
     *
     * @return false if the hits of the rule are used up, so that it has to let pass
     */
    boolean hit();

    /**
     * Reports an effect for which a number of bytes was drawn, as {@link #hit} does.
     *
     * @param what the word of the configuration for what was drawn
     * @param bytes the drawn number
     * @return false if the hits of the rule are used up
     */
    boolean hitBytes(String what, long bytes);

    /**
     * Reports an effect for which a duration was drawn, as {@link #hit} does.
     *
     * @param what the word of the configuration for what was drawn
     * @param nanos the drawn duration in nanoseconds
     * @param before run before the journal gets its entry, if it gets one: its effect is visible to readers of the entry
     * @return false if the hits of the rule are used up
     */
    boolean hitNanos(String what, long nanos, Runnable before);

    /**
     * Reports an effect for which a duration was drawn, with nothing to do before the entry.
     *
     * @param what the word of the configuration for what was drawn
     * @param nanos the drawn duration in nanoseconds
     * @return false if the hits of the rule are used up
     */
    default boolean hitNanos(String what, long nanos) {
        return hitNanos(what, nanos, () -> {});
    }

    /** {@return the name of the rule} */
    String rule();
}
