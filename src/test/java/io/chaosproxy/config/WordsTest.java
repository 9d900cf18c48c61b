package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.fault.Reset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WordsTest {
    private static final List<String> KNOWN = List.of("latency", "latency-min", "listen", "at", "for", "from");

    @Test
    void constantsAreSpelledWithHyphens() {
        assertEquals("first-byte", Words.of(Reset.At.FIRST_BYTE));
    }

    @Test
    void theNearestWordWasMeant() {
        assertEquals(Optional.of("latency"), Words.nearest("latncy", KNOWN));
        assertEquals(Optional.of("latency"), Words.nearest("LATENCY", KNOWN));
        assertEquals(Optional.of("latency-min"), Words.nearest("latency_min", KNOWN));
        assertEquals(Optional.of("listen"), Words.nearest("litsen", KNOWN));
        assertEquals(Optional.of("from"), Words.nearest("form", KNOWN));
        assertEquals(Optional.of("for"), Words.nearest("fr", KNOWN));
        assertEquals(Optional.of("latency"), Words.nearest("late", KNOWN));
    }

    @Test
    void wordsThatDifferTooMuchWereNot() {
        assertEquals(Optional.empty(), Words.nearest("colour", KNOWN));
        assertEquals(Optional.empty(), Words.nearest("", KNOWN));
        assertEquals(Optional.empty(), Words.nearest("delay", KNOWN));
    }
}
