package io.chaosproxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Respond;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What frames the answers of the proxy itself. */
@Tag("fast")
final class LocalResponseTest {
    private static LocalResponse answer(int status, String method, Map<String, String> headers, boolean keepAlive) {
        return LocalResponse.of(
                new Respond(status, "text", headers, Optional.empty())
                        .response()
                        .orElseThrow(),
                method,
                keepAlive);
    }

    private static String head(LocalResponse answer) {
        return StandardCharsets.UTF_8.decode(answer.head().duplicate()).toString();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, 200, 4, 4",
        "HEAD, 200, 4, 0",
        "GET, 204, , 0",
        "GET, 205, 0, 0",
        "HEAD, 205, 0, 0",
        "POST, 304, , 0",
        "CONNECT, 200, , 0",
        "CONNECT, 204, , 0",
        "CONNECT, 205, , 0",
        "CONNECT, 299, , 0",
        "CONNECT, 407, 4, 4",
        "connect, 200, 4, 4",
        "OPTIONS, 599, 4, 4",
    })
    void contentAndItsLength(String method, int status, String length, int content) {
        LocalResponse answer = answer(status, method, Map.of(), true);
        assertEquals(content, answer.body().remaining());
        String head = head(answer);
        if (length == null) {
            assertFalse(head.toLowerCase(Locale.ROOT).contains("content-length"), head);
        } else {
            assertTrue(head.contains("\r\nContent-Length: " + length + "\r\n"), head);
        }
    }

    /** There is no tunnel that the bytes behind it could go into. */
    @Test
    void anAcceptedConnectEndsTheConnection() {
        assertFalse(answer(200, "CONNECT", Map.of(), true).keepAlive());
        assertTrue(answer(407, "CONNECT", Map.of(), true).keepAlive());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true  |                     | keep-alive          | true",
                "false |                     | close               | false",
                "true  | close               | close               | false",
                "true  | Close               | Close               | false",
                "true  | x, CLOSE            | x, CLOSE            | false",
                "true  | closed              | closed              | true",
                "true  | keep-alive          | keep-alive          | true",
                "true  | Upgrade             | Upgrade             | true",
                "false | close               | close               | false",
                "false | keep-alive          | close               | false",
                "false | Upgrade             | Upgrade, close      | false",
            })
    void oneConnectionField(boolean asked, String own, String expected, boolean keepAlive) {
        for (String name : new String[] {"Connection", "connection", "CONNECTION"}) {
            LocalResponse answer = answer(503, "GET", own == null ? Map.of() : Map.of(name, own), asked);
            assertEquals(keepAlive, answer.keepAlive());
            String head = head(answer);
            assertTrue(head.endsWith("\r\nConnection: " + expected + "\r\n\r\n"), head);
            assertEquals(2, head.toLowerCase(Locale.ROOT).split("connection:", -1).length, head);
        }
    }
}
