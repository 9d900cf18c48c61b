package io.chaosproxy.text;

import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;

/**
 * Text without the characters that change how a terminal or a viewer shows what stands around them, or that it doesn't show:
 * control characters (C0, DEL and C1), format characters such as marks that turn the direction of text (UAX #9), zero-width
 * ones and tags, invisible fillers, line and paragraph separators, unpaired surrogates; and without passwords.
 */
public final class PlainText {
    /** User and password as they stand in a URL, and before a {@code host:port}. */
    private static final Pattern USER =
            Pattern.compile("(?<=//)[^\\s\"'<>]*@|[^\\s\"'<>:/=,(]+:(?!//)[^\\s\"'<>]*@(?=[^\\s\"'<>])");

    private PlainText() {}

    /**
     * {@return whether a character must not be shown as it is}
     *
     * @param codePoint Unicode code point
     */
    public static boolean isUnsafe(int codePoint) {
        return Character.isISOControl(codePoint) || isUnsafeBeyondControls(codePoint);
    }

    private static boolean isUnsafeBeyondControls(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE, Character.FORMAT -> true;
            default -> isInvisible(codePoint);
        };
    }

    /**
     * Characters of other categories that viewers don't show: {@code Default_Ignorable_Code_Point} of the Unicode character
     * database, without the selectors of a presentation (U+FE00 to U+FE0F), which emoji have.
     */
    private static boolean isInvisible(int codePoint) {
        return switch (codePoint) {
            case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0 -> true;
            default ->
                (codePoint >= 0x180B && codePoint <= 0x180F)
                        || (codePoint >= 0xFFF0 && codePoint <= 0xFFF8)
                        || (codePoint >= 0xE0000 && codePoint <= 0xE0FFF);
        };
    }

    /**
     * {@return whether all of the text can be shown as it is}
     *
     * @param text text to show
     */
    public static boolean isSafe(String text) {
        return text.codePoints().noneMatch(PlainText::isUnsafe);
    }

    /**
     * {@return the text with unsafe characters as {@code \xHH} or {@code \}{@code uHHHH}} For lines that people read.
     *
     * @param text text to show
     */
    public static String escaped(String text) {
        return escaped(text, PlainText::isUnsafe, true);
    }

    /**
     * {@return the text as {@link #escaped} gives it, its line ends and tabs as they are}
     *
     * @param text text to show
     */
    public static String escapedLines(String text) {
        return escaped(text, c -> isUnsafe(c) && c != '\n' && c != '\r' && c != '\t', true);
    }

    /**
     * JSON with unsafe characters as {@code \}{@code uHHHH} (RFC 8259 §7); the white space between its parts stays.
     *
     * @param json JSON to show
     * @return the JSON
     */
    public static String escapedJson(String json) {
        return escaped(json, c -> isUnsafe(c) && c != '\n' && c != '\r' && c != '\t', false);
    }

    /**
     * {@return a message without user and password of the URLs and addresses in it: logs and terminals keep messages}
     *
     * @param message message to show
     */
    public static String withoutUsers(String message) {
        return message.indexOf('@') < 0 ? message : USER.matcher(message).replaceAll("");
    }

    /**
     * {@return an address or URL without user and password, whatever characters they have}
     *
     * @param address address or URL to show
     */
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
                escape(escaped, c, shortForm);
            } else {
                escaped.appendCodePoint(c);
            }
        });
        return escaped.toString();
    }

    private static void escape(StringBuilder escaped, int codePoint, boolean shortForm) {
        if (shortForm && codePoint < 0x100) {
            escaped.append(String.format(Locale.ROOT, "\\x%02X", codePoint));
            return;
        }
        for (char unit : Character.toChars(codePoint)) { // JSON has escapes for UTF-16 alone
            escaped.append(String.format(Locale.ROOT, "\\u%04X", (int) unit));
        }
    }
}
