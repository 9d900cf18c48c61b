package io.chaosproxy.neverhangs;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients of the control plane that send much or read nothing, in a small heap. */
@Timeout(300) // for a program that has gone; the figures are not about time
final class ControlMemoryTest {
    private static final int CLIENTS = 200;
    private static final String HEAD = " HTTP/1.1\r\nHost: localhost\r\n";

    private final List<SocketChannel> clients = new ArrayList<>();

    @AfterEach
    void leave() throws IOException {
        for (SocketChannel client : clients) {
            client.close();
        }
        clients.clear();
    }

    private static Program program(Origin origin, String faults) throws Exception {
        String proxy = "web { protocol = http, listen = \"127.0.0.1:0\", upstream = \"http://" + origin.address()
                + "\", faults { " + faults + " } }";
        return Program.run(1024, proxy, "-Xmx48m", "-XX:+ExitOnOutOfMemoryError");
    }

    /** Each answer has megabytes, and the journal goes on while they are sent. */
    @ParameterizedTest
    @CsvSource({"/api/v1/journal?last=10000, 10000", "/api/v1/config, 0"})
    void answersThatNobodyReads(String path, int exchanges) throws Exception {
        String respond = "r { type = respond, status = 200, body = \"" + "z".repeat(500_000) + "\", when.path = /r }";
        try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                Program program = program(origin, "h { type = headers, on = response, set { X = y } }, " + respond);
                Calls calls = new Calls(program.control())) {
            exchange(calls.address("web"), exchanges);
            for (int i = 0; i < CLIENTS; i++) {
                SocketChannel client = SocketChannel.open();
                client.setOption(StandardSocketOptions.SO_RCVBUF, 4096).connect(program.controlAddress());
                clients.add(client);
                client.write(US_ASCII.encode("GET " + path + HEAD + "\r\n"));
            }
            calls.call("GET", "/api/v1/stats", "");
            exchange(calls.address("web"), exchanges);
            calls.call("GET", "/api/v1/stats", "");
            leave();
            TestProxy.await("memory is back", () -> calls.status("GET", path, "") == 200);
            assertFalse(program.said().contains("\tat "), program::said);
        }
    }

    private static void exchange(InetSocketAddress proxy, int times) throws IOException {
        String request = "GET /" + "p".repeat(400) + " HTTP/1.1\r\nHost: a\r\n\r\n";
        try (Peer client = Peer.connect(proxy).readAhead()) {
            for (int i = 0; i < times; i += 50) {
                client.send(request.repeat(50));
                for (int j = 0; j < 50; j++) {
                    client.readResponse();
                }
            }
        }
    }

    /** The largest that may be, the last byte of which doesn't come. */
    @Test
    void bodiesThatDoNotEnd() throws Exception {
        try (Origin origin = Origin.echo();
                Program program = program(origin, "");
                Calls calls = new Calls(program.control())) {
            int length = 256 * 1024;
            ByteBuffer body = ByteBuffer.allocate(length - 1);
            int refused = 0;
            for (int i = 0; i < CLIENTS; i++) {
                SocketChannel client = SocketChannel.open(program.controlAddress());
                clients.add(client);
                client.write(US_ASCII.encode(
                        "PUT /api/v1/proxies/web/rules/x" + HEAD + "Content-Length: " + length + "\r\n\r\n"));
                client.configureBlocking(false);
                ByteBuffer rest = body.duplicate();
                while (rest.hasRemaining() && client.write(rest) > 0) {
                    // as much as the kernel takes at once
                }
            }
            calls.call("GET", "/api/v1/stats", "");
            for (SocketChannel client : clients) {
                ByteBuffer answer = ByteBuffer.allocate(4096);
                int count = client.read(answer);
                refused += count > 0 && new String(answer.array(), US_ASCII).startsWith("HTTP/1.1 503 ") ? 1 : 0;
            }
            assertTrue(refused > 0 && refused < CLIENTS, refused + " refused");
            leave();
            String rule = "{\"type\":\"latency\",\"delay\":\"1ms\"}";
            TestProxy.await(
                    "memory is back",
                    () -> calls.status("PUT", "/api/v1/proxies/web/rules/x", rule + " ".repeat(200_000)) == 201);
            assertFalse(program.said().contains("\tat "), program::said);
        }
    }

    @Test
    void aLongBodyIsRefusedBeforeItIsRead() throws Exception {
        try (Origin origin = Origin.echo();
                Program program = program(origin, "")) {
            for (String path : List.of("PUT /api/v1/proxies/web/rules/x", "POST /proxies")) {
                try (Peer client = Peer.connect(program.controlAddress())) {
                    String answer = client.send(path + HEAD + "Content-Length: 1000000\r\n\r\n{")
                            .readHead();
                    assertEquals("HTTP/1.1 413 ", answer.substring(0, 13), path);
                }
            }
        }
    }

    /** Rules with large bodies, put until one no longer fits. */
    @Test
    void rulesThatDoNotFit() throws Exception {
        String rule = "{\"type\":\"respond\",\"body\":\"" + "b".repeat(200_000) + "\",\"probability\":0.0001}";
        String toxic = "{\"type\":\"latency\",\"name\":\"" + "t".repeat(230_000) + "\",\"attributes\":{\"latency\":1}}";
        try (Origin origin = Origin.echo();
                Program program = program(origin, "");
                Calls calls = new Calls(program.control())) {
            int taken = 0;
            while (taken < 200 && calls.status("PUT", "/api/v1/proxies/web/rules/r" + taken, rule) < 300) {
                taken++;
            }
            assertTrue(taken > 1 && taken < 200, taken + " rules taken");
            assertEquals(503, calls.status("PUT", "/api/v1/proxies/web/rules/more", rule));
            String lease = calls.call("POST", "/api/v1/leases", "{\"ttl\":\"1h\"}")
                    .replaceAll("(?s).*\"id\":\\s*\"([^\"]+)\".*", "$1");
            assertEquals(503, calls.status("PUT", "/api/v1/proxies/web/rules/more?lease=" + lease, rule));
            assertEquals(503, calls.status("POST", "/proxies/web/toxics", toxic));
            assertEquals(404, calls.status("GET", "/api/v1/proxies/web/rules/more", ""));
            assertEquals(204, calls.status("DELETE", "/api/v1/proxies/web/rules/r0", ""));
            assertTrue(calls.status("PUT", "/api/v1/proxies/web/rules/more", rule) < 300);
            assertFalse(program.said().contains("\tat "), program::said);
        }
    }
}
