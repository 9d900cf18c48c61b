package io.chaosproxy.fault;

import java.time.Duration;

/**
 * The connection itself is refused or hangs. The kernel has completed the client's handshake by then, so the client sees a
 * connection that is torn down at once, or one on which nothing ever happens.
 *
 * @param delay waits so long before
 */
public record Refuse(How how, Duration delay) implements Fault {
    /** What the client sees. */
    public enum How {
        /** A TCP RST. */
        RESET,
        /** An orderly end. */
        CLOSE,
        /** Nothing; when the rule goes, the connection comes alive. */
        HANG
    }

    public Refuse {
        Check.given("how", how);
        Check.duration("delay", delay);
    }

    /** Torn down at once. */
    public static Refuse reset() {
        return new Refuse(How.RESET, Duration.ZERO);
    }

    /** Ended at once, in order. */
    public static Refuse close() {
        return new Refuse(How.CLOSE, Duration.ZERO);
    }

    /** Nothing happens until the rule goes. */
    public static Refuse hang() {
        return new Refuse(How.HANG, Duration.ZERO);
    }

    @Override
    public String type() {
        return "refuse";
    }

    @Override
    public Directions usualWay() {
        return Directions.BOTH;
    }

    @Override
    public TrialUnit usualPer() {
        return TrialUnit.CONNECTION;
    }
}
