package io.chaosproxy.tls;

import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Keys and certificates as text (RFC 7468). */
public final class Pem {
    private static final int LINE = 64;
    private static final byte[] LINE_END = {'\n'};

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,64})-----(.*?)-----END \\1-----", Pattern.DOTALL);

    private Pem() {}

    /**
     * A block of text that stands for bytes.
     *
     * @param label such as {@code CERTIFICATE}
     * @param text between the lines of the label; Base64, unless it has headers as of RFC 1421
     */
    record Block(String label, String text) {
        /**
         * The bytes.
         *
         * @throws IllegalArgumentException if the text is not Base64
         */
        byte[] bytes() {
            return Base64.getDecoder().decode(text.replaceAll("\\s", ""));
        }
    }

    /** All blocks in a text; what stands between them is ignored (RFC 7468 §2). */
    static List<Block> parse(String text) {
        return BLOCK.matcher(text)
                .results()
                .map(block -> new Block(block.group(1), block.group(2)))
                .toList();
    }

    /** Certificates, one block for each. */
    public static String of(List<X509Certificate> certificates) {
        return certificates.stream().map(Pem::of).collect(Collectors.joining());
    }

    private static String of(X509Certificate certificate) {
        try {
            return block("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalArgumentException(e); // it was decoded, or has just been made
        }
    }

    /** A key in PKCS#8, not encrypted. */
    public static String of(PrivateKey key) {
        return block("PRIVATE KEY", key.getEncoded());
    }

    private static String block(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(LINE, LINE_END).encodeToString(der) + "\n-----END " + label + "-----\n";
    }
}
