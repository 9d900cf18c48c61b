package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.ExchangeFault;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/** Edits of the header of one message, made by one rule after the other. Setting a field overrides removing it. Confined to one thread. */
public final class HeaderEdits {
    private final Function<String, List<String>> fields;
    private final Map<String, String> set = new LinkedHashMap<>();
    private final List<String> remove = new ArrayList<>();

    /**
     * Without edits.
     *
     * @param fields values of a field of the head as it came, by a name in any case
     */
    public HeaderEdits(Function<String, List<String>> fields) {
        this.fields = fields;
    }

    /** Sets a field. A later call overrides an earlier one; case doesn't matter. */
    public void set(String name, String value) {
        set.keySet().removeIf(name::equalsIgnoreCase);
        set.put(name, value);
    }

    /** Removes these fields unless they are set as well. */
    public void remove(Collection<String> names) {
        remove.addAll(names);
    }

    /**
     * Applies the rules that hit the target, in order. A rule that changes nothing counts as no hit.
     *
     * @param message whose header: that of the request (up) or response (down)
     * @param hit false if the hits of a rule are used up, so that it has to let pass
     */
    public void apply(ActivePlan plan, Direction message, Target target, Predicate<ActiveRule> hit) {
        for (ActiveRule active : plan.edits(message)) {
            if (target.decide(active)) {
                active.edits(message)
                        .filter(fields -> changesAnything(fields) && hit.test(active))
                        .ifPresent(fields -> {
                            fields.set().forEach(this::set);
                            remove(fields.remove());
                        });
            }
        }
    }

    private boolean changesAnything(ExchangeFault.HeaderChange headers) {
        return headers.set().entrySet().stream()
                        .anyMatch(field -> !values(field.getKey()).equals(List.of(field.getValue())))
                || headers.remove().stream()
                        .anyMatch(name -> !has(headers.set(), name)
                                && !has(set, name)
                                && !values(name).isEmpty());
    }

    /** The values that a field has after the edits so far. */
    public List<String> values(String name) {
        for (Map.Entry<String, String> edit : set.entrySet()) {
            if (edit.getKey().equalsIgnoreCase(name)) {
                return List.of(edit.getValue());
            }
        }
        return remove.stream().anyMatch(name::equalsIgnoreCase) ? List.of() : fields.apply(name);
    }

    private static boolean has(Map<String, String> fields, String name) {
        return fields.keySet().stream().anyMatch(name::equalsIgnoreCase);
    }

    public boolean isEmpty() {
        return set.isEmpty() && remove.isEmpty();
    }

    /** Fields to set. */
    public Map<String, String> set() {
        return set;
    }

    /** Names of fields to remove. */
    public List<String> removed() {
        return remove.stream().filter(name -> !has(set, name)).toList();
    }
}
