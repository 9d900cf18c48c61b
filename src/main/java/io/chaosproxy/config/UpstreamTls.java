package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How an upstream is reached by TLS.
 *
 * @param trust PEM or PKCS#12 with the authorities that vouch for the upstream; empty for those of the system
 * @param insecure whether any certificate is accepted; announced at the start
 * @param client key and certificate that the upstream may ask for; empty for none
 * @param serverName host that the certificate has to be for, and that is sent as SNI (RFC 6066 §3); empty for that of the upstream
 */
public record UpstreamTls(
        Optional<Path> trust, boolean insecure, Optional<ListenerTls.KeyFiles> client, Optional<String> serverName) {
    /** The authorities of the system, the upstream's own name, no client certificate. */
    public static final UpstreamTls DEFAULTS =
            new UpstreamTls(Optional.empty(), false, Optional.empty(), Optional.empty());

    /** Rejects what does not go together. */
    public UpstreamTls {
        Check.given("trust", trust);
        Check.given("certificate", client);
        Check.given("server-name", serverName);
        Check.that(
                trust.isEmpty() || !insecure, "insecure", "does not go with trust: any certificate would be accepted");
        serverName.ifPresent(name -> Check.that(
                name.matches("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9])?"),
                "server-name",
                "must be a host name, not \"" + name + "\""));
    }

    /**
     * {@return the same with authorities from a file}
     *
     * @param authorities PEM or PKCS#12
     */
    public UpstreamTls trusting(Path authorities) {
        Check.given("trust", authorities);
        return new UpstreamTls(Optional.of(authorities), insecure, client, serverName);
    }

    /** {@return the same, accepting any certificate} */
    public UpstreamTls acceptingAll() {
        return new UpstreamTls(Optional.empty(), true, client, serverName);
    }
}
