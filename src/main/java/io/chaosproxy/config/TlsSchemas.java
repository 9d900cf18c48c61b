package io.chaosproxy.config;

import static io.chaosproxy.config.FieldSchema.defaulted;
import static io.chaosproxy.config.FieldSchema.list;
import static io.chaosproxy.config.FieldSchema.optional;
import static io.chaosproxy.config.FieldSchema.required;
import static io.chaosproxy.config.ValueType.FILE;
import static io.chaosproxy.config.ValueType.FLAG;
import static io.chaosproxy.config.ValueType.TEXT;

import io.chaosproxy.config.ListenerTls.ClientCertificates;
import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.config.ListenerTls.Terminated;
import io.chaosproxy.fault.Check;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The tables of TLS: of a listener, {@code tls}, and of an upstream, {@code upstream-tls}. */
final class TlsSchemas {
    /** Key of further certificates of a listener, by name. */
    static final String CERTIFICATES = "certificates";

    static final String CERTIFICATES_SUMMARY =
            "further certificates, one of which is chosen by the server name of the client (SNI)";

    static final ObjectSchema<KeyFiles> KEY_FILES = keyFiles();
    static final ObjectSchema<Terminated> LISTENER = listener();
    static final ObjectSchema<UpstreamTls> UPSTREAM = upstream();

    private TlsSchemas() {}

    private static ObjectSchema<Terminated> listener() {
        FieldSchema<Terminated, Optional<Path>> certificate = certificate(Terminated::certificate);
        FieldSchema<Terminated, Optional<Path>> key = key(Terminated::certificate);
        FieldSchema<Terminated, Optional<Path>> password = password(Terminated::certificate);
        FieldSchema<Terminated, Boolean> selfSigned = defaulted(
                "self-signed",
                FLAG,
                Terminated::isSelfSigned,
                false,
                "whether a certificate is created at startup; its fingerprint is logged");
        FieldSchema<Terminated, Optional<Path>> file = optional(
                "self-signed-file",
                FILE,
                Terminated::selfSignedFile,
                Path.of("server.pem"),
                "file to which the certificate created at startup is written, as PEM");
        FieldSchema<Terminated, ClientCertificates> clients = defaulted(
                "client-certificates",
                ValueType.ofEnum(ClientCertificates.class),
                Terminated::clientCertificates,
                ClientCertificates.NONE,
                "client certificates: not requested, optional, or required");
        FieldSchema<Terminated, Optional<Path>> trust = optional(
                "client-trust",
                FILE,
                Terminated::clientTrust,
                Path.of("clients-ca.pem"),
                "certificate authorities of client certificates, PEM or PKCS#12");
        FieldSchema<Terminated, List<String>> alpn = list(
                "alpn",
                TEXT,
                Terminated::alpn,
                List.of("http/1.1"),
                "protocols offered to clients by ALPN, in the order of preference");
        return new ObjectSchema<>(
                List.of(certificate, key, password, selfSigned, file, clients, trust, alpn), reader -> {
                    Draft read = new Draft(
                            new Names(certificate.read(reader), key.read(reader), password.read(reader)),
                            selfSigned.read(reader),
                            further(reader),
                            file.read(reader),
                            clients.read(reader),
                            trust.read(reader),
                            alpn.read(reader));
                    return terminated(read);
                });
    }

    /** Fields of a listener, read before any is checked: a key that is not read would be reported as unknown. */
    private record Draft(
            Names own,
            boolean selfSigned,
            Map<String, KeyFiles> further,
            Optional<Path> selfSignedFile,
            ClientCertificates clients,
            Optional<Path> trust,
            List<String> alpn) {}

    private static Terminated terminated(Draft read) {
        Optional<KeyFiles> own = read.own().files();
        Check.that(
                own.isPresent() != read.selfSigned(),
                own.isPresent() ? "self-signed" : "certificate",
                own.isPresent() ? "does not go with certificate" : "is missing; or set self-signed = true");
        return new Terminated(own, read.further(), read.selfSignedFile(), read.clients(), read.trust(), read.alpn());
    }

    private static Map<String, KeyFiles> further(ObjectReader reader) {
        Map<String, KeyFiles> all = new LinkedHashMap<>();
        for (ObjectReader one : reader.objects(CERTIFICATES)) {
            one.build(() -> KEY_FILES.read(one)).ifPresent(files -> all.put(one.name(), files));
            one.rejectUnknown();
        }
        return all;
    }

    static ObjectWriter write(Terminated tls) {
        ObjectWriter further = new ObjectWriter();
        tls.certificates().forEach((name, files) -> further.put(name, KEY_FILES.write(files, new ObjectWriter())));
        return LISTENER.write(tls, new ObjectWriter()).put(CERTIFICATES, further);
    }

    private static ObjectSchema<KeyFiles> keyFiles() {
        FieldSchema<KeyFiles, Path> certificate = required(
                "certificate",
                FILE,
                KeyFiles::certificate,
                Path.of("shop.pem"),
                "certificate chain as PEM, or chain and key as PKCS#12");
        FieldSchema<KeyFiles, Optional<Path>> key = key(Optional::of);
        FieldSchema<KeyFiles, Optional<Path>> password = password(Optional::of);
        return new ObjectSchema<>(
                List.of(certificate, key, password),
                reader -> new KeyFiles(certificate.read(reader), key.read(reader), password.read(reader)));
    }

    private static ObjectSchema<UpstreamTls> upstream() {
        FieldSchema<UpstreamTls, Optional<Path>> trust = optional(
                "trust",
                FILE,
                UpstreamTls::trust,
                Path.of("upstream-ca.pem"),
                "certificate authorities for the upstream, PEM or PKCS#12; those of Java if left out");
        FieldSchema<UpstreamTls, Boolean> insecure = defaulted(
                "insecure",
                FLAG,
                UpstreamTls::insecure,
                false,
                "whether every certificate of the upstream is accepted, without validation");
        FieldSchema<UpstreamTls, Optional<Path>> certificate = certificate(UpstreamTls::client);
        FieldSchema<UpstreamTls, Optional<Path>> key = key(UpstreamTls::client);
        FieldSchema<UpstreamTls, Optional<Path>> password = password(UpstreamTls::client);
        FieldSchema<UpstreamTls, Optional<String>> name = optional(
                "server-name",
                TEXT,
                UpstreamTls::serverName,
                "shop.example.com",
                "host name that the upstream's certificate must match; the upstream's host if left out");
        return new ObjectSchema<>(
                List.of(trust, insecure, certificate, key, password, name),
                reader -> upstream(
                        trust.read(reader),
                        insecure.read(reader),
                        new Names(certificate.read(reader), key.read(reader), password.read(reader)),
                        name.read(reader)));
    }

    private static UpstreamTls upstream(
            Optional<Path> trust, boolean insecure, Names client, Optional<String> serverName) {
        return new UpstreamTls(trust, insecure, client.files(), serverName);
    }

    /** Names of files as they were read. */
    private record Names(Optional<Path> certificate, Optional<Path> key, Optional<Path> password) {
        Optional<KeyFiles> files() {
            Check.that(certificate.isPresent() || key.isEmpty(), "key", "needs certificate");
            Check.that(certificate.isPresent() || password.isEmpty(), "password-file", "needs certificate");
            return certificate.map(chain -> new KeyFiles(chain, key, password));
        }
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
        return key(files, "server.key");
    }

    /** The file with the key of a certificate, with a sample of its name. */
    static <T> FieldSchema<T, Optional<Path>> key(Function<T, Optional<KeyFiles>> files, String sample) {
        return optional(
                "key",
                FILE,
                object -> files.apply(object).flatMap(KeyFiles::key),
                Path.of(sample),
                "private key as PEM, if it is not in the same file");
    }

    /** The file with the password of that key. */
    static <T> FieldSchema<T, Optional<Path>> password(Function<T, Optional<KeyFiles>> files) {
        return optional(
                "password-file",
                FILE,
                object -> files.apply(object).flatMap(KeyFiles::passwordFile),
                Path.of("password"),
                "file whose first line is the password of the key");
    }
}
