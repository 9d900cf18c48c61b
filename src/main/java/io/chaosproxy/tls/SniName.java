package io.chaosproxy.tls;

import java.util.Optional;
import javax.net.ssl.SNIHostName;

/** Host names as the JDK sends and accepts them in a ClientHello (SNI, RFC 6066 §3). */
public final class SniName {
    private SniName() {}

    /**
     * Whether the JDK's engine accepts a ClientHello with this server name, and verifies certificates for it. It rejects the
     * underscore, a hyphen at either end of a label, labels of more than 63 characters, and the dot of the root.
     */
    public static boolean isAccepted(String name) {
        return of(name).isPresent();
    }

    /** The name for a ClientHello; empty if the JDK rejects it. */
    static Optional<SNIHostName> of(String name) {
        try {
            return Optional.of(new SNIHostName(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A name without the dot of the root, which resolvers accept and neither SNI nor certificates have. */
    static String withoutRoot(String name) {
        return name.length() > 1 && name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }
}
