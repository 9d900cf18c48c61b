package io.chaosproxy.inject;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** State that both directions of a connection, and all its exchanges, share under a rule: one object for each. Thread-safe. */
public final class RuleStates {
    private final Map<ActiveRule, Object> states = new ConcurrentHashMap<>(1);

    /** Without states. */
    public RuleStates() {}

    /** The state of a rule, made by the first caller. */
    public <T> T of(ActiveRule rule, Class<T> type, Supplier<T> make) {
        return type.cast(states.computeIfAbsent(rule, key -> make.get()));
    }

    /** Forgets the states of rules that are gone. */
    public void keep(Predicate<ActiveRule> kept) {
        states.keySet().removeIf(kept.negate());
    }
}
