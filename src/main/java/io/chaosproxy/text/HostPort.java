package io.chaosproxy.text;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;

/** Resolved addresses as text: host and port, an IPv6 address shortened as RFC 5952 recommends. */
public final class HostPort {
    private HostPort() {}

    /** Such as {@code 127.0.0.1:26379} or {@code [::]:26379}. */
    public static String text(InetSocketAddress address) {
        String host = text(address.getAddress());
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static String text(InetAddress address) {
        return address instanceof Inet6Address six ? text(six) : address.getHostAddress();
    }

    /** The longest run of zeros is left out (RFC 5952 §4.2). */
    private static String text(Inet6Address address) {
        String[] zoned = address.getHostAddress().split("%", 2);
        String[] groups = zoned[0].split(":");
        int from = 0;
        int length = 1; // a single zero isn't shortened
        for (int i = 0; i < groups.length; i++) {
            int run = 0;
            while (i + run < groups.length && groups[i + run].equals("0")) {
                run++;
            }
            if (run > length) {
                from = i;
                length = run;
            }
        }
        String zone = zoned.length > 1 ? "%" + zoned[1] : "";
        return length == 1
                ? zoned[0] + zone
                : join(groups, 0, from) + "::" + join(groups, from + length, groups.length) + zone;
    }

    private static String join(String[] groups, int from, int to) {
        return String.join(":", Arrays.asList(groups).subList(from, to));
    }
}
