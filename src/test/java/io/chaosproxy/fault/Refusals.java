package io.chaosproxy.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.function.Executable;

/** What tests say about values that make no sense. */
final class Refusals {
    private Refusals() {}

    /** Fails unless this is refused with exactly this message, {@code key: reason}. */
    static void refused(String message, Executable making) {
        InvalidValueException refused = assertThrows(InvalidValueException.class, making);
        assertEquals(message, refused.getMessage());
        assertEquals(message, refused.key() + ": " + refused.reason());
    }
}
