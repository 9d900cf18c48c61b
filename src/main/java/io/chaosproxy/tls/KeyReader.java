package io.chaosproxy.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Reads keys and certificates from files: PEM (RFC 7468) with keys in PKCS#8, encrypted or not, PKCS#1 or SEC 1; or PKCS#12. What is wrong
 * is said in one sentence.
 */
public final class KeyReader {
    private static final byte[] SIGNED = "chaos-proxy".getBytes(StandardCharsets.US_ASCII);
    private static final String RSA = "1.2.840.113549.1.1.1";
    private static final String EC = "1.2.840.10045.2.1";
    private static final String TRUST_WITH_PASSWORD =
            "has a password; certificates to trust are PEM, or PKCS#12 without";
    private static final int SEQUENCE = 0x30;
    private static final int EXPLICIT_0 = 0xA0;
    private static final List<String> ALGORITHMS = List.of("EC", "RSA", "EdDSA");

    private KeyReader() {}

    /**
     * Reads a certificate chain and its key.
     *
     * @param certificate PEM or PKCS#12
     * @param key PEM; empty if it is in the same file
     * @param passwordFile the first line of which is the password; empty for none
     * @throws UnusableFileException naming the file and the reason
     */
    public static KeyAndChain read(Path certificate, Optional<Path> key, Optional<Path> passwordFile)
            throws UnusableFileException {
        Optional<Password> password = Password.of(passwordFile);
        byte[] bytes = SmallFile.read(certificate);
        if (isDer(bytes)) {
            if (key.isPresent()) {
                throw new UnusableFileException(
                        key.get(), "is not needed: " + certificate + " is PKCS#12 and has the key");
            }
            return checked(pkcs12(certificate, bytes, password), certificate, certificate);
        }
        List<X509Certificate> chain = certificates(certificate, bytes);
        Path keyFile = key.orElse(certificate);
        return checked(
                new KeyAndChain(pemKey(keyFile, SmallFile.read(keyFile), password), chain), certificate, keyFile);
    }

    /**
     * Reads an authority.
     *
     * @param certificate PEM or PKCS#12
     * @param key PEM; empty if it is in the same file
     * @param passwordFile the first line of which is the password; empty for none
     * @throws UnusableFileException naming the file and the reason, which may be that the authority is no longer valid
     */
    public static CertificateAuthority authority(Path certificate, Optional<Path> key, Optional<Path> passwordFile)
            throws UnusableFileException {
        KeyAndChain read = read(certificate, key, passwordFile);
        Instant end = read.certificate().getNotAfter().toInstant();
        if (!Instant.now().isBefore(end)) {
            throw new UnusableFileException(certificate, "has an authority that was valid until " + end);
        }
        try {
            return CertificateAuthority.of(read);
        } catch (GeneralSecurityException e) {
            throw new UnusableFileException(certificate, "can't be used: " + e.getMessage());
        }
    }

    /**
     * Reads certificates that are to be trusted.
     *
     * @param file PEM, or PKCS#12 without a password
     * @throws UnusableFileException naming the file and the reason
     */
    public static List<X509Certificate> trusted(Path file) throws UnusableFileException {
        byte[] bytes = SmallFile.read(file);
        return isDer(bytes) ? trusted(file, trustStore(file, bytes)) : certificates(file, bytes);
    }

    /** Certificates may be encrypted although there is no password; without one such entries are left out. */
    private static KeyStore trustStore(Path file, byte[] bytes) throws UnusableFileException {
        KeyStore store = store(file, bytes, TRUST_WITH_PASSWORD, null);
        try {
            return store.size() > 0 ? store : store(file, bytes, TRUST_WITH_PASSWORD, new char[0]);
        } catch (KeyStoreException e) {
            throw new UnusableFileException(file, "can't be read: " + e.getMessage());
        }
    }

    private static List<X509Certificate> trusted(Path file, KeyStore store) throws UnusableFileException {
        try {
            List<X509Certificate> all = new ArrayList<>();
            for (String alias : Collections.list(store.aliases())) {
                if (store.getCertificate(alias) instanceof X509Certificate certificate) {
                    all.add(certificate);
                }
            }
            if (all.isEmpty()) {
                throw new UnusableFileException(file, "has no certificate");
            }
            return all;
        } catch (KeyStoreException e) {
            throw new UnusableFileException(file, "can't be read: " + e.getMessage());
        }
    }

    /** A password and the file that it is from. */
    private record Password(Path file, String text) {
        static Optional<Password> of(Optional<Path> file) throws UnusableFileException {
            if (file.isEmpty()) {
                return Optional.empty();
            }
            String text = new String(SmallFile.read(file.get()), StandardCharsets.UTF_8);
            return Optional.of(new Password(file.get(), text.lines().findFirst().orElse("")));
        }
    }

    private static boolean isDer(byte[] bytes) {
        return bytes.length > 0 && bytes[0] == SEQUENCE;
    }

    private static List<X509Certificate> certificates(Path file, byte[] bytes) throws UnusableFileException {
        List<X509Certificate> all = new ArrayList<>();
        for (Pem.Block block : Pem.parse(new String(bytes, StandardCharsets.ISO_8859_1))) {
            if (block.label().equals("CERTIFICATE") || block.label().equals("X509 CERTIFICATE")) {
                all.add(certificate(file, block, all.size() + 1));
            }
        }
        if (all.isEmpty()) {
            throw new UnusableFileException(file, "has no PEM certificate (BEGIN CERTIFICATE)");
        }
        return all;
    }

    private static X509Certificate certificate(Path file, Pem.Block block, int number) throws UnusableFileException {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(block.bytes()));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new UnusableFileException(file, "has an unreadable certificate, number " + number);
        }
    }

    private static KeyAndChain pkcs12(Path file, byte[] bytes, Optional<Password> password)
            throws UnusableFileException {
        char[] text = password.map(Password::text).orElse("").toCharArray();
        KeyStore store = store(file, bytes, wrongPassword(password), text);
        try {
            List<String> aliases = keyAliases(store);
            if (aliases.size() > 1) {
                throw new UnusableFileException(
                        file, "has several private keys (" + String.join(", ", aliases) + "); it may have one");
            }
            for (String alias : aliases) {
                Key key = store.getKey(alias, text);
                Certificate[] chain = store.getCertificateChain(alias);
                if (key instanceof PrivateKey privateKey && chain != null && chain.length > 0) {
                    return new KeyAndChain(
                            privateKey,
                            Arrays.stream(chain)
                                    .map(X509Certificate.class::cast)
                                    .toList());
                }
            }
        } catch (UnrecoverableKeyException e) {
            throw new UnusableFileException(file, wrongPassword(password));
        } catch (GeneralSecurityException e) {
            throw new UnusableFileException(file, "can't be read: " + e.getMessage());
        }
        throw new UnusableFileException(file, "has no private key with a certificate");
    }

    private static List<String> keyAliases(KeyStore store) throws KeyStoreException {
        List<String> aliases = new ArrayList<>();
        for (String alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias)) {
                aliases.add(alias);
            }
        }
        return aliases;
    }

    private static String wrongPassword(Optional<Password> password) {
        return password.map(given -> "has another password than the first line of " + given.file())
                .orElse("needs a password (password-file)");
    }

    private static KeyStore store(Path file, byte[] bytes, String wrongPassword, char @Nullable [] password)
            throws UnusableFileException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(bytes), password);
            return store;
        } catch (IOException e) {
            throw new UnusableFileException(
                    file,
                    e.getCause() instanceof UnrecoverableKeyException ? wrongPassword : "is neither PEM nor PKCS#12");
        } catch (GeneralSecurityException e) {
            throw new UnusableFileException(file, "is neither PEM nor PKCS#12: " + e.getMessage());
        }
    }

    private static PrivateKey pemKey(Path file, byte[] bytes, Optional<Password> password)
            throws UnusableFileException {
        for (Pem.Block block : Pem.parse(new String(bytes, StandardCharsets.ISO_8859_1))) {
            if (!block.label().endsWith("PRIVATE KEY")) {
                continue;
            }
            if (block.text().contains("ENCRYPTED")) { // header Proc-Type, RFC 1421
                throw new UnusableFileException(
                        file, "has a key in OpenSSL's old encryption; openssl pkcs8 -topk8 makes one that can be read");
            }
            try {
                return key(file, block, password);
            } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
                if (e instanceof UnusableFileException known) {
                    throw known;
                }
                throw new UnusableFileException(file, "has an unreadable " + block.label());
            }
        }
        throw new UnusableFileException(file, "has no PEM key (BEGIN PRIVATE KEY)");
    }

    private static PrivateKey key(Path file, Pem.Block block, Optional<Password> password)
            throws GeneralSecurityException, IOException {
        byte[] bytes = block.bytes();
        return switch (block.label()) {
            case "PRIVATE KEY" -> pkcs8(new PKCS8EncodedKeySpec(bytes));
            case "ENCRYPTED PRIVATE KEY" -> decrypted(file, bytes, password);
            case "RSA PRIVATE KEY" -> pkcs8(wrapped(Der.sequence(Der.oid(RSA), Der.none()), bytes));
            case "EC PRIVATE KEY" -> pkcs8(wrapped(Der.sequence(Der.oid(EC), curve(bytes)), bytes));
            default -> throw new UnusableFileException(file, "has a key of an unknown kind: " + block.label());
        };
    }

    /** The structure of PKCS#8 around a key of an older one (RFC 5208 §5). */
    private static PKCS8EncodedKeySpec wrapped(byte[] algorithm, byte[] key) {
        return new PKCS8EncodedKeySpec(Der.sequence(Der.integer(BigInteger.ZERO), algorithm, Der.octets(key)));
    }

    /** The parameters in an ECPrivateKey (RFC 5915 §3). */
    private static byte[] curve(byte[] key) throws GeneralSecurityException {
        ByteBuffer der = ByteBuffer.wrap(key);
        Der.enter(der);
        while (der.hasRemaining()) {
            int tag = der.get(der.position()) & 0xFF;
            int length = Der.enter(der);
            byte[] content = new byte[length];
            der.get(content);
            if (tag == EXPLICIT_0) {
                return content;
            }
        }
        throw new GeneralSecurityException("no curve");
    }

    private static PrivateKey decrypted(Path file, byte[] bytes, Optional<Password> password)
            throws GeneralSecurityException, IOException {
        if (password.isEmpty()) {
            throw new UnusableFileException(file, wrongPassword(password));
        }
        EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(bytes);
        String name =
                info.getAlgName().equals("PBES2") ? info.getAlgParameters().toString() : info.getAlgName();
        KeySpec spec;
        try {
            Cipher cipher = Cipher.getInstance(name);
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    SecretKeyFactory.getInstance(name)
                            .generateSecret(new PBEKeySpec(password.get().text().toCharArray())),
                    info.getAlgParameters());
            spec = info.getKeySpec(cipher);
        } catch (InvalidKeySpecException e) {
            throw new UnusableFileException(file, wrongPassword(password));
        }
        return pkcs8(spec);
    }

    private static PrivateKey pkcs8(KeySpec key) throws GeneralSecurityException {
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(key);
            } catch (InvalidKeySpecException e) {
                // of another algorithm
            }
        }
        throw new InvalidKeySpecException("none of " + ALGORITHMS);
    }

    /** Checks that the certificate confirms what the key signs. */
    private static KeyAndChain checked(KeyAndChain read, Path certificate, Path key) throws UnusableFileException {
        String algorithm = read.certificate().getPublicKey().getAlgorithm();
        try {
            Signature signature = Signature.getInstance(
                    switch (algorithm) {
                        case "RSA" -> "SHA256withRSA";
                        case "EC" -> "SHA256withECDSA";
                        default -> algorithm;
                    });
            signature.initSign(read.key());
            signature.update(SIGNED);
            byte[] signed = signature.sign();
            signature.initVerify(read.certificate().getPublicKey());
            signature.update(SIGNED);
            if (signature.verify(signed)) {
                return read;
            }
        } catch (GeneralSecurityException e) {
            // a key of another kind
        }
        throw new UnusableFileException(key, "is not the key of the certificate in " + certificate);
    }
}
