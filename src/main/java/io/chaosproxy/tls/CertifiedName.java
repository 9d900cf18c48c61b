package io.chaosproxy.tls;

import io.chaosproxy.net.IpLiteral;
import java.net.IDN;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Hosts as certificates name them. */
public final class CertifiedName {
    private static final int MAX_NAME = 253; // RFC 1035 §2.3.4, without the dot of the root

    /** Letters, digits, hyphens (RFC 5890 §2.3.1), and the underscores that resolvers accept; no wildcard. */
    private static final String LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?";

    private static final Pattern NAME = Pattern.compile("(" + LABEL + "\\.)*" + LABEL);
    private static final Pattern NUMERIC = Pattern.compile("(.*\\.)?\\d+");

    private CertifiedName() {}

    /**
     * The host as a certificate names it: a name in lower case, internationalized ones in ASCII (RFC 5890), without the dot of the root;
     * or an address without brackets. Empty if no certificate can be for it.
     */
    public static Optional<String> of(String host) {
        String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        if (address(bare).isPresent()) {
            return Optional.of(bare.toLowerCase(Locale.ROOT));
        }
        String name = ascii(bare).toLowerCase(Locale.ROOT);
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        boolean named = name.length() <= MAX_NAME
                && NAME.matcher(name).matches()
                && !NUMERIC.matcher(name).matches(); // clients take it for an address (WHATWG URL, "ends in a number")
        return named ? Optional.of(name) : Optional.empty();
    }

    private static String ascii(String host) {
        try {
            return IDN.toASCII(host);
        } catch (IllegalArgumentException e) {
            return host;
        }
    }

    /** The bytes of a literal address; empty if it is none. Looks nothing up. */
    static Optional<byte[]> address(String host) {
        if (!IpLiteral.isV4(host) && !IpLiteral.mayBeV6(host)) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(host).getAddress());
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }
}
