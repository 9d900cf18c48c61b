package io.chaosproxy.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    @Test
    void filesAndPipesAreNoTerminals(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertTrue(Terminal.isElsewhere(Files.createSymbolicLink(folder.resolve("1"), file)));
        assertTrue(Terminal.isElsewhere(Files.createSymbolicLink(folder.resolve("2"), Path.of("pipe:[123]"))));
        assertTrue(Terminal.isElsewhere(Files.createSymbolicLink(folder.resolve("3"), Path.of("/dev/null"))));
    }

    @Test
    void aDeviceMayBeATerminal(@TempDir Path folder) throws IOException {
        assertFalse(Terminal.isElsewhere(Files.createSymbolicLink(folder.resolve("1"), Path.of("/dev/pts/3"))));
        assertFalse(
                Terminal.isElsewhere(Files.createSymbolicLink(folder.resolve("2"), Path.of("/3"))),
                "seen from a container");
        assertFalse(Terminal.isElsewhere(folder.resolve("3")), "no such link, another system");
    }
}
