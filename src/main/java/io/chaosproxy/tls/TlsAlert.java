package io.chaosproxy.tls;

import io.chaosproxy.net.ConnectionResetException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** Alerts of a peer (RFC 8446 §6), which the JDK tells in the message of an exception. */
public final class TlsAlert {
    /** The second form is of a client that sends it unencrypted once keys are there, as OpenSSL does. */
    private static final Pattern RECEIVED =
            Pattern.compile("(?:Received fatal alert: |plaintext alert received: Level: fatal; Alert: )([a-z_]+)");

    /** Message of older JDKs for an alert that is sent unencrypted: it has two bytes, and its reason is not told. */
    private static final String UNENCRYPTED = "AEAD cipher fragment (2)";

    private static final String UNTOLD = "unencrypted alert";

    /** By these a client says that it does not accept the server's certificate. */
    private static final List<String> REJECTIONS = List.of(
            "bad_certificate",
            "unsupported_certificate",
            "certificate_revoked",
            "certificate_expired",
            "certificate_unknown",
            "unknown_ca",
            UNTOLD);

    private TlsAlert() {}

    /** The record of a fatal decode_error, unencrypted, for a peer whose first message can't be read (RFC 8446 §6.2). */
    public static ByteBuffer decodeError() {
        return ByteBuffer.wrap(new byte[] {21, 3, 3, 0, 2, 2, 50});
    }

    /** Why a handshake has failed, for a log. */
    public static String reason(IOException failure) {
        return received(failure)
                .map(alert -> "received alert " + alert)
                .orElseGet(() -> String.valueOf(failure.getMessage()));
    }

    /** The alert by which the peer has rejected the certificate; empty if the failure is another one. */
    public static Optional<String> rejecting(IOException failure) {
        return received(failure).filter(REJECTIONS::contains);
    }

    private static Optional<String> received(IOException failure) {
        if (failure instanceof SSLException) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                String message = String.valueOf(cause.getMessage());
                Matcher alert = RECEIVED.matcher(message);
                if (alert.find()) {
                    return Optional.of(alert.group(1));
                }
                if (message.contains(UNENCRYPTED)) {
                    return Optional.of(UNTOLD);
                }
            }
        }
        return Optional.empty();
    }

    /** Whether the peer has ended the connection without an alert. */
    public static boolean isEnd(IOException failure) {
        return failure instanceof ConnectionResetException
                || failure instanceof TlsTruncatedException
                || (failure instanceof SSLException
                        && String.valueOf(failure.getMessage()).startsWith("the peer "));
    }
}
