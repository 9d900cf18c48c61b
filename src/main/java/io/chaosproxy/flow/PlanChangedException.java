package io.chaosproxy.flow;

import java.io.IOException;

/**
 * A wait ended because the plan has changed. It passes through the sinks to the owner of their chain, which applies the
 * new plan and then offers again the bytes that have not been taken, or repeats the flush or the end.
 *
 * <p>The position of the buffer says what has passed; a sink that stays in the chain continues its wait where it was.
 */
public final class PlanChangedException extends IOException {
    private static final long serialVersionUID = 1L;

    public PlanChangedException() {
        super("the plan has changed");
    }

    /** It is always caught, so its stack is of no use. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
