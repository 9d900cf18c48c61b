package io.chaosproxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import io.chaosproxy.relay.ProxyServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A body at full speed is relayed by a platform thread, and ends where it should. */
final class StreamedBodyTest {
    private static final int SIZE = 16 * 1024 * 1024;
    private static final int HALF = SIZE / 2;
    private static final int PIECE = 1024 * 1024;
    private static final byte[] CONTENT = new byte[SIZE];

    static {
        new Random(7).nextBytes(CONTENT);
    }

    /** How the end of a body is told. */
    enum Framing {
        LENGTH("Content-Length: " + SIZE, 0),
        SMALL_CHUNKS("Transfer-Encoding: chunked", 10_000),
        LARGE_CHUNKS("Transfer-Encoding: chunked", 3_000_000),
        UNTIL_CLOSE("Connection: close", 0);

        final String field;
        private final int chunk;

        Framing(String field, int chunk) {
            this.field = field;
            this.chunk = chunk;
        }

        /** The content between two offsets as it passes, in one array: pieces that the sender is slow with are no stream. */
        byte[] encoded(int from, int end) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            int most = chunk == 0 ? end - from : chunk;
            for (int at = from; at < end; at += most) {
                int size = Math.min(end - at, most);
                if (chunk > 0) {
                    all.writeBytes((Integer.toHexString(size) + "\r\n").getBytes(ISO_8859_1));
                }
                all.write(CONTENT, at, size);
                if (chunk > 0) {
                    all.writeBytes("\r\n".getBytes(ISO_8859_1));
                }
            }
            return all.toByteArray();
        }

        /** Sends the first half piece by piece, and returns whether a platform thread relayed it meanwhile. */
        boolean sendHalf(Peer to) throws IOException {
            byte[] half = encoded(0, HALF);
            boolean seen = false;
            for (int at = 0; at < half.length; at += PIECE) {
                to.send(Arrays.copyOfRange(half, at, Math.min(half.length, at + PIECE)));
                seen = seen || isStreaming();
            }
            return seen || isStreaming();
        }

        void end(Peer to) throws IOException {
            if (chunk > 0) {
                to.send("0\r\n\r\n");
            } else if (this == UNTIL_CLOSE) {
                to.endOutput();
            }
        }

        byte[] read(Peer from, int count) throws IOException {
            if (chunk == 0) {
                return from.read(count).getBytes(ISO_8859_1);
            }
            byte[] all = new byte[count];
            for (int at = 0; at < count; ) {
                int size = Integer.parseInt(line(from), 16);
                byte[] piece = from.read(size).getBytes(ISO_8859_1);
                System.arraycopy(piece, 0, all, at, size);
                at += size;
                assertEquals("", line(from));
            }
            return all;
        }

        private static String line(Peer from) throws IOException {
            StringBuilder line = new StringBuilder();
            while (line.indexOf("\r\n") < 0) {
                line.append(from.read(1));
            }
            return line.substring(0, line.length() - 2);
        }
    }

    /** What it returns is whether the body was relayed by a platform thread. */
    private static FutureTask<Boolean> sending(Framing framing, Peer to) {
        FutureTask<Boolean> sent = new FutureTask<>(() -> {
            boolean streamed = framing.sendHalf(to);
            to.send(framing.encoded(HALF, SIZE));
            framing.end(to);
            return streamed;
        });
        Thread.ofPlatform().start(sent);
        return sent;
    }

    private static boolean isStreaming() {
        return Threads.named("http #1").stream().anyMatch(name -> name.endsWith(" stream"));
    }

    /** An exchange, with all that is asserted of it; whether a platform thread relayed its body. */
    private interface Exchange {
        boolean run() throws Exception;
    }

    /** A sender that others keep from the processor sends no stream, so the exchange is run again until there was one. */
    private static void untilStreamed(Exchange exchange) throws Exception {
        Clock clock = Clock.start();
        while (!exchange.run()) {
            assertTrue(clock.millis() < 60_000, "no platform thread has relayed it");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aResponseIsWholeAndAnotherOneFollows(Framing framing) throws Exception {
        untilStreamed(() -> respond(framing));
    }

    private static boolean respond(Framing framing) throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address()).readAhead()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Peer server = origin.next().readAhead();
            server.readHead();
            server.send("HTTP/1.1 200 OK\r\n" + framing.field + "\r\n\r\n");
            FutureTask<Boolean> sent = sending(framing, server);
            assertTrue(client.readHead().contains(framing.field));
            assertArrayEquals(CONTENT, framing.read(client, SIZE));
            if (framing == Framing.UNTIL_CLOSE) {
                assertEquals(-1, client.read());
            } else {
                assertEquals(framing.chunk == 0 ? "" : "0\r\n\r\n", client.read(framing.chunk == 0 ? 0 : 5));
                client.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
                server.readHead();
                server.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb");
                client.readHead();
                assertEquals("b", client.read(1));
            }
            return sent.get();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNTIL_CLOSE")
    void aRequestIsWholeAndAnswered(Framing framing) throws Exception {
        untilStreamed(() -> request(framing));
    }

    private static boolean request(Framing framing) throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address()).readAhead()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\n" + framing.field + "\r\n\r\n");
            FutureTask<Boolean> sent = sending(framing, client);
            Peer server = origin.next().readAhead();
            server.readHead();
            assertArrayEquals(CONTENT, framing.read(server, SIZE));
            assertEquals(framing.chunk == 0 ? "" : "0\r\n\r\n", server.read(framing.chunk == 0 ? 0 : 5));
            server.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
            client.readHead();
            assertEquals("a", client.read(1));
            return sent.get();
        }
    }

    /** The error is found on the platform thread, and told as everywhere. */
    @Test
    void aChunkThatIsNoneEndsTheConnection() throws Exception {
        untilStreamed(StreamedBodyTest::breakChunk);
    }

    private static boolean breakChunk() throws Exception {
        try (Origin origin = Origin.manual();
                ProxyServer proxy = TestProxy.http(origin.port());
                Peer client = Peer.connect(proxy.address()).readAhead()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Peer server = origin.next().readAhead();
            server.readHead();
            Framing framing = Framing.LARGE_CHUNKS;
            server.send("HTTP/1.1 200 OK\r\n" + framing.field + "\r\n\r\n");
            FutureTask<Boolean> sent = new FutureTask<>(() -> {
                boolean streamed = framing.sendHalf(server);
                server.send("nonsense\r\n");
                return streamed;
            });
            Thread.ofPlatform().start(sent);
            client.readHead();
            assertArrayEquals(Arrays.copyOf(CONTENT, HALF), framing.read(client, HALF));
            assertEquals(-1, client.read());
            return sent.get();
        }
    }
}
