package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static java.time.Duration.ofMillis;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.inject.ActivePlan;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A reset while TLS is negotiated; what the client sees is in TlsOverSocketsTest. */
@Tag("fast")
final class ResetInTlsTest {
    @Test
    void itMeetsNoByte() {
        Rule rule = Rule.of("r", new ResetInTls(TlsFault.Stage.HELLO, ofMillis(5)));
        ActivePlan plan = ActivePlan.first(Plan.of(rule), 1, "shop", 0);
        assertEquals(List.of(), plan.streams(Direction.UP));
        assertEquals(List.of(), plan.streams(Direction.DOWN));
    }

    @Test
    void itIsAResetOfTheWholeConnectionOnce() {
        Rule rule = Rule.of("r", ResetInTls.inHandshake());
        assertEquals("reset", rule.fault().type());
        assertEquals(Directions.BOTH, rule.way());
        assertEquals(TrialUnit.CONNECTION, rule.chance().per());
        assertTrue(ResetInTls.atHello().resets());
        assertEquals(TlsFault.Stage.HELLO, ResetInTls.atHello().stage());
        assertEquals(TlsFault.Stage.HANDSHAKE, ResetInTls.inHandshake().stage());
    }

    @Test
    void refusals() {
        refused(
                "per: a reset happens once, not each second",
                () -> Rule.of("r", ResetInTls.atHello()).per(TrialUnit.SECOND));
        refused("delay: must not be negative, not PT-0.001S", () -> new ResetInTls(TlsFault.Stage.HELLO, ofMillis(-1)));
    }
}
