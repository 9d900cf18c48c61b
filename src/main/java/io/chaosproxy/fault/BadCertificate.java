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

    /** {@return a certificate whose validity ended yesterday} */
    public static BadCertificate expired() {
        return new BadCertificate(Defect.EXPIRED);
    }

    /** {@return a certificate for another host} */
    public static BadCertificate wrongName() {
        return new BadCertificate(Defect.WRONG_NAME);
    }

    /** {@return a certificate that no authority has signed} */
    public static BadCertificate selfSigned() {
        return new BadCertificate(Defect.SELF_SIGNED);
    }

    /** {@return a certificate of an authority that no client knows} */
    public static BadCertificate unknownAuthority() {
        return new BadCertificate(Defect.UNKNOWN_CA);
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
