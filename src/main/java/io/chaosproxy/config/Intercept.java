package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a forward proxy intercepts TLS between its clients and their targets: it terminates that with certificates which an authority signs
 * on the fly, so that faults act on what TLS protects.
 *
 * @param authority certificate and key of the authority, which clients have to trust
 * @param only targets that are intercepted; empty for all but those of {@code except}
 * @param except targets that are not intercepted, whatever {@code only} says
 * @param onRefusal what becomes of clients that reject such a certificate
 * @param validity validity of the certificates
 */
public record Intercept(
        ListenerTls.KeyFiles authority,
        List<TargetPattern> only,
        List<TargetPattern> except,
        OnRefusal onRefusal,
        Duration validity) {
    /** Default validity of the certificates. */
    public static final Duration DEFAULT_VALIDITY = Duration.ofDays(30);

    /** Shortest validity of the certificates. */
    public static final Duration MIN_VALIDITY = Duration.ofHours(1);

    /** Longest validity of the certificates; below the 200 days that browsers accept of public authorities (CA/Browser Forum, SC-081). */
    public static final Duration MAX_VALIDITY = Duration.ofDays(197);

    /** Handling of a client that rejects a certificate which was made for a name. */
    public enum OnRefusal {
        /** Its connections to the name fail. */
        FAIL,
        /** Its later connections to the name are not intercepted, for an hour. */
        PASSTHROUGH
    }

    /** Rejects values out of range. */
    public Intercept {
        Check.given("ca", authority);
        only = Check.elements("only", only);
        except = Check.elements("except", except);
        Check.given("on-refusal", onRefusal);
        Check.given("validity", validity);
        check(validity);
    }

    /** Rejects a validity out of range. */
    static void check(Duration validity) {
        Check.that(validity.compareTo(MIN_VALIDITY) >= 0, "validity", "must be at least 1 hour, not " + validity);
        Check.that(validity.compareTo(MAX_VALIDITY) <= 0, "validity", "must be at most 197 days, not " + validity);
    }

    /**
     * {@return interception of all targets}
     *
     * @param certificate PEM with the certificate of the authority
     * @param key PEM with its key
     */
    public static Intercept all(Path certificate, Path key) {
        return new Intercept(
                ListenerTls.KeyFiles.pem(certificate, key), List.of(), List.of(), OnRefusal.FAIL, DEFAULT_VALIDITY);
    }

    /**
     * {@return the same for these targets alone}
     *
     * @param patterns as of {@link TargetPattern#parse}
     */
    public Intercept only(String... patterns) {
        return new Intercept(authority, parsed("only", patterns), except, onRefusal, validity);
    }

    /**
     * {@return the same without these targets}
     *
     * @param patterns as of {@link TargetPattern#parse}
     */
    public Intercept except(String... patterns) {
        return new Intercept(authority, only, parsed("except", patterns), onRefusal, validity);
    }

    private static List<TargetPattern> parsed(String key, String... patterns) {
        return Check.elements(key, patterns).stream().map(TargetPattern::parse).toList();
    }

    /**
     * {@return the same, for clients that reject certificates}
     *
     * @param reaction what becomes of them
     */
    public Intercept onRefusal(OnRefusal reaction) {
        return new Intercept(authority, only, except, reaction, validity);
    }

    /**
     * {@return whether a connection is intercepted} Both what the client asked the proxy for and what it names within TLS count.
     *
     * @param target host and port that the client named to the proxy
     * @param serverName host that it names in its ClientHello; empty for none
     * @param address that is connected to
     */
    public boolean selects(Address target, Optional<String> serverName, InetAddress address) {
        return (only.isEmpty() || isAmong(only, target, serverName, address))
                && !isAmong(except, target, serverName, address);
    }

    private static boolean isAmong(
            List<TargetPattern> patterns, Address target, Optional<String> serverName, InetAddress address) {
        Optional<Address> named = serverName.map(name -> new Address(name, target.port()));
        return patterns.stream()
                .anyMatch(pattern -> pattern.matches(target, address)
                        || named.filter(other -> pattern.matches(other, address))
                                .isPresent());
    }
}
