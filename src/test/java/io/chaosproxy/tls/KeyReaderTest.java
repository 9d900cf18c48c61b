package io.chaosproxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyReaderTest {
    private final CertificateAuthority authority = CertificateAuthority.create("test");
    private final KeyAndChain server = authority.server(List.of("localhost"), Duration.ofDays(1));

    @TempDir
    Path dir;

    private Path certificate;
    private Path key;

    @BeforeEach
    void write() throws IOException {
        certificate = Files.writeString(dir.resolve("server.pem"), Pem.of(server.chain()));
        key = Files.writeString(dir.resolve("server.key"), Pem.of(server.key()));
    }

    private Path openssl(String name, String... arguments) throws IOException, InterruptedException {
        Openssl.assumePresent();
        Path out = dir.resolve(name);
        String[] all = Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "-out";
        all[arguments.length + 1] = out.toString();
        try (Openssl run = Openssl.start(all)) {
            assertEquals(0, run.exit(), run::output);
        }
        return out;
    }

    private Optional<Path> password(String text) throws IOException {
        return Optional.of(Files.writeString(dir.resolve("password"), text + "\n"));
    }

    private static void refused(String message, Path certificate, Optional<Path> key, Optional<Path> password) {
        IOException refused =
                assertThrows(UnusableFileException.class, () -> KeyReader.read(certificate, key, password));
        assertEquals(message, refused.getMessage());
    }

    /** The key may be written with its public part or without, which equals() minds. */
    private static void assertSame(KeyAndChain expected, KeyAndChain read) {
        assertEquals(expected.chain(), read.chain());
        if (expected.key() instanceof ECPrivateKey key) {
            assertEquals(key.getS(), ((ECPrivateKey) read.key()).getS());
        } else {
            assertEquals(expected.key(), read.key());
        }
    }

    @Test
    void readsWhatItWrites() throws Exception {
        assertSame(server, KeyReader.read(certificate, Optional.of(key), Optional.empty()));
        Path both = Files.writeString(
                dir.resolve("both.pem"), "a comment\n" + Pem.of(server.key()) + Pem.of(server.chain()));
        assertSame(server, KeyReader.read(both, Optional.empty(), Optional.empty()));
        assertEquals(server.chain(), KeyReader.trusted(certificate));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ec -traditional", "ec -aes256 -traditional"})
    void readsKeysInSec1(String how) throws Exception {
        Path old = how.contains("aes")
                ? openssl("old.key", "ec", "-in", key.toString(), "-aes256", "-passout", "pass:secret")
                : openssl("old.key", "ec", "-in", key.toString());
        if (how.contains("aes")) {
            refused(
                    old + " has a key in OpenSSL's old encryption; openssl pkcs8 -topk8 makes one that can be read",
                    certificate,
                    Optional.of(old),
                    Optional.empty());
        } else {
            assertSame(server, KeyReader.read(certificate, Optional.of(old), Optional.empty()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa:2048", "ed25519", "ec"})
    void readsKeysOfEachAlgorithm(String algorithm) throws Exception {
        Path made = dir.resolve("made.key");
        String[] kind = algorithm.equals("ec")
                ? new String[] {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"}
                : new String[] {"-newkey", algorithm};
        List<String> arguments =
                new ArrayList<>(List.of("req", "-x509", "-nodes", "-subj", "/CN=a", "-keyout", made.toString()));
        arguments.addAll(List.of(kind));
        Path chain = openssl("made.pem", arguments.toArray(String[]::new));
        KeyAndChain read = KeyReader.read(chain, Optional.of(made), Optional.empty());
        if (algorithm.startsWith("rsa")) {
            Path old = openssl("rsa.key", "rsa", "-in", made.toString(), "-traditional");
            assertEquals(true, Files.readString(old).contains("BEGIN RSA PRIVATE KEY"));
            assertSame(read, KeyReader.read(chain, Optional.of(old), Optional.empty()));
        }
        refused(key + " is not the key of the certificate in " + chain, chain, Optional.of(key), Optional.empty());
    }

    @Test
    void readsEncryptedKeys() throws Exception {
        Path encrypted = openssl("pkcs8.key", "pkcs8", "-topk8", "-in", key.toString(), "-passout", "pass:secret");
        assertSame(server, KeyReader.read(certificate, Optional.of(encrypted), password("secret")));
        refused(
                encrypted + " has another password than the first line of " + dir.resolve("password"),
                certificate,
                Optional.of(encrypted),
                password("other"));
        refused(encrypted + " needs a password (password-file)", certificate, Optional.of(encrypted), Optional.empty());
    }

    @Test
    void readsPkcs12() throws Exception {
        Path store = openssl(
                "store.p12",
                "pkcs12",
                "-export",
                "-in",
                certificate.toString(),
                "-inkey",
                key.toString(),
                "-passout",
                "pass:secret");
        assertSame(server, KeyReader.read(store, Optional.empty(), password("secret")));
        refused(
                store + " has another password than the first line of " + dir.resolve("password"),
                store,
                Optional.empty(),
                password("other"));
        refused(store + " needs a password (password-file)", store, Optional.empty(), Optional.empty());
        refused(
                key + " is not needed: " + store + " is PKCS#12 and has the key",
                store,
                Optional.of(key),
                password("secret"));
        Path open = openssl(
                "open.p12",
                "pkcs12",
                "-export",
                "-in",
                certificate.toString(),
                "-inkey",
                key.toString(),
                "-passout",
                "pass:");
        assertSame(server, KeyReader.read(open, Optional.empty(), Optional.empty()));
    }

    @Test
    void readsTrustedCertificatesFromPkcs12() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("ca", authority.own().certificate());
        Path trust = dir.resolve("trust.p12");
        try (OutputStream out = Files.newOutputStream(trust)) {
            store.store(out, new char[0]);
        }
        assertEquals(authority.own().chain(), KeyReader.trusted(trust));
    }

    @Test
    void saysWhatIsWrongWithAFile() throws Exception {
        Path missing = dir.resolve("missing");
        Path noise = Files.writeString(dir.resolve("noise"), "no PEM");
        Path broken = Files.writeString(
                dir.resolve("broken"), "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
        Path brokenKey = Files.writeString(
                dir.resolve("broken.key"), "-----BEGIN PRIVATE KEY-----\nMII!\n-----END PRIVATE KEY-----\n");
        Path der = Files.write(dir.resolve("der"), new byte[] {0x30, 3, 2, 1, 0});
        Path large = Files.write(dir.resolve("large"), new byte[(1 << 20) + 1]);
        Optional<Path> none = Optional.empty();
        refused(missing + " does not exist", missing, none, none);
        refused(dir + " is a folder", dir, none, none);
        refused(noise + " has no PEM certificate (BEGIN CERTIFICATE)", noise, none, none);
        refused(broken + " has an unreadable certificate, number 1", broken, none, none);
        refused(certificate + " has no PEM key (BEGIN PRIVATE KEY)", certificate, none, none);
        refused(brokenKey + " has an unreadable PRIVATE KEY", certificate, Optional.of(brokenKey), none);
        refused(missing + " does not exist", certificate, Optional.of(missing), none);
        refused(missing + " does not exist", certificate, Optional.of(key), Optional.of(missing));
        refused(der + " is neither PEM nor PKCS#12", der, none, none);
        refused(large + " is larger than 1 MiB", large, none, none);
    }
}
