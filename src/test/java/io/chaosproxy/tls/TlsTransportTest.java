package io.chaosproxy.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.flow.Buffers;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.kit.FreePort;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.net.ConnectionResetException;
import io.chaosproxy.net.SocketTransport;
import io.chaosproxy.net.Transport;
import io.chaosproxy.tls.TestTls.Ends;
import io.chaosproxy.tls.TestTls.Pair;
import io.chaosproxy.tls.TestTls.Task;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS over real sockets, from virtual threads, against the JDK's own sockets and openssl. */
class TlsTransportTest {
    private static final String TLS_1_2 = "TLSv1.2";
    private static final String TLS_1_3 = "TLSv1.3";

    /** Many times what the buffers of a connection hold ({@link TestTls#BUFFER}), so its ends wait for each other. */
    private static final int LARGE = 4 << 20;

    @TempDir
    static Path folder;

    private static TestTls tls;

    @BeforeAll
    static void makeCertificate() throws Exception {
        tls = TestTls.in(folder);
    }

    private static byte[] random(int seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static long writeAll(Transport to, byte[] data) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(data);
        while (bytes.hasRemaining()) {
            assertTrue(to.write(bytes, () -> true) > 0, "at least one");
        }
        return data.length;
    }

    private static byte[] readAll(Transport from) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (Chunk chunk = new Chunk()) {
            while (chunk.readFrom(from) >= 0) {
                byte[] part = new byte[chunk.bytes().remaining()];
                chunk.bytes().get(part);
                all.writeBytes(part);
            }
        }
        return all.toByteArray();
    }

    private static String read(Transport from, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            int more = from.read(bytes);
            if (more < 0) {
                throw new EOFException(bytes.position() + " of " + count);
            }
            if (more == 0) {
                from.await();
            }
        }
        return ISO_8859_1.decode(bytes.flip()).toString();
    }

    private static long echo(Transport wire) throws IOException {
        long total = 0;
        try (Chunk chunk = new Chunk()) {
            while (chunk.readFrom(wire) >= 0) {
                while (chunk.bytes().hasRemaining()) {
                    total += wire.write(chunk.bytes(), () -> true);
                }
            }
        }
        wire.end();
        return total;
    }

    /** The first records behind a handshake may hold nothing for the reader, such as tickets. */
    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void aWaitForBytesEndsWhenItIsNotWanted(String version) throws Exception {
        try (TestTls.Ends ends = tls.established(version)) {
            AtomicBoolean wanted = new AtomicBoolean(true);
            TestTls.Task<Boolean> wait = new TestTls.Task<>(() -> {
                ends.ours().await(wanted::get);
                return wanted.get();
            });
            TestProxy.await(
                    "waits",
                    () -> wait.thread.getState() != Thread.State.NEW
                            && wait.thread.getState() != Thread.State.RUNNABLE);
            wanted.set(false);
            ends.ours().wakeReader();
            assertFalse(wait.result());

            ends.theirs().getOutputStream().write(bytes("hello"));
            ends.ours().await(() -> true);
            assertEquals("hello", read(ends.ours(), 5));
            ends.theirs().shutdownOutput();
            ends.ours().await(() -> true);
            assertEquals(-1, ends.ours().read(ByteBuffer.allocate(1)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void aServerEchoesWhatTheJdksClientSends(String version) throws Exception {
        try (Ends ends = tls.established(version)) {
            assertEquals(version, ends.ours().session().getProtocol());
            assertEquals(version, ends.theirs().getSession().getProtocol());
            Task<Long> echo = new Task<>(() -> echo(ends.ours()));
            Random random = new Random(1);
            long total = 0;
            for (int size : new int[] {1, 2, 2047, 2048, 2049, 16_383, 16_384, 16_385, 40_000, 131_072, 500_000, 7}) {
                byte[] data = random(random.nextInt(), size);
                Task<byte[]> back =
                        new Task<>(() -> ends.theirs().getInputStream().readNBytes(size));
                ends.theirs().getOutputStream().write(data);
                assertArrayEquals(data, back.result());
                total += size;
            }
            ends.theirs().shutdownOutput();
            assertEquals(total, echo.result());
            assertEquals(-1, ends.theirs().getInputStream().read());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void aClientTalksToTheJdksServer(String version) throws Exception {
        try (SSLServerSocket server = (SSLServerSocket)
                tls.context().getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Task<byte[]> serving = new Task<>(() -> {
                try (Socket accepted = server.accept()) {
                    byte[] data = accepted.getInputStream().readNBytes(LARGE);
                    accepted.getOutputStream().write(data);
                    return data;
                }
            });
            server.setReceiveBufferSize(TestTls.BUFFER);
            SocketChannel socket = TestTls.connect(server.getLocalSocketAddress());
            try (TlsTransport ours = new TlsTransport(SocketTransport.over(socket), tls.engine(true, version))) {
                ours.handshake(TestTls.LONG);
                byte[] data = random(2, LARGE);
                Task<Long> writing = new Task<>(() -> writeAll(ours, data));
                assertArrayEquals(data, readAll(ours));
                assertEquals(LARGE, writing.result());
                assertArrayEquals(data, serving.result());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void muchGoesBothWaysAtOnce(String version) throws Exception {
        try (Pair pair = Pair.connect();
                TlsTransport one = new TlsTransport(SocketTransport.over(pair.ours()), tls.engine(false, version));
                TlsTransport two = new TlsTransport(SocketTransport.over(pair.theirs()), tls.engine(true, version))) {
            Task<Boolean> first = new Task<>(() -> exchange(one, two, 3, 4));
            Task<Boolean> second = new Task<>(() -> exchange(two, one, 4, 3));
            assertTrue(first.result());
            assertTrue(second.result());
        }
    }

    private static boolean exchange(TlsTransport mine, TlsTransport other, int send, int receive) throws Exception {
        mine.handshake(TestTls.LONG);
        Task<Long> writing = new Task<>(() -> writeAll(mine, random(send, LARGE)));
        ByteBuffer received = ByteBuffer.allocate(LARGE);
        while (received.hasRemaining()) {
            if (mine.read(received) == 0) {
                mine.await();
            }
        }
        assertArrayEquals(random(receive, LARGE), received.array());
        return writing.result() == LARGE && other.isConnected();
    }

    @Test
    void bytesGoOnAfterTheClientHasEndedItsStream() throws Exception {
        try (Ends ends = tls.established(TLS_1_3)) {
            ends.theirs().getOutputStream().write(bytes("question"));
            ends.theirs().shutdownOutput();
            assertEquals("question", new String(readAll(ends.ours()), ISO_8859_1));
            assertTrue(ends.ours().hasEnded());
            byte[] answer = random(5, 1 << 20);
            Task<byte[]> reading =
                    new Task<>(() -> ends.theirs().getInputStream().readAllBytes());
            writeAll(ends.ours(), answer);
            ends.ours().end();
            assertArrayEquals(answer, reading.result());
        }
    }

    @Test
    void readingGoesOnAfterTheOwnEnd() throws Exception {
        try (Ends ends = tls.established(TLS_1_3)) {
            writeAll(ends.ours(), bytes("greeting"));
            ends.ours().end();
            assertEquals("greeting", new String(ends.theirs().getInputStream().readAllBytes(), ISO_8859_1));
            assertThrows(IOException.class, () -> ends.ours().write(ByteBuffer.allocate(1), () -> true));
            byte[] data = random(6, 1 << 20);
            Task<byte[]> reading = new Task<>(() -> readAll(ends.ours()));
            ends.theirs().getOutputStream().write(data);
            ends.theirs().shutdownOutput();
            assertArrayEquals(data, reading.result());
        }
    }

    /** With TLS 1.2 the JDK answers close_notify at once. A write after that fails, and is not lost silently. */
    @Test
    void aCloseNotifyOfTls12EndsBothDirections() throws Exception {
        try (Ends ends = tls.established(TLS_1_2)) {
            ends.theirs().getOutputStream().write(bytes("bye"));
            ends.theirs().shutdownOutput();
            assertEquals("bye", new String(readAll(ends.ours()), ISO_8859_1));
            assertThrows(SSLException.class, () -> ends.ours().write(ByteBuffer.allocate(1), () -> true));
            assertEquals(-1, ends.theirs().getInputStream().read());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void anEndWithoutCloseNotifyIsATruncation(String version) throws Exception {
        try (Ends ends = tls.established(version)) {
            ends.theirs().getOutputStream().write(bytes("some"));
            ends.pair().theirs().shutdownOutput();
            assertEquals("some", read(ends.ours(), 4));
            assertThrows(TlsTruncatedException.class, () -> read(ends.ours(), 1));
            assertThrows(TlsTruncatedException.class, () -> read(ends.ours(), 1), "and it stays one");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void aRecordThatIsCutIsATruncation(String version) throws Exception {
        try (Ends ends = tls.established(version)) {
            ends.pair().theirs().write(ByteBuffer.wrap(new byte[] {23, 3, 3, 1, 0, 5}));
            ends.pair().theirs().shutdownOutput();
            assertThrows(TlsTruncatedException.class, () -> read(ends.ours(), 1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void bytesBeforeASpoiltRecordAreStillRead(String version) throws Exception {
        try (Ends ends = tls.established(version)) {
            ends.theirs().getOutputStream().write(bytes("good"));
            ByteBuffer spoilt = ByteBuffer.allocate(105).put(new byte[] {23, 3, 3, 0, 100});
            ends.pair().theirs().write(spoilt.clear());
            assertEquals("good", read(ends.ours(), 4));
            assertThrows(SSLException.class, () -> read(ends.ours(), 1));
            ends.ours().close();
            SSLException seen = assertThrows(
                    SSLException.class, () -> ends.theirs().getInputStream().read());
            assertTrue(String.valueOf(seen.getMessage()).contains("bad_record_mac"), seen::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void aHandshakeThatFailsIsExplainedBeforeTheClose(String version) throws Exception {
        try (Pair pair = Pair.connect()) {
            String other = version.equals(TLS_1_2) ? TLS_1_3 : TLS_1_2;
            TlsTransport ours = new TlsTransport(SocketTransport.over(pair.ours()), tls.engine(false, version));
            SSLSocket theirs = tls.client(pair.theirs().socket());
            theirs.setEnabledProtocols(new String[] {other});
            Task<Boolean> failing = new Task<>(() -> {
                try {
                    assertThrows(SSLException.class, () -> ours.handshake(TestTls.LONG));
                    return true;
                } finally {
                    ours.close();
                }
            });
            SSLException seen = assertThrows(SSLException.class, theirs::startHandshake);
            assertTrue(String.valueOf(seen.getMessage()).contains("protocol_version"), seen::toString);
            assertTrue(failing.result());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void aResetComesWithoutCloseNotify(String version) throws Exception {
        try (Ends ends = tls.established(version)) {
            ends.ours().resetOnClose();
            ends.ours().close();
            SocketException seen = assertThrows(
                    SocketException.class, () -> ends.theirs().getInputStream().read());
            assertTrue(String.valueOf(seen.getMessage()).contains("reset"), seen::toString);
        }
    }

    /** A close waits for no room, and so for no peer that does not read. */
    @Test
    void aCloseToAPeerThatReadsNothingEndsSoon() throws Exception {
        try (Ends ends = tls.established(TLS_1_3)) {
            Task<Long> writing = new Task<>(() -> writeAll(ends.ours(), random(1, LARGE)));
            TestProxy.await("the kernel has no room", () -> ends.ours().wasFull() || isWaiting(writing.thread));
            ends.ours().close();
            assertThrows(IOException.class, writing::result);
        }
    }

    private static boolean isWaiting(Thread thread) {
        return thread.getState() == Thread.State.WAITING;
    }

    @Test
    void aResetByThePeerIsSeen() throws Exception {
        try (Ends ends = tls.established(TLS_1_3)) {
            Task<String> reading = new Task<>(() -> read(ends.ours(), 1));
            ends.pair().theirs().socket().setSoLinger(true, 0);
            ends.pair().theirs().close();
            IOException seen = assertThrows(IOException.class, reading::result);
            assertTrue(ConnectionResetException.isReset(seen), seen::toString);
        }
    }

    /** Both ends are ours, as the JDK's socket takes a truncation for an ordinary end. */
    private static TlsTransport peerOf(TlsTransport ours, Pair pair, String version) throws Exception {
        TlsTransport theirs = new TlsTransport(SocketTransport.over(pair.theirs()), tls.engine(true, version));
        Task<Boolean> handshake = new Task<>(() -> {
            ours.handshake(TestTls.LONG);
            return true;
        });
        theirs.handshake(TestTls.LONG);
        assertTrue(handshake.result());
        return theirs;
    }

    private static void endOrClose(TlsTransport transport, boolean end) throws IOException {
        if (end) {
            transport.end();
        } else {
            transport.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void aStreamEndsWithoutCloseNotifyIfToldSo(String version) throws Exception {
        for (boolean half : new boolean[] {true, false}) {
            Pair pair = Pair.connect();
            try (TlsTransport ours = new TlsTransport(SocketTransport.over(pair.ours()), tls.engine(false, version));
                    TlsTransport theirs = peerOf(ours, pair, version)) {
                writeAll(ours, bytes("part"));
                ours.truncateOnClose();
                endOrClose(ours, half);
                assertEquals("part", read(theirs, 4));
                assertThrows(TlsTruncatedException.class, () -> read(theirs, 1));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void anEndAndACloseSendCloseNotify(String version) throws Exception {
        for (boolean half : new boolean[] {true, false}) {
            Pair pair = Pair.connect();
            try (TlsTransport ours = new TlsTransport(SocketTransport.over(pair.ours()), tls.engine(false, version));
                    TlsTransport theirs = peerOf(ours, pair, version)) {
                writeAll(ours, bytes("all"));
                endOrClose(ours, half);
                assertEquals("all", new String(readAll(theirs), ISO_8859_1));
            }
        }
    }

    /** The peer doesn't read: so the writer waits, and the response to the KeyUpdate has no room. */
    @Test
    void aReaderGoesOnAtAKeyUpdateWhileTheWriterWaits() throws Exception {
        try (Ends ends = tls.established(TLS_1_3)) {
            byte[] data = random(7, LARGE);
            Task<Long> writing = new Task<>(() -> writeAll(ends.ours(), data));
            TestProxy.await("the writer waits", () -> writing.thread.getState() == Thread.State.WAITING);
            for (int i = 0; i < 20; i++) {
                ends.theirs().startHandshake(); // a KeyUpdate that asks for one, after the handshake of TLS 1.3
                ends.theirs().getOutputStream().write('x');
                assertEquals("x", read(ends.ours(), 1));
            }
            assertFalse(writing.isDone());
            assertArrayEquals(data, ends.theirs().getInputStream().readNBytes(data.length));
            assertEquals(data.length, writing.result());
            writeAll(ends.ours(), bytes("more"));
            assertEquals("more", new String(ends.theirs().getInputStream().readNBytes(4), ISO_8859_1));
        }
    }

    /** Keys change in the middle of traffic in both directions. */
    @Test
    void keyUpdatesDisturbNothing() throws Exception {
        try (Ends ends = tls.established(TLS_1_3)) {
            Task<Long> echo = new Task<>(() -> echo(ends.ours()));
            byte[] data = random(8, 1 << 20);
            Task<byte[]> back = new Task<>(() -> ends.theirs().getInputStream().readNBytes(data.length));
            for (int i = 0; i < data.length; i += 16_384) {
                ends.theirs().getOutputStream().write(data, i, 16_384);
                ends.theirs().startHandshake();
            }
            assertArrayEquals(data, back.result());
            ends.theirs().shutdownOutput();
            assertEquals(data.length, echo.result());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"K", "k"})
    void opensslChangesTheKeysOfItsConnection(String command) throws Exception {
        Openssl.assumePresent();
        try (ServerSocketChannel server = TestTls.listen();
                Openssl client = Openssl.start("s_client", "-tls1_3", "-connect", address(server))) {
            Task<Long> serving = serve(server);
            client.type("one\n");
            TestProxy.await("the first echo", () -> client.output().contains("\none\n"));
            client.type(command + "\n");
            TestProxy.await("the key update", () -> client.output().contains("KEYUPDATE"));
            client.type("two\n");
            TestProxy.await("the second echo", () -> client.output().contains("\ntwo\n"));
            client.type("Q\n");
            assertEquals(8, serving.result());
        }
    }

    private static String address(ServerSocketChannel server) throws IOException {
        return "127.0.0.1:" + ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    private static Task<Long> serve(ServerSocketChannel server) {
        return new Task<>(() -> {
            try (TlsTransport ours = new TlsTransport(SocketTransport.over(server.accept()), tls.server())) {
                ours.handshake(TestTls.LONG);
                return echo(ours);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void opensslResumesItsSession(String version) throws Exception {
        Openssl.assumePresent();
        String session = folder.resolve("session" + version).toString();
        try (ServerSocketChannel server = TestTls.listen()) {
            for (String way : List.of("-sess_out", "-sess_in")) {
                Task<Long> serving = serve(server);
                try (Openssl client = Openssl.start("s_client", version, "-connect", address(server), way, session)) {
                    client.type("hello\n");
                    TestProxy.await("the echo", () -> client.output().contains("\nhello\n"));
                    client.type("Q\n");
                    client.exit();
                    String expected = way.equals("-sess_out") ? "New, TLSv1." : "Reused, TLSv1.";
                    assertTrue(client.output().contains(expected), client::output);
                }
                serving.result();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void ourClientResumesItsSessionWithOpenssl(String version) throws Exception {
        Openssl.assumePresent();
        int port = FreePort.any();
        try (Openssl server = Openssl.start(
                "s_server",
                "-accept",
                "127.0.0.1:" + port,
                "-cert",
                tls.certificate().toString(),
                "-key",
                tls.key().toString(),
                "-naccept",
                "2")) {
            TestProxy.await("it listens", () -> server.output().contains("ACCEPT"));
            for (int i = 0; i < 2; i++) {
                SocketChannel socket = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
                try (TlsTransport ours = new TlsTransport(SocketTransport.over(socket), tls.engine(true, version))) {
                    ours.handshake(TestTls.LONG);
                    String question = "question " + i;
                    writeAll(ours, bytes(question + "\n"));
                    TestProxy.await(question, () -> server.output().contains(question));
                    server.type("abc\n");
                    assertEquals("abc\n", read(ours, 4)); // the ticket came before
                    ours.end();
                }
            }
            server.exit();
            assertTrue(server.output().contains("Reused session-id"), server::output);
        }
    }

    /**
     * A ticket of TLS 1.3 comes behind the handshake (RFC 8446 §4.6.1), so only a client that reads gets it. One that sends and leaves
     * makes its kernel answer the ticket by a reset, which takes nothing away from what it has sent.
     */
    @Test
    void aClientThatReadsNothingGetsNoTicketAndLosesNothing() throws Exception {
        TestTls own = TestTls.in(Files.createDirectory(folder.resolve("tickets")));
        List<Long> sessions = new ArrayList<>();
        for (boolean reads : new boolean[] {false, true, false, false}) {
            long now = System.currentTimeMillis();
            TestProxy.await("another time of creation", () -> System.currentTimeMillis() > now);
            Pair pair = Pair.connect();
            Task<String> serving = new Task<>(() -> {
                try (TlsTransport ours =
                        new TlsTransport(SocketTransport.over(pair.ours()), own.engine(false, TLS_1_3))) {
                    ours.handshake(TestTls.LONG);
                    if (reads) {
                        writeAll(ours, bytes("x"));
                    }
                    return new String(readAll(ours), ISO_8859_1);
                }
            });
            try (TlsTransport client =
                    new TlsTransport(SocketTransport.over(pair.theirs()), own.engine(true, TLS_1_3))) {
                client.handshake(TestTls.LONG);
                sessions.add(client.session().getCreationTime());
                writeAll(client, bytes("all"));
                if (reads) {
                    read(client, 1);
                }
                client.end();
            }
            assertEquals("all", serving.result());
        }
        assertNotEquals(sessions.get(0), sessions.get(1), "the first client has read nothing");
        assertEquals(sessions.get(1), sessions.get(2), "resumed");
    }

    @Test
    void aThousandHandshakesAtOnceAllComplete() throws Exception {
        int count = 1000;
        List<Task<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Pair pair = Pair.connect();
            for (boolean client : new boolean[] {false, true}) {
                all.add(new Task<>(() -> {
                    SocketChannel socket = client ? pair.theirs() : pair.ours();
                    try (TlsTransport ours =
                            new TlsTransport(SocketTransport.over(socket), tls.engine(client, TLS_1_3))) {
                        ours.handshake(TestTls.LONG);
                        writeAll(ours, bytes(client ? "ping" : "pong"));
                        return read(ours, 4).equals(client ? "pong" : "ping");
                    }
                }));
            }
        }
        for (Task<Boolean> one : all) {
            assertTrue(one.result());
        }
    }

    /** With the shared buffers used up there is memory for one record, and the handshake has several. */
    @Test
    void aHandshakeNeedsNoSharedBuffers() throws Exception {
        List<ByteBuffer> all = new ArrayList<>();
        try (Pair pair = Pair.connect()) {
            for (ByteBuffer one = Buffers.ON_HEAP.borrow(); one != null; one = Buffers.ON_HEAP.borrow()) {
                all.add(one);
            }
            try (TlsTransport server = new TlsTransport(SocketTransport.over(pair.ours()), tls.engine(false, TLS_1_3));
                    TlsTransport client =
                            new TlsTransport(SocketTransport.over(pair.theirs()), tls.engine(true, TLS_1_3))) {
                Task<Boolean> serving = new Task<>(() -> {
                    server.handshake(TestTls.LONG);
                    writeAll(server, bytes("pong"));
                    return true;
                });
                Task<String> asking = new Task<>(() -> {
                    client.handshake(TestTls.LONG);
                    return read(client, 4);
                });
                assertTrue(serving.result());
                assertEquals("pong", asking.result());
            }
        } finally {
            all.forEach(Buffers.ON_HEAP::giveBack);
            Chunk.freeIdleBuffers();
        }
    }

    /** A client that is gone when it is to be answered has an answer encrypted for it that nobody sends. */
    @Test
    void aHandshakeThatFailsGivesItsMemoryBack() throws Exception {
        Chunk.freeIdleBuffers();
        long before = Buffers.allocated();
        for (int i = 0; i < 20; i++) {
            try (Pair pair = Pair.connect();
                    Transport below = SocketTransport.over(pair.ours())) {
                ByteBuffer hello = ByteBuffer.allocate(32 * 1024);
                tls.engine(true, TLS_1_3).wrap(ByteBuffer.allocate(0), hello);
                below.putBack(hello.flip());
                pair.theirs().setOption(StandardSocketOptions.SO_LINGER, 0).close();
                TlsTransport ours = new TlsTransport(below, tls.engine(false, TLS_1_3));
                assertThrows(
                        IOException.class,
                        () -> new Task<>(() -> {
                                    ours.handshake(TestTls.LONG);
                                    return true;
                                })
                                .result());
            }
        }
        TestProxy.await("memory is back", () -> {
            Chunk.freeIdleBuffers();
            return Buffers.allocated() <= before;
        });
    }

    @Test
    void aPeerThatSaysNothingRunsOutOfTime() throws Exception {
        try (Pair pair = Pair.connect()) {
            TlsTransport ours = new TlsTransport(SocketTransport.over(pair.ours()), tls.engine(false, TLS_1_3));
            long begun = System.nanoTime();
            assertThrows(
                    SocketTimeoutException.class,
                    () -> new Task<>(() -> {
                                ours.handshake(Duration.ofMillis(100));
                                return true;
                            })
                            .result());
            assertTrue(System.nanoTime() - begun >= 100_000_000);
            assertEquals("end", new Peer(pair.theirs().socket()).ending());
        }
    }

    @Test
    void aPeerThatStopsHalfwayRunsOutOfTime() throws Exception {
        try (Pair pair = Pair.connect()) {
            pair.theirs().write(ByteBuffer.wrap(new byte[] {22, 3, 1, 1, 0, 1, 0, 0, (byte) 252, 3}));
            TlsTransport ours = new TlsTransport(SocketTransport.over(pair.ours()), tls.engine(false, TLS_1_3));
            assertThrows(
                    SocketTimeoutException.class,
                    () -> new Task<>(() -> {
                                ours.handshake(Duration.ofMillis(100));
                                return true;
                            })
                            .result());
        }
    }

    @Test
    void aPeerThatLeavesOrSpeaksSomethingElseFailsTheHandshake() throws Exception {
        for (String first : List.of("", "GET / HTTP/1.1\r\n\r\n")) {
            try (Pair pair = Pair.connect()) {
                Peer peer = new Peer(pair.theirs().socket()).send(first).endOutput();
                try (TlsTransport ours =
                        new TlsTransport(SocketTransport.over(pair.ours()), tls.engine(false, TLS_1_3))) {
                    assertThrows(SSLException.class, () -> ours.handshake(TestTls.LONG));
                }
                peer.ending();
            }
        }
    }

    /** The server has TLS 1.3 only: the client is told so by an alert. */
    @Test
    void aFailedHandshakeIsExplainedByAnAlert() throws Exception {
        try (Pair pair = Pair.connect();
                TlsTransport ours = new TlsTransport(SocketTransport.over(pair.ours()), tls.engine(false, TLS_1_3))) {
            SSLSocket theirs = tls.client(pair.theirs().socket());
            theirs.setEnabledProtocols(new String[] {TLS_1_2});
            Task<Boolean> handshake = new Task<>(() -> {
                ours.handshake(TestTls.LONG);
                return true;
            });
            SSLHandshakeException seen = assertThrows(SSLHandshakeException.class, theirs::startHandshake);
            assertTrue(String.valueOf(seen.getMessage()).contains("protocol_version"), seen::toString);
            assertThrows(SSLHandshakeException.class, handshake::result);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void bytesMayComeOneByOne(String version) throws Exception {
        try (Pair pair = Pair.connect();
                Pair slow = Pair.connect();
                TlsTransport ours = new TlsTransport(SocketTransport.over(pair.ours()), tls.engine(false, version))) {
            Task<Boolean> there =
                    new Task<>(() -> trickle(slow.ours().socket(), pair.theirs().socket()));
            Task<Boolean> back =
                    new Task<>(() -> trickle(pair.theirs().socket(), slow.ours().socket()));
            Task<Long> echo = new Task<>(() -> {
                ours.handshake(TestTls.LONG);
                return echo(ours);
            });
            SSLSocket theirs = tls.client(slow.theirs().socket());
            byte[] data = random(9, 2000);
            theirs.getOutputStream().write(data);
            assertArrayEquals(data, theirs.getInputStream().readNBytes(data.length));
            theirs.shutdownOutput();
            assertEquals(data.length, echo.result());
            slow.theirs().shutdownOutput();
            assertTrue(there.result());
            assertTrue(back.result());
        }
    }

    private static boolean trickle(Socket from, Socket to) throws IOException {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        int b;
        while ((b = in.read()) >= 0) {
            out.write(b);
        }
        to.shutdownOutput();
        return true;
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void recordsMayHaveOneByteEach(String version) throws Exception {
        try (Ends ends = tls.established(version)) {
            byte[] data = random(10, 5000);
            Task<byte[]> reading = new Task<>(() -> readAll(ends.ours()));
            for (byte b : data) {
                ends.theirs().getOutputStream().write(b);
            }
            ends.theirs().shutdownOutput();
            assertArrayEquals(data, reading.result());
        }
    }

    /** A plan that changes takes the writer away; what it has handed over arrives even if it never comes back. */
    @Test
    void aWriteThatIsNoLongerWantedLosesNothing() throws Exception {
        try (Ends ends = tls.established(TLS_1_3)) {
            for (int size : new int[] {1000, 100_000, 1 << 20}) {
                AtomicBoolean wanted = new AtomicBoolean(true);
                AtomicLong taken = new AtomicLong();
                byte[] data = random(11, size);
                Task<Boolean> writing = new Task<>(() -> {
                    while (true) {
                        ByteBuffer bytes = ByteBuffer.wrap(data);
                        while (bytes.hasRemaining()) {
                            int count = ends.ours().write(bytes, wanted::get);
                            taken.addAndGet(count);
                            if (count == 0 || !wanted.get()) {
                                return true;
                            }
                        }
                    }
                });
                TestProxy.await("the writer waits", () -> writing.thread.getState() == Thread.State.WAITING);
                assertTrue(ends.ours().wasFull());
                wanted.set(false);
                ends.ours().wakeWriter();
                assertTrue(writing.result());
                int count = Math.toIntExact(taken.get());
                byte[] received = ends.theirs().getInputStream().readNBytes(count);
                byte[] expected = new byte[count];
                for (int i = 0; i < count; i += size) {
                    System.arraycopy(data, 0, expected, i, Math.min(size, count - i));
                }
                assertTrue(Arrays.equals(expected, received), "size " + size);
            }
            writeAll(ends.ours(), bytes("next"));
            assertEquals("next", new String(ends.theirs().getInputStream().readNBytes(4), ISO_8859_1));
        }
    }

    /** While the rest is sent by another thread, the next writer takes over, and can be called off as well. */
    @Test
    void aNewWriterTakesOverFromTheFlusher() throws Exception {
        try (Ends ends = tls.established(TLS_1_3)) {
            AtomicBoolean wanted = new AtomicBoolean(true);
            AtomicLong taken = new AtomicLong();
            for (int i = 0; i < 5; i++) {
                wanted.set(true);
                Task<Boolean> writing = new Task<>(() -> {
                    int count;
                    do {
                        count = ends.ours().write(ByteBuffer.allocate(100_000), wanted::get);
                        taken.addAndGet(count);
                    } while (count > 0 && wanted.get());
                    return true;
                });
                TestProxy.await("the writer waits", () -> writing.thread.getState() == Thread.State.WAITING);
                wanted.set(false);
                ends.ours().wakeWriter();
                assertTrue(writing.result());
            }
            ends.ours().end();
            assertEquals(taken.get(), ends.theirs().getInputStream().readAllBytes().length);
        }
    }

    @Test
    void anEndWaitsForNoWriter() throws Exception {
        Pair pair = Pair.connect();
        try (TlsTransport ours = new TlsTransport(SocketTransport.over(pair.ours()), tls.engine(false, TLS_1_3));
                TlsTransport theirs = peerOf(ours, pair, TLS_1_3)) {
            AtomicLong taken = new AtomicLong();
            Task<Boolean> writing = new Task<>(() -> {
                while (true) {
                    taken.addAndGet(ours.write(ByteBuffer.allocate(100_000), () -> true));
                }
            });
            TestProxy.await("the writer waits", () -> writing.thread.getState() == Thread.State.WAITING);
            ours.end();
            byte[] received = readAll(theirs);
            assertThrows(IOException.class, writing::result);
            assertEquals(taken.get(), received.length, "all that was taken, and close_notify behind it");
        }
    }

    @Test
    void aCloseEndsWhoeverReadsOrWrites() throws Exception {
        try (Ends ends = tls.established(TLS_1_3)) {
            Task<String> reading = new Task<>(() -> read(ends.ours(), 1));
            Task<Boolean> writing = new Task<>(() -> {
                while (true) {
                    ends.ours().write(ByteBuffer.allocate(100_000), () -> true);
                }
            });
            TestProxy.await("the writer waits", () -> writing.thread.getState() == Thread.State.WAITING);
            TestProxy.await("the reader waits", () -> reading.thread.getState() == Thread.State.WAITING);
            ends.ours().close();
            assertThrows(IOException.class, reading::result);
            assertThrows(IOException.class, writing::result);
        }
    }

    @Test
    void bytesThatArePutBackAreReadFirst() throws Exception {
        try (Ends ends = tls.established(TLS_1_3)) {
            ends.theirs().getOutputStream().write(bytes("abcdef"));
            assertEquals("abc", read(ends.ours(), 3));
            ends.ours().putBack(ByteBuffer.wrap(bytes("abc")));
            assertEquals("abcdef", read(ends.ours(), 6));
        }
    }

    /** A client that a rule holds is seen to leave though nothing is decrypted. */
    @Test
    void lookingAheadFindsTheEndAndLosesNothing() throws Exception {
        try (Ends ends = tls.established(TLS_1_3)) {
            ends.theirs().getOutputStream().write(bytes("last words"));
            ends.theirs().close();
            ends.pair().theirs().close();
            ByteBuffer scratch = ByteBuffer.allocate(100);
            TestProxy.await("the end is met", () -> {
                ends.ours().lookAhead(scratch);
                return ends.ours().hasEnded();
            });
            assertEquals("last words", new String(readAll(ends.ours()), ISO_8859_1));
        }
    }
}
