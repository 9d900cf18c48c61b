package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What a listener does with TLS. */
public sealed interface ListenerTls {
    /** A listener that does not terminate TLS: bytes pass unchanged, and the server name of a ClientHello is a condition of rules. */
    record Passthrough() implements ListenerTls {}

    /** How a listener asks clients for certificates (RFC 8446 §4.3.2). */
    enum ClientCertificates {
        /** It does not ask. */
        NONE,
        /** It asks, and accepts clients without one. */
        WANT,
        /** Clients without a trusted one are rejected. */
        REQUIRE
    }

    /**
     * Key and certificate chain of a server or a client. Read again when the files change.
     *
     * @param certificate PEM with the certificate chain, the own certificate first; or PKCS#12 with chain and key
     * @param key PEM with the private key; empty if it is in the same file
     * @param passwordFile file whose first line is the password of the key or of the PKCS#12 file; empty if there is none
     */
    record KeyFiles(Path certificate, Optional<Path> key, Optional<Path> passwordFile) {
        /** Rejects null. */
        public KeyFiles {
            Check.given("certificate", certificate);
            Check.given("key", key);
            Check.given("password-file", passwordFile);
        }

        /**
         * {@return PEM files without a password}
         *
         * @param certificate certificate chain
         * @param key private key
         */
        public static KeyFiles pem(Path certificate, Path key) {
            Check.given("key", key);
            return new KeyFiles(certificate, Optional.of(key), Optional.empty());
        }
    }

    /**
     * A listener that terminates TLS.
     *
     * @param certificates the first is also for clients that name no host, or one that no certificate is for; empty for a certificate
     *     that is created at the start and signed with its own key
     * @param selfSignedFile where such a certificate is written as PEM, for clients that are to trust it; empty for nowhere
     * @param clientCertificates whether clients are asked for certificates
     * @param clientTrust PEM or PKCS#12 with the authorities of client certificates; there if these are asked for
     * @param alpn protocols that are offered to clients (RFC 7301), in the order of preference; empty for those that fit the proxy
     */
    record Terminated(
            List<KeyFiles> certificates,
            Optional<Path> selfSignedFile,
            ClientCertificates clientCertificates,
            Optional<Path> clientTrust,
            List<String> alpn)
            implements ListenerTls {
        /** Rejects what does not go together. */
        public Terminated {
            certificates = List.copyOf(Check.elements("certificates", certificates));
            Check.given("self-signed-file", selfSignedFile);
            Check.given("client-certificates", clientCertificates);
            Check.given("client-trust", clientTrust);
            alpn = List.copyOf(Check.elements("alpn", alpn));
            Check.that(
                    selfSignedFile.isEmpty() || certificates.isEmpty(),
                    "self-signed-file",
                    "needs self-signed = true, and does not go with a certificate");
            Check.that(
                    (clientCertificates == ClientCertificates.NONE) == clientTrust.isEmpty(),
                    "client-trust",
                    clientTrust.isEmpty()
                            ? "is missing: client certificates are asked for"
                            : "needs client-certificates = want or require");
            for (String protocol : alpn) {
                Check.that(
                        !protocol.isEmpty()
                                && protocol.length() <= 255
                                && protocol.chars().allMatch(c -> c > 32 && c < 127),
                        "alpn",
                        "not a protocol name: \"" + protocol + "\"");
            }
        }

        /** {@return a listener with a certificate that is created at the start} */
        public static Terminated selfSigned() {
            return new Terminated(List.of(), Optional.empty(), ClientCertificates.NONE, Optional.empty(), List.of());
        }

        /**
         * {@return a listener with chain and key in PEM files}
         *
         * @param certificate certificate chain
         * @param key private key
         */
        public static Terminated with(Path certificate, Path key) {
            return new Terminated(
                    List.of(KeyFiles.pem(certificate, key)),
                    Optional.empty(),
                    ClientCertificates.NONE,
                    Optional.empty(),
                    List.of());
        }

        /**
         * {@return the same, clients having to show a certificate of these authorities}
         *
         * @param trust PEM or PKCS#12 with the authorities
         */
        public Terminated requireClients(Path trust) {
            Check.given("client-trust", trust);
            return new Terminated(certificates, selfSignedFile, ClientCertificates.REQUIRE, Optional.of(trust), alpn);
        }
    }
}
