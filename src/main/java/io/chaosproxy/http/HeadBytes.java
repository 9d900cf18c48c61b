package io.chaosproxy.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The bytes of a head, addressed from its first byte on, wherever they lie.
 *
 * <p>It owns no bytes and never moves the position of the buffer they are in.
 */
final class HeadBytes {

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN); // that of a buffer

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private ByteBuffer buffer = NOTHING;
    private int base;

    /** From now on byte 0 is the one at the buffer's present position. */
    void lieAt(ByteBuffer buffer) {
        this.buffer = buffer;
        base = buffer.position();
    }

    /** Lets go of the buffer. */
    void clear() {
        buffer = NOTHING;
        base = 0;
    }

    int at(int offset) {
        return buffer.get(base + offset) & 0xFF;
    }

    String text(int from, int to) {
        return new String(copy(from, to), StandardCharsets.ISO_8859_1);
    }

    byte[] copy(int from, int to) {
        byte[] copy = new byte[to - from];
        buffer.get(base + from, copy);
        return copy;
    }

    /** Whether those bytes stand in front, all of which there are. */
    boolean startWith(byte[] bytes) {
        int at = 0;
        for (; at + Long.BYTES <= bytes.length; at += Long.BYTES) {
            if (buffer.getLong(base + at) != (long) LONGS.get(bytes, at)) {
                return false;
            }
        }
        for (; at < bytes.length; at++) {
            if (buffer.get(base + at) != bytes[at]) {
                return false;
            }
        }
        return true;
    }

    /** Whether these bytes are that ASCII text in any case. */
    boolean equal(int from, int to, String text) {
        if (to - from != text.length()) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (Syntax.lower(at(i)) != Syntax.lower(text.charAt(i - from))) {
                return false;
            }
        }
        return true;
    }

    /** Whether that text stands here letter for letter. */
    boolean startsWith(int from, int to, String text) {
        if (to - from < text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (at(from + i) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Where that byte stands, or {@code to}. */
    int indexOf(int wanted, int from, int to) {
        int at = from;
        while (at < to && at(at) != wanted) {
            at++;
        }
        return at;
    }

    /** Where the next CR, LF or NUL stands, or {@code to}. */
    int skipText(int from, int to) {
        int at = from;
        while (at < to) {
            int b = at(at);
            if (b <= '\r' && (b == '\n' || b == '\r' || b == 0)) {
                break;
            }
            at++;
        }
        return at;
    }

    int tokenEnd(int from, int to) {
        int at = from;
        while (at < to && Syntax.isTokenChar(at(at))) {
            at++;
        }
        return at;
    }

    int skipBlanks(int from, int to) {
        int at = from;
        while (at < to && Syntax.isBlank(at(at))) {
            at++;
        }
        return at;
    }

    int skipSpace(int from, int to) {
        int at = from;
        while (at < to && Syntax.isSpace(at(at))) {
            at++;
        }
        return at;
    }

    int trimmedEnd(int from, int to) {
        int end = to;
        while (end > from && Syntax.isSpace(at(end - 1))) {
            end--;
        }
        return end;
    }
}
