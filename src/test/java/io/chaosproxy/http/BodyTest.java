package io.chaosproxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class BodyTest {

    private static final int MAX_TRAILERS = 64;

    private final Body body = new Body(MAX_TRAILERS, true);
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder framing = new StringBuilder();

    private void request(String field) throws BadMessage {
        RequestHead head = new RequestHead(1024, false);
        head.scan(Bytes.heap("POST / HTTP/1.1\r\nHost: h\r\n" + field + "\r\n"));
        begun();
        body.begin(head);
    }

    private void response(String field) throws BadMessage {
        ResponseHead head = new ResponseHead(1024, false);
        head.scan(Bytes.heap("HTTP/1.1 200 OK\r\n" + field + "\r\n"));
        begun();
        body.begin(head, "GET");
    }

    private void chunked() throws BadMessage {
        request("Transfer-Encoding: chunked\r\n");
    }

    private void begun() {
        content.setLength(0);
        framing.setLength(0);
    }

    /** Takes what belongs to the body out of the buffer. */
    private void pass(ByteBuffer bytes) throws BadMessage {
        while (true) {
            int position = bytes.position();
            Body.Run run = body.next(bytes);
            assertEquals(position, bytes.position());
            if (run == Body.Run.MORE || run == Body.Run.COMPLETE) {
                assertEquals(0, body.length());
                assertEquals(run == Body.Run.COMPLETE, body.complete());
                return;
            }
            assertTrue(body.length() > 0);
            byte[] part = new byte[body.length()];
            bytes.get(part);
            (run == Body.Run.CONTENT ? content : framing).append(Bytes.text(part));
        }
    }

    private void pass(String text) throws BadMessage {
        ByteBuffer bytes = Bytes.heap(text);
        pass(bytes);
        assertFalse(bytes.hasRemaining());
    }

    @Test
    void noBodyIsCompleteFromTheStart() throws BadMessage {
        request("");
        ByteBuffer next = Bytes.heap("GET");
        pass(next);
        assertTrue(body.complete());
        assertEquals(3, next.remaining());
        assertEquals(-1, body.announced());
        body.endOfStream();
    }

    @Test
    void aLengthEndsWhereItSays() throws BadMessage {
        request("Content-Length: 5\r\n");
        assertEquals(5, body.announced());
        assertFalse(body.endsWithConnection());
        pass("ab");
        assertFalse(body.complete());
        ByteBuffer bytes = Bytes.direct("cdeGET");
        pass(bytes);
        assertTrue(body.complete());
        assertEquals("abcde", content.toString());
        assertEquals(3, bytes.remaining());
        body.endOfStream();
    }

    @Test
    void noLengthIsCompleteAtOnce() throws BadMessage {
        response("Content-Length: 0\r\n");
        assertTrue(body.complete());
        assertEquals(0, body.announced());
    }

    @Test
    void aHugeLengthIsCounted() throws BadMessage {
        response("Content-Length: 9223372036854775807\r\n");
        pass("abc");
        assertFalse(body.complete());
        BadMessage bad = assertThrows(BadMessage.class, body::endOfStream);
        assertTrue(bad.getMessage().contains("9223372036854775804 of 9223372036854775807"), bad.getMessage());
    }

    @Test
    void untilCloseEndsWithTheStream() throws BadMessage {
        response("");
        assertTrue(body.endsWithConnection());
        pass("ab\r\n0\r\n\r\n");
        assertFalse(body.complete());
        body.endOfStream();
        assertTrue(body.complete());
        assertEquals("ab\r\n0\r\n\r\n", content.toString());
    }

    @Test
    void aTunnelHasNoEndOfItsOwn() throws BadMessage {
        ResponseHead head = new ResponseHead(1024, false);
        head.scan(Bytes.heap("HTTP/1.1 101 Go\r\nContent-Length: 1\r\n\r\n"));
        body.begin(head, "GET");
        assertEquals(Framing.TUNNEL, body.framing());
        pass("abc");
        assertTrue(body.endsWithConnection());
        assertEquals("abc", content.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "0\\r\\n\\r\\n                                             | ",
                "5\\r\\nhello\\r\\n0\\r\\n\\r\\n                           | hello",
                "0005\\r\\nhello\\r\\n000\\r\\n\\r\\n                      | hello",
                "a\\r\\n0123456789\\r\\nA\\r\\nabcdefghij\\r\\n0\\r\\n\\r\\n | 0123456789abcdefghij",
                "1\\r\\n\\r\\r\\n1\\r\\n\\n\\r\\n0\\r\\n\\r\\n                | \\r\\n",
                "1;x\\r\\na\\r\\n0;y=z\\r\\n\\r\\n                         | a",
                "1 ; x = \"\u00e4;\t\" \\r\\na\\r\\n0 \t;\\r\\n\\r\\n      | a",
                "000000000000001\\r\\na\\r\\n0\\r\\n\\r\\n                  | a",
                "0000000000000001\\r\\na\\r\\n00000000000000000000\\r\\n\\r\\n | a",
                "1\\r\\na\\r\\n0\\r\\nA: b\\r\\nC: \u00e4:\\r\\nD:\\r\\n\\r\\n | a",
                "0\\r\\nHosts: a\\r\\nX-Host: b\\r\\nContent-Lengt: c\\r\\nHos: t\\r\\n\\r\\n | ",
            })
    void chunks(String escaped, String expected) throws BadMessage {
        String text = escaped.strip().translateEscapes();
        String wanted = expected == null ? "" : expected.translateEscapes();
        for (ByteBuffer bytes : new ByteBuffer[] {Bytes.heap(text + "GET"), Bytes.direct(text + "GET")}) {
            chunked();
            pass(bytes);
            assertTrue(body.complete());
            assertEquals(wanted, content.toString());
            assertEquals(text.length(), content.length() + framing.length());
            assertEquals(3, bytes.remaining());
            body.endOfStream();
        }
    }

    @Test
    void framingBetweenTwoChunksIsOneRun() throws BadMessage {
        chunked();
        ByteBuffer bytes = Bytes.heap("1\r\na\r\n1;x\r\nb\r\n0\r\nT: u\r\n\r\n");
        String[] runs = {"1\r\n", "a", "\r\n1;x\r\n", "b", "\r\n0\r\nT: u\r\n\r\n"};
        for (int i = 0; i < runs.length; i++) {
            assertEquals(i % 2 == 0 ? Body.Run.FRAMING : Body.Run.CONTENT, body.next(bytes));
            assertEquals(runs[i].length(), body.length());
            bytes.position(bytes.position() + body.length());
        }
        assertEquals(Body.Run.COMPLETE, body.next(bytes));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n",
                " 1\r\n",
                "g\r\n",
                "-1\r\n",
                "+1\r\n",
                "0x1\r\n",
                "1x\r\n",
                "1 1\r\n",
                "1,\r\n",
                ";x\r\n",
                "1\n",
                "1\rx",
                "1\r\r\n",
                "1;x\n",
                "1;x\0\r\n",
                "1;\"\n\"\r\n",
                "1;x\ry\r\n",
                "1 \n",
                "1\r\nab\r\n",
                "1\r\na\n",
                "1\r\na\rb",
                "1\r\na0\r\n",
                "8000000000000000\r\n",
                "00008000000000000000\r\n",
                "10000000000000000\r\n",
                "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\r\n",
                "0\r\n\n",
                "0\r\n\rx",
                "0\r\nA\r\n",
                "0\r\nA b: c\r\n",
                "0\r\n: b\r\n",
                "0\r\nA : b\r\n",
                "0\r\nA: b\r\n c\r\n",
                "0\r\nA\u00e4: b\r\n",
                "0\r\nA\n",
                "0\r\nA: b\n",
                "0\r\nA: b\rc",
                "0\r\nA: b\0",
                "0\r\nContent-Length: 1\r\n",
                "0\r\nA: b\r\nhOST:",
                "0\r\nTRANSFER-ENCODING: chunked\r\n",
                "0\n",
            })
    void refusesChunks(String text) throws BadMessage {
        chunked();
        BadMessage whole = assertThrows(BadMessage.class, () -> pass(text), () -> Bytes.shown(text));
        assertEquals(400, whole.status());
        response("Transfer-Encoding: chunked\r\n");
        BadMessage single = assertThrows(BadMessage.class, () -> {
            for (int i = 0; i < text.length(); i++) {
                pass(text.substring(i, i + 1));
            }
        });
        assertEquals(502, single.status());
        assertEquals(whole.getMessage(), single.getMessage());
    }

    /** Some servers pad their sizes; in a request it is a trick. */
    @ParameterizedTest
    @ValueSource(strings = {"1 \r\na\r\n0\r\n\r\n", "1\t \r\na\r\n0\r\n\r\n", "0 \r\n\r\n"})
    void aBlankBehindAChunkSizeIsRefusedInRequests(String text) throws BadMessage {
        chunked();
        BadMessage refused = assertThrows(BadMessage.class, () -> pass(text));
        assertEquals(400, refused.status());
        response("Transfer-Encoding: chunked\r\n");
        pass(text);
        assertTrue(body.complete());
    }

    @Test
    void chunkSizeLinesAreLimited() throws BadMessage {
        String rest = "a\r\n0\r\n\r\n";
        chunked();
        pass("1;" + "x".repeat(16 * 1024 - 4) + "\r\n" + rest);
        assertTrue(body.complete());
        chunked();
        assertThrows(BadMessage.class, () -> pass("1;" + "x".repeat(16 * 1024 - 1)));
        chunked();
        assertThrows(BadMessage.class, () -> pass("1" + " ".repeat(16 * 1024)));
    }

    @Test
    void eachChunkSizeLineHasTheWholeLimit() throws BadMessage {
        chunked();
        String line = "1;" + "x".repeat(10_000) + "\r\na\r\n";
        pass(line + line + line + "0\r\n\r\n");
        assertEquals("aaa", content.toString());
    }

    @Test
    void trailersAreLimitedTogether() throws BadMessage {
        String trailers = "A: b\r\n".repeat(9);
        chunked();
        pass("0\r\n" + trailers + "A: bcd\r\n\r\n");
        assertTrue(body.complete());
        chunked();
        assertThrows(BadMessage.class, () -> pass("0\r\n" + trailers + "A: bcde\r\n\r\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                | last chunk missing",
                "1                 | last chunk missing",
                "1;x\\r            | last chunk missing",
                "5\\r\\n           | 5 bytes of a chunk missing",
                "5\\r\\nab         | 3 bytes of a chunk missing",
                "1\\r\\na          | last chunk missing",
                "1\\r\\na\\r\\n    | last chunk missing",
                "0\\r\\n           | end of the trailer section missing",
                "0\\r\\nA: b\\r\\n | end of the trailer section missing",
            })
    void aStreamThatEndsWithinChunks(String escaped, String reason) throws BadMessage {
        chunked();
        pass(escaped.translateEscapes());
        BadMessage bad = assertThrows(BadMessage.class, body::endOfStream);
        assertEquals(400, bad.status());
        assertTrue(bad.getMessage().endsWith(reason), bad.getMessage());
    }

    @Test
    void aStreamThatEndsWithinALength() throws BadMessage {
        response("Content-Length: 10\r\n");
        pass("abc");
        BadMessage bad = assertThrows(BadMessage.class, body::endOfStream);
        assertEquals(502, bad.status());
        assertEquals("stream ended with 7 of 10 body bytes missing", bad.getMessage());
    }

    @Test
    void beginsAnewAfterAnError() throws BadMessage {
        chunked();
        assertThrows(BadMessage.class, () -> pass("5;x\ny"));
        chunked();
        pass("2\r\nab\r\n0\r\n\r\n");
        assertEquals("ab", content.toString());
    }

    @Test
    void theGreatestChunkSizeIsALong() throws BadMessage {
        chunked();
        pass("00007fffffffffffffff\r\nabc");
        BadMessage bad = assertThrows(BadMessage.class, body::endOfStream);
        assertTrue(bad.getMessage().contains((Long.MAX_VALUE - 3) + " bytes of a chunk missing"), bad.getMessage());
        chunked();
        assertThrows(BadMessage.class, () -> pass("0".repeat(16 * 1024 + 1)));
    }

    /** In whatever pieces it comes, so that what is handed on doesn't depend on packets. */
    @ParameterizedTest
    @ValueSource(strings = {"", "1\r\na\r\n", "1\r\na", "1;x", "0\r\nA: b", "0\r\nA: b\r\n", "f"})
    void tellsAllThatComesBeforeAnError(String good) throws BadMessage {
        String text = good + "\0 and more";
        for (int cut = 0; cut <= good.length(); cut++) {
            String first = text.substring(0, cut);
            String rest = text.substring(cut);
            chunked();
            pass(first);
            assertThrows(BadMessage.class, () -> pass(rest), () -> Bytes.shown(text));
            assertEquals(good.length(), content.length() + framing.length());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1\na\n0\n\n",
                "1\r\na\n0\r\n\n",
                "1;x\na\r\n0 \nA: b\n\r\n",
                "1\r\na\r\n0\r\nA b\r\n c\r\n:\r\n\r\n",
            })
    void readsOtherLinesIfItIsNotStrict(String text) throws BadMessage {
        Body lenient = new Body(MAX_TRAILERS, false);
        RequestHead head = new RequestHead(1024, false);
        head.scan(Bytes.heap("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
        for (int size : new int[] {1, 2, text.length()}) {
            lenient.begin(head);
            for (int at = 0; at < text.length(); at += size) {
                ByteBuffer bytes = Bytes.heap(text.substring(at, Math.min(text.length(), at + size)));
                while (lenient.next(bytes) == Body.Run.CONTENT || lenient.length() > 0) {
                    bytes.position(bytes.position() + lenient.length());
                }
                assertFalse(bytes.hasRemaining());
            }
            assertTrue(lenient.complete());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "1\n\n\n\n", "1\nab\n", "0\n\0", "1\rx"})
    void refusesWhatBreaksItsOwnFramingAllTheSame(String text) throws BadMessage {
        Body lenient = new Body(MAX_TRAILERS, false);
        RequestHead head = new RequestHead(1024, false);
        head.scan(Bytes.heap("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
        lenient.begin(head);
        ByteBuffer bytes = Bytes.heap(text);
        assertThrows(BadMessage.class, () -> {
            while (bytes.hasRemaining()) {
                lenient.next(bytes);
                bytes.position(bytes.position() + lenient.length());
            }
        });
    }
}
