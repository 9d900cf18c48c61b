package io.chaosproxy.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.InvalidValueException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class PlainTextTest {
    @ParameterizedTest
    @ValueSource(
            ints = {
                0, '\t', '\n', '\r', 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0x9f, 0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a,
                0x202e, 0x2066, 0x2069, 0xd800, 0xdfff, 0xfeff, 0xad, 0x200b, 0x200c, 0x200d, 0x2060, 0x2064, 0x180e,
                0x034f, 0x3164, 0xfff9, 0xe0000, 0xe0001, 0xe0041, 0xe007f, 0x1d173, 0x180b, 0x180f, 0xfff0, 0xfff8,
                0xe0fff
            })
    void isRefusedInNamesAndEscapedElsewhere(int codePoint) {
        String text = "a" + Character.toString(codePoint) + "b";
        assertFalse(PlainText.isSafe(text));
        assertThrows(InvalidValueException.class, () -> Check.name("name", text));
        assertTrue(PlainText.isSafe(PlainText.escaped(text)), PlainText.escaped(text));
        assertTrue(codePoint < 0x7f || PlainText.isSafe(PlainText.escapedJson(text)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "shop",
                "Läden & Söhne",
                "店",
                "a b",
                "\ud83d\ude00",
                "\u2764\ufe0f",
                "\u180a",
                "\u1810",
                "\uffee",
                "\ufffd",
                "e\u0301",
                "\"\\"
            })
    void everythingElseStays(String text) {
        Check.name("name", text);
        assertEquals(text, PlainText.escaped(text));
        assertEquals(text, PlainText.escapedJson(text));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        not "http://u:p@a.b/x"              | not "http://a.b/x"
        not "http://u:p@w/x@a.b"            | not "http://a.b"
        not "me:p@w@a.b:80", 'u:p@c:1'      | not "a.b:80", 'c:1'
        --upstream=me:p@a.b:80 is refused   | --upstream=a.b:80 is refused
        https://u@a.b                       | https://a.b
        @t sees http://u:p@a.b               | @t sees http://a.b
        header From: me@a.b is set          | header From: me@a.b is set
        at 10:20 @Test                      | at 10:20 @Test
        """)
    void aMessageNamesNoUser(String message, String shown) {
        assertEquals(shown, PlainText.withoutUsers(message));
    }

    @ParameterizedTest
    @CsvSource({
        "http://u:p@a.b/x, http://a.b/x",
        "http://u:p@w \" /@a.b, http://a.b",
        "u:p//w@a.b:80, a.b:80",
        "@a.b:80, a.b:80",
        "://u:p@a.b, ://a.b",
        "a.b:80, a.b:80"
    })
    void anAddressNamesNoUser(String address, String shown) {
        assertEquals(shown, PlainText.withoutUser(address));
    }

    @Test
    void showsWhatItWas() {
        assertEquals("a\\x1B[31m\\x0Ab\\x9B\\u202E\\uD800", PlainText.escaped("a\u001b[31m\nb\u009b\u202e\ud800"));
        assertEquals("\"\\uDB40\\uDC41\"", PlainText.escapedJson("\"\udb40\udc41\""));
        assertEquals("{\n \"a\": \"\\u009B\\u202E\"\n}", PlainText.escapedJson("{\n \"a\": \"\u009b\u202e\"\n}"));
        assertEquals("{\n\t\"a\": \"\\u001B\"\r\n}", PlainText.escapedJson("{\n\t\"a\": \"\u001b\"\r\n}"));
        assertEquals("a\n\tb\\x1B", PlainText.escapedLines("a\n\tb\u001b"));
    }
}
