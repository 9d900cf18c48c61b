package io.chaosproxy.bench.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A request, encoded beforehand.
 *
 * @param head from the request line to the empty line
 * @param body how many bytes follow; what they are doesn't matter
 */
public record Request(ByteBuffer head, long body) {
    /** Asks for a path on a connection that is kept. */
    public static Request get(String path) {
        return new Request(encoded("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"), 0);
    }

    /** Asks for a path on a connection that ends with the response. */
    public static Request getOnce(String path) {
        return new Request(encoded("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), 0);
    }

    /** Sends so many bytes to a path. */
    public static Request post(String path, long bytes) {
        String head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + bytes + "\r\n\r\n";
        return new Request(encoded(head), bytes);
    }

    private static ByteBuffer encoded(String head) {
        byte[] bytes = head.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
