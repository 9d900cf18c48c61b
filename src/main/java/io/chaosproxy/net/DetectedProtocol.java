package io.chaosproxy.net;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/**
 * The protocol that a client speaks, as far as its first bytes tell: the one place that decides it.
 *
 * <p>Whatever is none of the known protocols is {@link #OPAQUE}; no bytes are an error.
 */
public enum DetectedProtocol {
    /** Too few bytes to tell; never the answer for {@link #MAX_BYTES} or more. */
    NEED_MORE,
    /** A TLS record with the beginning of a ClientHello (RFC 8446 §5.1). */
    TLS,
    /** A request line of HTTP/1.0 or 1.1 (RFC 9112 §3), or the beginning of one that is too long. */
    HTTP_1,
    /** The connection preface of HTTP/2 (RFC 9113 §3.4). */
    HTTP_2,
    /** The greeting of a SOCKS5 client (RFC 1928 §3). */
    SOCKS_5,
    /** Any other bytes. */
    OPAQUE;

    /** Upper bound for the bytes that are needed: a request line of 8 KiB, which RFC 9112 §3 asks to support. */
    public static final int MAX_BYTES = 8 * 1024;

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);
    private static final byte[] VERSION = "HTTP/1.".getBytes(US_ASCII);
    private static final String TOKEN_SYMBOLS = "!#$%&'*+-.^_`|~"; // RFC 9110 §5.6.2

    /** No method that is registered or known from WebDAV has more than half of this. */
    private static final int LONGEST_METHOD = 32;

    private static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int MAX_RECORD = 16 * 1024;
    private static final int SOCKS_VERSION = 5;
    private static final int NO_METHOD = 0xff;

    /** Protocol whose beginning the bytes from position to limit are, the first of a connection; leaves them as they are. */
    public static DetectedProtocol of(ByteBuffer first) {
        ByteBuffer bytes = first.slice();
        if (!bytes.hasRemaining()) {
            return NEED_MORE;
        }
        return switch (bytes.get(0)) {
            case HANDSHAKE -> tls(bytes);
            case SOCKS_VERSION -> socks(bytes);
            case 'P' -> startsLike(bytes, 0, PREFACE) ? preface(bytes) : http(bytes);
            default -> http(bytes);
        };
    }

    private static DetectedProtocol tls(ByteBuffer bytes) {
        int there = bytes.limit();
        boolean fits = (there < 2 || bytes.get(1) == 3)
                && (there < 3 || (bytes.get(2) >= 0 && bytes.get(2) <= 4))
                && (there < 5 || isRecordLength(bytes.getShort(3) & 0xffff))
                && (there < 6 || bytes.get(5) == CLIENT_HELLO);
        if (!fits) {
            return OPAQUE;
        }
        return there < 6 ? NEED_MORE : TLS;
    }

    private static boolean isRecordLength(int length) {
        return length > 0 && length <= MAX_RECORD;
    }

    private static DetectedProtocol socks(ByteBuffer bytes) {
        int count = bytes.limit() < 2 ? 1 : bytes.get(1) & 0xff;
        if (count == 0) {
            return OPAQUE;
        }
        for (int i = 2; i < Math.min(bytes.limit(), 2 + count); i++) {
            if ((bytes.get(i) & 0xff) == NO_METHOD) { // only a server says that
                return OPAQUE;
            }
        }
        return bytes.limit() < 2 + count ? NEED_MORE : SOCKS_5;
    }

    /** Whether the bytes from this place on are the text, as far as they are there. */
    private static boolean startsLike(ByteBuffer bytes, int from, byte[] text) {
        for (int i = 0; i < text.length && from + i < bytes.limit(); i++) {
            if (bytes.get(from + i) != text[i]) {
                return false;
            }
        }
        return true;
    }

    private static DetectedProtocol preface(ByteBuffer bytes) {
        return bytes.limit() < PREFACE.length ? NEED_MORE : HTTP_2;
    }

    private static DetectedProtocol http(ByteBuffer bytes) {
        int method = 0;
        while (method < bytes.limit() && method < LONGEST_METHOD && isToken(bytes.get(method))) {
            method++;
        }
        if (method == bytes.limit()) {
            return NEED_MORE;
        }
        return method > 0 && bytes.get(method) == ' ' ? target(bytes, method + 1) : OPAQUE;
    }

    private static boolean isToken(byte b) {
        return (b >= 'A' && b <= 'Z')
                || (b >= 'a' && b <= 'z')
                || (b >= '0' && b <= '9')
                || (b > 0 && TOKEN_SYMBOLS.indexOf(b) >= 0);
    }

    private static DetectedProtocol target(ByteBuffer bytes, int start) {
        int end = start;
        while (end < bytes.limit() && end < MAX_BYTES && isVisible(bytes.get(end))) {
            end++;
        }
        if (end >= MAX_BYTES) {
            return HTTP_1;
        }
        if (end == bytes.limit()) {
            return NEED_MORE;
        }
        return end > start && bytes.get(end) == ' ' ? version(bytes, end + 1) : OPAQUE;
    }

    /** Bytes above ASCII are sent by some clients. */
    private static boolean isVisible(byte b) {
        return b < 0 || (b > ' ' && b != 0x7f);
    }

    private static DetectedProtocol version(ByteBuffer bytes, int start) {
        if (!startsLike(bytes, start, VERSION)) {
            return OPAQUE;
        }
        int digit = start + VERSION.length;
        if (digit >= bytes.limit()) {
            return bytes.limit() < MAX_BYTES ? NEED_MORE : HTTP_1;
        }
        return bytes.get(digit) >= '0' && bytes.get(digit) <= '9' ? HTTP_1 : OPAQUE;
    }
}
