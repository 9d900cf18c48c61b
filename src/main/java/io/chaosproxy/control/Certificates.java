package io.chaosproxy.control;

import io.chaosproxy.config.ControlSettings;
import io.helidon.common.configurable.Resource;
import io.helidon.common.pki.Keys;
import io.helidon.common.tls.Tls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** The certificate of the control port and its key: what is wrong with them is said at the start, not in each handshake. */
final class Certificates {
    private static final byte[] SIGNED = "chaos-proxy".getBytes(StandardCharsets.US_ASCII);

    private Certificates() {}

    /**
     * Reads and checks them.
     *
     * @throws IOException naming the key of the configuration, the file and what is wrong with it
     */
    static Tls read(ControlSettings.Tls files) throws IOException {
        String certificate = text("certificate", files.certificate());
        String key = text("key", files.key());
        if (!certificate.contains("-----BEGIN CERTIFICATE-----")) {
            throw wrong("certificate", files.certificate(), "has no PEM certificate (BEGIN CERTIFICATE)");
        }
        if (key.contains("ENCRYPTED")) {
            throw wrong("key", files.key(), "is encrypted; a key without a password is needed");
        }
        if (!key.contains("-----BEGIN PRIVATE KEY-----")) {
            throw wrong(
                    "key",
                    files.key(),
                    "has no PEM key in PKCS#8 (BEGIN PRIVATE KEY); openssl pkcs8 -topk8 -nocrypt makes one");
        }
        Keys keys = keys(files);
        List<X509Certificate> chain = keys.certChain();
        Optional<PrivateKey> privateKey = keys.privateKey();
        if (chain.isEmpty() || privateKey.isEmpty()) {
            throw wrong("certificate", files.certificate(), "can't be read");
        }
        checkTime(chain.getFirst(), files);
        checkPair(chain.getFirst(), privateKey.get(), files);
        return Tls.builder().privateKey(keys).privateKeyCertChain(keys).build();
    }

    private static String text(String what, Path file) throws IOException {
        if (!Files.isReadable(file)) {
            throw wrong(what, file, "can't be read");
        }
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    private static IOException wrong(String what, Path file, String reason) {
        return new IOException("control.tls." + what + ": " + file + " " + reason);
    }

    private static Keys keys(ControlSettings.Tls files) throws IOException {
        try {
            return Keys.builder()
                    .pem(pem -> pem.key(Resource.create(files.key())).certChain(Resource.create(files.certificate())))
                    .build();
        } catch (RuntimeException e) { // of whatever kind the PEM reader has
            throw new IOException(
                    "control.tls: no PEM certificate and PKCS#8 key in " + files.certificate() + " and " + files.key()
                            + ": " + e.getMessage(),
                    e);
        }
    }

    private static void checkTime(X509Certificate certificate, ControlSettings.Tls files) throws IOException {
        try {
            certificate.checkValidity();
        } catch (CertificateExpiredException e) {
            throw wrong(
                    "certificate",
                    files.certificate(),
                    "expired at " + certificate.getNotAfter().toInstant());
        } catch (CertificateNotYetValidException e) {
            throw wrong(
                    "certificate",
                    files.certificate(),
                    "is not valid before " + certificate.getNotBefore().toInstant());
        }
    }

    /** What the key signs must be what the certificate confirms. */
    private static void checkPair(X509Certificate certificate, PrivateKey key, ControlSettings.Tls files)
            throws IOException {
        String expected = certificate.getPublicKey().getAlgorithm();
        if (!key.getAlgorithm().equals(expected)) {
            throw wrong(
                    "key", files.key(), "is of type " + key.getAlgorithm() + ", that of the certificate " + expected);
        }
        try {
            Signature signature = Signature.getInstance(algorithm(expected));
            signature.initSign(key);
            signature.update(SIGNED);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(SIGNED);
            if (!signature.verify(signed)) {
                throw notThePair(files);
            }
        } catch (GeneralSecurityException e) {
            throw notThePair(files);
        }
    }

    private static IOException notThePair(ControlSettings.Tls files) {
        return wrong("key", files.key(), "is not the key of the certificate in " + files.certificate());
    }

    private static String algorithm(String key) {
        return switch (key) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "DSA" -> "SHA256withDSA";
            default -> key; // EdDSA, Ed25519, RSASSA-PSS: the signature is named after the key
        };
    }
}
