package io.chaosproxy.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class FieldEditsTest {

    private static final String START = "\r\nGET /\u00e9 HTTP/1.1\r\n";
    private static final String FIELDS = "hOsT:  h \t\r\nA:1\nX-Latin: \u00e4\u0080\r\na: 2\r\n";

    private static String edited(String text, Map<String, String> set, String... remove) throws BadMessage {
        RequestHead heap = new RequestHead(1024, false);
        heap.scan(Bytes.heap(text + "BODY"));
        RequestHead direct = new RequestHead(1024, false);
        direct.scan(Bytes.direct(text));
        byte[] bytes = heap.rewritten(set, List.of(remove));
        assertArrayEquals(bytes, direct.rewritten(set, List.of(remove)));
        return Bytes.text(bytes);
    }

    @Test
    void withoutChangesEveryByteStays() throws BadMessage {
        String text = START + FIELDS + "\n";
        assertEquals(text, edited(text, Map.of()));
        assertEquals(text, edited(text, Map.of(), "X-Lat", "Hos"));
    }

    @Test
    void removesAllLinesOfAName() throws BadMessage {
        assertEquals(
                START + "hOsT:  h \t\r\nX-Latin: \u00e4\u0080\r\n\r\n",
                edited(START + FIELDS + "\r\n", Map.of(), "a", "Missing"));
    }

    @Test
    void setsInPlaceOnceAndAppendsTheRestInOrder() throws BadMessage {
        var set = new LinkedHashMap<String, String>();
        set.put("Z-New", "z");
        set.put("a", "new");
        set.put("Y-New", "");
        assertEquals(
                START + "hOsT:  h \t\r\nA: new\nX-Latin: \u00e4\u0080\r\nZ-New: z\r\nY-New: \r\n\r\n",
                edited(START + FIELDS + "\r\n", set));
    }

    @Test
    void settingOutdoesRemoving() throws BadMessage {
        assertEquals(
                "GET / HTTP/1.1\r\nHost: i\r\nA: b\r\n\r\n",
                edited(
                        "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
                        new LinkedHashMap<>(Map.of("HOST", "i", "A", "b")),
                        "host",
                        "a"));
    }

    @Test
    void changesAHeadWithoutFields() throws BadMessage {
        assertEquals("GET / HTTP/1.0\r\nA: b\r\n\r\n", edited("GET / HTTP/1.0\r\n\r\n", Map.of("A", "b")));
    }

    @Test
    void foldedLinesGoWithTheirField() throws BadMessage {
        ResponseHead head = new ResponseHead(1024, false);
        head.scan(Bytes.heap("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n \r\nD : e\r\n\tf\nG: h\r\n\r\n"));
        assertEquals(
                "HTTP/1.1 200 OK\r\nD : e\r\n\tf\nG: h\r\n\r\n", Bytes.text(head.rewritten(Map.of(), List.of("a"))));
        assertEquals(
                "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n \r\nD: x\nG: h\r\n\r\n",
                Bytes.text(head.rewritten(Map.of("d", "x"), List.of())));
    }

    @Test
    void aValueIsLatinOrElseUtf8() throws BadMessage {
        RequestHead head = new RequestHead(1024, false);
        head.scan(Bytes.heap("GET / HTTP/1.0\r\n\r\n"));
        assertArrayEquals(
                Bytes.of("GET / HTTP/1.0\r\nA: \u00e4\u00ff\r\n\r\n"),
                head.rewritten(Map.of("A", "\u00e4\u00ff"), List.of()));
        assertArrayEquals(
                "GET / HTTP/1.0\r\nA: \u00e4\u20ac\r\n\r\n".getBytes(StandardCharsets.UTF_8),
                head.rewritten(Map.of("A", "\u00e4\u20ac"), List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\rb", "a\nb", "a\0b", "\r\nX: y"})
    void refusesValuesThatWouldEndTheLine(String value) {
        assertThrows(IllegalArgumentException.class, () -> new FieldEdits(Map.of("A", value), List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a:", "\u00e4", "\u0141", "a\r\n"})
    void refusesNamesThatAreNoTokens(String name) {
        assertThrows(IllegalArgumentException.class, () -> new FieldEdits(Map.of(name, "x"), List.of()));
    }

    @Test
    void refusesANameSetTwice() {
        assertThrows(IllegalArgumentException.class, () -> new FieldEdits(Map.of("a", "1", "A", "2"), List.of()));
    }
}
