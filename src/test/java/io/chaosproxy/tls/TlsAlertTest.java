package io.chaosproxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In the words of the JDK. */
@Tag("fast")
final class TlsAlertTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
        (unknown_ca) Received fatal alert: unknown_ca                                        | unknown_ca
        Received fatal alert: certificate_unknown                                            | certificate_unknown
        Received fatal alert: handshake_failure                                              | none
        No available authentication scheme                                                   | none
        """)
    void anAlertIsARejectionIfItNamesTheCertificate(String message, String alert) {
        assertEquals(Optional.ofNullable(alert), TlsAlert.rejecting(new SSLException(message)));
    }

    /** Alerts of OpenSSL on TLS 1.3, as JDK 25 and JDK 17 tell of them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        Unexpected plaintext alert received: Level: fatal; Alert: unknown_ca                                | unknown_ca
        Insufficient buffer remaining for AEAD cipher fragment (2). Needs to be more than tag size (16)     | unencrypted alert
        """)
    void anUnencryptedAlertStandsInTheCause(String cause, String alert) {
        SSLException failure = new SSLException("Unexpected exception", new GeneralSecurityException(cause));
        assertEquals(Optional.of(alert), TlsAlert.rejecting(failure));
        assertEquals("received alert " + alert, TlsAlert.reason(failure));
    }

    @Test
    void otherFailuresAreNone() {
        assertEquals(Optional.empty(), TlsAlert.rejecting(new IOException("Received fatal alert: unknown_ca")));
        assertEquals("broken", TlsAlert.reason(new IOException("broken")));
    }
}
