package io.chaosproxy.bench.load;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The head of a message as it comes in, collected up to its empty line. */
public final class Heading {
    private static final int LONGEST = 2048;
    private static final byte[] LENGTH = "content-length:".getBytes(StandardCharsets.ISO_8859_1);

    private final byte[] bytes = new byte[LONGEST];
    private int filled;
    private boolean complete;

    /** Takes bytes up to and including the empty line. Returns whether that has come. */
    public boolean take(ByteBuffer from) throws ProtocolException {
        while (!complete && from.hasRemaining()) {
            if (filled == LONGEST) {
                throw new ProtocolException("head is longer than " + LONGEST + " bytes");
            }
            byte octet = from.get();
            bytes[filled++] = octet;
            complete = octet == '\n' && filled >= 4 && bytes[filled - 3] == '\n';
        }
        return complete;
    }

    /** Ready for the next message. */
    public void reset() {
        filled = 0;
        complete = false;
    }

    /** The word of the start line behind its first blank: the target of a request, the status of a response. */
    public String secondWord() {
        int from = indexOf(' ', 0) + 1;
        return new String(bytes, from, indexOf(' ', from) - from, StandardCharsets.ISO_8859_1);
    }

    /** Whether a request says HTTP/1.0, after which connections end. */
    public boolean isOld() {
        int end = indexOf('\r', 0);
        return end > 0 && bytes[end - 1] == '0';
    }

    /** The value of {@code Content-Length}, or -1 if there is none. */
    public long contentLength() {
        for (int line = indexOf('\n', 0) + 1; line < filled; line = indexOf('\n', line) + 1) {
            if (isLength(line)) {
                return number(line + LENGTH.length);
            }
        }
        return -1;
    }

    private boolean isLength(int line) {
        if (filled - line < LENGTH.length) {
            return false;
        }
        for (int i = 0; i < LENGTH.length; i++) {
            if ((bytes[line + i] | 0x20) != LENGTH[i] && bytes[line + i] != LENGTH[i]) {
                return false;
            }
        }
        return true;
    }

    private long number(int from) {
        long value = 0;
        for (int i = from; bytes[i] != '\r'; i++) {
            if (bytes[i] != ' ') {
                value = value * 10 + bytes[i] - '0';
            }
        }
        return value;
    }

    private int indexOf(char wanted, int from) {
        int i = from;
        while (i < filled && bytes[i] != wanted) {
            i++;
        }
        return i;
    }

    @Override
    public String toString() {
        return new String(bytes, 0, filled, StandardCharsets.ISO_8859_1);
    }
}
