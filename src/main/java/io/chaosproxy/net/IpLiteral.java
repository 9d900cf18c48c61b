package io.chaosproxy.net;

import java.util.regex.Pattern;

/** Text that is an IP address by itself; Java looks up everything else as a name, 10.0.0.256 too. */
public final class IpLiteral {
    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern V4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
    private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    private IpLiteral() {}

    /** Whether a text is an IPv4 address: four numbers up to 255 without leading zeros. */
    public static boolean isV4(String text) {
        return V4.matcher(text).matches();
    }

    /** Whether a text can only be an IPv6 address without a zone; Java then parses or rejects it without a look-up. */
    public static boolean mayBeV6(String text) {
        return V6.matcher(text).matches();
    }
}
