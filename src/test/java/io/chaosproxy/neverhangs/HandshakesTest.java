package io.chaosproxy.neverhangs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Tls;
import io.chaosproxy.tls.KeyReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hundreds of clients that begin a TLS handshake and never finish it. */
final class HandshakesTest {
    private static final int OPEN_FILES = 4096;
    private static final int CLIENTS = 500;

    /** Descriptors that may be open for something else than clients. */
    private static final int OTHERS = 50;

    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @TempDir
    private Path folder;

    private final List<Peer> clients = new ArrayList<>();

    private String proxy(Origin origin, String options) {
        return "web { protocol = http, listen = \"127.0.0.1:0\", upstream = \"http://" + origin.address()
                + "\", tls { self-signed = true, self-signed-file = \"" + folder.resolve("ca.pem") + "\" }, "
                + options + " }";
    }

    /** A third of them says nothing, a third half of a ClientHello, and a third does not answer the server's. */
    private void connect(InetSocketAddress web) throws Exception {
        byte[] hello = Tls.hello("localhost");
        for (int i = 0; i < CLIENTS; i++) {
            Peer client = Peer.connect(web);
            clients.add(client);
            switch (i % 3) {
                case 0 -> {}
                case 1 -> client.send(Arrays.copyOf(hello, hello.length / 2));
                default -> client.send(hello);
            }
        }
    }

    private void leave() throws IOException {
        for (Peer client : clients) {
            client.close();
        }
    }

    private static int free(Program program) {
        try {
            return program.freeFiles();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void eachHasOneDescriptorUntilItsTimeIsOver() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                Program program = Program.run(OPEN_FILES, proxy(origin, ""));
                Calls calls = new Calls(program.control())) {
            InetSocketAddress web = calls.address("web");
            SSLContext trust = Tls.context(KeyReader.trusted(folder.resolve("ca.pem")), Optional.empty());
            assertExchange(web, trust); // opens what the first connection of a process opens
            int before = free(program);
            connect(web);
            for (int i = 0; i < 20; i++) {
                calls.call("GET", "/api/v1/connections", "");
                calls.call("PATCH", "/api/v1/proxies/web", "{\"latency\": " + (i + 1) + "}");
                int held = before - free(program);
                assertTrue(held <= CLIENTS + OTHERS, held + " descriptors");
            }
            assertExchange(web, trust); // the others hold nobody up
            TestProxy.await("their time is over", () -> free(program) >= before - OTHERS);
            for (Peer client : clients) {
                client.ending(); // fails after a minute
            }
        } finally {
            leave();
        }
    }

    @Test
    void noMoreThanMaxConnectionsAreAccepted() throws Exception {
        int most = 100;
        try (Origin origin = Origin.answering(RESPONSE);
                Program program = Program.run(OPEN_FILES, proxy(origin, "max-connections = " + most));
                Calls calls = new Calls(program.control())) {
            InetSocketAddress web = calls.address("web");
            int before = free(program);
            connect(web);
            for (int i = 0; i < 20; i++) {
                calls.call("GET", "/api/v1/proxies", "");
                int held = before - free(program);
                assertTrue(held <= most + OTHERS, held + " descriptors");
            }
            calls.call("POST", "/api/v1/proxies/web/sever", "");
            calls.call("DELETE", "/api/v1/proxies/web", "");
            TestProxy.await("all are closed", () -> free(program) >= before - OTHERS);
        } finally {
            leave();
        }
    }

    private static void assertExchange(InetSocketAddress web, SSLContext trust) throws IOException {
        try (SSLSocket socket = Tls.client(web, trust, "localhost")) {
            assertEquals(
                    RESPONSE,
                    new Peer(socket)
                            .send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .readResponse());
        }
    }
}
