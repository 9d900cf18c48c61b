package io.chaosproxy.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.SelfSigned;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ControlListenerTest {
    private static final String HEAD = " HTTP/1.1\r\nHost: localhost\r\n";
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(500);

    private final List<Peer> clients = new ArrayList<>();

    @AfterEach
    void leave() throws IOException {
        for (Peer client : clients) {
            client.close();
        }
    }

    private static ControlServer start(
            Duration idle, Duration head, Duration body, Duration write, ControlSettings settings) throws IOException {
        Route echo = Route.post("/echo", (request, response) -> response.send(Json.text(request)));
        Route ignored = Route.post("/ignored", (request, response) -> response.send("ignored"));
        Route much = Route.get("/much", (request, response) -> response.send(new byte[32 << 20]));
        return ControlServer.start(
                settings,
                List.of(echo, ignored, much),
                (request, response) -> response.send("other"),
                new ControlConnection.Timeouts(idle, head, body, write));
    }

    private static ControlServer start(Duration idle, Duration head, Duration body, Duration write) throws IOException {
        return start(idle, head, body, write, MonitoringRig.settings(Optional.empty()));
    }

    private Peer connect(ControlServer server) throws IOException {
        Peer client = Peer.connect(server.address());
        clients.add(client);
        return client;
    }

    private static String body(String response) {
        return response.substring(response.indexOf("\r\n\r\n") + 4);
    }

    /** How long after now the other end closes. */
    private static void assertClosedAfter(Duration least, Peer client) throws IOException {
        Clock clock = Clock.start();
        client.ending();
        assertTrue(clock.millis() >= least.toMillis() * 0.9, clock.millis() + " ms");
    }

    @Test
    void anIdleConnectionIsClosed() throws Exception {
        try (ControlServer server = start(SHORT, LONG, LONG, LONG)) {
            assertClosedAfter(SHORT, connect(server));
            Peer used = connect(server);
            assertEquals(
                    "a",
                    body(used.send("POST /echo" + HEAD + "Content-Length: 1\r\n\r\na")
                            .readResponse()));
            assertClosedAfter(SHORT, used);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"G", "GET /x HTTP/1.1\r\n", "GET /x HTTP/1.1\r\nHost: localhost\r\nA"})
    void halfAHeadIsNotWaitedFor(String half) throws Exception {
        try (ControlServer server = start(LONG, SHORT, LONG, LONG)) {
            assertClosedAfter(SHORT, connect(server).send(half));
            String whole = "POST /echo" + HEAD + "Content-Length: 1\r\n\r\na";
            Peer second = connect(server).send(whole + half); // the next one, in the same packet
            assertEquals("a", body(second.readResponse()));
            second.ending();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "GET /x HTTP/1.1\r\n", "GET /x HTTP/1.1\r\nHost: localhost\r\nA"})
    void whoLeavesWithinAHeadIsNoDefect(String half) throws Exception {
        try (LogLines log = LogLines.ofAll();
                ControlServer server = start(LONG, LONG, LONG, LONG)) {
            Peer client = connect(server).send(half);
            client.endOutput();
            client.ending();
            assertTrue(log.lines().stream().noneMatch(line -> line.contains("Internal")), log.lines()::toString);
        }
    }

    @Test
    void aHeadThatDripsIsNotWaitedFor() throws Exception {
        try (ControlServer server = start(LONG, SHORT, LONG, LONG)) {
            Peer slow = connect(server).send("GET /");
            TestProxy.await("closed", () -> {
                try {
                    slow.send("a");
                    Thread.sleep(20);
                    return false;
                } catch (IOException e) {
                    return true;
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"echo", "ignored"})
    void halfABodyIsNotWaitedFor(String path) throws Exception {
        try (ControlServer server = start(LONG, LONG, SHORT, LONG)) {
            assertClosedAfter(SHORT, connect(server).send("POST /" + path + HEAD + "Content-Length: 9\r\n\r\nhalf"));
            assertClosedAfter(
                    SHORT,
                    connect(server).send("POST /" + path + HEAD + "Transfer-Encoding: chunked\r\n\r\n9\r\nhalf"));
        }
    }

    @Test
    void aClientThatDoesNotReadIsNotWaitedFor() throws Exception {
        try (ControlServer server = start(LONG, LONG, LONG, SHORT)) {
            Peer deaf = connect(server).send("GET /much" + HEAD + "\r\n");
            TestProxy.await("writes", () -> Threads.isAnyWithin(ControlConnection.class, "answer"));
            TestProxy.await("gave up", () -> !Threads.isAnyWithin(ControlConnection.class, "answer"));
            assertTrue(deaf.readHead().startsWith("HTTP/1.1 200"));
        }
    }

    @Test
    void aHandshakeThatStopsIsNotWaitedFor(@TempDir Path folder) throws Exception {
        SelfSigned made = SelfSigned.in(folder);
        ControlSettings settings = new ControlSettings(
                new Address("127.0.0.1", 0),
                Optional.empty(),
                false,
                Optional.of(KeyFiles.pem(made.certificate(), made.key())),
                Optional.empty(),
                Optional.empty(),
                false);
        try (ControlServer server = start(LONG, SHORT, LONG, LONG, settings)) {
            assertClosedAfter(SHORT, connect(server));
            assertClosedAfter(SHORT, connect(server).send("\u0016\u0003\u0001"));
        }
    }

    @Test
    void theLongestIdleConnectionMakesRoomForANewOne() throws Exception {
        try (ControlServer server = start(LONG, LONG, LONG, LONG)) {
            Peer first = connect(server);
            Peer busy = connect(server).send("GET /half");
            for (int i = 0; i < ControlListener.MAX_CONNECTIONS; i++) {
                connect(server);
            }
            Peer last = connect(server);
            assertEquals(
                    "a",
                    body(last.send("POST /echo" + HEAD + "Content-Length: 1\r\n\r\na")
                            .readResponse()));
            assertEquals("end", first.ending());
            assertEquals("other", body(busy.send(HEAD + "\r\n").readResponse()));
        }
    }

    @Test
    void connectionsAreKeptAlive() throws Exception {
        try (ControlServer server = start(LONG, LONG, LONG, LONG)) {
            Peer client = connect(server);
            for (int i = 0; i < 100; i++) {
                String sent = "x".repeat(i);
                assertEquals(
                        i == 0 ? "" : sent,
                        body(client.send("POST /echo" + HEAD + "Content-Length: " + i + "\r\n\r\n" + sent)
                                .readResponse()));
                assertEquals(
                        "ignored",
                        body(client.send("POST /ignored" + HEAD + "Content-Length: " + i + "\r\n\r\n" + sent)
                                .readResponse()));
            }
        }
    }

    @Test
    void noThreadIsLeft() throws Exception {
        try (ControlServer server = start(LONG, LONG, LONG, LONG)) {
            connect(server).send("GET /half");
            connect(server);
        }
        TestProxy.await("gone", () -> Threads.named("control ").isEmpty());
    }
}
