package io.chaosproxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
final class HeadBytesTest {
    private static HeadBytes octets(String text) {
        HeadBytes octets = new HeadBytes();
        octets.lieAt(ByteBuffer.wrap(text.getBytes(US_ASCII)));
        return octets;
    }

    /** What stands in front of the part is not looked at, nor is a byte in front of the buffer. */
    @ParameterizedTest
    @CsvSource(
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "'a ,b  ',3,6,4",
                "'a ,b  ',0,2,1",
                "'   ',2,2,2",
                "'   ',1,3,1",
                "'   ',0,3,0",
                "' ',0,0,0",
                "'ab',0,2,2"
            })
    void theSpaceAtTheEndOfAPartIsTrimmed(String text, int from, int to, int end) {
        assertEquals(end, octets(text).trimmedEnd(from, to));
    }
}
