package io.chaosproxy.inject;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.stream.ConnectionAbort;

/** Applies the rules with an {@link AcceptFault} to a connection, before a byte of it is read. */
public final class Admission {
    private Admission() {}

    /** Where the connection was accepted. */
    public interface Host extends HitRecorder {
        /** The plan in force. */
        ActivePlan active();

        /** Lets time pass under a rule; false if the rule was removed or the connection ended. */
        boolean pause(long nanos, ActiveRule rule);
    }

    /**
     * Applies them in the order of the plan, on the calling thread.
     *
     * @throws ConnectionAbort if one of them ends the connection
     */
    public static void admit(Host host, Target connection) throws ConnectionAbort {
        for (ActiveRule rule : host.active().inForce()) {
            if (rule.rule().fault() instanceof AcceptFault fault
                    && connection.decide(rule)
                    && host.pause(fault.delay().toNanos(), rule)
                    && host.hit(connection, rule)) {
                carryOut(fault.how(), host, rule);
            }
        }
    }

    private static void carryOut(AcceptFault.How how, Host host, ActiveRule rule) throws ConnectionAbort {
        switch (how) {
            case RESET -> throw ConnectionAbort.reset(rule.rule().name());
            case CLOSE -> throw ConnectionAbort.close(rule.rule().name());
            case HANG -> host.pause(Waits.FOREVER, rule); // until the rule is gone
        }
    }
}
