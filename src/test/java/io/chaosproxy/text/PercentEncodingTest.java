package io.chaosproxy.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class PercentEncodingTest {
    @ParameterizedTest
    @CsvSource({"plain,plain", "a+b,a+b", "a%2Bb,a+b", "a%20b,a b", "a%2fb,a/b", "%C3%A4,\u00e4", "%2525,%25"})
    void isDecoded(String encoded, String decoded) {
        assertEquals(decoded, PercentEncoding.decode(encoded));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%2", "%zz"})
    void otherPercentSignsAreRefused(String encoded) {
        assertThrows(IllegalArgumentException.class, () -> PercentEncoding.decode(encoded));
    }

    @Test
    void nothingIsNothing() {
        assertEquals("", PercentEncoding.decode(""));
    }
}
