package io.chaosproxy.control;

import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.tls.KeyAndChain;
import io.chaosproxy.tls.KeyReader;
import io.chaosproxy.tls.TlsServer;
import io.chaosproxy.tls.UnusableFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;

/** The certificate of the control port and its key: what is wrong with them is said at the start, not in each handshake. */
final class Certificates {
    private Certificates() {}

    /**
     * Reads and checks them.
     *
     * @throws IOException naming the key of the configuration, the file and what is wrong with it
     */
    static TlsServer read(KeyFiles files) throws IOException {
        try {
            KeyAndChain read = KeyReader.read(files.certificate(), files.key(), files.passwordFile());
            checkTime(read.certificate(), files.certificate());
            return new TlsServer(List.of(read), TlsServer.ClientCertificates.NONE, List.of());
        } catch (UnusableFileException e) {
            throw new IOException("control.tls." + key(files, e.file()) + ": " + e.getMessage(), e);
        }
    }

    private static String key(KeyFiles files, Path file) {
        if (file.equals(files.certificate())) {
            return "certificate";
        }
        return files.key().filter(file::equals).isPresent() ? "key" : "password-file";
    }

    private static void checkTime(X509Certificate certificate, Path file) throws IOException {
        try {
            certificate.checkValidity();
        } catch (CertificateExpiredException e) {
            throw outOfTime(file, "expired at " + certificate.getNotAfter().toInstant());
        } catch (CertificateNotYetValidException e) {
            throw outOfTime(
                    file, "is not valid before " + certificate.getNotBefore().toInstant());
        }
    }

    private static IOException outOfTime(Path file, String reason) {
        return new IOException("control.tls.certificate: " + file + " " + reason);
    }
}
