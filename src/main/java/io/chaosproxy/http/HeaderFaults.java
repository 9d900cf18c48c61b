package io.chaosproxy.http;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.inject.ActivePlan;
import io.chaosproxy.inject.HeaderEdits;
import io.chaosproxy.inject.Target;
import io.chaosproxy.relay.Connection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Applies the rules for header fields to a head. */
final class HeaderFaults {
    private HeaderFaults() {}

    /** A head as it is forwarded. */
    static final class Forwarded {
        private static final Forwarded LAST = new Forwarded(null, false);
        private static final Forwarded OF_MANY = new Forwarded(null, true);

        private final byte @Nullable [] changed;
        private final boolean keepAlive;

        private Forwarded(byte @Nullable [] changed, boolean keepAlive) {
            this.changed = changed;
            this.keepAlive = keepAlive;
        }

        private static Forwarded asItCame(Head head) {
            return head.keepAlive() ? OF_MANY : LAST;
        }

        /** The bytes of the changed head; null if it stays as it came. */
        byte @Nullable [] changed() {
            return changed;
        }

        /** Whether it lets the connection last beyond the message. */
        boolean keepAlive() {
            return keepAlive;
        }
    }

    /**
     * Applies the rules.
     *
     * @param always fields that are set whatever the rules say
     * @param never fields that are removed unless a rule sets them
     * @param toldHits whether {@link HitHeaders} are added if they are wanted
     */
    static Forwarded apply(
            Head head,
            Direction message,
            Map<String, String> always,
            List<String> never,
            boolean toldHits,
            Connection connection,
            Target target) {
        ActivePlan plan = connection.proxy().active().from(target.plan());
        boolean tells = toldHits && HitHeaders.areWanted(connection);
        if (plan.edits(message).isEmpty() && always.isEmpty() && never.isEmpty() && !tells && !head.mustBeRewritten()) {
            return Forwarded.asItCame(head);
        }
        HeaderEdits edits = new HeaderEdits(head::values);
        always.forEach(edits::set);
        edits.remove(never);
        edits.apply(plan, message, target, rule -> connection.hits().hit(target, rule));
        if (tells) {
            HitHeaders.of(connection, target).forEach(edits::set);
        }
        return edits.isEmpty() && !head.mustBeRewritten()
                ? Forwarded.asItCame(head)
                : new Forwarded(
                        head.rewritten(edits.set(), edits.removed()), head.keepAlive(edits.values("Connection")));
    }
}
