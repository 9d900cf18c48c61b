package io.chaosproxy;

import static io.chaosproxy.kit.TestProxy.rule;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hits, the journal and {@code max-hits} count what rules did, not what they might have done. */
final class EffectsOverSocketsTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String SMALL = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String LARGE = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + "x".repeat(5000);

    private static List<String> hits(ProxyServer proxy) {
        return proxy.common().journal().hits().stream()
                .map(hit -> hit.exchange() + " " + hit.rule())
                .toList();
    }

    @Test
    void shortBodiesDontUseUpATruncation() throws Exception {
        try (Origin origin = Origin.each(upstream -> {
                    for (int i = 0; !upstream.readHead().isEmpty(); i++) {
                        upstream.send(i < 5 ? SMALL : LARGE);
                    }
                });
                ProxyServer proxy =
                        TestProxy.http(origin.port(), rule(Truncate.at(1000)).maxHits(1));
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 5; i++) {
                assertEquals(SMALL, client.send(REQUEST).readResponse());
            }
            assertEquals(LARGE.length() - 4000, client.send(REQUEST).readText().length());
            assertEquals(List.of("6 truncate"), hits(proxy));
        }
    }

    static List<Fault> withoutEffect() {
        return List.of(
                Latency.of(Duration.ZERO),
                Latency.of(Duration.ZERO).onStream(),
                Rate.of(1L << 40),
                Slice.of(1000),
                new Headers(Headers.On.RESPONSE, Map.of("content-length-2", "2"), List.of()),
                new Headers(Headers.On.RESPONSE, Map.of(), List.of("X-None")),
                new Headers(Headers.On.REQUEST, Map.of("host", "a"), List.of("X-None")));
    }

    @ParameterizedTest
    @MethodSource("withoutEffect")
    void whatChangesNothingIsNoHit(Fault fault) throws Exception {
        String response = SMALL.replace("\r\n\r\n", "\r\nContent-Length-2: 2\r\n\r\n");
        try (Origin origin = Origin.answering(response);
                ProxyServer proxy = TestProxy.http(origin.port(), rule(fault).maxHits(1));
                Peer client = Peer.connect(proxy.address())) {
            for (int i = 0; i < 3; i++) {
                Thread.sleep(5); // a link that stood idle has room for one quantum
                assertEquals(response, client.send(REQUEST).readResponse());
            }
            assertEquals(List.of(), hits(proxy));
        }
    }

    /** Both directions of a rule are one hit, drawn values aside. */
    @Test
    void bothDirectionsOfARuleAreOneHit() throws Exception {
        for (Fault fault :
                List.of(Latency.of(ofNanos(1)), Latency.of(ofNanos(1)).onStream(), Slice.of(1), Rate.of(400))) {
            try (Origin origin = Origin.answering(SMALL);
                    ProxyServer proxy = TestProxy.http(
                            origin.port(), rule(fault).way(Directions.BOTH).maxHits(2));
                    Peer client = Peer.connect(proxy.address())) {
                for (int i = 0; i < 3; i++) {
                    assertEquals(
                            SMALL,
                            client.send(REQUEST.replace("a\r", "a".repeat(200) + "\r"))
                                    .readResponse());
                }
                assertEquals(List.of("1 " + fault.type(), "2 " + fault.type()), hits(proxy), fault.toString());
            }
        }
    }

    @Test
    void informationalResponsesAreNoHitsAndStayAsTheyAre() throws Exception {
        String hint = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
        try (Origin origin = Origin.answering(hint.repeat(4) + SMALL);
                ProxyServer proxy = TestProxy.http(origin.port(), rule(Headers.ofResponse("X-Chaos", "yes")));
                Peer client = Peer.connect(proxy.address())) {
            client.send(REQUEST);
            for (int i = 0; i < 4; i++) {
                assertEquals(hint, client.readHead());
            }
            assertEquals(SMALL.replace("\r\n\r\n", "\r\nX-Chaos: yes\r\n\r\n"), client.readResponse());
            assertEquals(List.of("1 headers"), hits(proxy));
        }
    }

    static List<Fault> striking() {
        return List.of(Respond.of(503), Reset.atFirstByte(), Latency.of(ofMillis(20)), Headers.ofResponse("X-A", "b"));
    }

    @ParameterizedTest
    @MethodSource("striking")
    void noMoreThanMaxHitsHaveAnEffectWhenManyComeAtOnce(Fault fault) throws Exception {
        int clients = 24;
        Rule few = rule(fault).maxHits(5);
        try (Origin origin = Origin.answering(SMALL);
                ProxyServer proxy = TestProxy.http(origin.port(), few)) {
            Queue<String> touched = new ConcurrentLinkedQueue<>();
            CountDownLatch start = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                threads.add(Thread.ofVirtual().start(() -> {
                    try (Peer client = Peer.connect(proxy.address())) {
                        start.await();
                        String response = client.send(REQUEST).readResponse();
                        if (!response.equals(SMALL)) {
                            touched.add(response);
                        }
                    } catch (Exception e) {
                        touched.add(e.toString());
                    }
                }));
            }
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(
                    5,
                    proxy.common().journal().hits().stream()
                            .map(Hit::connection)
                            .distinct()
                            .count());
            assertEquals(5, hits(proxy).size());
            assertEquals(fault instanceof Latency ? 0 : 5, touched.size(), touched.toString());
        }
    }

    /** A request that is reset before it is answered leaves the answer to another one. */
    @Test
    void anAnswerThatIsNotGivenIsNotUsedUp() throws Exception {
        try (Origin origin = Origin.answering(SMALL);
                ProxyServer proxy = TestProxy.http(
                        origin.port(),
                        rule(Reset.atRequest()).maxHits(1),
                        rule(Respond.of(503)).maxHits(1))) {
            try (Peer client = Peer.connect(proxy.address())) {
                assertEquals("reset", client.send(REQUEST).ending());
            }
            try (Peer client = Peer.connect(proxy.address())) {
                assertEquals("HTTP/1.1 503", client.send(REQUEST).readResponse().substring(0, 12));
                assertEquals(SMALL, client.send(REQUEST).readResponse());
            }
            assertEquals(List.of("1 reset", "1 respond"), hits(proxy));
        }
    }
}
