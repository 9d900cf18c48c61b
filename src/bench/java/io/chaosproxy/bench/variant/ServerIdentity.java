package io.chaosproxy.bench.variant;

import io.chaosproxy.tls.CertificateAuthority;
import io.chaosproxy.tls.KeyAndChain;
import io.chaosproxy.tls.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Key and certificate of a proxy that terminates TLS: EC P-256, the same for all. */
public final class ServerIdentity {
    /** Cipher suite that all have to agree on with the load generator: the first one in the order of the JDK. */
    public static final String CIPHER = "TLS_AES_256_GCM_SHA384";

    private static final KeyAndChain IDENTITY =
            CertificateAuthority.selfSigned(List.of("localhost"), CertificateAuthority.DEFAULT_VALIDITY);

    private ServerIdentity() {}

    /** Writes both into one PEM file of this folder. */
    static Path in(Path folder) throws IOException {
        return Files.writeString(folder.resolve("server.pem"), Pem.of(IDENTITY.chain()) + Pem.of(IDENTITY.key()));
    }

    /** Writes the certificate alone into a PEM file of this folder. */
    static Path certificateIn(Path folder) throws IOException {
        return Files.writeString(folder.resolve("certificate.pem"), Pem.of(IDENTITY.chain()));
    }

    /** Writes the key alone into a PEM file of this folder. */
    static Path keyIn(Path folder) throws IOException {
        return Files.writeString(folder.resolve("key.pem"), Pem.of(IDENTITY.key()));
    }

    /** Option of a JVM whose server has to choose {@link #CIPHER}, whatever order a library has: it has no other one of TLS 1.3. */
    static String cipherOption(Path folder) throws IOException {
        Path security = Files.writeString(
                folder.resolve("java.security"),
                "jdk.tls.disabledAlgorithms=TLS_AES_128_GCM_SHA256, TLS_CHACHA20_POLY1305_SHA256\n");
        return "-Djava.security.properties=" + security.toAbsolutePath();
    }
}
