package io.chaosproxy.fault;

import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;

/**
 * Text without the characters that change how a terminal or a viewer shows what stands around them: control characters (C0,
 * DEL and C1), marks that turn the direction of text (UAX #9), line and paragraph separators, unpaired surrogates; and without
 * passwords.
 */
public final class PlainText {
    /** User and password as they stand in a URL, and before a {@code host:port}. */
    private static final Pattern USER =
            Pattern.compile("(?<=//)[^\\s\"'<>]*@|[^\\s\"'<>:/=,(]+:(?!//)[^\\s\"'<>]*@(?=[^\\s\"'<>])");

    private PlainText() {}

    /** Whether a character must not be shown as it is. */
    public static boolean isUnsafe(int codePoint) {
        return Character.isISOControl(codePoint) || isUnsafeBeyondControls(codePoint);
    }

    private static boolean isUnsafeBeyondControls(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE -> true;
            case Character.FORMAT -> isMark(codePoint);
            default -> false;
        };
    }

    /** Other characters of this category join letters and emoji. */
    private static boolean isMark(int codePoint) {
        return codePoint == 0x061C
                || (codePoint >= 0x200E && codePoint <= 0x200F)
                || (codePoint >= 0x202A && codePoint <= 0x202E)
                || (codePoint >= 0x2066 && codePoint <= 0x2069)
                || codePoint == 0xFEFF;
    }

    /** Whether all of the text can be shown as it is. */
    public static boolean isSafe(String text) {
        return text.codePoints().noneMatch(PlainText::isUnsafe);
    }

    /** The text with unsafe characters as {@code \xHH} or {@code \}{@code uHHHH}; for lines that people read. */
    public static String escaped(String text) {
        return escaped(text, PlainText::isUnsafe, true);
    }

    /** The same for text of several lines: line ends and tabs stay. */
    public static String escapedLines(String text) {
        return escaped(text, c -> isUnsafe(c) && c != '\n' && c != '\r' && c != '\t', true);
    }

    /** JSON with unsafe characters as {@code \}{@code uHHHH} (RFC 8259 §7); the white space between its parts stays. */
    public static String escapedJson(String json) {
        return escaped(json, c -> isUnsafe(c) && c != '\n' && c != '\r' && c != '\t', false);
    }

    /** A message without user and password of the URLs and addresses in it: logs and terminals keep messages. */
    public static String withoutUsers(String message) {
        return message.indexOf('@') < 0 ? message : USER.matcher(message).replaceAll("");
    }

    /** An address or URL without user and password, whatever characters they have. */
    public static String withoutUser(String address) {
        int at = address.lastIndexOf('@');
        if (at < 0) {
            return address;
        }
        int slashes = address.indexOf("://");
        return (slashes < 0 || slashes > at ? "" : address.substring(0, slashes + 3)) + address.substring(at + 1);
    }

    private static String escaped(String text, IntPredicate unsafe, boolean shortForm) {
        if (text.codePoints().noneMatch(unsafe)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (unsafe.test(c)) {
                escaped.append(String.format(Locale.ROOT, shortForm && c < 0x100 ? "\\x%02X" : "\\u%04X", c));
            } else {
                escaped.appendCodePoint(c);
            }
        });
        return escaped.toString();
    }
}
