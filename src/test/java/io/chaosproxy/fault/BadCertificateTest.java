package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A certificate that clients have to reject; whether they do is in TlsOverSocketsTest. */
@Tag("fast")
final class BadCertificateTest {
    @ParameterizedTest
    @EnumSource
    void itTakesThePlaceOfTheListeners(TlsFault.Defect defect) {
        BadCertificate fault = new BadCertificate(defect);
        assertEquals("certificate", fault.type());
        assertEquals(TlsFault.Stage.HANDSHAKE, fault.stage());
        assertEquals(Optional.of(defect), fault.certificate());
        assertFalse(fault.resets());
        assertFalse(fault.httpOnly());
        assertEquals(TrialUnit.CONNECTION, Rule.of("r", fault).chance().per());
    }

    @Test
    void refusals() {
        refused("kind: must not be null", () -> new BadCertificate(null));
    }
}
