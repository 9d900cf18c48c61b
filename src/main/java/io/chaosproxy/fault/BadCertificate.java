package io.chaosproxy.fault;

import java.util.Optional;

/**
 * The client gets a certificate that it has to reject, for tests of exactly that.
 *
 * @param defect what is wrong with it
 */
public record BadCertificate(Defect defect) implements TlsFault {
    /** Rejects null. */
    public BadCertificate {
        Check.given("kind", defect);
    }

    @Override
    public Stage stage() {
        return Stage.HANDSHAKE;
    }

    @Override
    public Optional<Defect> certificate() {
        return Optional.of(defect);
    }

    @Override
    public String type() {
        return "certificate";
    }
}
