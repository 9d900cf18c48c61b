package io.chaosproxy.terminal;

import java.util.regex.Pattern;

/** Sanitizes untrusted text, such as requests, by replacing terminal control characters. */
public final class Printable {
    private static final Pattern ORDERS = Pattern.compile("[\\p{Cntrl}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\u0080-\u009f]");

    private Printable() {}

    /** Sanitizes a text. */
    public static String of(String text) {
        return ORDERS.matcher(text).replaceAll("?");
    }

    /** Sanitizes a text and truncates it to {@code width} characters. */
    public static String cut(String text, int width) {
        String printable = of(text);
        return printable.length() <= width ? printable : printable.substring(0, Math.max(0, width - 1)) + "…";
    }
}
