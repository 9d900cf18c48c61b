package io.chaosproxy.fault;

import java.time.Duration;

/**
 * A {@link Reset} as soon as the connection was accepted: {@code type = reset, at = accept}.
 *
 * @param delay waits this long before
 */
public record ResetAtAccept(Duration delay) implements AcceptFault {
    /** Rejects negative delays. */
    public ResetAtAccept {
        Check.duration("delay", delay);
    }

    /**
     * Without a delay.
     *
     * @return the fault
     */
    public static ResetAtAccept now() {
        return new ResetAtAccept(Duration.ZERO);
    }

    @Override
    public How how() {
        return How.RESET;
    }

    @Override
    public String type() {
        return "reset";
    }

    @Override
    public Directions defaultDirections() {
        return Directions.BOTH;
    }
}
