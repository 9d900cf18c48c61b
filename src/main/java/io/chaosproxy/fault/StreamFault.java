package io.chaosproxy.fault;

import java.util.Optional;

/**
 * A fault that bytes meet on their way. What it does to them is no part of this: its class adds that to {@code StreamEffects},
 * which isn't exported, so other modules can't add faults.
 */
public non-sealed interface StreamFault extends Fault {
    /**
     * {@return whether it does something to bytes of this direction} A rule is attached to, and its ordinals count, only
     * what its fault acts on.
     *
     * @param direction direction of the bytes
     */
    default boolean actsOn(Direction direction) {
        return true;
    }

    /**
     * {@return the direction whose first byte this fault is about, if that is all that it is about} Empty otherwise. An HTTP
     * message whose first byte has gone has nothing to do with such a rule any more.
     *
     * @param attached the direction that the fault is attached to
     */
    default Optional<Direction> firstByte(Direction attached) {
        return Optional.empty();
    }

    /**
     * {@return whether it is the payload that the fault is about: the body of an HTTP message without its head and framing}
     * On a tcp proxy every byte is payload.
     */
    default boolean onContent() {
        return false;
    }

    /**
     * {@return whether a rule that comes into force over content on a delay line in front of it applies to that content,
     * too, and not only to what follows}
     */
    default boolean meetsHeldContent() {
        return onContent();
    }

    /** {@return whether bytes that it holds are on their way: they arrive, only later, whatever becomes of their sender} */
    default boolean inMotion() {
        return false;
    }

    /** {@return the rate that the engine grants room from} Empty if the fault takes none. */
    default Optional<RateLimit> limit() {
        return Optional.empty();
    }

    /**
     * {@return the scope of connections that one hit stalls, those whose own trial missed
     * included} Empty if it stalls none. A fault that stalls makes its trials of each second itself.
     */
    default Optional<FaultScope> stalls() {
        return Optional.empty();
    }
}
