package io.chaosproxy.http;

import io.chaosproxy.net.IpLiteral;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The host and port that a request is for.
 *
 * @param host as it was written, an IPv6 literal in brackets
 * @param port digits, or empty
 */
record Authority(String host, String port) {

    static final int MAX_PORT = 65_535;

    /** 16-bit groups of an IPv6 address. */
    private static final int GROUPS = 8;

    private static final Pattern GROUP = Pattern.compile("[0-9a-fA-F]{1,4}");
    private static final Pattern LATER_VERSION = Pattern.compile("[vV][0-9a-fA-F]+\\..+");

    /** Reads {@code uri-host [":" port]} of RFC 9110 §7.2; without user information, so {@code a@b} is none. */
    static Optional<Authority> of(String text) {
        int hostEnd = text.startsWith("[") ? literalEnd(text) : nameEnd(text);
        if (hostEnd < 0) {
            return Optional.empty();
        }
        if (hostEnd == text.length()) {
            return Optional.of(new Authority(text, ""));
        }
        String port = text.substring(hostEnd + 1);
        return text.charAt(hostEnd) == ':' && isPort(port)
                ? Optional.of(new Authority(text.substring(0, hostEnd), port))
                : Optional.empty();
    }

    /** Behind the bracket of an IP literal, RFC 3986 §3.2.2 and RFC 6874 §2; -1 if there is none. */
    private static int literalEnd(String text) {
        int at = 1;
        while (at < text.length() && (isHostChar(text.charAt(at)) || ":%".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        boolean closed = at < text.length() && text.charAt(at) == ']';
        return closed && isLiteral(text.substring(1, at)) ? at + 1 : -1;
    }

    /** An IPv6 address, perhaps with a zone, or an address of a later version. */
    private static boolean isLiteral(String text) {
        if (LATER_VERSION.matcher(text).matches()) {
            return true;
        }
        int zone = text.indexOf('%');
        return zone < 0 ? isIpv6(text) : zone + 1 < text.length() && isIpv6(text.substring(0, zone));
    }

    private static boolean isIpv6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            return groups(text, true) == GROUPS;
        }
        int before = groups(text.substring(0, gap), false);
        int behind = groups(text.substring(gap + 2), true);
        return before >= 0 && behind >= 0 && before + behind < GROUPS;
    }

    /** How many groups of 16 bits these are, of which the last two may stand as an IPv4 address; -1 if they are none. */
    private static int groups(String text, boolean last) {
        if (text.isEmpty()) {
            return 0;
        }
        String[] groups = text.split(":", -1);
        int count = groups.length;
        for (int i = 0; i < groups.length; i++) {
            if (last && i == groups.length - 1 && IpLiteral.isV4(groups[i])) {
                count++;
            } else if (!GROUP.matcher(groups[i]).matches()) {
                return -1;
            }
        }
        return count;
    }

    /** Behind a registered name or IPv4 address; -1 if an escape in it is none. */
    private static int nameEnd(String text) {
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '%') {
                if (at + 2 >= text.length() || hexDigit(text, at + 1) < 0 || hexDigit(text, at + 2) < 0) {
                    return -1;
                }
                at += 2;
            } else if (!isHostChar(c)) {
                break;
            }
            at++;
        }
        return at;
    }

    private static boolean isHostChar(char c) {
        return c < 128 && Syntax.isHostChar(c);
    }

    private static int hexDigit(String text, int at) {
        return Syntax.hexDigit(text.charAt(at));
    }

    private static boolean isPort(String text) {
        int port = 0;
        for (int i = 0; i < text.length(); i++) {
            if (!Syntax.isDigit(text.charAt(i)) || port > MAX_PORT) {
                return false;
            }
            port = port * 10 + text.charAt(i) - '0';
        }
        return port <= MAX_PORT;
    }

    /** Whether both are the same place if what has no port has that one; empty for any. */
    boolean isSame(Authority other, String usualPort) {
        return host.equalsIgnoreCase(other.host) && samePort(port, other.port, usualPort);
    }

    private static boolean samePort(String a, String b, String usual) {
        String one = a.isEmpty() ? usual : a;
        String two = b.isEmpty() ? usual : b;
        return one.isEmpty() || two.isEmpty() || Integer.parseInt(one) == Integer.parseInt(two);
    }
}
