package io.chaosproxy.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.fault.Reset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class SpellingTest {
    private static final List<String> KNOWN = List.of("latency", "latency-min", "listen", "at", "for", "from");

    @Test
    void constantsAreSpelledWithHyphens() {
        assertEquals("first-byte", Spelling.of(Reset.At.FIRST_BYTE));
    }

    @Test
    void theNearestWordWasMeant() {
        assertEquals(Optional.of("latency"), Spelling.nearest("latncy", KNOWN));
        assertEquals(Optional.of("latency"), Spelling.nearest("LATENCY", KNOWN));
        assertEquals(Optional.of("latency-min"), Spelling.nearest("latency_min", KNOWN));
        assertEquals(Optional.of("listen"), Spelling.nearest("litsen", KNOWN));
        assertEquals(Optional.of("from"), Spelling.nearest("form", KNOWN));
        assertEquals(Optional.of("for"), Spelling.nearest("fr", KNOWN));
        assertEquals(Optional.of("latency"), Spelling.nearest("late", KNOWN));
    }

    @Test
    void wordsThatDifferTooMuchWereNot() {
        assertEquals(Optional.empty(), Spelling.nearest("colour", KNOWN));
        assertEquals(Optional.empty(), Spelling.nearest("", KNOWN));
        assertEquals(Optional.empty(), Spelling.nearest("delay", KNOWN));
    }
}
