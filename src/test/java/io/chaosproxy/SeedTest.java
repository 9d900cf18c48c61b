package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Distribution;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Together;
import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The same seed gives the same faults, whatever the threads do and whatever else is in the plan. */
final class SeedTest {
    private static final int CLIENTS = 50;
    private static final int EXCHANGES = 6;
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static final List<Rule> RULES = List.of(
            Rule.of("late", Latency.between(Duration.ZERO, Duration.ofMillis(5)))
                    .probability(0.5),
            Rule.of(
                            "tail",
                            new Latency(
                                    new Distribution.Pareto(Duration.ofNanos(1000), 1, Duration.ofMillis(3)),
                                    Latency.Scope.FIRST_BYTE))
                    .per(TrialUnit.CONNECTION)
                    .probability(0.3),
            Rule.of("dead", new Outage(Duration.ofMillis(1), Duration.ofMillis(4)))
                    .probability(0.2),
            Rule.of("busy", Respond.of(503)).probability(0.1));

    private static final List<Rule> OTHERS = List.of(
            Rule.of("other", new Slice(3, 1, Duration.ZERO)),
            Rule.of("bytes", new Corrupt(1, 20)).probability(0.5),
            Rule.of("wide", Rate.of(100_000_000)));

    /** What the rules did: connection, exchange, rule and what was drawn. */
    private static Set<String> hits(long seed, List<Rule> rules) throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyServer proxy = TestProxy.start(
                        TestProxy.spec(Protocol.HTTP, origin.port(), rules.toArray(Rule[]::new)), seed)) {
            Together.run(CLIENTS, i -> {
                try (Peer client = Peer.connect(proxy.address())) {
                    for (int exchange = 0; exchange < EXCHANGES; exchange++) {
                        client.send(REQUEST).readResponse();
                    }
                }
                return i;
            });
            Set<String> names = RULES.stream().map(Rule::name).collect(Collectors.toSet());
            return proxy.common().journal().hits().stream()
                    .filter(hit -> names.contains(hit.rule()))
                    .map(hit -> hit.connection() + "." + hit.exchange() + " " + hit.rule() + " " + hit.drawn())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void theSameSeedGivesTheSameFaults() throws Exception {
        Set<String> first = hits(42, RULES);
        for (Rule rule : RULES) {
            assertTrue(first.stream().anyMatch(hit -> hit.contains(" " + rule.name())), () -> rule.name() + first);
        }
        assertEquals(first, hits(42, RULES));
        assertNotEquals(first, hits(43, RULES));
    }

    @Test
    void otherRulesChangeNoneOfThem() throws Exception {
        List<Rule> more = new ArrayList<>(OTHERS);
        more.addAll(1, RULES);
        assertEquals(hits(42, RULES), hits(42, more));
    }

    @Test
    void theOrderOfTheRulesChangesNoneOfThem() throws Exception {
        assertEquals(hits(7, RULES), hits(7, RULES.reversed()));
    }

    @Test
    void theSameSeedChangesTheSameBytes() throws Exception {
        byte[] data = new byte[200_000];
        List<byte[]> got = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            try (Origin origin = Origin.each(client -> client.send(data));
                    ProxyServer proxy = TestProxy.tcp(origin.port(), rule(new Corrupt(3, 5000)));
                    Peer client = Peer.connect(proxy.address())) {
                got.add(client.readAll());
            }
        }
        assertEquals(-1, java.util.Arrays.mismatch(got.get(0), got.get(1)));
        assertNotEquals(-1, java.util.Arrays.mismatch(got.get(0), data));
    }

    @Test
    void connectionsAreNumberedInTheOrderOfTheirAcceptance() throws Exception {
        List<Peer> clients = new ArrayList<>();
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.tcp(origin.port())) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(Peer.connect(proxy.address())); // the kernel keeps those that wait in order
            }
            TestProxy.await("all accepted", () -> proxy.connections().size() == CLIENTS);
            List<Connection> connections = new ArrayList<>(proxy.connections());
            connections.sort(Comparator.comparingLong(Connection::number));
            for (int i = 0; i < CLIENTS; i++) {
                assertEquals(i + 1, connections.get(i).number());
                assertEquals(
                        clients.get(i).socket().getLocalPort(),
                        connections.get(i).peer().getPort());
            }
        } finally {
            for (Peer client : clients) {
                client.close();
            }
        }
    }
}
