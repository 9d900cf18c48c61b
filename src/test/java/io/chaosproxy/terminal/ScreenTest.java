package io.chaosproxy.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The exact bytes; ␛ stands for ESC. */
@Tag("fast")
class ScreenTest {
    private final StringWriter written = new StringWriter();
    private final Screen screen = new Screen(new PrintWriter(written));

    @BeforeEach
    void hidesTheCursor() {
        assertEquals("␛[?25l", written());
    }

    @Test
    void drawsOverWhatItDrewBefore() {
        screen.draw(List.of("one", "two"));
        assertEquals("\rone␛[K\ntwo␛[K\n␛[J", written());

        screen.draw(List.of("three"));
        assertEquals("\r␛[2Athree␛[K\n␛[J", written());

        screen.draw(List.of("four"));
        assertEquals("\r␛[1Afour␛[K\n␛[J", written());
    }

    @Test
    void printsAboveTheDrawing() {
        screen.draw(List.of("drawn"));
        written();

        screen.print("log line");
        assertEquals("\r␛[1Alog line␛[K\ndrawn␛[K\n␛[J", written());
    }

    @Test
    void beginsAnew() {
        screen.draw(List.of("one", "two"));
        written();

        screen.clear();
        assertEquals("␛[H␛[2J", written());
        screen.draw(List.of("three"));
        assertEquals("\rthree␛[K\n␛[J", written());
    }

    @Test
    void showsTheCursorAtTheEnd() {
        screen.draw(List.of("drawn"));
        written();

        screen.close();
        assertEquals("␛[?25h", written());
    }

    private String written() {
        String text = written.toString().replace('\u001b', '␛');
        written.getBuffer().setLength(0);
        return text;
    }
}
