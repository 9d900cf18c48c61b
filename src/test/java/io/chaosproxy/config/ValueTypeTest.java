package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.chaosproxy.fault.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values out of range are told as they were written. */
final class ValueTypeTest {
    private static String refused(ValueType<?> type, String text) {
        var value = ConfigFactory.parseString("v = " + text).getValue("v");
        return assertThrows(InvalidValueException.class, () -> type.read(value)).reason();
    }

    @ParameterizedTest
    @CsvSource({
        "-1ms, 'must not be negative, not \"-1ms\"'",
        "-5, 'must not be negative, not -5'",
        "1000000d, 'must not be longer than 365 days, not \"1000000d\"'",
        "366d, 'must not be longer than 365 days, not \"366d\"'",
        "１０, 'must be a duration such as 200ms, 2s or 1m, not \"１０\"'",
    })
    void durations(String text, String reason) {
        assertEquals(reason, refused(ValueType.DURATION, text));
    }

    @Test
    void sizes() {
        assertEquals("must be a whole number, not \"1e-400\"", refused(ValueType.SIZE, "\"1e-400\""));
        assertTrue(refused(ValueType.RATE, "1e-400").startsWith("must be a whole number, not "));
        assertEquals("must be bytes per second such as 64KiB or 1MiB, not \"１０\"", refused(ValueType.RATE, "\"１０\""));
        assertEquals("must be a whole number, not \"1e-400\"", refused(ValueType.COUNT, "\"1e-400\""));
        assertEquals(
                0L, ValueType.RATE.read(ConfigFactory.parseString("v = 0e5").getValue("v")));
    }
}
