package io.chaosproxy.http;

import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.HeaderEdits;
import io.chaosproxy.fault.Target;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.relay.Connection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Applies the rules for header fields to a head. */
final class HeaderFaults {
    private HeaderFaults() {}

    /**
     * The changed head, or null if it stays as it came.
     *
     * @param always fields that are set whatever the rules say
     * @param never fields that are removed unless a rule sets them
     * @param toldHits whether {@link HitHeaders} are added if they are wanted
     */
    static byte @Nullable [] rewritten(
            Head head,
            Direction message,
            Map<String, String> always,
            List<String> never,
            boolean toldHits,
            Connection connection,
            Target subject) {
        ActivePlan plan = connection.planFor(subject);
        boolean tells = toldHits && HitHeaders.areWanted(connection);
        if (plan.edits(message).isEmpty() && always.isEmpty() && never.isEmpty() && !tells && !head.mustBeRewritten()) {
            return null;
        }
        HeaderEdits edits = new HeaderEdits(head::values);
        always.forEach(edits::set);
        edits.remove(never);
        edits.apply(plan, message, subject, rule -> connection.hits().hit(subject, rule));
        if (tells) {
            HitHeaders.of(connection, subject).forEach(edits::set);
        }
        return edits.isEmpty() && !head.mustBeRewritten() ? null : head.rewritten(edits.set(), edits.removed());
    }
}
