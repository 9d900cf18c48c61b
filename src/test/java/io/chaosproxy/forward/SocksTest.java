package io.chaosproxy.forward;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.kit.LogLines;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SOCKS 5 over real sockets. */
final class SocksTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static String port(int port) {
        return String.format("%04x", port);
    }

    private static byte[] connect(int port) {
        return hex("05 01 00 01 7f000001 " + port(port));
    }

    private static byte[] connect(String name, int port) {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(hex("05 01 00 03"));
        request.write(name.length());
        request.writeBytes(name.getBytes(ISO_8859_1));
        request.writeBytes(hex(port(port)));
        return request.toByteArray();
    }

    private static byte[] read(Peer client, int count) throws Exception {
        return client.read(count).getBytes(ISO_8859_1);
    }

    /** The code of the reply, of which nothing else is of interest. */
    private static int reply(Peer client) throws Exception {
        byte[] reply = read(client, 4);
        read(client, reply[3] == 1 ? 6 : 18);
        return reply[1];
    }

    private static Peer greeted(ProxyServer proxy) throws Exception {
        Peer client = Peer.connect(proxy.address());
        client.send(hex("05 01 00"));
        assertArrayEquals(hex("05 00"), read(client, 2));
        return client;
    }

    private static int unusedPort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    @Test
    void addressAndNameAreConnected() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.forward()) {
            for (byte[] request : new byte[][] {
                connect(origin.port()),
                connect("localhost", origin.port()),
                connect("127.0.0.1", origin.port()),
                hex("05 01 00 04 00000000000000000000ffff7f000001 " + port(origin.port()))
            }) {
                try (Peer client = greeted(proxy)) {
                    client.send(request);
                    assertEquals(0, reply(client));
                    client.send("\0ping").endOutput();
                    assertEquals("\0ping", client.readText());
                }
            }
        }
    }

    /** A client that knows that no password is needed may send all at once. */
    @Test
    void bytesBehindTheRequestAreKept() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(hex("05 02 00 02"));
            all.writeBytes(connect(origin.port()));
            all.writeBytes("\0early".getBytes(ISO_8859_1));
            client.send(all.toByteArray());
            assertArrayEquals(hex("05 00"), read(client, 2));
            assertEquals(0, reply(client));
            assertEquals("\0early", client.read(6));
        }
    }

    @Test
    void messagesMayArriveByteByByte(@TempDir Path folder) throws Exception {
        Path users = Files.writeString(folder.resolve("users"), "ann:secret\n");
        try (Origin origin = Origin.echo();
                ProxyServer proxy = TestProxy.forward(ForwardAccess.OPEN.credentials(users));
                Peer client = Peer.connect(proxy.address())) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(hex("05 03 00 01 02 01 03 616e6e 06 736563726574"));
            all.writeBytes(connect("localhost", origin.port()));
            for (byte b : all.toByteArray()) {
                client.send(new byte[] {b});
            }
            assertArrayEquals(hex("05 02 01 00"), read(client, 4));
            assertEquals(0, reply(client));
            client.send("\0x");
            assertEquals("\0x", client.read(2));
        }
    }

    @Test
    void passwordsAreChecked(@TempDir Path folder) throws Exception {
        Path users = Files.writeString(folder.resolve("users"), "ann:secret\n");
        try (Origin origin = Origin.manual();
                LogLines log = LogLines.of("forward");
                ProxyServer proxy = TestProxy.forward(ForwardAccess.OPEN.credentials(users))) {
            try (Peer client = Peer.connect(proxy.address())) {
                client.send(hex("05 01 00"));
                assertArrayEquals(hex("05 ff"), read(client, 2));
                assertEquals("end", client.ending());
            }
            try (Peer client = Peer.connect(proxy.address())) {
                client.send(hex("05 02 00 02"));
                assertArrayEquals(hex("05 02"), read(client, 2));
                client.send(hex("01 03 616e6e 06 736563726573"));
                assertArrayEquals(hex("01 01"), read(client, 2));
                assertEquals("end", client.ending());
            }
            assertTrue(origin.isUntouched());
            assertTrue(
                    log.lines().toString().contains("user or password is wrong"),
                    log.lines().toString());
        }
    }

    /** As curl does when it is given a user that the proxy does not need. */
    @Test
    void aPasswordThatIsNotNeededIsAccepted() throws Exception {
        try (ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send(hex("05 01 02"));
            assertArrayEquals(hex("05 02"), read(client, 2));
            client.send(hex("01 01 61 01 62"));
            assertArrayEquals(hex("01 00"), read(client, 2));
        }
    }

    @Test
    void eachFailureHasItsCode() throws Exception {
        try (ProxyServer proxy = TestProxy.forward();
                LogLines log = LogLines.of("forward")) {
            assertFails(5, proxy, connect(unusedPort())); // refused
            assertFails(4, proxy, connect("nobody.invalid", 80)); // host unreachable
            assertFails(2, proxy, hex("05 01 00 01 a9fea9fe 0050")); // not allowed
            assertFails(2, proxy, hex("05 01 00 04 00000000000000000000ffffa9fea9fe 0050"));
            assertFails(7, proxy, hex("05 02 00 01 7f000001 0050")); // BIND
            assertFails(7, proxy, hex("05 03 00 01 7f000001 0050")); // UDP ASSOCIATE
            assertFails(8, proxy, hex("05 01 00 02 7f000001 0050")); // address type
            assertFails(1, proxy, hex("05 01 00 03 00 0050")); // no name
            assertFails(1, proxy, hex("05 01 00 01 7f000001 0000")); // no port
            assertFails(1, proxy, hex("04 01 0050 7f000001 00 00")); // another version
            assertEquals(10, log.lines().size(), "one line for each: " + log.lines());
            assertEquals(4, proxy.traffic().dialFailures());
        }
    }

    private static void assertFails(int code, ProxyServer proxy, byte[] request) throws Exception {
        try (Peer client = greeted(proxy)) {
            client.send(request);
            assertEquals(code, reply(client));
            assertEquals("end", client.ending());
        }
    }

    @Test
    void aClientThatEndsWithinTheNegotiationIsClosed() throws Exception {
        try (ProxyServer proxy = TestProxy.forward();
                Peer client = greeted(proxy)) {
            client.send(hex("05 01 00")).endOutput();
            assertEquals("end", client.ending());
        }
    }

    @Test
    void httpBehindSocksHasExchanges() throws Exception {
        try (Origin origin = Origin.answering(OK);
                ProxyServer proxy =
                        TestProxy.forward(TestProxy.rule(Respond.of(503)).when(Match.path("/broken")));
                Peer client = greeted(proxy)) {
            client.send(connect("localhost", origin.port()));
            assertEquals(0, reply(client));
            client.send("GET /fine HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertEquals(OK, client.readResponse());
            client.send("GET /broken HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertTrue(client.readResponse().startsWith("HTTP/1.1 503 "));
        }
    }

    /** In its own words, so that it says more than that the connection has ended. */
    @Test
    void aClientOfSocks4IsRejected() throws Exception {
        try (LogLines log = LogLines.of("forward");
                ProxyServer proxy = TestProxy.forward();
                Peer client = Peer.connect(proxy.address())) {
            client.send("\u0004\u0001\u0000P\u007f\u0000\u0000\u0001me\u0000");
            assertEquals("\u0000[\u0000\u0000\u0000\u0000\u0000\u0000", client.readText());
            log.await("the client speaks SOCKS 4");
        }
    }
}
