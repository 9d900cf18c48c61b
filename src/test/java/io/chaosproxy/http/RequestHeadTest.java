package io.chaosproxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestHeadTest {

    private static final String HEAD = """
        POST /caf\u00e9?q=1 HTTP/1.1\r
        hOST:\tshop.example:8080 \r
        Accept: text/plain\r
        X-Empty:\r
        X-Latin: \u00e4\u00f6\u00fc \u0080\u00ff\r
        accept: text/html, */*;q=0.1\r
        \r
        """;

    private final RequestHead head = new RequestHead(1024, false);

    private int scan(String text) throws BadMessage {
        head.reset();
        return head.scan(Bytes.heap(text));
    }

    private static String get(String... lines) {
        return "GET / HTTP/1.1\r\nHost: h\r\n" + String.join("", lines) + "\r\n";
    }

    @Test
    void readsEveryPart() throws BadMessage {
        assertEquals(HEAD.length(), scan(HEAD + "body"));
        assertSame("POST", head.method());
        assertEquals("/caf\u00e9?q=1", head.target());
        assertEquals("/caf\u00e9", head.path());
        assertEquals("shop.example:8080", head.host());
        assertEquals(1, head.minor());
        assertEquals(5, head.count());
        assertEquals("hOST", head.name(0));
        assertEquals("shop.example:8080", head.value(0));
        assertEquals("", head.value(2));
        assertEquals("\u00e4\u00f6\u00fc \u0080\u00ff", head.value(3));
        assertEquals("text/plain", head.first("ACCEPT"));
        assertNull(head.first("Accep"));
        assertTrue(head.keepAlive());
        assertThrows(IndexOutOfBoundsException.class, () -> head.value(5));
    }

    @Test
    void leavesThePositionAlone() throws BadMessage {
        ByteBuffer direct = Bytes.direct(HEAD);
        int position = direct.position();
        assertEquals(HEAD.length(), head.scan(direct));
        assertEquals(position, direct.position());
        assertEquals("text/plain", head.first("accept"));
    }

    @Test
    void anotherMethodIsReadAsItCame() throws BadMessage {
        scan("pRoPFIND / HTTP/1.1\r\nHost: h\r\n\r\n");
        assertEquals("pRoPFIND", head.method());
    }

    @Test
    void steeringFactsOutliveTheBuffer() throws BadMessage {
        ByteBuffer bytes = Bytes.heap(get("Connection: Upgrade\r\n", "Upgrade: x\r\n", "Expect: 100-Continue\r\n"));
        head.scan(bytes);
        bytes.clear().put(new byte[bytes.capacity()]);
        assertEquals("GET", head.method());
        assertTrue(head.keepAlive() && head.wantsUpgrade() && head.expectsContinue());
        head.reset();
        assertFalse(head.keepAlive() || head.wantsUpgrade() || head.expectsContinue());
    }

    /** A CR in front of the head, as of a body before it, is no part of its first line. */
    @Test
    void aLoneLineFeedBeforehandIsAnEmptyLineWhereverTheHeadLies() throws BadMessage {
        String text = "\n" + get();
        assertEquals(text.length(), head.scan(ByteBuffer.wrap(text.getBytes(US_ASCII))));
        assertSame("GET", head.method());
        head.reset();
        ByteBuffer behindCr = ByteBuffer.wrap(("\r" + text).getBytes(US_ASCII)).position(1);
        assertEquals(text.length(), head.scan(behindCr));
        assertSame("GET", head.method());
    }

    @Test
    void emptyLinesBeforehandBelongToTheHead() throws BadMessage {
        String text = "\r\n\n\r\n" + get();
        assertEquals(text.length(), scan(text));
        assertEquals("GET", head.method());
        assertEquals("h", head.host());
    }

    @Test
    void bareLineFeedsEndLines() throws BadMessage {
        String text = "GET / HTTP/1.1\nHost: h\nA: b\r\nC: d\n\n";
        assertEquals(text.length(), scan(text + "rest"));
        assertEquals("d", head.first("c"));
    }

    @Test
    void theHeadMayMoveToALargerBufferBetweenScans() throws BadMessage {
        assertEquals(-1, head.scan(Bytes.first(Bytes.direct(HEAD), 40)));
        ByteBuffer moved =
                ByteBuffer.allocate(200).position(50).put(Bytes.of(HEAD)).flip().position(50);
        assertEquals(HEAD.length(), head.scan(moved));
        assertEquals("shop.example:8080", head.host());
    }

    @Test
    void manyFieldsFit() throws BadMessage {
        RequestHead large = new RequestHead(1 << 16, false);
        var text = new StringBuilder("GET / HTTP/1.1\r\nHost: h\r\n");
        for (int i = 0; i < 500; i++) {
            text.append("N").append(i).append(": ").append(i).append("\r\n");
        }
        text.append("\r\n");
        assertEquals(text.length(), large.scan(Bytes.heap(text.toString())));
        assertEquals(501, large.count());
        assertEquals("499", large.first("n499"));
        large.reset();
        assertEquals(get().length(), large.scan(Bytes.heap(get())));
        assertNull(large.first("n499"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/                         | /       | field",
                "/a/b?c/d?e                | /a/b    | field",
                "/a?u=http://x/y           | /a      | field",
                "//a//b                    | //a//b  | field",
                "*                         | *       | field",
                "h:443                     | h:443   | field",
                "http://a.b/c?d            | /c      | a.b",
                "HTTPS://a.b:8443/c/d      | /c/d    | a.b:8443",
                "http://a.b                | /       | a.b",
                "http://a.b?x=/y           | /       | a.b",
                "http://me:pw@a.b/         | /       | a.b",
                "http://[::1]:80/x         | /x      | [::1]:80",
                "1http://a.b/              | 1http://a.b/ | field",
                "x?http://a.b/             | x       | field",
            })
    void pathAndHost(String target, String path, String host) throws BadMessage {
        scan("GET " + target + " HTTP/1.1\r\nHost: field\r\n\r\n");
        assertEquals(target, head.target());
        assertEquals(path, head.path());
        assertEquals(host, head.host());
    }

    @Test
    void withoutAnyHostThereIsAnEmptyOne() throws BadMessage {
        scan("GET / HTTP/1.0\r\n\r\n");
        assertEquals("", head.host());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1.1 | X: y                    | true",
                "1.1 | Connection: close       | false",
                "1.1 | connection: a ,\tCLOSE  | false",
                "1.1 | Connection: closed      | true",
                "1.1 | Connection: ,,close,    | false",
                "1.1 | X-Connection: close     | true",
                "1.9 | X: y                    | true",
                "1.0 | X: y                    | false",
                "1.0 | Connection: Keep-Alive  | true",
                "1.0 | Connection: keep-alive, close | false",
            })
    void keepAlive(String version, String field, boolean expected) throws BadMessage {
        scan("GET / HTTP/" + version + "\r\nHost: h\r\n" + field + "\r\n\r\n");
        assertEquals(expected, head.keepAlive());
    }

    @Test
    void tokensAreFoundOnEveryLine() throws BadMessage {
        scan(get("Connection: a\r\n", "Connection: b, Upgrade\r\n", "Upgrade: websocket\r\n"));
        assertTrue(head.hasToken("connection", "A"));
        assertTrue(head.wantsUpgrade());
        assertFalse(head.hasToken("connection", "up"));
        assertFalse(head.hasToken("connection", ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\n\r\n",
                "GET / HTTP/1.0\r\nUpgrade: x\r\nConnection: upgrade\r\nExpect: 100-continue\r\n\r\n",
            })
    void neitherUpgradesNorWaits(String text) throws BadMessage {
        scan(text);
        assertFalse(head.wantsUpgrade());
        assertFalse(head.expectsContinue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n", // bare CR
                "GET / HTTP/1.1\r\nHost: h\r\n\r\r\n",
                "GET /\r HTTP/1.1\r\nHost: h\r\n\r\n",
                "\rGET / HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: h\r\nA: b\0c\r\n\r\n", // NUL
                "GET / HTTP/1.1\r\nHost: h\r\nA: b\0C: d\r\n\r\n",
                "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET / HTTP/1.1\r\nHost : h\r\n\r\n", // white space before the colon
                "GET / HTTP/1.1\r\nHost: h\r\nA\t: b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n", // folded
                "GET / HTTP/1.1\r\nHost: h\r\n \r\n\r\n",
                "GET / HTTP/1.1\r\nHost: h\r\nA\r\n\r\n", // no colon
                "GET / HTTP/1.1\r\nHost: h\r\n: b\r\n\r\n", // no name
                "GET / HTTP/1.1\r\nHost: h\r\nA(: b\r\n\r\n", // not a token
                "GET / HTTP/1.1\r\nHost: h\r\nA\u00e4: b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n", // no host
                "GET / HTTP/1.1\r\nX-Host: h\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: h\r\nhost: h\r\n\r\n", // two hosts
                "GET / HTTP/1.0\r\nHost: h\r\nHost: i\r\n\r\n",
                "GET / HTTP/1.1\r\n Host: h\r\n\r\n", // white space before the first field
                "GET / HTTP/1.1\r\n\tHost: h\r\n\r\n",
                "GE\u00e4T / HTTP/1.1\r\nHost: h\r\n\r\n", // method
                "GE(T / HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n",
                " GET / HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", // target
                "GET  HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET /a\tb HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET /a\u007fb HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET /a\u0001b HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET HTTP/1.1\r\nHost: h\r\n\r\n", // version
                "GET /\r\nHost: h\r\n\r\n",
                "GET\r\nHost: h\r\n\r\n",
                "GET / \r\nHost: h\r\n\r\n",
                "GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
                "GET / HTTP/1\r\nHost: h\r\n\r\n",
                "GET / HTTP/1.10\r\nHost: h\r\n\r\n",
                "GET / HTTP/1.x\r\nHost: h\r\n\r\n",
                "GET / http/1.1\r\nHost: h\r\n\r\n",
                "GET / HTTP/11\r\nHost: h\r\n\r\n",
            })
    void refuses(String text) {
        BadMessage bad = assertThrows(BadMessage.class, () -> scan(text), () -> Bytes.shown(text));
        assertEquals(400, bad.status(), bad.getMessage());
        assertEquals("Bad Request", bad.phrase());
    }

    @ParameterizedTest
    @ValueSource(strings = {"PRI * HTTP/2.0\r\n", "GET / HTTP/0.9\r\n", "GET / HTTP/3.1\n"})
    void speaksOnlyVersionOne(String line) {
        BadMessage bad = assertThrows(BadMessage.class, () -> scan(line));
        assertEquals(505, bad.status());
        assertEquals("HTTP Version Not Supported", bad.phrase());
    }

    /** A client that waits for an answer after its mistake must get it, before the head ends. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0016\u0003\u0001", // a TLS client
                "G(",
                "\u00ff",
                " ",
                "GET /\0",
                "GET / HTTP/1.1\r\nA b: c\n",
                "GET / HTTP/1.1\rH",
                "GET / HTTP/1.1\r\n A: b\r\n",
            })
    void refusesAtOnce(String text) {
        assertThrows(BadMessage.class, () -> scan(text));
    }

    @Test
    void aHeadOfTheGreatestSizePasses() throws BadMessage {
        String text = get("X: y\r\n");
        RequestHead exact = new RequestHead(text.length(), false);
        assertEquals(text.length(), exact.scan(Bytes.heap(text + "more")));
        RequestHead smaller = new RequestHead(text.length() - 1, false);
        BadMessage bad = assertThrows(BadMessage.class, () -> smaller.scan(Bytes.heap(text)));
        assertEquals(431, bad.status());
        assertEquals("Request Header Fields Too Large", bad.phrase());
    }

    @Test
    void emptyLinesWithoutEndAreTooLarge() {
        RequestHead small = new RequestHead(64, false);
        BadMessage bad = assertThrows(BadMessage.class, () -> small.scan(Bytes.heap("\r\n".repeat(40))));
        assertEquals(431, bad.status());
    }

    @Test
    void aRequestLineThatIsTooLong() throws BadMessage {
        RequestHead small = new RequestHead(64, false);
        String line = "\r\nGET /" + "x".repeat(64 - 2 - 5);
        BadMessage bad = assertThrows(BadMessage.class, () -> small.scan(Bytes.heap(line)));
        assertEquals(414, bad.status());
        assertEquals("URI Too Long", bad.phrase());
        small.reset();
        String fits = "GET /" + "x".repeat(64 - 5 - 11) + " HTTP/1.1\r\n" + "A: b\r\n";
        bad = assertThrows(BadMessage.class, () -> small.scan(Bytes.heap(fits)));
        assertEquals(431, bad.status());
        small.reset();
        bad = assertThrows(BadMessage.class, () -> small.scan(Bytes.heap("(".repeat(100))));
        assertEquals(400, bad.status(), "what is no HTTP has no size");
    }

    @Test
    void emptyLinesBeforehandAreLimited() throws BadMessage {
        scan("\r\n".repeat(RequestHead.MAX_EMPTY_LINES) + get());
        assertEquals("GET", head.method());
        String more = "\r\n".repeat(RequestHead.MAX_EMPTY_LINES + 1);
        assertEquals(400, assertThrows(BadMessage.class, () -> scan(more)).status());
    }

    private static String to(String target, String host) {
        return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "A-b_c.example.",
                "a:",
                "a:0",
                "a:65535",
                "a:00080",
                "127.0.0.1:80",
                "[::1]",
                "[fe80::1%25eth0]:8080",
                "[v1.a:b]",
                "[::]",
                "[1:2:3:4:5:6:7:8]:1",
                "[1:2:3:4:5:6:7::]",
                "[::ffff:127.0.0.1]",
                "[64:ff9b::192.0.2.33]",
                "a%2Fb",
                "~!$&'()*+,;=",
            })
    void strictlyReadHosts(String host) throws BadMessage {
        RequestHead strict = new RequestHead(1024, true);
        assertTrue(strict.scan(Bytes.heap(to("/", host))) > 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a/b@c",
                "a@b",
                "u:p@a",
                "a/b",
                "a?b",
                "a#b",
                "a\\b",
                "a b",
                "a\tb",
                "a:b",
                "a:1:2",
                "a:-1",
                "a:+1",
                "a:65536",
                "a:99999999999",
                ":80x",
                "[::1",
                "::1",
                "[]",
                "[::1]x",
                "[::1]:x",
                "[a/b]",
                "[zz]",
                "[1]",
                "[127.0.0.1]",
                "[:::]",
                "[1::2::3]",
                "[1:2:3:4:5:6:7]",
                "[1:2:3:4:5:6:7:8:9]",
                "[1:2:3:4:5:6:7:8::]",
                "[12345::]",
                "[::1.2.3]",
                "[::1.2.3.256]",
                "[1.2.3.4::]",
                "[::1%]",
                "[v.a]",
                "[v1]",
                "a%",
                "a%2",
                "a%zz",
                "\"a\"",
                "<a>",
                "a\u00e4",
                "a\u0001",
                "a\u007f",
                "{a}",
                "http://a",
                "a|b",
                "a^b",
                "a`b",
            })
    void strictlyRefusedHosts(String host) {
        RequestHead strict = new RequestHead(1024, true);
        assertEquals(
                400,
                assertThrows(BadMessage.class, () -> strict.scan(Bytes.heap(to("/", host))))
                        .status());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET     | /?a=b                | any",
                "OPTIONS | *                    | any",
                "GET     | http://a/b           | a",
                "GET     | HTTP://A             | a:80",
                "GET     | http://a:80?x        | a",
                "GET     | https://a:443/       | a",
                "GET     | http://[::1]:8080/   | [::1]:8080",
                "GET     | x+y-1.z://a/         | a:1",
                "CONNECT | a:443                | a:443",
                "CONNECT | a:443                | a",
            })
    void strictlyReadTargets(String method, String target, String host) throws BadMessage {
        RequestHead strict = new RequestHead(1024, true);
        String text = to(target, host).replace("GET", method);
        assertEquals(text.length(), strict.scan(Bytes.heap(text)));
        assertEquals(target, strict.target());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET     | http://a/b           | b",
                "GET     | http://a:81/         | a",
                "GET     | http://a/            | a:81",
                "GET     | https://a/           | a:80",
                "GET     | http://a/            | ''",
                "GET     | http://u@a/          | a",
                "GET     | http://u:p@a/        | u:p@a",
                "GET     | http://u:p@a/        | a",
                "GET     | http:///b            | ''",
                "GET     | http://:80/b         | :80",
                "GET     | http://a:x/          | a",
                "GET     | http://a\\b/         | a",
                "GET     | /a#b                 | h",
                "GET     | #                    | h",
                "GET     | http://a/#b          | a",
                "GET     | *                    | h",
                "GET     | *a                   | h",
                "OPTIONS | **                   | h",
                "GET     | a:80                 | a:80",
                "GET     | a                    | a",
                "GET     | ?a                   | a",
                "GET     | ://a                 | a",
                "GET     | 1http://a/           | a",
                "GET     | \\a                  | a",
                "CONNECT | a                    | a",
                "CONNECT | a:                   | a",
                "CONNECT | /                    | a",
                "CONNECT | http://a:80/         | a:80",
                "CONNECT | u@a:80               | a:80",
                "CONNECT | a:443                | b:443",
                "CONNECT | a:443                | a:444",
                "CONNECT | *                    | a",
            })
    void strictlyRefusedTargets(String method, String target, String host) {
        RequestHead strict = new RequestHead(1024, true);
        String text = to(target, host).replace("GET", method);
        assertEquals(
                400,
                assertThrows(BadMessage.class, () -> strict.scan(Bytes.heap(text)), text)
                        .status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"content-length", "x, Transfer-Encoding", "close,Host"})
    void strictlyRefusesFramingThatIsHopByHop(String options) {
        RequestHead strict = new RequestHead(1024, true);
        String text = get("Connection: " + options + "\r\n");
        assertEquals(
                400,
                assertThrows(BadMessage.class, () -> strict.scan(Bytes.heap(text)))
                        .status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0016", "\u0016\u0003\u0001\u0002\0\u0001", "\r\n\u0016\u0003"})
    void saysThatItIsTls(String text) {
        BadMessage bad = assertThrows(BadMessage.class, () -> scan(text));
        assertEquals("this is TLS; set tls { ... } on the listener, or protocol = tcp", bad.getMessage());
    }

    /** RFC 9112 §2.2: a bare LF is read as a line end, and forwarded as one that all readers know. */
    @Test
    void aStrictHeadIsRewrittenWithCrLf() throws BadMessage {
        RequestHead strict = new RequestHead(1024, true);
        strict.scan(Bytes.heap("\r\n\nGET / HTTP/1.1\nHost: h\r\nX:  y\nA:\nTransfer-Encoding: chunked\r\n\n"));
        assertTrue(strict.mustBeRewritten());
        assertEquals(
                "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nX:  y\r\nA:\r\nTransfer-Encoding: chunked\r\n\r\n",
                Bytes.text(strict.rewritten(Map.of(), List.of())));
        assertEquals(
                "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nX: z\r\nTransfer-Encoding: chunked\r\n\r\n",
                Bytes.text(strict.rewritten(Map.of("x", "z"), List.of("a"))).replace("x: z", "X: z"));
        strict.reset();
        strict.scan(Bytes.heap(get("A: b\r\n")));
        assertFalse(strict.mustBeRewritten());
    }

    /** What is asked of a head takes time in proportion to its fields, however many of them have one name. */
    @Test
    void manyFieldsAndOptionsAreNoBurden() throws BadMessage {
        String text = get("Connection: a,b,,c\r\n".repeat(30_000) + "X: y\r\n".repeat(10_000) + "Cookie: a=b\r\n");
        RequestHead large = new RequestHead(1 << 20, true);
        assertTimeout(Duration.ofSeconds(30), () -> {
            large.scan(Bytes.heap(text));
            for (int i = 0; i < 20; i++) {
                assertEquals("a=b", large.first("cookie"));
                assertFalse(large.hasToken("Connection", "Upgrade"));
                assertEquals(90_000, large.elements("Connection").size());
            }
            large.rewritten(Map.of("X", "z", "Cookie", "c"), List.of("Connection"));
        });
    }
}
