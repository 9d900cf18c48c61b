package io.chaosproxy.tls;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.IDN;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * Signs X.509 certificates of servers (RFC 5280) with EC P-256 keys. Written on JDK classes, since a library for it would be half as large
 * as the program with all others. Thread-safe.
 */
public final class CertificateAuthority {
    /** Validity of server certificates unless another is asked for. */
    public static final Duration DEFAULT_VALIDITY = Duration.ofDays(30);

    /** Longest validity of server certificates; well below the 398 days that browsers accept (CA/Browser Forum, ballot SC31). */
    public static final Duration MAX_VALIDITY = Duration.ofDays(197);

    /** Clocks of clients may be late by this much. */
    private static final Duration LATE_CLOCKS = Duration.ofHours(1);

    /** Validity of an authority that lives as long as its process. */
    private static final Duration AUTHORITY_VALIDITY = Duration.ofDays(3650);

    private static final int SERIAL_BITS = 127; // positive and below 20 octets (RFC 5280 §4.1.2.2)
    private static final int MAX_COMMON_NAME = 64; // RFC 5280 appendix A.1, ub-common-name

    private static final String COMMON_NAME = "2.5.4.3";
    private static final String SUBJECT_KEY = "2.5.29.14";
    private static final String KEY_USAGE = "2.5.29.15";
    private static final String ALTERNATIVE_NAME = "2.5.29.17";
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String AUTHORITY_KEY = "2.5.29.35";
    private static final String EXTENDED_USAGE = "2.5.29.37";
    private static final String SERVER = "1.3.6.1.5.5.7.3.1";
    private static final String ECDSA_SHA256 = "1.2.840.10045.4.3.2";
    private static final String RSA_SHA256 = "1.2.840.113549.1.1.11";

    private static final int DIGITAL_SIGNATURE = 0;
    private static final int CERT_SIGN = 5;
    private static final int CRL_SIGN = 6;

    private final KeyAndChain own;

    private CertificateAuthority(KeyAndChain own) {
        this.own = own;
    }

    /** An authority with a new key and a certificate of its own, valid for ten years. */
    public static CertificateAuthority create(String name) {
        return create(name, AUTHORITY_VALIDITY);
    }

    /**
     * An authority with a new key and a certificate of its own, which signs certificates of servers and none of other authorities.
     *
     * @param name its common name, of at most 64 characters
     * @param validity from now
     */
    public static CertificateAuthority create(String name, Duration validity) {
        try {
            KeyPair keys = newKeys();
            Instant now = now();
            byte[] subject = name(name);
            byte[] id = keyId(keys.getPublic());
            List<byte[]> extensions = List.of(
                    extension(BASIC_CONSTRAINTS, true, Der.sequence(Der.yes(), Der.integer(BigInteger.ZERO))),
                    extension(KEY_USAGE, true, Der.bits(CERT_SIGN, CRL_SIGN)),
                    extension(SUBJECT_KEY, false, Der.octets(id)));
            X509Certificate certificate = sign(
                    keys.getPrivate(),
                    subject,
                    subject,
                    keys.getPublic(),
                    now.minus(LATE_CLOCKS),
                    now.plus(validity),
                    extensions);
            return new CertificateAuthority(new KeyAndChain(keys.getPrivate(), List.of(certificate)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // each JDK has these algorithms
        }
    }

    /**
     * The authority of a key.
     *
     * @throws GeneralSecurityException if what it signs would be rejected, with the reason
     */
    public static CertificateAuthority of(KeyAndChain own) throws GeneralSecurityException {
        X509Certificate certificate = own.certificate();
        if (certificate.getBasicConstraints() < 0) {
            throw new GeneralSecurityException("the certificate is not one of an authority (CA:TRUE)");
        }
        boolean[] usage = certificate.getKeyUsage(); // null: any
        if (usage != null && !usage[CERT_SIGN]) {
            throw new GeneralSecurityException("the key of the authority may not sign certificates (keyCertSign)");
        }
        String algorithm = own.key().getAlgorithm();
        if (!algorithm.equals("EC") && !algorithm.equals("RSA")) {
            throw new GeneralSecurityException("the key of the authority is " + algorithm + ", and must be EC or RSA");
        }
        return new CertificateAuthority(own);
    }

    /** Key and certificate of the authority. */
    public KeyAndChain own() {
        return own;
    }

    /**
     * A server certificate that begins to be valid an hour ago. It is valid within the validity of the authority alone, as some clients
     * check that.
     *
     * @param names hosts or literal addresses, at least one
     * @param validity from now, at most {@link #MAX_VALIDITY}
     */
    public KeyAndChain server(List<String> names, Duration validity) {
        Instant now = now();
        X509Certificate issuer = own.certificate();
        Instant from = later(now.minus(LATE_CLOCKS), issuer.getNotBefore().toInstant());
        Instant until = earlier(now.plus(min(validity)), issuer.getNotAfter().toInstant());
        return server(names, earlier(from, until), until);
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /** A server certificate that is valid from and until these instants. */
    public KeyAndChain server(List<String> names, Instant from, Instant until) {
        try {
            KeyPair keys = newKeys();
            List<byte[]> extensions = new ArrayList<>(serverExtensions(names, keys.getPublic()));
            extensions.add(extension(AUTHORITY_KEY, false, Der.sequence(Der.implicit(0, ownId()))));
            X509Certificate certificate = sign(
                    own.key(),
                    own.certificate().getSubjectX500Principal().getEncoded(),
                    subject(names),
                    keys.getPublic(),
                    from,
                    until,
                    extensions);
            List<X509Certificate> chain = new ArrayList<>();
            chain.add(certificate);
            own.chain().stream().filter(issuer -> !isRoot(issuer)).forEach(chain::add); // clients have roots, or not
            return new KeyAndChain(keys.getPrivate(), chain);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the key of the authority can't sign: " + e.getMessage(), e);
        }
    }

    private static boolean isRoot(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }

    /** A server certificate that is signed with its own key. */
    public static KeyAndChain selfSigned(List<String> names, Duration validity) {
        try {
            KeyPair keys = newKeys();
            Instant now = now();
            byte[] subject = subject(names);
            X509Certificate certificate = sign(
                    keys.getPrivate(),
                    subject,
                    subject,
                    keys.getPublic(),
                    now.minus(LATE_CLOCKS),
                    now.plus(min(validity)),
                    serverExtensions(names, keys.getPublic()));
            return new KeyAndChain(keys.getPrivate(), List.of(certificate));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // each JDK has these algorithms
        }
    }

    private static Duration min(Duration validity) {
        return validity.compareTo(MAX_VALIDITY) < 0 ? validity : MAX_VALIDITY;
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS); // the resolution of certificates
    }

    private static KeyPair newKeys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static List<byte[]> serverExtensions(List<String> names, PublicKey key) throws GeneralSecurityException {
        boolean nameless =
                subject(names).length == Der.sequence().length; // then the names are critical (RFC 5280 §4.2.1.6)
        byte[][] alternatives =
                names.stream().map(CertificateAuthority::alternative).toArray(byte[][]::new);
        return List.of(
                extension(BASIC_CONSTRAINTS, true, Der.sequence()),
                extension(KEY_USAGE, true, Der.bits(DIGITAL_SIGNATURE)),
                extension(EXTENDED_USAGE, false, Der.sequence(Der.oid(SERVER))),
                extension(ALTERNATIVE_NAME, nameless, Der.sequence(alternatives)),
                extension(SUBJECT_KEY, false, Der.octets(keyId(key))));
    }

    /** A host as dNSName, an address as iPAddress (RFC 5280 §4.2.1.6). */
    private static byte[] alternative(String name) {
        return CertifiedName.address(name)
                .map(address -> Der.implicit(7, address))
                .orElseGet(() -> Der.implicit(2, ascii(name).getBytes(StandardCharsets.US_ASCII)));
    }

    private static String ascii(String host) {
        try {
            return IDN.toASCII(host);
        } catch (IllegalArgumentException e) {
            return host;
        }
    }

    /** The first name that fits, else none. */
    private static byte[] subject(List<String> names) {
        return names.stream()
                .filter(name -> name.length() <= MAX_COMMON_NAME)
                .findFirst()
                .map(CertificateAuthority::name)
                .orElse(Der.sequence());
    }

    private static byte[] name(String commonName) {
        return Der.sequence(Der.set(Der.sequence(Der.oid(COMMON_NAME), Der.utf8(commonName))));
    }

    private static byte[] extension(String oid, boolean critical, byte[] value) {
        return critical
                ? Der.sequence(Der.oid(oid), Der.yes(), Der.octets(value))
                : Der.sequence(Der.oid(oid), Der.octets(value));
    }

    /** SHA-1 of the key's bits (RFC 5280 §4.2.1.2, method 1); no security depends on it. */
    private static byte[] keyId(PublicKey key) throws GeneralSecurityException {
        ByteBuffer info = ByteBuffer.wrap(key.getEncoded()); // SEQUENCE { algorithm SEQUENCE, BIT STRING }
        Der.enter(info);
        info.position(info.position() + Der.enter(info));
        Der.enter(info);
        info.get(); // unused bits: none
        MessageDigest digest = MessageDigest.getInstance("SHA-1");
        digest.update(info);
        return digest.digest();
    }

    /** As the authority's own certificate says it, so that the two agree whoever has made that. */
    private byte[] ownId() throws GeneralSecurityException {
        byte[] stated = own.certificate().getExtensionValue(SUBJECT_KEY);
        if (stated == null) {
            return keyId(own.certificate().getPublicKey());
        }
        ByteBuffer value = ByteBuffer.wrap(stated); // OCTET STRING of an OCTET STRING
        Der.enter(value);
        byte[] id = new byte[Der.enter(value)];
        value.get(id);
        return id;
    }

    private static X509Certificate sign(
            PrivateKey signer,
            byte[] issuer,
            byte[] subject,
            PublicKey key,
            Instant from,
            Instant until,
            List<byte[]> extensions)
            throws GeneralSecurityException {
        boolean rsa = signer.getAlgorithm().equals("RSA");
        byte[] algorithm = rsa ? Der.sequence(Der.oid(RSA_SHA256), Der.none()) : Der.sequence(Der.oid(ECDSA_SHA256));
        byte[] certificate = Der.sequence(
                Der.explicit(0, Der.integer(BigInteger.TWO)), // version 3
                Der.integer(new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(0)),
                algorithm,
                issuer,
                Der.sequence(Der.time(from), Der.time(until)),
                subject,
                key.getEncoded(),
                Der.explicit(3, Der.sequence(extensions.toArray(byte[][]::new))));
        Signature signature = Signature.getInstance(rsa ? "SHA256withRSA" : "SHA256withECDSA");
        signature.initSign(signer);
        signature.update(certificate);
        byte[] signed = Der.sequence(certificate, algorithm, Der.bitString(signature.sign()));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(signed));
    }
}
