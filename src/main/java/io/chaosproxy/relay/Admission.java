package io.chaosproxy.relay;

import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.flow.ConnectionAbort;
import io.chaosproxy.flow.Waits;
import java.io.IOException;
import java.time.Duration;

/** The faults that act when a connection is accepted, before the upstream is dialled. */
final class Admission {
    private Admission() {}

    /**
     * Carries them out in the order of the plan, on the thread of the connection.
     *
     * @throws ConnectionAbort if one of them ends the connection
     */
    static void admit(Connection connection) throws IOException {
        for (ActiveRule active : connection.proxy().active().inForce()) {
            if (active.rule().fault() instanceof AcceptFault fault
                    && connection.subject().decide(active)
                    && hits(connection, active, fault.delay())) {
                carryOut(fault.how(), connection, active);
            }
        }
    }

    private static void carryOut(AcceptFault.How how, Connection connection, ActiveRule active) throws IOException {
        switch (how) {
            case RESET -> throw ConnectionAbort.reset(active.rule().name());
            case CLOSE -> throw ConnectionAbort.close(active.rule().name());
            case HANG -> connection.host().pause(Waits.FOREVER, active); // until the rule is gone
        }
    }

    private static boolean hits(Connection connection, ActiveRule active, Duration delay) {
        return connection.host().pause(delay.toNanos(), active)
                && connection.hits().hit(connection.subject(), active);
    }
}
