package io.chaosproxy.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.ListeningSockets;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A proxy has one owner, whatever is asked of it by both APIs at once: no socket is left over, no answer is untrue. */
final class OneOwnerTest {
    private static final int ROUNDS = 150;

    private final ListeningSockets sockets = ListeningSockets.somewhere();
    private final ProxyRegistry fleet =
            new ProxyRegistry(new ServerContext(1, TimeSource.SYSTEM, new Journal(100)), TestProxy::handler);
    private ControlPlane plane;

    /** One caller's request; {@code #} in the body becomes the number of the round. */
    private record Call(String method, String path, String body) {}

    @BeforeEach
    void start() throws IOException {
        ControlSettings usual = ControlSettings.DEFAULTS;
        plane = ControlPlane.start(
                new ControlSettings(
                        new Address("127.0.0.1", 0),
                        usual.token(),
                        false,
                        usual.tls(),
                        usual.journal(),
                        usual.accessLog(),
                        usual.hitHeaders()),
                fleet,
                Optional.empty());
    }

    @AfterEach
    void stop() {
        plane.close();
        fleet.close();
    }

    private static String head(String method, String path, int length) {
        return method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + length + "\r\n\r\n";
    }

    /** The status. */
    private static String exchange(Peer client, Call call, int round) throws IOException {
        String body = call.body().replace("#", String.valueOf(1000 + round));
        client.send(head(call.method(), call.path(), body.length()) + body);
        String head = client.readHead();
        if (!head.contains("content-length: 0") && !head.startsWith("HTTP/1.1 204")) {
            client.read(contentLength(head));
        }
        return head.substring(9, 12);
    }

    private static int contentLength(String head) {
        return head.lines()
                .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:"))
                .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
                .findFirst()
                .orElse(0);
    }

    private String tcp() {
        return "{\"protocol\": \"tcp\", \"listen\": \"" + sockets.host() + ":0\", \"upstream\": \"127.0.0.1:9\"}";
    }

    private String named() {
        return "{\"name\": \"storm\", \"listen\": \"" + sockets.host() + ":0\", \"upstream\": \"127.0.0.1:9\"}";
    }

    private List<Call> callers() {
        return List.of(
                new Call("POST", "/proxies", named()),
                new Call("DELETE", "/proxies/storm", ""),
                new Call("POST", "/proxies/storm", "{\"upstream\": \"127.0.0.1:#\"}"),
                new Call("PUT", "/api/v1/proxies/storm", tcp()),
                new Call("PUT", "/api/v1/proxies/storm", tcp().replace("tcp", "http")),
                new Call("PATCH", "/api/v1/proxies/storm", "{\"enabled\": true}"),
                new Call("POST", "/populate", "[" + named().replace(":9\"", ":#\"") + "]"),
                new Call("POST", "/reset", ""));
    }

    @Test
    void aStormOfChangesLeavesNoSocketBehind() throws Exception {
        assumeTrue(ListeningSockets.canBeCounted());
        Set<String> statuses = ConcurrentHashMap.newKeySet();
        List<FutureTask<Void>> running = new ArrayList<>();
        for (Call call : callers()) {
            FutureTask<Void> caller = new FutureTask<>(() -> {
                try (Peer client = Peer.connect(plane.address())) {
                    for (int round = 0; round < ROUNDS; round++) {
                        statuses.add(exchange(client, call, round));
                    }
                    return null;
                }
            });
            running.add(caller);
            Thread.ofVirtual().start(caller);
        }
        for (FutureTask<Void> caller : running) {
            caller.get();
        }
        long listening = fleet.all().stream().filter(ProxyServer::isEnabled).count();
        assertEquals(listening, sockets.count(), "sockets that listen");
        try (Peer client = Peer.connect(plane.address())) {
            exchange(client, new Call("DELETE", "/api/v1/proxies/storm", ""), 0);
        }
        assertEquals(0, sockets.count(), "sockets that listen without a proxy");
        Set<String> others = new TreeSet<>(statuses);
        others.removeAll(Set.of("200", "201", "204", "404", "409"));
        assertEquals(Set.of(), others);
    }

    /** The proxy goes while the body is on its way: then nothing is done, and nothing is said to be. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        PUT   | /api/v1/proxies/storm/rules/slow | {"type": "latency", "delay": 5}
        PUT   | /api/v1/proxies/storm/profile    | {"name": "3g"}
        PATCH | /api/v1/proxies/storm            | {"enabled": true}
        POST  | /proxies/storm                   | {"enabled": true}
        PATCH | /proxies/storm                   | {"upstream": "127.0.0.1:7"}
        POST  | /proxies/storm/toxics            | {"type": "latency"}
        """)
    void aProxyThatGoesMeanwhileIsNotFound(String method, String path, String body) throws Exception {
        try (Peer client = Peer.connect(plane.address());
                Peer other = Peer.connect(plane.address())) {
            assertEquals("201", exchange(other, new Call("PUT", "/api/v1/proxies/storm", tcp()), 0));
            client.send(head(method, path, body.length()) + body.substring(0, 5));
            assertTrue(client.isSilentFor(50));
            assertEquals("204", exchange(other, new Call("DELETE", "/api/v1/proxies/storm", ""), 0));
            client.send(body.substring(5));
            assertEquals("404", client.readHead().substring(9, 12));
            assertTrue(fleet.all().isEmpty());
        }
    }
}
