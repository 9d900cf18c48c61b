package io.chaosproxy.net;

import static io.chaosproxy.net.DetectedProtocol.HTTP_1;
import static io.chaosproxy.net.DetectedProtocol.HTTP_2;
import static io.chaosproxy.net.DetectedProtocol.NEED_MORE;
import static io.chaosproxy.net.DetectedProtocol.OPAQUE;
import static io.chaosproxy.net.DetectedProtocol.SOCKS_5;
import static io.chaosproxy.net.DetectedProtocol.TLS;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DetectedProtocolTest {
    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }

    private static DetectedProtocol of(String text) {
        return DetectedProtocol.of(bytes(text));
    }

    /** The answer for all of it; each shorter beginning needs more, from the first byte on. */
    private static void assertKnownOnlyBy(DetectedProtocol expected, String text) {
        for (int i = 0; i < text.length(); i++) {
            assertEquals(NEED_MORE, of(text.substring(0, i)), "after " + i + " bytes");
        }
        assertEquals(expected, of(text));
        assertEquals(expected, of(text + "\0\1\2 whatever follows"), "what follows changes nothing");
    }

    @Test
    void eachProtocolIsKnownByItsFirstBytes() {
        assertKnownOnlyBy(TLS, "\26\3\1\2\0\1");
        assertKnownOnlyBy(TLS, "\26\3\3\0\1\1");
        assertKnownOnlyBy(HTTP_1, "GET / HTTP/1.1");
        assertKnownOnlyBy(HTTP_1, "POST /path?a=b HTTP/1.0");
        assertKnownOnlyBy(HTTP_1, "PROPFIND * HTTP/1.1");
        assertKnownOnlyBy(HTTP_1, "PRI /path HTTP/1.1");
        assertKnownOnlyBy(HTTP_1, "CONNECT example.com:443 HTTP/1.1");
        assertKnownOnlyBy(HTTP_1, "GET http://example.com/ HTTP/1.1");
        assertKnownOnlyBy(HTTP_1, "GET /\u00fc HTTP/1.1");
        assertKnownOnlyBy(HTTP_1, "x'y /~ HTTP/1.1");
        assertKnownOnlyBy(HTTP_2, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        assertKnownOnlyBy(SOCKS_5, "\5\1\0");
        assertKnownOnlyBy(SOCKS_5, "\5\3\0\1\2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\0\0\0\10\4\322\26\57", // PostgreSQL's SSLRequest
                "*1\r\n$4\r\nPING\r\n",
                "PING\r\n",
                "SET key HTTP/x\r\n",
                "EHLO example.com\r\n",
                "SSH-2.0-OpenSSH_9.6\r\n",
                "GET /\r\n",
                "GET  / HTTP/1.1\r\n",
                "GET / HTTP/2.0\r\n",
                "GET / http/1.1\r\n",
                "GET /\t HTTP/1.1\r\n",
                " GET / HTTP/1.1\r\n",
                "G\0T / HTTP/1.1\r\n",
                "PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n",
                "\5\0", // DCE/RPC begins like this
                "\5\1\u00ff",
                "\4\1\0\120\177\0\0\1\0", // SOCKS4
                "\26\2\0",
                "\26\3\5",
                "\26\3\1\0\0",
                "\26\3\1\u00ff\u00ff",
                "\26\3\1\0\5\2", // a ServerHello
                "\25\3\1\0\2\2\50", // an alert
                "\200\56\1\3\1", // SSL 2
                "\u00ff",
                "\0"
            })
    void anythingElseIsOpaque(String text) {
        assertEquals(OPAQUE, of(text));
    }

    @ParameterizedTest
    @CsvSource({"32, NEED_MORE", "33, OPAQUE"})
    void aWordIsNoMethodWithoutEnd(int length, DetectedProtocol expected) {
        assertEquals(expected, of("X".repeat(length)));
    }

    @Test
    void aRequestLineWithoutEndIsHttp() {
        int most = DetectedProtocol.MAX_BYTES;
        assertEquals(NEED_MORE, of("GET /" + "x".repeat(most - 6)));
        assertEquals(HTTP_1, of("GET /" + "x".repeat(most - 5)));
        String versionAtTheBound = "GET /" + "x".repeat(most - 8) + " HT";
        assertEquals(HTTP_1, of(versionAtTheBound));
    }

    /** Whatever the bytes are, there is an answer as soon as there are enough of them, and it needs no look behind that. */
    @Test
    void thereIsAlwaysAnAnswer() {
        Random random = new Random(7);
        String[] starts = {"", "GET /", "PRI * ", "\26\3\1", "\5\7", "GET / HTTP/1."};
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(40)];
            random.nextBytes(noise);
            String text = starts[i % starts.length] + new String(noise, ISO_8859_1);
            ByteBuffer bytes = bytes("?" + text).position(1);
            DetectedProtocol answer = DetectedProtocol.of(bytes);
            assertEquals(1, bytes.position());
            if (answer != NEED_MORE) {
                assertEquals(answer, of(text + "x"), text);
            }
        }
        byte[] noise = new byte[DetectedProtocol.MAX_BYTES];
        for (int i = 0; i < 256; i++) {
            random.nextBytes(noise);
            noise[0] = (byte) i;
            assertNotEquals(NEED_MORE, DetectedProtocol.of(ByteBuffer.wrap(noise)));
        }
    }
}
