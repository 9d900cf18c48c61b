package io.chaosproxy.stream;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Effects of the faults of a stream, by the class of the fault: what a fault does to bytes is no part of what embedders see of
 * it. A fault adds its effect when its class is initialised, before there is an instance of it. Thread-safe.
 */
public final class StreamEffects {
    private static final Map<Class<?>, Effect<Object>> EFFECTS = new ConcurrentHashMap<>();

    private StreamEffects() {}

    /**
     * What a fault does to bytes.
     *
     * @param <F> class of the fault
     */
    @FunctionalInterface
    public interface Effect<F> {
        /**
         * Puts the fault in front of a sink, for one direction of one connection (tcp) or exchange (http).
         *
         * @param next sink behind
         * @param context direction of the connection or exchange that it is attached to
         * @return the sink to write to; {@code next} itself where the fault has nothing to do
         */
        Sink attach(F fault, Sink next, FaultContext context);
    }

    /** Adds the effect of a fault; called by the static initializer of its class. */
    public static <F> void add(Class<F> type, Effect<F> effect) {
        EFFECTS.put(type, (fault, next, context) -> effect.attach(type.cast(fault), next, context));
    }

    /** Whether the class of this fault has added an effect. */
    public static boolean has(Object fault) {
        return EFFECTS.containsKey(fault.getClass());
    }

    /** Puts a fault in front of a sink by its effect; see {@link Effect#attach}. */
    public static Sink attach(Object fault, Sink next, FaultContext context) {
        Effect<Object> effect = EFFECTS.get(fault.getClass());
        if (effect == null) {
            throw new IllegalArgumentException(fault.getClass() + " has added no effect");
        }
        return effect.attach(fault, next, context);
    }
}
