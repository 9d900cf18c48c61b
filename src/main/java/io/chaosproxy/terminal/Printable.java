package io.chaosproxy.terminal;

import java.util.regex.Pattern;

/** Text from strangers, such as the requests that they send, without anything that a terminal would take for an order. */
public final class Printable {
    private static final Pattern ORDERS = Pattern.compile("[\\p{Cntrl}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\u0080-\u009f]");

    private Printable() {}

    /** The whole text. */
    public static String of(String text) {
        return ORDERS.matcher(text).replaceAll("?");
    }

    /** At most so many characters of it. */
    public static String cut(String text, int width) {
        String printable = of(text);
        return printable.length() <= width ? printable : printable.substring(0, Math.max(0, width - 1)) + "…";
    }
}
