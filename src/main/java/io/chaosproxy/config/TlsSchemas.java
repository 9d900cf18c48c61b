package io.chaosproxy.config;

import static io.chaosproxy.config.FieldSchema.defaulted;
import static io.chaosproxy.config.FieldSchema.list;
import static io.chaosproxy.config.FieldSchema.optional;
import static io.chaosproxy.config.ValueType.FILE;
import static io.chaosproxy.config.ValueType.FLAG;
import static io.chaosproxy.config.ValueType.TEXT;

import io.chaosproxy.config.ListenerTls.ClientCertificates;
import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.config.ListenerTls.Terminated;
import io.chaosproxy.fault.Check;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The tables of TLS: of a listener, {@code tls}, and of an upstream, {@code upstream-tls}. */
final class TlsSchemas {
    static final ObjectSchema<Terminated> LISTENER = listener();
    static final ObjectSchema<UpstreamTls> UPSTREAM = upstream();

    private TlsSchemas() {}

    private static ObjectSchema<Terminated> listener() {
        Function<Terminated, Optional<KeyFiles>> first =
                tls -> tls.certificates().stream().findFirst();
        FieldSchema<Terminated, Optional<Path>> certificate = certificate(first);
        FieldSchema<Terminated, Optional<Path>> key = key(first);
        FieldSchema<Terminated, Optional<Path>> password = password(first);
        FieldSchema<Terminated, Boolean> selfSigned = defaulted(
                "self-signed",
                FLAG,
                tls -> tls.certificates().isEmpty(),
                false,
                "whether a certificate is created at the start; its fingerprint is logged");
        FieldSchema<Terminated, Optional<Path>> file = optional(
                "self-signed-file",
                FILE,
                Terminated::selfSignedFile,
                Path.of("server.pem"),
                "file to which that certificate is written as PEM");
        FieldSchema<Terminated, ClientCertificates> clients = defaulted(
                "client-certificates",
                ValueType.ofEnum(ClientCertificates.class),
                Terminated::clientCertificates,
                ClientCertificates.NONE,
                "whether clients are asked for certificates, and rejected without");
        FieldSchema<Terminated, Optional<Path>> trust = optional(
                "client-trust",
                FILE,
                Terminated::clientTrust,
                Path.of("clients-ca.pem"),
                "authorities of client certificates, PEM or PKCS#12");
        FieldSchema<Terminated, List<String>> alpn = list(
                "alpn",
                TEXT,
                Terminated::alpn,
                List.of("http/1.1"),
                "protocols that are offered to clients by ALPN, in the order of preference");
        return new ObjectSchema<>(
                List.of(certificate, key, password, selfSigned, file, clients, trust, alpn), reader -> {
                    Optional<KeyFiles> own = files(certificate.read(reader), key.read(reader), password.read(reader));
                    Check.that(
                            own.isPresent() != selfSigned.read(reader),
                            own.isPresent() ? "self-signed" : "certificate",
                            own.isPresent() ? "does not go with certificate" : "is missing; or set self-signed = true");
                    List<KeyFiles> all = new ArrayList<>(own.stream().toList());
                    return new Terminated(
                            all, file.read(reader), clients.read(reader), trust.read(reader), alpn.read(reader));
                });
    }

    private static ObjectSchema<UpstreamTls> upstream() {
        FieldSchema<UpstreamTls, Optional<Path>> trust = optional(
                "trust",
                FILE,
                UpstreamTls::trust,
                Path.of("upstream-ca.pem"),
                "authorities of the upstream, PEM or PKCS#12; those of the system if it is left out");
        FieldSchema<UpstreamTls, Boolean> insecure = defaulted(
                "insecure", FLAG, UpstreamTls::insecure, false, "whether any certificate of the upstream is accepted");
        FieldSchema<UpstreamTls, Optional<Path>> certificate = certificate(UpstreamTls::client);
        FieldSchema<UpstreamTls, Optional<Path>> key = key(UpstreamTls::client);
        FieldSchema<UpstreamTls, Optional<Path>> password = password(UpstreamTls::client);
        FieldSchema<UpstreamTls, Optional<String>> name = optional(
                "server-name",
                TEXT,
                UpstreamTls::serverName,
                "shop.example.com",
                "host that the certificate has to be for; that of the upstream if it is left out");
        return new ObjectSchema<>(
                List.of(trust, insecure, certificate, key, password, name),
                reader -> new UpstreamTls(
                        trust.read(reader),
                        insecure.read(reader),
                        files(certificate.read(reader), key.read(reader), password.read(reader)),
                        name.read(reader)));
    }

    private static Optional<KeyFiles> files(Optional<Path> certificate, Optional<Path> key, Optional<Path> password) {
        Check.that(certificate.isPresent() || key.isEmpty(), "key", "needs certificate");
        Check.that(certificate.isPresent() || password.isEmpty(), "password-file", "needs certificate");
        return certificate.map(chain -> new KeyFiles(chain, key, password));
    }

    private static <T> FieldSchema<T, Optional<Path>> certificate(Function<T, Optional<KeyFiles>> files) {
        return optional(
                "certificate",
                FILE,
                object -> files.apply(object).map(KeyFiles::certificate),
                Path.of("server.pem"),
                "certificate chain as PEM, or chain and key as PKCS#12");
    }

    private static <T> FieldSchema<T, Optional<Path>> key(Function<T, Optional<KeyFiles>> files) {
        return optional(
                "key",
                FILE,
                object -> files.apply(object).flatMap(KeyFiles::key),
                Path.of("server.key"),
                "private key as PEM, if it is not in the same file");
    }

    private static <T> FieldSchema<T, Optional<Path>> password(Function<T, Optional<KeyFiles>> files) {
        return optional(
                "password-file",
                FILE,
                object -> files.apply(object).flatMap(KeyFiles::passwordFile),
                Path.of("password"),
                "file whose first line is the password of the key");
    }
}
