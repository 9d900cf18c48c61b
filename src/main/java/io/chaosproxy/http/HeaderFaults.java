package io.chaosproxy.http;

import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.fault.Target;
import io.chaosproxy.relay.Connection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What the {@link Headers} rules in force make of a head. */
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
            Headers.On on,
            Map<String, String> always,
            List<String> never,
            boolean toldHits,
            Connection connection,
            Target subject) {
        List<ActiveRule> inForce = connection.planFor(subject).of(Headers.class);
        boolean tells = toldHits && HitHeaders.areWanted(connection);
        if (inForce.isEmpty() && always.isEmpty() && never.isEmpty() && !tells && !head.mustBeRewritten()) {
            return null;
        }
        Map<String, String> set = new LinkedHashMap<>(always);
        List<String> remove = new ArrayList<>(never);
        for (ActiveRule active : inForce) {
            if (active.rule().fault() instanceof Headers headers && headers.on() == on && subject.decide(active)) {
                apply(headers, head, set, remove, () -> connection.hit(subject, active, 0, Sample.NOTHING));
            }
        }
        if (tells) {
            HitHeaders.of(connection, subject).forEach((name, value) -> put(set, name, value));
        }
        boolean same = set.isEmpty() && remove.isEmpty() && !head.mustBeRewritten();
        return same ? null : head.rewritten(set, remove);
    }

    /** Adds the edits of one rule; if they change nothing, it is no hit. */
    private static void apply(
            Headers rule, Head head, Map<String, String> set, List<String> remove, BooleanSupplier mayAct) {
        boolean sets = rule.set().entrySet().stream()
                .anyMatch(field -> !valuesOf(field.getKey(), head, set, remove).equals(List.of(field.getValue())));
        boolean removes = rule.remove().stream()
                .anyMatch(name -> !isSet(name, rule.set())
                        && !isSet(name, set)
                        && !valuesOf(name, head, set, remove).isEmpty());
        if ((sets || removes) && mayAct.getAsBoolean()) {
            rule.set().forEach((name, value) -> put(set, name, value));
            remove.addAll(rule.remove());
        }
    }

    /** The values that a field has after the edits so far. */
    private static List<String> valuesOf(String name, Head head, Map<String, String> set, List<String> remove) {
        for (Map.Entry<String, String> edit : set.entrySet()) {
            if (edit.getKey().equalsIgnoreCase(name)) {
                return List.of(edit.getValue());
            }
        }
        return remove.stream().anyMatch(name::equalsIgnoreCase) ? List.of() : head.values(name);
    }

    private static boolean isSet(String name, Map<String, String> set) {
        return set.keySet().stream().anyMatch(name::equalsIgnoreCase);
    }

    /** A later rule outdoes an earlier one that spells the name in another way. */
    private static void put(Map<String, String> set, String name, String value) {
        set.keySet().removeIf(name::equalsIgnoreCase);
        set.put(name, value);
    }
}
