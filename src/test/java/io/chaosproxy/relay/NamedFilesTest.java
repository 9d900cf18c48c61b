package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.ConfigFactory;
import io.chaosproxy.ChaosProxy;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.tls.CertificateAuthority;
import io.chaosproxy.tls.KeyAndChain;
import io.chaosproxy.tls.Pem;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that settings name and that can't be used: each is reported with its key, its name and the reason, and nothing starts. */
final class NamedFilesTest {
    private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("test");
    private static final KeyAndChain ONE = AUTHORITY.server(List.of("localhost"), Duration.ofDays(1));
    private static final KeyAndChain OTHER = AUTHORITY.server(List.of("localhost"), Duration.ofDays(1));

    @TempDir
    private Path folder;

    @BeforeEach
    void write() throws Exception {
        Files.writeString(folder.resolve("one.pem"), Pem.of(ONE.chain()));
        Files.writeString(folder.resolve("one.key"), Pem.of(ONE.key()));
        Files.writeString(folder.resolve("other.key"), Pem.of(OTHER.key()));
        Files.writeString(folder.resolve("ca.pem"), Pem.of(AUTHORITY.own().chain()));
        Files.writeString(folder.resolve("ca.key"), Pem.of(AUTHORITY.own().key()));
        Files.writeString(folder.resolve("right"), "secret\n");
        Files.writeString(folder.resolve("wrong"), "sceret\n");
        Files.writeString(folder.resolve("empty"), "");
        Files.writeString(folder.resolve("text"), "no PEM\n");
        Files.write(folder.resolve("large"), new byte[(1 << 20) + 1]);
        Files.createDirectory(folder.resolve("dir"));
        store("one.p12", "a");
        store("two.p12", "a", "b");
        store("none.p12");
    }

    private void store(String name, String... aliases) throws Exception {
        char[] password = "secret".toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (String alias : aliases) {
            store.setKeyEntry(alias, ONE.key(), password, ONE.chain().toArray(Certificate[]::new));
        }
        try (OutputStream out = Files.newOutputStream(folder.resolve(name))) {
            store.store(out, password);
        }
    }

    /** Of the settings of a tcp proxy with TLS on both sides, or of a forward proxy. F is the folder. */
    private ProxySpec spec(String settings) {
        boolean forward = settings.contains("intercept") || settings.contains("credentials");
        String text = "chaos-proxy.proxies.web { listen = \"127.0.0.1:0\", "
                + (forward ? "protocol = forward" : "protocol = tcp, upstream = \"tls://127.0.0.1:1\"") + "\n"
                + settings.replace("F/", folder + "/") + " }";
        return ConfigReader.read(ConfigFactory.parseString(text)).proxies().getFirst();
    }

    private String unusable(String settings) {
        ProxySpec spec = spec(settings);
        String said = assertThrows(UnusableSettingsException.class, () -> NamedFiles.check(List.of(spec)))
                .getMessage();
        UncheckedIOException inCode = assertThrows(UncheckedIOException.class, () -> ChaosProxy.start(spec));
        assertEquals(said, inCode.getMessage());
        return said.replace(folder + "/", "F/");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        tls { certificate = F/gone }                                           | tls.certificate: F/gone does not exist
        tls { certificate = F/dir }                                            | tls.certificate: F/dir is a folder
        tls { certificate = F/empty }                                          | tls.certificate: F/empty has no PEM certificate (BEGIN CERTIFICATE)
        tls { certificate = F/text }                                           | tls.certificate: F/text has no PEM certificate (BEGIN CERTIFICATE)
        tls { certificate = F/large }                                          | tls.certificate: F/large is larger than 1 MiB
        tls { certificate = /dev/zero }                                        | tls.certificate: /dev/zero is no regular file
        tls { certificate = F/one.pem }                                        | tls.certificate: F/one.pem has no PEM key (BEGIN PRIVATE KEY)
        tls { certificate = F/one.pem, key = F/gone }                          | tls.key: F/gone does not exist
        tls { certificate = F/one.pem, key = F/text }                          | tls.key: F/text has no PEM key (BEGIN PRIVATE KEY)
        tls { certificate = F/one.pem, key = F/other.key }                     | tls.key: F/other.key is not the key of the certificate in F/one.pem
        tls { certificate = F/one.pem, key = F/one.key, password-file = F/gone } | tls.password-file: F/gone does not exist
        tls { certificate = F/one.p12 }                                        | tls.certificate: F/one.p12 needs a password (password-file)
        tls { certificate = F/one.p12, password-file = F/wrong }               | tls.certificate: F/one.p12 has another password than the first line of F/wrong
        tls { certificate = F/one.p12, password-file = F/empty }               | tls.certificate: F/one.p12 has another password than the first line of F/empty
        tls { certificate = F/one.p12, password-file = F/right, key = F/one.key } | tls.key: F/one.key is not needed: F/one.p12 is PKCS#12 and has the key
        tls { certificate = F/two.p12, password-file = F/right }               | tls.certificate: F/two.p12 has several private keys (a, b); it may have one
        tls { certificate = F/none.p12, password-file = F/right }              | tls.certificate: F/none.p12 has no private key with a certificate
        tls { certificate = F/one.pem, key = F/one.key, certificates { "a.b" { certificate = F/one.pem, key = F/other.key } } } | tls.certificates."a.b".key: F/other.key is not the key of the certificate in F/one.pem
        tls { certificate = F/one.pem, key = F/one.key, client-certificates = want, client-trust = F/empty } | tls.client-trust: F/empty has no PEM certificate (BEGIN CERTIFICATE)
        tls { certificate = F/one.pem, key = F/one.key, client-certificates = want, client-trust = F/dir } | tls.client-trust: F/dir is a folder
        tls { self-signed = true, self-signed-file = F/dir }                   | tls.self-signed-file: F/dir can't be written
        tls { self-signed = true, self-signed-file = F/gone/a.pem }            | tls.self-signed-file: F/gone/a.pem can't be written
        tls { self-signed = true, self-signed-file = F/text/a.pem }            | tls.self-signed-file: F/text/a.pem can't be written
        upstream-tls { trust = F/empty }                                       | upstream-tls.trust: F/empty has no PEM certificate (BEGIN CERTIFICATE)
        upstream-tls { trust = F/none.p12 }                                    | upstream-tls.trust: F/none.p12 has a password; certificates to trust are PEM, or PKCS#12 without
        upstream-tls { certificate = F/one.pem, key = F/other.key }            | upstream-tls.key: F/other.key is not the key of the certificate in F/one.pem
        intercept { ca = F/gone }                                              | intercept.ca: F/gone does not exist
        intercept { ca = F/ca.pem, key = F/one.key }                           | intercept.key: F/one.key is not the key of the certificate in F/ca.pem
        intercept { ca = F/ca.pem, key = F/dir }                               | intercept.key: F/dir is a folder
        intercept { ca = F/one.pem, key = F/one.key }                          | intercept.ca: F/one.pem can't be used: the certificate is not one of an authority (CA:TRUE)
        credentials-file = F/gone                                              | credentials-file: F/gone does not exist
        credentials-file = F/dir                                               | credentials-file: F/dir is a folder
        credentials-file = /dev/zero                                           | credentials-file: /dev/zero is no regular file
        credentials-file = F/empty                                             | credentials-file: F/empty names no user
        credentials-file = F/one.p12                                           | credentials-file: F/one.p12 is no text in UTF-8
        credentials-file = F/text                                              | credentials-file: F/text has no user:password in line 1
        credentials-env = CHAOS_PROXY_TEST_UNSET                               | credentials-env: the environment variable CHAOS_PROXY_TEST_UNSET is not set
        """)
    void eachIsReportedAtItsKey(String settings, String error) {
        assertEquals("proxies.web." + error, unusable(settings));
    }

    @Test
    void allAreReportedAtOnce() {
        ProxySpec forward =
                spec("intercept { ca = F/gone }\n credentials-file = F/dir\n upstream-tls { trust = F/empty }");
        ProxySpec good = spec("upstream-tls { trust = F/ca.pem }").named("good");
        ProxySpec tcp = spec("tls { certificate = F/gone }").named("a b");
        UnusableSettingsException said =
                assertThrows(UnusableSettingsException.class, () -> NamedFiles.check(List.of(forward, good, tcp)));
        assertEquals(
                List.of(
                        "proxies.web.intercept.ca",
                        "proxies.web.upstream-tls.trust",
                        "proxies.web.credentials-file",
                        "proxies.\"a b\".tls.certificate"),
                said.settings().stream().map(setting -> setting.error().path()).toList());
        assertTrue(said.files().contains(folder.resolve("dir")), said.files().toString());
        assertFalse(
                said.files().contains(folder.resolve("ca.pem")), said.files().toString());
    }

    /** It would be read once only, and the reader would wait for a writer. */
    @Test
    void aPipeIsNoFile() throws Exception {
        Process made;
        try {
            made = new ProcessBuilder("mkfifo", folder.resolve("pipe").toString()).start();
        } catch (IOException e) {
            assumeTrue(false, "there is no mkfifo");
            return;
        }
        assertTrue(made.waitFor(1, TimeUnit.MINUTES));
        assertEquals(
                "proxies.web.tls.certificate: F/pipe is no regular file", unusable("tls { certificate = F/pipe }"));
    }

    @Test
    void aFileWithoutPermissionIsReported() throws Exception {
        Path file = folder.resolve("one.key");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        assumeTrue(!Files.isReadable(file), "root reads every file");
        assertEquals(
                "proxies.web.tls.key: F/one.key can't be read: no permission",
                unusable("tls { certificate = F/one.pem, key = F/one.key }"));
    }
}
