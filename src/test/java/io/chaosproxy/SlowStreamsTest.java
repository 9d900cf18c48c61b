package io.chaosproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A change of the plan takes effect on streams that other rules, or their receiver, slow down or hold. */
final class SlowStreamsTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int SIZE = 4 << 20;

    /** A few milliseconds on an idle machine; minutes where the change waits for what is under way. */
    private static final int SOON = 30_000;

    /** What slows the stream down, or holds it, before the plan changes. */
    @SuppressWarnings("ImmutableEnumChecker") // a list of records that never changes
    enum Obstacle {
        KIBIBYTE(Rate.of(1024)),
        SIXTEEN_KIBIBYTES(Rate.of(16 * 1024)),
        PIECES(new Slice(100, 0, Duration.ofMillis(50))),
        DELAY_LINE(Latency.of(Duration.ofMillis(50)).onStream(), Rate.of(16 * 1024)),
        NOTHING_PASSES(Rate.of(0)),
        DEAD(Outage.of(HOUR)),
        FULL_SOCKETS;

        private final List<Fault> faults;

        Obstacle(Fault... faults) {
            this.faults = List.of(faults);
        }

        /** More than the buffers of the kernel hold for a receiver that does not read: they grow to several megabytes. */
        int size() {
            return this == FULL_SOCKETS ? 64 << 20 : SIZE;
        }

        boolean stops() {
            return this == NOTHING_PASSES || this == DEAD || this == FULL_SOCKETS;
        }

        /**
         * Bytes that may pass once a change has returned: four seconds' worth for a busy machine, where it takes milliseconds.
         * A change that waits for what is under way lets the rest of a buffer of 64 KiB pass.
         */
        long mostAfterChange() {
            return switch (this) {
                case KIBIBYTE -> 4 * 1024;
                case PIECES -> 4 * 2000;
                case SIXTEEN_KIBIBYTES, DELAY_LINE, NOTHING_PASSES, DEAD, FULL_SOCKETS -> Long.MAX_VALUE;
            };
        }

        List<Rule> rules(Directions way) {
            List<Rule> rules = new ArrayList<>();
            for (Fault fault : faults) {
                rules.add(Rule.of("obstacle-" + rules.size(), fault).way(way));
            }
            return rules;
        }
    }

    record Case(Obstacle obstacle, Protocol protocol, Direction direction, Fault added) {
        Directions way() {
            return direction == Direction.UP ? Directions.UP : Directions.DOWN;
        }

        boolean isHttp() {
            return protocol == Protocol.HTTP;
        }

        Rule rule() {
            return Rule.of("added", added).way(way());
        }
    }

    private static Stream<Case> cases(boolean cutting) {
        List<Case> cases = new ArrayList<>();
        for (Obstacle obstacle : Obstacle.values()) {
            for (Protocol protocol : TestProxy.WITH_UPSTREAM) {
                for (Direction direction : Direction.values()) {
                    for (Fault fault : cutting ? cutting(obstacle, protocol, direction) : stopping(obstacle)) {
                        cases.add(new Case(obstacle, protocol, direction, fault));
                    }
                }
            }
        }
        return cases.stream();
    }

    private static List<Fault> cutting(Obstacle obstacle, Protocol protocol, Direction direction) {
        List<Fault> faults = new ArrayList<>(List.of(new Limit(0)));
        boolean headIsHeld = obstacle == Obstacle.NOTHING_PASSES || obstacle == Obstacle.DEAD;
        if (protocol != Protocol.HTTP || headIsHeld) {
            faults.add(direction == Direction.UP ? Reset.atRequest() : Reset.atFirstByte());
            if (direction == Direction.DOWN && !headIsHeld) { // else no byte has passed yet
                faults.add(Reset.inBody());
            }
        } else if (direction == Direction.DOWN) {
            faults.add(Reset.inBody());
            if (obstacle
                    != Obstacle.DELAY_LINE) { // it closes behind the bytes that the line holds, which have passed it
                faults.add(Truncate.at(0));
            }
        }
        return faults;
    }

    private static List<Fault> stopping(Obstacle obstacle) {
        return obstacle.stops()
                ? List.of()
                : List.of(Outage.of(HOUR), Latency.of(HOUR).onStream(), Rate.of(0), Timeout.never());
    }

    static Stream<Case> ending() {
        return cases(true);
    }

    static Stream<Case> stopping() {
        return cases(false);
    }

    /** A stream under way against its obstacle. */
    private record Running(
            Case facts, Origin origin, ProxyServer proxy, Peer client, Peer upstream, List<Future<?>> threads)
            implements AutoCloseable {
        static Running start(Case facts) throws Exception {
            Rule[] rules = facts.obstacle().rules(facts.way()).toArray(Rule[]::new);
            Origin origin = Origin.manual();
            ProxyServer proxy = TestProxy.start(TestProxy.spec(facts.protocol(), origin.port(), rules), 1);
            Peer client = Peer.connect(proxy.address());
            boolean up = facts.direction() == Direction.UP;
            int size = facts.obstacle().size();
            List<Future<?>> threads = new ArrayList<>();
            if (facts.isHttp()) {
                client.send(
                        up
                                ? "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + size + "\r\n\r\n"
                                : "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            Peer upstream = origin.next();
            Peer from = up ? client : upstream;
            Peer to = up ? upstream : client;
            if (facts.isHttp() && !up) {
                upstream.readHead(); // an answer that comes before the request would be refused
                upstream.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
            }
            threads.add(Together.start(() -> quietly(() -> sendZeros(from, size))));
            if (facts.obstacle() != Obstacle.FULL_SOCKETS) {
                threads.add(Together.start(() -> quietly(to::readAll)));
            }
            Running running = new Running(facts, origin, proxy, client, upstream, threads);
            running.awaitFlow();
            return running;
        }

        /** In parts: a payload of its own for each case would be too much for the heap. */
        private static void sendZeros(Peer peer, int size) throws IOException {
            byte[] part = new byte[64 * 1024];
            for (int left = size; left > 0; left -= part.length) {
                peer.send(part);
            }
        }

        private static boolean quietly(Sending sending) {
            try {
                sending.run();
            } catch (IOException e) {
                // it was cut
            }
            return true;
        }

        private interface Sending {
            void run() throws IOException;
        }

        private long passed() {
            return proxy.traffic().bytes(facts.direction());
        }

        /** No more has passed since then than a change that takes effect at once lets pass. */
        private void assertAtOnce(long before) {
            long since = passed() - before;
            assertTrue(since <= facts.obstacle().mostAfterChange(), since + " bytes after the change");
        }

        private void awaitFlow() throws Exception {
            int enough = facts.isHttp() ? 400 : 300;
            if (facts.obstacle() == Obstacle.FULL_SOCKETS) {
                long[] last = {-1};
                Clock still = Clock.start();
                TestProxy.await("full sockets", () -> {
                    if (passed() != last[0]) {
                        last[0] = passed();
                        still.lap();
                    }
                    return last[0] > enough && still.millis() > 200;
                });
            } else {
                TestProxy.await(
                        "bytes are held: " + facts,
                        () -> proxy.connections().stream()
                                .anyMatch(c -> c.info().waiting() > 0
                                        && (facts.obstacle().stops()
                                                ? c.pipeline(facts.direction()).holdsBytes() // the detection waits, too
                                                : passed() > enough)));
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            upstream.close();
            proxy.close();
            origin.close();
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("ending")
    void aRuleThatEndsConnectionsEndsThoseThatAreSlow(Case facts) throws Exception {
        try (Running running = Running.start(facts)) {
            Connection connection = running.proxy().connections().iterator().next();
            Clock clock = Clock.start();
            running.proxy().change(plan -> plan.with(facts.rule()));
            long before = running.passed();
            TestProxy.await(
                    "the end",
                    () -> !connection.teardown().isOpen()
                            || connection.teardown().isLingering());
            running.assertAtOnce(before);
            assertTrue(clock.millis() < SOON, "after " + clock.millis() + " ms");
            assertTrue(running.proxy().common().journal().hits().stream()
                    .anyMatch(hit -> hit.rule().equals("added")));
        }
    }

    static Stream<Case> timingOut() {
        return ending().filter(facts -> facts.added() instanceof Limit)
                .filter(facts -> facts.obstacle() == Obstacle.NOTHING_PASSES || facts.obstacle() == Obstacle.DEAD)
                .map(facts -> new Case(
                        facts.obstacle(), facts.protocol(), facts.direction(), Timeout.of(Duration.ofMillis(300))));
    }

    /** What stands still in front of the rule would be swallowed, so its end doesn't wait for that. */
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("timingOut")
    void aTimeoutClosesWhatOtherRulesHold(Case facts) throws Exception {
        try (Running running = Running.start(facts)) {
            Connection connection = running.proxy().connections().iterator().next();
            running.proxy().change(plan -> plan.with(facts.rule()));
            TestProxy.await("the end", () -> !connection.teardown().isOpen());
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("timingOut")
    void aTimeoutBehindAnObstacleClosesFromTheStart(Case facts) throws Exception {
        List<Rule> rules = new ArrayList<>(facts.obstacle().rules(facts.way()));
        rules.add(facts.rule());
        try (Origin origin = Origin.each(server -> {
                    if (!server.readHead().isEmpty()) {
                        server.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
                        server.ending();
                    }
                });
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(facts.protocol(), origin.port(), rules.toArray(Rule[]::new)), 1);
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertEquals("", client.readText());
        }
    }

    /** The delay line's thread meets the end, while the writer waits in front of it. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aLimitBehindADelayLineClosesWhatStandsInFrontOfBoth() throws Exception {
        Rule dead = Rule.of("dead", Outage.of(HOUR)).per(TrialUnit.CONNECTION).way(Directions.DOWN);
        Rule late =
                Rule.of("late", Latency.of(Duration.ofMillis(1500)).onStream()).way(Directions.DOWN);
        Rule limit = Rule.of("limit", new Limit(5)).way(Directions.DOWN);
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port(), late, limit);
                Peer client = Peer.connect(proxy.address())) {
            Peer upstream = origin.next();
            upstream.send("hello");
            TestProxy.await(
                    "held",
                    () -> proxy.connections().stream().anyMatch(c -> c.info().waiting() > 0));
            proxy.plan(Plan.of(dead, late, limit));
            upstream.send("more");
            assertEquals("hello", client.readText());
            upstream.close();
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @MethodSource("stopping")
    void aRuleThatHoldsBytesHoldsThoseOfSlowStreams(Case facts) throws Exception {
        try (Running running = Running.start(facts)) {
            running.proxy().change(plan -> plan.with(facts.rule()));
            Clock clock = Clock.start();
            long before = running.passed();
            long[] last = {before};
            Clock still = Clock.start();
            while (still.millis() < 700) { // at 1 KiB/s a quantum passes every 250 ms
                if (running.passed() != last[0]) {
                    last[0] = running.passed();
                    still.lap();
                }
                assertTrue(clock.millis() < SOON, "still flows");
                Thread.sleep(20); // one look in 20 ms
            }
            running.assertAtOnce(before);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aRuleThatGoesLetsASlowStreamRun() throws Exception {
        for (Obstacle obstacle : List.of(Obstacle.KIBIBYTE, Obstacle.PIECES, Obstacle.DELAY_LINE)) {
            for (Direction direction : Direction.values()) {
                for (Protocol protocol : TestProxy.WITH_UPSTREAM) {
                    Case facts = new Case(obstacle, protocol, direction, Rate.of(0));
                    try (Running running = Running.start(facts)) {
                        running.proxy().change(plan -> Plan.CLEAN);
                        TestProxy.await("all has passed: " + facts, () -> running.passed() >= SIZE);
                    }
                }
            }
        }
    }

    /** Many trials, whatever the chunks that are read: each second in which bytes flow is one. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aTrialEachSecondInFrontOfARate() throws Exception {
        Rule outage = Rule.of("outage", Outage.of(Duration.ofMillis(1)))
                .per(TrialUnit.SECOND)
                .way(Directions.DOWN);
        Rule rate = Rule.of("rate", Rate.of(16 * 1024)).way(Directions.DOWN);
        for (List<Rule> rules : List.of(List.of(outage, rate), List.of(rate, outage))) {
            try (Origin origin = Origin.each(client -> client.send(new byte[1 << 20]));
                    ProxyServer proxy = TestProxy.tcp(origin.port(), rules.toArray(Rule[]::new));
                    Peer client = Peer.connect(proxy.address())) {
                Future<byte[]> reading = Together.start(client::readAll);
                assertTrue(proxy.common().journal().await("tcp", "outage", 4, Duration.ofSeconds(60)));
                assertTrue(proxy.traffic().bytes(Direction.DOWN) <= 60 * 16 * 1024);
                assertTrue(proxy.traffic().bytes(Direction.DOWN) >= 2 * 16 * 1024);
                reading.cancel(true);
            }
        }
    }

    /** The last piece of a response is often all of it: the exchange isn't over before its last byte has gone. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aResponseOfOnePieceMeetsANewRuleAsWell() throws Exception {
        byte[] body = new byte[2000];
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(
                        origin.port(), Rule.of("rate", Rate.of(100)).way(Directions.DOWN));
                Peer client = Peer.connect(proxy.address())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Peer upstream = origin.next();
            upstream.readHead();
            upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n").send(body);
            client.readHead();
            Clock clock = Clock.start();
            proxy.change(plan -> plan.with(Rule.of("limit", new Limit(0))));
            assertEquals("end", client.ending());
            assertTrue(clock.millis() < SOON, clock.millis() + " ms");
            upstream.close();
        }
    }
}
