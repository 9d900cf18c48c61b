package io.chaosproxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tables write one field on each side of a semicolon followed by a blank. */
@Tag("fast")
class FramingTest {

    private static String fields(String fields) {
        return fields.equals("-") ? "" : fields.replace("; ", "\r\n") + "\r\n";
    }

    private static RequestHead request(String version, String fields) throws BadMessage {
        RequestHead head = new RequestHead(1024, false);
        head.scan(Bytes.heap("POST / HTTP/" + version + "\r\nHost: h\r\n" + fields(fields) + "\r\n"));
        return head;
    }

    private static RequestHead strictRequest(String fields) throws BadMessage {
        RequestHead head = new RequestHead(1024, true);
        head.scan(Bytes.heap("POST / HTTP/1.1\r\nHost: h\r\n" + fields(fields) + "\r\n"));
        return head;
    }

    private static ResponseHead response(String status, String fields) throws BadMessage {
        ResponseHead head = new ResponseHead(1024, false);
        head.scan(Bytes.direct("HTTP/1.1 " + status + " X\r\n" + fields(fields) + "\r\n"));
        return head;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1.1 | -                                       | NONE    | -1",
                "1.0 | -                                       | NONE    | -1",
                "1.1 | Content-Length: 0                       | LENGTH  | 0",
                "1.0 | content-length:\t12                     | LENGTH  | 12",
                "1.1 | Content-Length: 0000000000000000000007  | LENGTH  | 7",
                "1.1 | Content-Length: 9223372036854775807     | LENGTH  | 9223372036854775807",
                "1.1 | X-Content-Length: 5                     | NONE    | -1",
                "1.1 | Transfer-Encoding: chunked              | CHUNKED | -1",
                "1.1 | transfer-encoding: CHUNKED              | CHUNKED | -1",
                "1.1 | Transfer-Encoding: gzip, chunked        | CHUNKED | -1",
                "1.1 | Transfer-Encoding: x;a=b, , chunked, ,  | CHUNKED | -1",
                "1.1 | Transfer-Encoding: gzip; Transfer-Encoding: chunked | CHUNKED | -1",
            })
    void requests(String version, String fields, Framing framing, long length) throws BadMessage {
        RequestHead head = request(version, fields);
        assertEquals(framing, Framing.of(head));
        assertEquals(length, Framing.lengthOf(head));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1.1 | Content-Length: 5; Transfer-Encoding: chunked",
                "1.1 | Transfer-Encoding: chunked; Content-Length: 0",
                "1.1 | Content-Length: 5; Content-Length: 5",
                "1.1 | Content-Length: 5; content-length: 6",
                "1.1 | Content-Length: 5, 5",
                "1.1 | Content-Length:",
                "1.1 | Content-Length: -1",
                "1.1 | Content-Length: +1",
                "1.1 | Content-Length: 0x1",
                "1.1 | Content-Length: 1 2",
                "1.1 | Content-Length: 1.0",
                "1.1 | Content-Length: \u00b2",
                "1.1 | Content-Length: 9223372036854775808",
                "1.1 | Content-Length: 99999999999999999999999999",
                "1.0 | Transfer-Encoding: chunked",
                "1.1 | Transfer-Encoding:",
                "1.1 | Transfer-Encoding: ,",
                "1.1 | Transfer-Encoding: identity",
                "1.1 | Transfer-Encoding: gzip",
                "1.1 | Transfer-Encoding: chunked, gzip",
                "1.1 | Transfer-Encoding: chunked, chunked",
                "1.1 | Transfer-Encoding: chunked; Transfer-Encoding: chunked",
                "1.1 | Transfer-Encoding: chunked; Transfer-Encoding: identity",
                "1.1 | Transfer-Encoding: xchunked",
                "1.1 | Transfer-Encoding: chunked;a=b",
                "1.1 | Transfer-Encoding: \u000bchunked",
                "1.1 | Transfer-Encoding: chunked\u000b; X: y",
                "1.1 | Transfer-Encoding: \"chunked\"",
                "1.1 | Transfer-Encoding: a b, chunked",
                "1.1 | Transfer-Encoding: x;a=\"b, chunked",
            })
    void refusedRequests(String version, String fields) {
        BadMessage bad = assertThrows(BadMessage.class, () -> Framing.of(request(version, fields)));
        assertEquals(400, bad.status(), bad.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET     | 200 | Content-Length: 5                             | LENGTH",
                "GET     | 200 | Transfer-Encoding: chunked                    | CHUNKED",
                "GET     | 200 | Transfer-Encoding: gzip, chunked              | CHUNKED",
                "GET     | 200 | Transfer-Encoding: gzip                       | UNTIL_CLOSE",
                "GET     | 200 | Transfer-Encoding: chunked, gzip              | UNTIL_CLOSE",
                "GET     | 200 | -                                             | UNTIL_CLOSE",
                "HEAD    | 200 | Content-Length: 5                             | NONE",
                "HEAD    | 200 | Content-Length: 5; Transfer-Encoding: chunked | NONE",
                "head    | 200 | Content-Length: 5                             | LENGTH",
                "GET     | 100 | -                                             | NONE",
                "GET     | 103 | Content-Length: 5                             | NONE",
                "GET     | 204 | Transfer-Encoding: chunked                    | NONE",
                "GET     | 304 | Content-Length: 5                             | NONE",
                "GET     | 205 | Content-Length: 5                             | LENGTH",
                "GET     | 101 | -                                             | TUNNEL",
                "HEAD    | 101 | -                                             | TUNNEL",
                "CONNECT | 200 | Content-Length: 5; Transfer-Encoding: chunked | TUNNEL",
                "CONNECT | 204 | -                                             | TUNNEL",
                "CONNECT | 407 | Content-Length: 5                             | LENGTH",
                "CONNECT | 100 | -                                             | NONE",
            })
    void responses(String method, String status, String fields, Framing framing) throws BadMessage {
        assertEquals(framing, Framing.of(response(status, fields), method));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | Content-Length: 5; Transfer-Encoding: chunked",
                "200 | Content-Length: 5; Transfer-Encoding: gzip",
                "200 | Content-Length: 5; Content-Length: 5",
                "404 | Content-Length: 5,5",
                "200 | Content-Length: x",
                "200 | Transfer-Encoding: chunked, chunked",
                "200 | Transfer-Encoding: chunked;q=1",
                "200 | Transfer-Encoding: \u000bchunked",
            })
    void refusedResponses(String status, String fields) {
        BadMessage bad = assertThrows(BadMessage.class, () -> Framing.of(response(status, fields), "GET"));
        assertEquals(502, bad.status(), bad.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Transfer-Encoding: chunked",
                "Transfer-Encoding: Gzip , Chunked",
                "Transfer-Encoding: x-gzip, deflate; Transfer-Encoding: compress,chunked",
            })
    void strictlyKnownCodings(String fields) throws BadMessage {
        assertEquals(Framing.CHUNKED, Framing.of(strictRequest(fields)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | Transfer-Encoding: ,chunked",
                "400 | Transfer-Encoding: chunked,",
                "400 | Transfer-Encoding: chunked ,",
                "400 | Transfer-Encoding: gzip,,chunked",
                "400 | Transfer-Encoding: , chunked",
                "400 | Transfer-Encoding:; Transfer-Encoding: chunked",
                "400 | Transfer-Encoding: chunked; Transfer-Encoding:",
                "400 | Transfer-Encoding: identity, chunked",
                "400 | Transfer-Encoding: Identity; Transfer-Encoding: chunked",
                "400 | Transfer-Encoding: identity",
                "400 | Transfer-Encoding: gzip;q=1, chunked",
                "400 | Transfer-Encoding: chunked, identity",
                "400 | Transfer-Encoding: xchunked",
                "501 | Transfer-Encoding: x, chunked",
                "501 | Transfer-Encoding: x;a=b, chunked",
                "501 | Transfer-Encoding: chunkedx, chunked",
            })
    void strictlyRefusedCodings(int status, String fields) {
        BadMessage bad = assertThrows(BadMessage.class, () -> Framing.of(strictRequest(fields)));
        assertEquals(status, bad.status(), bad.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CHUNKED     | Transfer-Encoding: x, chunked",
                "UNTIL_CLOSE | Transfer-Encoding: identity",
                "            | Transfer-Encoding: ,chunked",
                "            | Transfer-Encoding: chunked,",
                "            | Transfer-Encoding: identity, chunked",
                "            | Transfer-Encoding: gzip;a=b, chunked",
            })
    void strictlyReadResponses(Framing framing, String fields) throws BadMessage {
        ResponseHead head = new ResponseHead(1024, true);
        head.scan(Bytes.heap("HTTP/1.1 200 OK\r\n" + fields(fields) + "\r\n"));
        if (framing == null) {
            assertEquals(
                    502,
                    assertThrows(BadMessage.class, () -> Framing.of(head, "GET"))
                            .status());
        } else {
            assertEquals(framing, Framing.of(head, "GET"));
        }
    }
}
