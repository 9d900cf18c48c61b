package io.chaosproxy.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class TerminalTest {
    @Test
    void readsRowsBeforeColumns() {
        assertEquals(new Terminal(120, 40), Terminal.parse("40 120\n"));
    }

    @Test
    void isOfTheUsualSizeIfItDoesNotKnow() {
        assertEquals(new Terminal(80, 24), Terminal.parse("0 0\n"));
        assertEquals(new Terminal(80, 24), Terminal.parse(""));
    }
}
