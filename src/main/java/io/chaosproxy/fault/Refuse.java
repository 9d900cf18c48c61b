package io.chaosproxy.fault;

import java.time.Duration;

/**
 * The connection itself is refused or hangs.
 *
 * @param how what the client sees
 * @param delay waits this long before
 */
public record Refuse(How how, Duration delay) implements AcceptFault {
    /** Rejects negative delays. */
    public Refuse {
        Check.given("how", how);
        Check.duration("delay", delay);
    }

    /**
     * Torn down at once.
     *
     * @return the fault
     */
    public static Refuse reset() {
        return new Refuse(How.RESET, Duration.ZERO);
    }

    /**
     * Ended at once, in order.
     *
     * @return the fault
     */
    public static Refuse close() {
        return new Refuse(How.CLOSE, Duration.ZERO);
    }

    /**
     * Nothing happens until the rule goes.
     *
     * @return the fault
     */
    public static Refuse hang() {
        return new Refuse(How.HANG, Duration.ZERO);
    }

    @Override
    public String type() {
        return "refuse";
    }

    @Override
    public Directions defaultDirections() {
        return Directions.BOTH;
    }

    @Override
    public TrialUnit defaultPer() {
        return TrialUnit.CONNECTION;
    }
}
