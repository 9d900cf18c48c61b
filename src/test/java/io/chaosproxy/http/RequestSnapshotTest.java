package io.chaosproxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class RequestSnapshotTest {
    private static RequestHead head(ByteBuffer bytes) throws BadMessage {
        RequestHead head = new RequestHead(1024, true);
        head.scan(bytes);
        return head;
    }

    private static String request(String path) {
        return "GET " + path + "?q HTTP/1.1\r\nHost: a\r\n\r\n";
    }

    /** Heads of each length modulo the bytes that are compared at once, in heap and direct buffers, with the next request behind. */
    @Test
    void aRepeatedRequestHasTheSameSnapshot() throws BadMessage {
        for (int more = 0; more < 20; more++) {
            String text = request("/" + "p".repeat(more));
            RequestSnapshot first = RequestSnapshot.of(head(Bytes.heap(text)), null);
            assertEquals("GET /" + "p".repeat(more), first.text());
            assertSame(first, RequestSnapshot.of(head(Bytes.heap(text + text)), first));
            assertSame(first, RequestSnapshot.of(head(Bytes.direct(text)), first));
        }
    }

    @Test
    void oneByteMakesAnotherSnapshot() throws BadMessage {
        String text = request("/a");
        RequestSnapshot first = RequestSnapshot.of(head(Bytes.heap(text)), null);
        for (int at = 5; at < text.indexOf('?'); at++) {
            for (String other : new String[] {
                text.substring(0, at) + 'b' + text.substring(at + 1),
                text.substring(0, at) + 'b' + text.substring(at),
                text.substring(0, at) + text.substring(at + 1)
            }) {
                RequestSnapshot next = RequestSnapshot.of(head(Bytes.direct(other)), first);
                assertNotSame(first, next, other);
                assertEquals(other.substring(0, other.indexOf('?')), next.text());
            }
        }
    }

    /** The last bytes that differ, for heads of each length modulo the bytes that are compared at once. */
    @Test
    void anotherHostMakesAnotherSnapshot() throws BadMessage {
        for (int more = 0; more < 8; more++) {
            String text = request("/" + "p".repeat(more));
            RequestSnapshot first = RequestSnapshot.of(head(Bytes.heap(text)), null);
            for (String host : new String[] {"b", "aa"}) {
                RequestSnapshot next =
                        RequestSnapshot.of(head(Bytes.direct(text.replace("Host: a", "Host: " + host))), first);
                assertEquals(host, next.host());
                assertEquals(
                        "a", RequestSnapshot.of(head(Bytes.heap(text)), next).host());
            }
        }
    }
}
