package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;

/** With this JUnit, too, tests that share a proxy take turns, and proxies are closed when their test or class ends. */
class ParallelTest {
    private static final Set<ChaosProxy> SEEN = ConcurrentHashMap.newKeySet();

    @ChaosTest
    abstract static class Shared {
        @Chaos(upstream = "localhost:9")
        static ChaosProxy db;

        @Chaos(upstream = "localhost:9")
        ChaosProxy own;

        @RepeatedTest(3)
        void hasItsProxies() throws InterruptedException {
            SEEN.add(db);
            SEEN.add(own);
            ChaosProxy mine = db;
            Thread.sleep(20);
            assertEquals(mine, db);
            assertTrue(db.isEnabled() && own.isEnabled());
        }
    }

    static class First extends Shared {}

    static class Second extends Shared {}

    @Test
    void subclassesTakeTurns() {
        EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(First.class), selectClass(Second.class))
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "4")
                .execute()
                .testEvents()
                .assertStatistics(statistics -> statistics.succeeded(6).failed(0));
        assertEquals(2 + 6, SEEN.size());
        SEEN.forEach(proxy -> assertFalse(proxy.isEnabled()));
    }
}
