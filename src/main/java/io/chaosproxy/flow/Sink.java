package io.chaosproxy.flow;

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
     * Takes all bytes from the buffer, which the caller may use again as soon as this returns.
     *
     * @throws Severed if a fault ends the connection here
     * @throws IOException if the bytes can't be handed on
     */
    void write(ByteBuffer bytes) throws IOException;

    /** Returns once every byte that was held back, here or further on, has been handed on, each in its own time. */
    default void flush() throws IOException {}

    /** The stream ends here: a half-close, the other direction lives on. Returns once it has been handed on. */
    void end() throws IOException;

    /** The rule behind this sink is gone: what is held in here goes on first and in order, nothing is dropped. */
    default void lift() throws IOException {}

    /** The rule behind this sink was edited: another sink of its kind comes in its place. */
    default void giveWay() throws IOException {
        lift();
    }
}
