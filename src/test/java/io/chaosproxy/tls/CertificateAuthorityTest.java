package io.chaosproxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateAuthorityTest {
    private static final List<String> NAMES = List.of("shop.example.com", "*.shop.example.com", "127.0.0.1", "::1");

    private final CertificateAuthority authority = CertificateAuthority.create("chaos-proxy test");

    @TempDir
    Path dir;

    /** What {@code openssl verify} says about a chain, the authority being trusted. */
    private String verify(X509Certificate trusted, KeyAndChain server, String... more) throws Exception {
        Openssl.assumePresent();
        Path root = Files.writeString(dir.resolve("root.pem"), Pem.of(List.of(trusted)));
        Path leaf = Files.writeString(dir.resolve("leaf.pem"), Pem.of(server.chain()));
        List<String> arguments =
                new ArrayList<>(List.of("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", root.toString()));
        arguments.addAll(List.of(more));
        arguments.add(leaf.toString());
        try (Openssl verify = Openssl.start(arguments.toArray(String[]::new))) {
            int exit = verify.exit();
            return exit == 0 ? "good" : verify.output();
        }
    }

    @Test
    void opensslAcceptsItsCertificatesStrictly() throws Exception {
        KeyAndChain server = authority.server(NAMES, CertificateAuthority.DEFAULT_VALIDITY);
        X509Certificate root = authority.own().certificate();
        assertEquals("good", verify(root, server));
        assertEquals("good", verify(root, server, "-verify_hostname", "shop.example.com"));
        assertEquals("good", verify(root, server, "-verify_hostname", "a.shop.example.com"));
        assertEquals("good", verify(root, server, "-verify_ip", "127.0.0.1"));
        assertEquals("good", verify(root, server, "-verify_ip", "::1"));
        KeyAndChain own = CertificateAuthority.selfSigned(NAMES, CertificateAuthority.DEFAULT_VALIDITY);
        assertEquals("good", verify(own.certificate(), own, "-verify_hostname", "shop.example.com"));
    }

    @Test
    void opensslRejectsEachDefectForItsOwnReason() throws Exception {
        X509Certificate root = authority.own().certificate();
        Instant now = Instant.now();
        KeyAndChain expired = authority.server(NAMES, now.minus(9, ChronoUnit.DAYS), now.minus(1, ChronoUnit.DAYS));
        assertTrue(verify(root, expired).contains("certificate has expired"));
        KeyAndChain wrong = authority.server(List.of("wrong.invalid"), Duration.ofDays(1));
        assertTrue(verify(root, wrong, "-verify_hostname", "shop.example.com").contains("hostname mismatch"));
        KeyAndChain self = CertificateAuthority.selfSigned(NAMES, Duration.ofDays(1));
        assertTrue(verify(root, self).contains("self-signed certificate"));
        KeyAndChain unknown = CertificateAuthority.create("another").server(NAMES, Duration.ofDays(1));
        assertTrue(verify(root, unknown).contains("unable to get local issuer certificate"));
    }

    @Test
    void theJdkAcceptsThem() throws Exception {
        assertEquals("good", validate(authority.own().certificate(), authority.server(NAMES, Duration.ofDays(1))));
        assertNotEquals(
                "good",
                validate(
                        CertificateAuthority.create("another").own().certificate(),
                        authority.server(NAMES, Duration.ofDays(1))));
    }

    private static String validate(X509Certificate trusted, KeyAndChain server) throws Exception {
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(trusted, null)));
        parameters.setRevocationEnabled(false);
        try {
            CertPathValidator.getInstance("PKIX")
                    .validate(
                            CertificateFactory.getInstance("X.509").generateCertPath(List.of(server.certificate())),
                            parameters);
            return "good";
        } catch (GeneralSecurityException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Test
    void aServerCertificateSaysWhatItIs() throws Exception {
        Instant before = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        X509Certificate made =
                authority.server(NAMES, CertificateAuthority.DEFAULT_VALIDITY).certificate();
        assertEquals("CN=shop.example.com", made.getSubjectX500Principal().getName());
        assertEquals("CN=chaos-proxy test", made.getIssuerX500Principal().getName());
        assertEquals(List.of("1.3.6.1.5.5.7.3.1"), made.getExtendedKeyUsage());
        assertEquals(-1, made.getBasicConstraints());
        assertTrue(made.getKeyUsage()[0]);
        assertEquals("SHA256withECDSA", made.getSigAlgName());
        assertEquals(
                256,
                ((ECPublicKey) made.getPublicKey())
                        .getParams()
                        .getCurve()
                        .getField()
                        .getFieldSize());
        assertEquals(
                "[2:shop.example.com, 2:*.shop.example.com, 7:127.0.0.1, 7:0:0:0:0:0:0:0:1]",
                made.getSubjectAlternativeNames().stream()
                        .map(Collection::toArray)
                        .map(pair -> pair[0] + ":" + pair[1])
                        .collect(Collectors.toList())
                        .toString());
        Duration begun = Duration.between(made.getNotBefore().toInstant(), Instant.now());
        assertTrue(begun.compareTo(Duration.ofHours(1)) >= 0, begun.toString());
        Duration left = Duration.between(before, made.getNotAfter().toInstant());
        assertTrue(
                left.compareTo(Duration.ofDays(30)) >= 0 && left.compareTo(Duration.ofDays(31)) < 0, left.toString());
    }

    @Test
    void noneIsValidForLongerThanClientsAccept() {
        X509Certificate made = authority.server(NAMES, Duration.ofDays(10_000)).certificate();
        Duration left = Duration.between(Instant.now(), made.getNotAfter().toInstant());
        assertTrue(left.compareTo(CertificateAuthority.MAX_VALIDITY) <= 0, left.toString());
    }

    @Test
    void serialNumbersDiffer() {
        Set<BigInteger> serials = IntStream.range(0, 20)
                .mapToObj(i -> authority
                        .server(NAMES, Duration.ofDays(1))
                        .certificate()
                        .getSerialNumber())
                .collect(Collectors.toSet());
        assertEquals(20, serials.size());
        assertTrue(serials.stream().allMatch(serial -> serial.signum() > 0 && serial.bitLength() < 160));
    }

    /** Longer than a common name may be (64): the name stands in the alternative names alone, which are critical then. */
    @Test
    void aLongNameNeedsNoSubject() throws Exception {
        String name = "a".repeat(60) + ".example.com";
        KeyAndChain server = authority.server(List.of(name), Duration.ofDays(1));
        assertEquals("", server.certificate().getSubjectX500Principal().getName());
        assertTrue(server.certificate().getCriticalExtensionOIDs().contains("2.5.29.17"));
        assertEquals("good", verify(authority.own().certificate(), server, "-verify_hostname", name));
    }

    @Test
    void datesBeyond2049AreWrittenInTheOtherForm() throws Exception {
        Instant late = Instant.parse("2060-01-02T03:04:05Z");
        assertEquals(
                late,
                authority
                        .server(NAMES, Instant.now(), late)
                        .certificate()
                        .getNotAfter()
                        .toInstant());
    }

    /** An authority of another making: RSA, several kilobytes, with an identifier of its own. */
    @Test
    void signsWithTheRsaKeyOfAnotherAuthority() throws Exception {
        Openssl.assumePresent();
        Path key = dir.resolve("ca.key");
        Path certificate = dir.resolve("ca.pem");
        try (Openssl make = Openssl.start(
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString(),
                "-subj",
                "/O=Example/CN=Example CA",
                "-days",
                "2",
                "-addext",
                "keyUsage=critical,keyCertSign",
                "-addext",
                "subjectKeyIdentifier=00112233",
                "-addext",
                "authorityKeyIdentifier=none")) {
            assertEquals(0, make.exit(), make::output);
        }
        X509Certificate root;
        try (InputStream in = Files.newInputStream(certificate)) {
            root = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        String base64 = Files.readString(key).replaceAll("-----[A-Z ]+-----|\\s", "");
        PrivateKey decoded = KeyFactory.getInstance("RSA")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
        CertificateAuthority rsa = CertificateAuthority.of(new KeyAndChain(decoded, List.of(root)));
        assertEquals(
                "good", verify(root, rsa.server(NAMES, Duration.ofDays(1)), "-verify_hostname", "shop.example.com"));
    }

    @Test
    void aServerIsNoAuthority() throws Exception {
        KeyPair keys = KeyPairGenerator.getInstance("EC").generateKeyPair();
        X509Certificate server = authority.server(NAMES, Duration.ofDays(1)).certificate();
        GeneralSecurityException refused = assertThrows(
                GeneralSecurityException.class,
                () -> CertificateAuthority.of(new KeyAndChain(keys.getPrivate(), List.of(server))));
        assertEquals("the certificate is not one of an authority (CA:TRUE)", refused.getMessage());
    }
}
