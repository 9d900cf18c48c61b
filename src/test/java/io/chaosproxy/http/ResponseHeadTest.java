package io.chaosproxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class ResponseHeadTest {

    private final ResponseHead head = new ResponseHead(1024, false);

    private int scan(String text) throws BadMessage {
        head.reset();
        return head.scan(Bytes.heap(text));
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1 200 OK, 200, 1",
        "HTTP/1.1 204 , 204, 1",
        "HTTP/1.1 404, 404, 1",
        "HTTP/1.0 100 Continue on, 100, 0",
        "HTTP/1.2 599 \u00e4, 599, 1",
        "HTTP/1.1 999 X, 999, 1",
    })
    void statusLine(String line, int status, int minor) throws BadMessage {
        String text = line + "\r\n\r\n";
        assertEquals(text.length(), scan(text + "x"));
        assertEquals(status, head.status());
        assertEquals(minor, head.minor());
    }

    @Test
    void whiteSpaceBeforeTheColonPasses() throws BadMessage {
        scan("HTTP/1.1 200 OK\r\nServer \t: x\r\n\r\n");
        assertEquals("Server", head.name(0));
        assertEquals("x", head.first("server"));
    }

    @Test
    void foldedLinesBelongToTheValueAbove() throws BadMessage {
        scan("HTTP/1.1 200 OK\r\nA: b \r\n\t c \r\n \r\nConnection:\n  x,\r\n close\r\nE:  \r\n f\r\n \r\n\r\n");
        assertEquals(3, head.count());
        assertEquals("b   \t c", head.first("a"));
        assertEquals("f", head.first("e"));
        assertTrue(head.hasToken("Connection", "x"));
        assertFalse(head.keepAlive());
    }

    @Test
    void anOldResponseWithTransferCodingEndsTheConnection() throws BadMessage {
        scan("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n");
        assertTrue(head.keepAlive());
        scan("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n");
        assertFalse(head.keepAlive());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 20 OK\r\n\r\n",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/1.1 2x0 OK\r\n\r\n",
                "HTTP/1.1 099 OK\r\n\r\n",
                "HTTP/1.1 +20 OK\r\n\r\n",
                "HTTP/1.1  200 OK\r\n\r\n",
                "HTTP/1.1 \r\n\r\n",
                "HTTP/1.1\r\n\r\n",
                "HTTP/1.1\t200 OK\r\n\r\n",
                "HTTP/2.0 200 OK\r\n\r\n",
                "HTTP/1 200 OK\r\n\r\n",
                "ICY 200 OK\r\n\r\n",
                "\r\nHTTP/1.1 200 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
                "HTTP/1.1 200 O\0K\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA\r\n\r\n",
                "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
                "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA b: c\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA\u00e4: c\r\n\r\n",
            })
    void refuses(String text) {
        BadMessage bad = assertThrows(BadMessage.class, () -> scan(text), () -> Bytes.shown(text));
        assertEquals(502, bad.status(), bad.getMessage());
        assertEquals("Bad Gateway", bad.phrase());
    }

    @ParameterizedTest
    @ValueSource(strings = {"SSH-2.0-", "h", "HTTQ", "\u0015\u0003"})
    void refusesAnotherProtocolAtOnce(String text) {
        assertThrows(BadMessage.class, () -> scan(text));
    }

    @Test
    void refusesAHeadBeyondTheGreatestSize() throws BadMessage {
        String text = "HTTP/1.1 200 OK\r\nA: bcd\r\n\r\n";
        assertEquals(text.length(), new ResponseHead(text.length(), false).scan(Bytes.direct(text)));
        ResponseHead small = new ResponseHead(text.length() - 1, false);
        assertEquals(
                502,
                assertThrows(BadMessage.class, () -> small.scan(Bytes.direct(text)))
                        .status());
    }

    /** RFC 9112 §5.1 and §5.2: what a proxy must remove or replace. */
    @Test
    void aStrictHeadIsRewrittenWithoutOddWhiteSpace() throws BadMessage {
        ResponseHead strict = new ResponseHead(1024, true);
        strict.scan(
                Bytes.heap("HTTP/1.1 200 OK\r\nServer \t:  x \r\nA: b\r\n  c:d\r\n\te\r\nB:\r\n f\r\n \r\nC:\n\r\n"));
        assertTrue(strict.mustBeRewritten());
        String rewritten = Bytes.text(strict.rewritten(Map.of(), List.of()));
        assertEquals("HTTP/1.1 200 OK\r\nServer:  x\r\nA: b    c:d  \te\r\nB:   f\r\nC:\r\n\r\n", rewritten);
        assertEquals(rewritten.length(), scan(rewritten));
        strict.reset();
        strict.scan(Bytes.heap("HTTP/1.1 200 OK\r\nA:\tb \r\n\r\n"));
        assertFalse(strict.mustBeRewritten());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0015\u0003\u0001\0\u0002\u0002F", "\u0016\u0003"})
    void saysThatTheUpstreamSpeaksTls(String text) {
        BadMessage bad = assertThrows(BadMessage.class, () -> scan(text));
        assertEquals("upstream speaks TLS; begin it with https://", bad.getMessage());
    }
}
