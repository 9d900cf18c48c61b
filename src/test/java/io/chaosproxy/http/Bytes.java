package io.chaosproxy.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Bytes for tests, written as ISO-8859-1 text. */
final class Bytes {

    private Bytes() {}

    static byte[] of(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The bytes in a heap buffer, some way into it, so that an index taken for an offset is noticed. */
    static ByteBuffer heap(String text) {
        return filled(ByteBuffer.allocate(text.length() + 7), text);
    }

    static ByteBuffer direct(String text) {
        return filled(ByteBuffer.allocateDirect(text.length() + 7), text);
    }

    private static ByteBuffer filled(ByteBuffer buffer, String text) {
        return buffer.position(5).put(of(text)).flip().position(5);
    }

    /** A view of the first {@code size} bytes. */
    static ByteBuffer first(ByteBuffer bytes, int size) {
        return bytes.duplicate().limit(bytes.position() + size);
    }

    /** An error message shows what was fed in. */
    static String shown(String text) {
        return text.replace("\r", "\\r").replace("\n", "\\n").replace("\0", "\\0");
    }
}
