package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A late answer to a ClientHello; what the client sees is in TlsOverSocketsTest. */
@Tag("fast")
final class SlowHandshakeTest {
    @Test
    void itDelaysTheAnswerAndNothingElse() {
        SlowHandshake fault = SlowHandshake.of(ofMillis(5));
        assertEquals("latency", fault.type());
        assertEquals(TlsFault.Stage.HANDSHAKE, fault.stage());
        assertEquals(new Distribution.Around(ofMillis(5), ofMillis(0)), fault.delay());
        assertFalse(fault.resets());
        assertEquals(Optional.empty(), fault.certificate());
        assertEquals(TrialUnit.CONNECTION, Rule.of("r", fault).chance().per());
    }

    @Test
    void refusals() {
        refused("delay: must not be negative, not PT-0.001S", () -> SlowHandshake.of(ofMillis(-1)));
        refused("delay: must not be null", () -> new SlowHandshake(null));
    }
}
