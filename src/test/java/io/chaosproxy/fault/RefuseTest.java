package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class RefuseTest {
    @Test
    void itConcernsTheWholeConnection() {
        Rule rule = Rule.of("door", new Refuse(AcceptFault.How.HANG, Duration.ZERO));
        assertEquals("refuse", rule.fault().type());
        assertEquals(TrialUnit.CONNECTION, rule.chance().per());
        assertEquals(Directions.BOTH, rule.way());
        assertFalse(rule.fault().httpOnly());
    }

    @Test
    void refusals() {
        refused(
                "delay: must not be negative, not PT-1S",
                () -> new Refuse(AcceptFault.How.RESET, Duration.ofSeconds(-1)));
    }
}
