package io.chaosproxy.tls;

import io.chaosproxy.fault.TlsFault;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Server certificates that clients have to reject. */
final class DefectiveCertificate {
    /** For whom certificates with the wrong name are (RFC 6761 §6.4). */
    private static final String WRONG_NAME = "wrong.invalid";

    private DefectiveCertificate() {}

    /**
     * A certificate with nothing wrong but this.
     *
     * @param authority signs it, unless the signature is what is wrong
     * @param names hosts and addresses that it is for, at least one, unless the name is what is wrong
     */
    static KeyAndChain of(TlsFault.Defect defect, CertificateAuthority authority, List<String> names) {
        Instant now = Instant.now();
        Duration usual = CertificateAuthority.DEFAULT_VALIDITY;
        return switch (defect) {
            case EXPIRED -> authority.server(names, now.minus(usual), now.minus(1, ChronoUnit.DAYS));
            case WRONG_NAME -> authority.server(List.of(WRONG_NAME), usual);
            case SELF_SIGNED -> CertificateAuthority.selfSigned(names, usual);
            case UNKNOWN_CA -> CertificateAuthority.create("Unknown CA").server(names, usual);
        };
    }
}
