package io.chaosproxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
final class SyntaxTest {
    /** The neighbours of what can be printed as well. */
    @ParameterizedTest
    @CsvSource(delimiter = ' ', quoteCharacter = '"', textBlock = """
        32 0x20
        33 '!'
        126 '~'
        127 0x7F
        128 0x80
        0 0x00
        """)
    void errorsShowBytes(int octet, String shown) {
        assertEquals(shown, Syntax.show(octet));
    }
}
