package io.chaosproxy.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.ChaosTrust;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.ResetAtAccept;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

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
    @InjectFault("type = latency, delay = 1ms")
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
        void first(
                @Chaos(upstream = "port()") ChaosProxy db,
                @Chaos(upstream = "127.0.0.1:9") ChaosProxy other,
                @Chaos(protocol = Protocol.FORWARD) ChaosProxy out)
                throws IOException {
            assertTrue(out.isEnabled() && out.spec().upstream().isEmpty());
            assertEquals(1, db.traffic().connections()); // BeforeEach's
            assertNotSame(db, other);
            assertEquals(7, db.seed());
            assertEquals(Protocol.HTTP, web.spec().protocol());
            assertEquals("shop", web.name());
            assertEquals(3, web.spec().options().maxConnections());
            assertEquals(List.of("latency"), rules(web));
            assertEquals("a", ask(shared));
            assertEquals(1, shared.journal().hits("latency"));
            shared.inject(ResetAtAccept.now());
            shared.disable();
            PORTS.addAll(List.of(web.port(), shared.port()));
        }

        @Test
        @Order(2)
        @Seed(8)
        @Profile(value = "3g", on = "shop")
        @InjectFault(
                value = "type = limit, bytes = 9",
                name = "short",
                on = {"shared", "db"})
        @InjectFault("type = latency, delay = 2ms")
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
        @InjectFault("type = latency, delay = 1ms, probability = 0.1")
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
        @InjectFault("type = latency, dely = 2s")
        void test() {}
    }

    @ChaosTest
    static class BadText {
        @Chaos(upstream = "localhost:9")
        ChaosProxy db;

        @Test
        @InjectFault("type = latency {")
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
        @InjectFault(value = "type = latency, delay = 2s", on = "shop")
        void test(@Chaos(upstream = "localhost:9") ChaosProxy db) {}
    }

    @ChaosTest
    static class NotForTcp {
        @Chaos(upstream = "localhost:9")
        ChaosProxy db;

        @Test
        @InjectFault("type = respond, status = 503")
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

    /** Tests that must not meet: each waits a while for another, which must not come. */
    private static final class Turns {
        private static final AtomicInteger RUNNING = new AtomicInteger();
        private static final AtomicInteger MEETINGS = new AtomicInteger();

        static void take(ChaosProxy proxy) throws Exception {
            if (RUNNING.incrementAndGet() > 1) {
                MEETINGS.incrementAndGet();
            }
            try {
                for (int i = 0; i < 20; i++) {
                    assertEquals("a", ask(proxy));
                    Thread.sleep(5);
                }
                assertEquals(0, MEETINGS.get());
            } finally {
                RUNNING.decrementAndGet();
            }
        }
    }

    /** A static field that two classes inherit. */
    @ChaosTest
    abstract static class SharedField {
        @Chaos(upstream = "port()")
        static ChaosProxy shared;

        static int port() {
            return Samples.port();
        }

        @Test
        void takesItsTurn() throws Exception {
            Turns.take(shared);
        }
    }

    static class SharedFieldFirst extends SharedField {}

    static class SharedFieldSecond extends SharedField {}

    static class SharedFieldThird extends SharedField {
        @Nested
        class Inside extends SharedField {
            @Test
            void hasTheProxyAround() throws Exception {
                assertEquals("a", ask(shared));
            }
        }

        @Test
        void hasTheProxyStill() throws Exception {
            assertEquals("a", ask(shared));
        }
    }

    /** An instance that all tests of a class share. */
    @ChaosTest
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @Execution(ExecutionMode.CONCURRENT)
    static class SharedInstance {
        @Chaos(upstream = "port()")
        ChaosProxy own;

        static int port() {
            return Samples.port();
        }

        @RepeatedTest(3)
        void takesItsTurn() throws Exception {
            Turns.take(own);
        }

        @Test
        void takesItsTurnToo() throws Exception {
            Turns.take(own);
        }
    }

    /** An instance around the one that all tests share. */
    @ChaosTest
    static class SharedInstanceAround {
        @Chaos(upstream = "port()")
        ChaosProxy around;

        static int port() {
            return Samples.port();
        }

        @Nested
        @TestInstance(TestInstance.Lifecycle.PER_CLASS)
        @Execution(ExecutionMode.CONCURRENT)
        class Inside {
            @Test
            void takesItsTurn() throws Exception {
                Turns.take(around);
            }

            @Test
            void takesItsTurnToo() throws Exception {
                Turns.take(around);
            }
        }
    }

    /** A proxy of a class, which is cleared for each test. */
    @ChaosTest
    static class SharedParameter {
        private static ChaosProxy ofClass;

        static int port() {
            return Samples.port();
        }

        @BeforeAll
        static void before(@Chaos(upstream = "port()") ChaosProxy db) {
            ofClass = db;
        }

        @Test
        @InjectFault("type = latency, delay = 1ms")
        void isLate() throws Exception {
            for (int i = 1; i <= 20; i++) {
                assertEquals("a", ask(ofClass));
                assertEquals(i, ofClass.journal().hits("latency"));
            }
        }

        @RepeatedTest(4)
        void isNot() throws Exception {
            for (int i = 1; i <= 20; i++) {
                assertEquals("a", ask(ofClass));
                assertEquals(0, ofClass.journal().hits().size());
            }
        }
    }

    /** Without the locks of {@link ChaosTest}: what a test does while it has the field. */
    @ExtendWith(ChaosExtension.class)
    abstract static class Unlocked {
        private static Runnable meanwhile = () -> {};

        @Chaos(upstream = "port()")
        static ChaosProxy shared;

        static int port() {
            return Samples.port();
        }

        static void meanwhile(Runnable action) {
            meanwhile = action;
        }

        @Test
        void test() throws IOException {
            ChaosProxy own = shared;
            Runnable action = meanwhile;
            meanwhile = () -> {};
            action.run();
            assertSame(own, shared);
            assertEquals("a", ask(own));
        }
    }

    static class UnlockedFirst extends Unlocked {}

    static class UnlockedSecond extends Unlocked {}

    /** Two tests that share without a lock, at the same time. */
    @ExtendWith({ChaosExtension.class, UnlockedMethods.Counted.class})
    static class UnlockedMethods {
        private static final CountDownLatch ENDED = new CountDownLatch(1);

        @Chaos(upstream = "localhost:9")
        static ChaosProxy shared;

        static final class Counted implements AfterEachCallback {
            @Override
            public void afterEach(ExtensionContext context) {
                ENDED.countDown();
            }
        }

        @Test
        void one() throws InterruptedException {
            assertTrue(ENDED.await(60, TimeUnit.SECONDS));
        }

        @Test
        void two() throws InterruptedException {
            assertTrue(ENDED.await(60, TimeUnit.SECONDS));
        }
    }

    /** As {@link UnlockedMethods}, with the field of an instance. */
    @ExtendWith({ChaosExtension.class, UnlockedInstance.Counted.class})
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @Execution(ExecutionMode.CONCURRENT)
    static class UnlockedInstance {
        private static final CountDownLatch ENDED = new CountDownLatch(1);

        @Chaos(upstream = "localhost:9")
        ChaosProxy own;

        static final class Counted implements AfterEachCallback {
            @Override
            public void afterEach(ExtensionContext context) {
                ENDED.countDown();
            }
        }

        @Test
        void one() throws InterruptedException {
            assertTrue(ENDED.await(60, TimeUnit.SECONDS));
        }

        @Test
        void two() throws InterruptedException {
            assertTrue(ENDED.await(60, TimeUnit.SECONDS));
        }
    }

    /** Clients that trust what proxies make themselves. */
    @ChaosTest
    static class WithTls {
        @Chaos(upstream = "port()", tls = @Tls)
        private static ChaosProxy shared;

        @Chaos(upstream = "port()", tls = @Tls)
        private ChaosProxy db;

        @Chaos(upstream = "port()")
        private ChaosProxy plain;

        static int port() {
            return Samples.port();
        }

        private static String ask(ChaosProxy proxy, SSLContext trust) throws IOException {
            InetSocketAddress address = new InetSocketAddress("127.0.0.1", proxy.port());
            try (SSLSocket socket = io.chaosproxy.kit.Tls.client(address, trust, "localhost")) {
                return new Peer(socket).send("a").read(1);
            }
        }

        @BeforeEach
        void each(@Trusting SSLContext trust) throws IOException {
            assertEquals("a", ask(shared, trust));
        }

        @Test
        void aContextIsForAllOfThem(
                @Chaos(upstream = "port()", tls = @Tls) ChaosProxy own,
                @Trusting SSLContext trust,
                @Trusting ChaosTrust authorities)
                throws IOException {
            for (ChaosProxy proxy : List.of(shared, db, own)) {
                assertEquals("a", ask(proxy, trust));
                assertTrue(proxy.url().startsWith("tls://"), proxy.url());
            }
            assertEquals(3, authorities.authorities().size());
            assertEquals(ORIGIN.port(), plain.spec().upstream().orElseThrow().port());
        }

        @Test
        @InjectFault(value = "type = certificate, kind = expired", on = "db")
        void othersAreRejected(@Trusting SSLContext trust) throws IOException {
            assertThrows(
                    SSLHandshakeException.class, () -> ask(db, shared.trust().sslContext()));
            assertThrows(SSLHandshakeException.class, () -> ask(db, trust));
            assertEquals("a", ask(shared, trust));
        }
    }

    static class TlsTwice {
        @Chaos(upstream = "127.0.0.1:9", tls = @Tls, config = "tls { self-signed = true }")
        ChaosProxy db;

        @Test
        @ExtendWith(ChaosExtension.class)
        void test() {}
    }

    static class BadTls {
        @Chaos(upstream = "127.0.0.1:9", tls = @Tls("self-signd = true"))
        ChaosProxy db;

        @Test
        @ExtendWith(ChaosExtension.class)
        void test() {}
    }

    static class TrustsNothing {
        @Chaos(upstream = "127.0.0.1:9")
        ChaosProxy db;

        @Test
        @ExtendWith(ChaosExtension.class)
        void test(@Trusting SSLContext trust) {}
    }

    static class TrustsAnything {
        @Chaos(upstream = "127.0.0.1:9", tls = @Tls)
        ChaosProxy db;

        @Test
        @ExtendWith(ChaosExtension.class)
        void test(@Trusting String trust) {}
    }
}
