package io.chaosproxy.neverhangs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients take every slot and every file descriptor that they can get; the control plane has some left. */
final class ReserveTest {
    private static final int OPEN_FILES = 256;
    private static final int CALLS = 30;

    private final List<Peer> clients = new ArrayList<>();

    @AfterEach
    void leave() throws IOException {
        for (Peer client : clients) {
            client.close();
        }
        clients.clear();
    }

    @Test
    void theControlPlaneAnswersWhenClientsHaveTakenAllDescriptors() throws Exception {
        try (Origin origin = Origin.echo();
                Program program = Program.run(OPEN_FILES, proxy("greedy", origin, "") + proxy("other", origin, ""));
                Calls calls = new Calls(program.control())) {
            InetSocketAddress greedy = calls.address("greedy");
            InetSocketAddress other = calls.address("other");
            for (int i = 0; i < OPEN_FILES; i++) {
                connect(i % 2 == 0 ? greedy : other);
            }
            TestProxy.await("no more are accepted", () -> program.said().contains("files that the process may have"));
            List<Peer> held = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) { // all at once, each on a connection of its own
                held.add(Peer.connect(program.controlAddress()));
            }
            for (Peer call : held) {
                call.send("GET /api/v1/proxies HTTP/1.1\r\nHost: localhost\r\n\r\n");
                String answer = call.readHead();
                assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
                call.close();
            }
            calls.call("DELETE", "/api/v1/proxies/greedy", "");
            leave();
            Peer next = connect(other).send("hello");
            assertEquals("hello", next.read(5));
        }
    }

    @Test
    void theControlPlaneAnswersWhenAllSlotsAreTaken() throws Exception {
        try (Origin origin = Origin.echo();
                Program program = Program.run(1024, proxy("small", origin, "max-connections = 3"));
                Calls calls = new Calls(program.control())) {
            InetSocketAddress small = calls.address("small");
            for (int i = 0; i < 3; i++) {
                assertEquals("x", connect(small).send("x").read(1));
            }
            Peer waiting = connect(small).send("y");
            assertTrue(waiting.isSilentFor(100));
            calls.call("POST", "/api/v1/proxies/small/sever", "");
            assertEquals("y", waiting.read(1));
        }
    }

    /** Idle connections are closed for new ones; the listener outlives all of it. */
    @Test
    void theControlPlaneAnswersDuringAndAfterAFloodOfIdleConnections() throws Exception {
        try (Origin origin = Origin.echo();
                Program program = Program.run(OPEN_FILES, proxy("calm", origin, ""));
                Calls calls = new Calls(program.control())) {
            for (int i = 0; i < 300; i++) {
                connect(program.controlAddress());
            }
            calls.call("GET", "/api/v1/proxies", "");
            InetSocketAddress calm = calls.address("calm");
            leave();
            calls.call("GET", "/api/v1/proxies", "");
            assertEquals("hello", connect(calm).send("hello").read(5));
        }
    }

    /** Clients that are accepted and idle need their second descriptor all at once. */
    @Test
    void theReserveHoldsWhenIdleHttpClientsAllSendARequest() throws Exception {
        try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                Program program = Program.run(
                        OPEN_FILES + 64, // the JVM has up to 170 open, most of them jars
                        "web { protocol = http, listen = \"127.0.0.1:0\", upstream = \"http://" + origin.address()
                                + "\" }\n");
                Calls calls = new Calls(program.control())) {
            InetSocketAddress web = calls.address("web");
            for (int i = 0; i < 150; i++) {
                connect(web);
            }
            TestProxy.await("no more are accepted", () -> program.said().contains("files that the process may have"));
            for (Peer client : clients) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            TestProxy.await("30 are served, the others wait", () -> served() >= 30);
            assertTrue(program.freeFiles() >= 60, program.freeFiles() + " are free");
            calls.call("GET", "/api/v1/proxies", "");
            leave();
            assertTrue(connect(web)
                    .send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    .readResponse()
                    .startsWith("HTTP/1.1 200"));
            assertTrue(
                    program.said()
                                    .lines()
                                    .filter(line -> line.contains("can't accept"))
                                    .count()
                            < 30,
                    program::said);
        }
    }

    /** Each listener may hold one client that it has accepted and can't serve, so many of them could eat up the reserve. */
    @Test
    void theReserveHoldsWithManyListeners() throws Exception {
        StringBuilder proxies = new StringBuilder();
        try (Origin origin = Origin.echo()) {
            for (int i = 0; i < 60; i++) {
                proxies.append(proxy("p" + i, origin, ""));
            }
            try (Program program = Program.run(400, proxies.toString());
                    Calls calls = new Calls(program.control())) {
                List<InetSocketAddress> all = new ArrayList<>();
                for (int i = 0; i < 60; i++) {
                    all.add(calls.address("p" + i));
                }
                for (int i = 0; i < 400; i++) {
                    connect(all.get(i < 300 ? 0 : i % 60)).send("x");
                }
                TestProxy.await(
                        "no more are accepted", () -> program.said().contains("files that the process may have"));
                assertTrue(program.freeFiles() >= 40, program.freeFiles() + " are free");
                calls.call("GET", "/api/v1/proxies", "");
            }
        }
    }

    /** Each listener has a descriptor; those that would be of the reserve are refused, whoever asks. */
    @Test
    void listenersLeaveTheReserve() throws Exception {
        try (Origin origin = Origin.echo();
                Program program = Program.run(OPEN_FILES, proxy("greedy", origin, "") + proxy("off", origin, ""));
                Calls calls = new Calls(program.control())) {
            InetSocketAddress greedy = calls.address("greedy");
            calls.call("PATCH", "/api/v1/proxies/off", "{\"enabled\":false}");
            for (int i = 0; i < OPEN_FILES; i++) {
                connect(greedy);
            }
            TestProxy.await("no more are accepted", () -> program.said().contains("files that the process may have"));
            int made = 0;
            String answer = create(calls, made);
            while (answer.isEmpty()) {
                assertTrue(made++ < 64, "eats up the reserve");
                answer = create(calls, made);
            }
            assertTrue(answer.startsWith("503 ") && answer.contains("all but 64 of the 256 files"), answer);
            for (String[] refused : new String[][] {
                {
                    "PUT",
                    "/api/v1/proxies/more",
                    "{\"protocol\":\"tcp\",\"listen\":\"127.0.0.1:0\",\"upstream\":\"127.0.0.1:1\"}"
                },
                {"PATCH", "/api/v1/proxies/off", "{\"enabled\":true}"},
                {"PATCH", "/api/v1/proxies/greedy", "{\"listen\":\"127.0.0.2:0\"}"},
                {"POST", "/proxies/off", "{\"enabled\":true}"},
                {"POST", "/api/v1/reset", ""}
            }) {
                answer = calls.answer(refused[0], refused[1], refused[2]);
                assertTrue(answer.startsWith("503 ") && answer.contains("all but 64 of the 256 files"), answer);
            }
            assertTrue(program.freeFiles() >= 60, program.freeFiles() + " are free");
            assertEquals(greedy, calls.address("greedy"));
            leave();
            TestProxy.await(
                    "descriptors are free",
                    () -> calls.status("PATCH", "/api/v1/proxies/off", "{\"enabled\":true}") == 200);
            assertEquals("x", connect(calls.address("off")).send("x").read(1));
        }
    }

    private long served() {
        return clients.stream().filter(ReserveTest::hasBytes).count();
    }

    private static boolean hasBytes(Peer client) {
        try {
            return client.socket().getInputStream().available() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String create(Calls calls, int number) {
        String answer = calls.answer(
                "POST",
                "/proxies",
                "{\"name\":\"n" + number + "\",\"listen\":\"127.0.0.1:0\",\"upstream\":\"127.0.0.1:1\"}");
        return answer.startsWith("201 ") ? "" : answer;
    }

    private static String proxy(String name, Origin origin, String more) {
        return name + " { protocol = tcp, listen = \"127.0.0.1:0\", upstream = \"" + origin.address() + "\", " + more
                + " }\n";
    }

    private Peer connect(InetSocketAddress address) throws IOException {
        Peer client = Peer.connect(address);
        clients.add(client);
        return client;
    }
}
