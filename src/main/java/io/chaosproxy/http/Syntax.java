package io.chaosproxy.http;

import java.util.Locale;

/** The characters of HTTP's grammar, asked for one byte (0 to 255) at a time. */
final class Syntax {

    /** First bytes of TLS records (RFC 8446 §5.1), which no message of HTTP/1 begins with. */
    static final int TLS_ALERT = 0x15;

    static final int TLS_HANDSHAKE = 0x16;

    private static final boolean[] TOKEN = new boolean[256];
    private static final boolean[] HOST = new boolean[256];

    static {
        // RFC 9110 §5.6.2
        String punctuation = "!#$%&'*+-.^_`|~";
        for (int c = 0; c < 128; c++) {
            TOKEN[c] = Character.isLetterOrDigit(c) || punctuation.indexOf(c) >= 0;
            HOST[c] = Character.isLetterOrDigit(c) || "-._~!$&'()*+,;=".indexOf(c) >= 0;
        }
    }

    private Syntax() {}

    static boolean isTokenChar(int c) {
        return TOKEN[c];
    }

    /** Unreserved characters and delimiters of a registered name, RFC 3986 §3.2.2; escapes aside. */
    static boolean isHostChar(int c) {
        return HOST[c];
    }

    static boolean isToken(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c < 128 && TOKEN[c]);
    }

    /** The white space that may stand within a line, RFC 9110 §5.6.3. */
    static boolean isBlank(int c) {
        return c == ' ' || c == '\t';
    }

    /** Blanks, and the line ends that a folded value has inside, RFC 9112 §5.2. */
    static boolean isSpace(int c) {
        return isBlank(c) || c == '\r' || c == '\n';
    }

    static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    /** The value of a hexadecimal digit, or -1. */
    static int hexDigit(int c) {
        if (isDigit(c)) {
            return c - '0';
        }
        int lower = c | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    /** Folds the case of ASCII letters only, so that no byte above 127 equals another one. */
    static int lower(int c) {
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }

    /** A byte as an error message shows it. */
    static String show(int c) {
        return c > ' ' && c < 127 ? "'" + (char) c + "'" : String.format(Locale.ROOT, "0x%02X", c);
    }
}
