package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import io.chaosproxy.junit.InjectFault;
import io.chaosproxy.junit.Profile;
import io.chaosproxy.junit.Seed;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.testkit.engine.EngineTestKit;

/** With this JUnit, too, a failure tells what the network did. */
class FailureTest {
    @ChaosTest
    static class Failing {
        @Chaos(upstream = "localhost:9")
        ChaosProxy db;

        @Test
        @Seed(42)
        @Profile("3g")
        @InjectFault("type = reset, probability = 0.5")
        void fails(@Chaos(upstream = "http://localhost:9") ChaosProxy web) {
            fail(db.plan().rules().size() + " rules, " + web.plan().rules().size() + " rules");
        }
    }

    @Test
    void aFailureIsReported() {
        Map<String, String> report = EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(Failing.class))
                .execute()
                .allEvents()
                .reportingEntryPublished()
                .list()
                .getFirst()
                .getRequiredPayload(ReportEntry.class)
                .getKeyValuePairs();
        assertEquals("42, repeat by @Seed(42) on the test", report.get("chaos.seed"));
        assertEquals("proxy db, seed 42: 0 hits", report.get("chaos.db.journal"));
        assertEquals(
                Set.of(
                        "chaos.seed",
                        "chaos.db.plan",
                        "chaos.db.traffic",
                        "chaos.db.journal",
                        "chaos.web.plan",
                        "chaos.web.traffic",
                        "chaos.web.journal"),
                report.keySet());
    }
}
