package io.chaosproxy.relay;

import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Reset;
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
            Fault fault = active.rule().fault();
            if (fault instanceof Refuse refuse && connection.subject().decide(active)) {
                refuse(connection, active, refuse);
            } else if (fault instanceof Reset reset
                    && reset.at() == Reset.At.ACCEPT
                    && connection.subject().decide(active)
                    && hits(connection, active, reset.delay())) {
                throw ConnectionAbort.reset(active.rule().name());
            }
        }
    }

    private static void refuse(Connection connection, ActiveRule active, Refuse refuse) throws IOException {
        if (hits(connection, active, refuse.delay())) {
            switch (refuse.how()) {
                case RESET -> throw ConnectionAbort.reset(active.rule().name());
                case CLOSE -> throw ConnectionAbort.close(active.rule().name());
                case HANG -> connection.host().pause(Waits.FOREVER, active); // until the rule is gone
            }
        }
    }

    private static boolean hits(Connection connection, ActiveRule active, Duration delay) {
        return connection.host().pause(delay.toNanos(), active)
                && connection.hits().hit(connection.subject(), active);
    }
}
