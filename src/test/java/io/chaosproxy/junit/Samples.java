package io.chaosproxy.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Classes of tests that {@link ChaosExtensionTest} runs; none of them is to be run by itself. */
final class Samples {
    private static final Origin ORIGIN = origin();

    private Samples() {}

    private static Origin origin() {
        try {
            return Origin.echo();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int port() {
        return ORIGIN.port();
    }

    static String ask(ChaosProxy proxy) throws IOException {
        try (Peer peer = Peer.connect(new InetSocketAddress("127.0.0.1", proxy.port()))) {
            return peer.send("a").read(1);
        }
    }

    private static List<String> rules(ChaosProxy proxy) {
        return proxy.plan().rules().stream().map(Rule::name).toList();
    }

    /** All that goes well. */
    @ChaosTest
    @Seed(7)
    @Inflict("type = latency, delay = 1ms")
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    static class Good {
        private static final List<Integer> PORTS = new ArrayList<>();

        @Chaos(upstream = "port()")
        private static ChaosProxy shared;

        @Chaos(upstream = "url()", name = "shop", config = "max-connections = 3")
        private ChaosProxy web;

        static int port() {
            return Samples.port();
        }

        String url() {
            return "http://127.0.0.1:" + Samples.port();
        }

        @BeforeAll
        static void before(@Chaos(upstream = "port()") ChaosProxy ofClass) {
            assertEquals("ofClass", ofClass.name());
            assertEquals(Plan.CLEAN, shared.plan());
        }

        @BeforeEach
        void each(@Chaos(upstream = "port()") ChaosProxy db) throws IOException {
            assertEquals("a", ask(db));
            assertEquals(1, db.journal().hits("latency"));
        }

        @Test
        @Order(1)
        void first(@Chaos(upstream = "port()") ChaosProxy db, @Chaos(upstream = "127.0.0.1:9") ChaosProxy other)
                throws IOException {
            assertEquals(1, db.traffic().connections()); // BeforeEach's
            assertNotSame(db, other);
            assertEquals(7, db.seed());
            assertEquals(Protocol.HTTP, web.spec().protocol());
            assertEquals("shop", web.name());
            assertEquals(3, web.spec().options().maxConnections());
            assertEquals(List.of("latency"), rules(web));
            assertEquals("a", ask(shared));
            assertEquals(1, shared.journal().hits("latency"));
            shared.inflict(Reset.atAccept());
            shared.disable();
            PORTS.addAll(List.of(web.port(), shared.port()));
        }

        @Test
        @Order(2)
        @Seed(8)
        @Profile(value = "3g", on = "shop")
        @Inflict(
                value = "type = limit, bytes = 9",
                name = "short",
                on = {"shared", "db"})
        @Inflict("type = latency, delay = 2ms")
        void second(@Chaos(upstream = "port()") ChaosProxy db) {
            assertTrue(shared.isEnabled());
            assertEquals(0, shared.journal().hits("latency"));
            assertEquals(List.of("latency", "short", "latency-2"), rules(shared));
            assertEquals(List.of("latency", "short", "latency-2"), rules(db));
            assertEquals(List.of("profile-latency", "profile-up", "profile-down", "latency", "latency-2"), rules(web));
            assertEquals(8, db.seed());
            assertEquals(7, shared.seed());
            assertEquals(PORTS.get(1), shared.port());
            assertNotEquals(PORTS.get(0), web.port());
        }

        @Nested
        class Inside {
            @Chaos(upstream = "url()")
            private ChaosProxy own;

            @Test
            void hasWhatIsAround() throws IOException {
                assertEquals(List.of("latency"), rules(shared));
                assertEquals(List.of("latency"), rules(own));
                assertSame(Protocol.HTTP, own.spec().protocol());
                assertEquals("shop", web.name());
                assertEquals(7, own.seed());
            }
        }
    }

    /** Fails at the first late connection, by chance. */
    @ChaosTest
    static class ByChance {
        @Chaos(upstream = "port()")
        private ChaosProxy db;

        static int port() {
            return Samples.port();
        }

        @RepeatedTest(5)
        @Inflict("type = latency, delay = 1ms, probability = 0.1")
        void someConnectionIsLate() throws IOException {
            for (int i = 1; i <= 100; i++) {
                ask(db);
                if (db.journal().hits("latency") > 0) {
                    fail("late: connection " + i);
                }
            }
        }
    }

    /** Is given up, not failed. */
    @ChaosTest
    static class Aborted {
        @Test
        void assumesWhatIsNot(@Chaos(upstream = "localhost:9") ChaosProxy db) {
            Assumptions.abort("not here: " + db);
        }
    }

    @ChaosTest
    static class BadRule {
        @Chaos(upstream = "localhost:9")
        ChaosProxy db;

        @Test
        @Inflict("type = latency, dely = 2s")
        void test() {}
    }

    @ChaosTest
    static class BadText {
        @Chaos(upstream = "localhost:9")
        ChaosProxy db;

        @Test
        @Inflict("type = latency {")
        void test() {}
    }

    @ChaosTest
    static class BadProfile {
        @Chaos(upstream = "localhost:9")
        ChaosProxy db;

        @Test
        @Profile("33g")
        void test() {}
    }

    @ChaosTest
    static class BadUpstream {
        @Chaos(upstream = "localhost")
        ChaosProxy db;

        @Test
        void test() {}
    }

    @ChaosTest
    static class NoMethod {
        @Test
        void test(@Chaos(upstream = "address()") ChaosProxy db) {}
    }

    @ChaosTest
    static class NotStatic {
        @Chaos(upstream = "port()")
        static ChaosProxy db;

        int port() {
            return 9;
        }

        @Test
        void test() {}
    }

    @ChaosTest
    static class WrongType {
        @Chaos(upstream = "localhost:9")
        String db;

        @Test
        void test() {}
    }

    @ChaosTest
    static class OnNobody {
        @Test
        @Inflict(value = "type = latency, delay = 2s", on = "shop")
        void test(@Chaos(upstream = "localhost:9") ChaosProxy db) {}
    }

    @ChaosTest
    static class NotForTcp {
        @Chaos(upstream = "localhost:9")
        ChaosProxy db;

        @Test
        @Inflict("type = respond, status = 503")
        void test() {}
    }

    @ChaosTest
    @Profile("3g")
    static class NoProxy {
        @Test
        void test() {}
    }

    @ChaosTest
    static class InConstructor {
        InConstructor(@Chaos(upstream = "localhost:9") ChaosProxy db) {}

        @Test
        void test() {}
    }
}
