package io.chaosproxy.control.web;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Strict UTF-8: surrogates, overlong forms and half characters are rejected rather than replaced (RFC 3629). */
public final class Utf8 {
    private Utf8() {}

    /** The text; empty if the bytes are no UTF-8. */
    static Optional<String> decode(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Whether the percent-encoded bytes of a path or query are UTF-8; a percent sign without two digits stands for itself. */
    public static boolean isEncoded(String raw) {
        if (raw.indexOf('%') < 0) {
            return true;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            int value = raw.charAt(i) == '%' ? hex(raw, i + 1) : -1;
            if (value >= 0) {
                bytes.write(value);
                i += 2;
            } else {
                bytes.write(raw.charAt(i) < 0x80 ? raw.charAt(i) : '?'); // others have been decoded already
            }
        }
        return decode(bytes.toByteArray()).isPresent();
    }

    private static int hex(String raw, int from) {
        if (from + 2 > raw.length()) {
            return -1;
        }
        int high = Character.digit(raw.charAt(from), 16);
        int low = Character.digit(raw.charAt(from + 1), 16);
        return high < 0 || low < 0 ? -1 : high * 16 + low;
    }
}
