package io.chaosproxy.stream;

import io.chaosproxy.flow.PlanChangedException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Where the bytes of one direction go next.
 *
 * <p>One thread at a time uses a sink, so sinks need no locks. Every method may block for as long as it likes: blocking
 * is the fault, and the back-pressure.
 */
public interface Sink {
    /**
     * Takes some of the bytes and moves the position behind them, like the write of a channel: at least one, and none of
     * an empty buffer. The caller offers the rest again, so each sink does one step at a time (one grant of a rate, one
     * piece of a slice) and every rule in front of it is asked again before the next step. The caller may use the buffer
     * again when all has been taken.
     *
     * @param bytes bytes from the position on
     * @throws PlanChangedException if a wait in here ended because the plan changed; to be called again, even if all was
     *     taken
     * @throws ConnectionAbort if a fault ends the connection here
     * @throws IOException if the bytes can't be handed on
     */
    void write(ByteBuffer bytes) throws IOException;

    /**
     * Returns once every byte that was held back, here or further on, has been handed on, each in its own time.
     *
     * @throws PlanChangedException if the plan changed meanwhile; to be called again
     */
    default void flush() throws IOException {}

    /**
     * The stream ends here: a half-close, the other direction lives on. Returns once it has been handed on.
     *
     * @throws PlanChangedException if the plan changed meanwhile; to be called again
     */
    void end() throws IOException;

    /** {@return whether nothing is held in here} Any thread may ask. */
    default boolean isEmpty() {
        return true;
    }

    /**
     * Returns once nothing is held in here any more.
     *
     * @throws PlanChangedException if the plan changed meanwhile; to be called again
     */
    default void drain() throws IOException {}

    /**
     * Everything of an exchange has been handed on, and the next one is to follow. Returns once that may; a sink that swallowed
     * something doesn't, since the receiver would take what follows for what is missing.
     *
     * @throws PlanChangedException if the plan changed meanwhile; to be called again
     */
    default void awaitSuccessor() throws IOException {}

    /**
     * The stream broke off, as by a reset: returns once every byte before that has been handed on and the break is due too.
     * The owner of the sockets passes it on.
     *
     * @throws PlanChangedException if the plan changed meanwhile; to be called again
     */
    default void breakOff() throws IOException {
        flush();
    }

    /**
     * The rule behind this sink is gone. Never waits for traffic: a sink that still holds bytes stays in its place until
     * they have gone on, in order and without further delay, and is asked again.
     *
     * @return whether nothing is held in here, so that the sink can leave the chain
     * @throws IOException if the connection ended
     */
    default boolean removed() throws IOException {
        return true;
    }

    /**
     * The rule behind this sink was edited: another sink of its kind comes in its place.
     *
     * @return as {@link #removed}
     *
     * @throws IOException if the connection ended
     */
    default boolean replaced() throws IOException {
        return removed();
    }
}
