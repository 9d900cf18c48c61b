package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** TLS of a listener. */
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
     * {@snippet :
     * ListenerTls files = Terminated.with(Path.of("server.pem"), Path.of("server.key"))
     *         .and("example", KeyFiles.pem(Path.of("example.pem"), Path.of("example.key")))
     *         .requireClients(Path.of("clients-ca.pem"));
     * }
     *
     * @param certificate for clients that name no host, or one that no certificate is for; empty for a certificate that is created at
     *     the start and signed by an authority of this process
     * @param certificates further ones by name, one of which is chosen by the server name of the client (RFC 6066 §3); where two are for
     *     the same host, the first
     * @param selfSignedFile where the certificate of that authority is written as PEM, for clients that are to trust it; empty for nowhere
     * @param clientCertificates whether clients are asked for certificates
     * @param clientTrust PEM or PKCS#12 with the authorities of client certificates; there if these are asked for
     * @param alpn protocols that are offered to clients (RFC 7301), in the order of preference; empty for those that fit the proxy
     */
    record Terminated(
            Optional<KeyFiles> certificate,
            Map<String, KeyFiles> certificates,
            Optional<Path> selfSignedFile,
            ClientCertificates clientCertificates,
            Optional<Path> clientTrust,
            List<String> alpn)
            implements ListenerTls {
        /** Rejects what does not go together. */
        public Terminated {
            Check.given("certificate", certificate);
            certificates = inOrder(certificates);
            Check.given("self-signed-file", selfSignedFile);
            Check.given("client-certificates", clientCertificates);
            Check.given("client-trust", clientTrust);
            alpn = List.copyOf(Check.elements("alpn", alpn));
            Check.that(
                    certificate.isPresent() || certificates.isEmpty(),
                    "certificates",
                    "does not go with self-signed = true, which makes the only certificate");
            Check.that(
                    selfSignedFile.isEmpty() || certificate.isEmpty(),
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

        private static Map<String, KeyFiles> inOrder(Map<String, KeyFiles> certificates) {
            Check.given("certificates", certificates);
            certificates.forEach((name, files) -> {
                Check.given("certificates", name);
                Check.given("certificates", files);
                Check.name("certificates", name);
            });
            return Collections.unmodifiableMap(new LinkedHashMap<>(certificates));
        }

        /** {@return a listener with a certificate that is created at the start; {@code ChaosProxy.trust()} is what clients need} */
        public static Terminated selfSigned() {
            return of(Optional.empty());
        }

        /**
         * {@return a listener with chain and key in PEM files}
         *
         * @param certificate certificate chain
         * @param key private key
         */
        public static Terminated with(Path certificate, Path key) {
            return of(Optional.of(KeyFiles.pem(certificate, key)));
        }

        private static Terminated of(Optional<KeyFiles> certificate) {
            return new Terminated(
                    certificate, Map.of(), Optional.empty(), ClientCertificates.NONE, Optional.empty(), List.of());
        }

        /**
         * {@return the same with a further certificate, for clients that name a host that it is for}
         *
         * @param name any, unique in this listener
         * @param files chain and key
         */
        public Terminated and(String name, KeyFiles files) {
            Check.given("certificates", name);
            Check.given("certificates", files);
            Map<String, KeyFiles> more = new LinkedHashMap<>(certificates);
            more.put(name, files);
            return new Terminated(certificate, more, selfSignedFile, clientCertificates, clientTrust, alpn);
        }

        /**
         * {@return the same, the certificate of the authority of {@link #selfSigned} being written to a file}
         *
         * @param file where to, as PEM
         */
        public Terminated writtenTo(Path file) {
            Check.given("self-signed-file", file);
            return new Terminated(certificate, certificates, Optional.of(file), clientCertificates, clientTrust, alpn);
        }

        /**
         * {@return the same, clients having to show a certificate of these authorities}
         *
         * @param trust PEM or PKCS#12 with the authorities
         */
        public Terminated requireClients(Path trust) {
            return asking(ClientCertificates.REQUIRE, trust);
        }

        /**
         * {@return the same, clients being asked for a certificate of these authorities, and accepted without one}
         *
         * @param trust PEM or PKCS#12 with the authorities
         */
        public Terminated wantClients(Path trust) {
            return asking(ClientCertificates.WANT, trust);
        }

        private Terminated asking(ClientCertificates how, Path trust) {
            Check.given("client-trust", trust);
            return new Terminated(certificate, certificates, selfSignedFile, how, Optional.of(trust), alpn);
        }

        /**
         * {@return the same, offering these protocols to clients}
         *
         * @param protocols names of RFC 7301, in the order of preference
         */
        public Terminated alpn(String... protocols) {
            return new Terminated(
                    certificate,
                    certificates,
                    selfSignedFile,
                    clientCertificates,
                    clientTrust,
                    Check.elements("alpn", protocols));
        }

        /** {@return whether the certificate is created at the start} */
        public boolean isSelfSigned() {
            return certificate.isEmpty();
        }

        /** {@return all certificates, that of the listener first} */
        public List<KeyFiles> allCertificates() {
            return Stream.concat(certificate.stream(), certificates.values().stream())
                    .toList();
        }
    }
}
