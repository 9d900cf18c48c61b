package io.chaosproxy.neverhangs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
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
