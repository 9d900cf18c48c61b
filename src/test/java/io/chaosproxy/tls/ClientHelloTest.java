package io.chaosproxy.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.tls.ClientHello.Result.Found;
import io.chaosproxy.tls.ClientHello.Result.Malformed;
import io.chaosproxy.tls.ClientHello.Result.NeedMore;
import io.chaosproxy.tls.ClientHello.Result.NotTls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientHelloTest {
    private static final int TLS_1_2 = 0x0303;
    private static final int TLS_1_3 = 0x0304;

    /** A hello in the making: valid until a test makes it something else. */
    private static final class Draft {
        int version = TLS_1_2;
        byte[] suites = {0x13, 0x01};
        final ByteArrayOutputStream extensions = new ByteArrayOutputStream();
        byte[] behind = {};

        Draft extension(int type, byte[] content) {
            extensions.writeBytes(number(type, 2));
            extensions.writeBytes(vector(content, 2));
            return this;
        }

        Draft name(String name) {
            return extension(0, vector(join(new byte[] {0}, vector(name.getBytes(ISO_8859_1), 2)), 2));
        }

        byte[] message() {
            byte[] body = join(
                    number(version, 2),
                    new byte[32],
                    vector(new byte[32], 1),
                    vector(suites, 2),
                    vector(new byte[1], 1),
                    vector(extensions.toByteArray(), 2),
                    behind);
            return join(new byte[] {1}, vector(body, 3));
        }

        byte[] records(int size) {
            return ClientHelloTest.records(message(), size);
        }
    }

    private static byte[] number(int value, int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (value >> (8 * (size - 1 - i)));
        }
        return bytes;
    }

    private static byte[] vector(byte[] content, int sizeOfLength) {
        return join(number(content.length, sizeOfLength), content);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] records(byte[] message, int size) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < message.length; i += size) {
            byte[] part = Arrays.copyOfRange(message, i, Math.min(message.length, i + size));
            all.writeBytes(new byte[] {22, 3, 1});
            all.writeBytes(vector(part, 2));
        }
        return all.toByteArray();
    }

    private static ClientHello.Result parse(byte[] bytes) {
        return ClientHello.parse(ByteBuffer.wrap(bytes));
    }

    private static ClientHello found(byte[] bytes) {
        return assertInstanceOf(Found.class, parse(bytes)).hello();
    }

    private static byte[] ofJdk(String... protocols) throws NoSuchAlgorithmException, SSLException {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName("Shop.example.COM")));
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        parameters.setProtocols(protocols);
        engine.setSSLParameters(parameters);
        ByteBuffer bytes = ByteBuffer.allocate(32 * 1024);
        engine.wrap(ByteBuffer.allocate(0), bytes);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    @Test
    void theJdksHelloIsRead() throws Exception {
        ClientHello hello = found(ofJdk("TLSv1.3", "TLSv1.2"));
        assertEquals(Optional.of("shop.example.com"), hello.serverName());
        assertEquals(List.of("h2", "http/1.1"), hello.protocols());
        assertEquals(List.of(TLS_1_3, TLS_1_2), hello.versions());
        assertEquals(List.of(TLS_1_2), found(ofJdk("TLSv1.2")).versions());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_3", "-tls1_2"})
    void theHelloOfOpensslIsRead(String version) throws Exception {
        Openssl.assumePresent();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Openssl client = Openssl.start(
                        "s_client",
                        "-connect",
                        "127.0.0.1:" + server.getLocalPort(),
                        "-servername",
                        "db.example.org",
                        "-alpn",
                        "postgresql,h2",
                        version);
                Socket socket = server.accept()) {
            ClientHello hello = read(socket.getInputStream());
            assertEquals(Optional.of("db.example.org"), hello.serverName());
            assertEquals(List.of("postgresql", "h2"), hello.protocols());
            assertEquals(List.of(version.equals("-tls1_3") ? TLS_1_3 : TLS_1_2), hello.versions());
            assertTrue(client.isAlive());
        }
    }

    private static ClientHello read(InputStream in) throws IOException {
        byte[] bytes = {};
        while (parse(bytes) instanceof NeedMore more) {
            bytes = join(bytes, in.readNBytes(more.atLeast() - bytes.length));
        }
        return found(bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 64, 16_384})
    void recordsMayBeOfAnySize(int size) throws Exception {
        byte[] first = ofJdk("TLSv1.3", "TLSv1.2");
        byte[] bytes = records(Arrays.copyOfRange(first, 5, first.length), size);
        ClientHello whole = found(first);
        int looks = 0;
        int next = 0;
        for (int i = 0; i < bytes.length; i++) {
            byte[] part = Arrays.copyOf(bytes, i);
            NeedMore more = assertInstanceOf(NeedMore.class, parse(part), "after " + i + " bytes");
            assertTrue(more.atLeast() > i && more.atLeast() <= bytes.length, "after " + i + " bytes: " + more);
            if (i >= next) {
                looks++;
                next = more.atLeast();
            }
        }
        assertEquals(whole, found(bytes));
        assertEquals(whole, found(join(bytes, new byte[] {20, 3, 3, 0, 1, 1})), "and what follows changes nothing");
        assertTrue(looks < 100, "asked again " + looks + " times");
    }

    @Test
    void positionAndLimitBoundWhatIsRead() {
        byte[] bytes = new Draft().name("a.example").records(100);
        ByteBuffer peeked = ByteBuffer.allocateDirect(bytes.length + 6)
                .put(new byte[3])
                .put(bytes)
                .flip()
                .position(3);
        assertInstanceOf(Found.class, ClientHello.parse(peeked.asReadOnlyBuffer()));
        assertEquals(3, peeked.position());
        assertInstanceOf(NeedMore.class, ClientHello.parse(peeked.limit(peeked.limit() - 1)));
    }

    /** RFC 8701. */
    @Test
    void greaseIsLeftOut() {
        byte[] names = join(vector(new byte[] {0x3a, 0x3a}, 1), vector("h2".getBytes(ISO_8859_1), 1));
        byte[] versions = {(byte) 0xba, (byte) 0xba, 3, 4, 3, 3};
        ClientHello hello = found(new Draft()
                .extension(0x2a2a, new byte[0])
                .extension(16, vector(names, 2))
                .extension(43, vector(versions, 1))
                .extension(0xfafa, new byte[1])
                .records(16_384));
        assertEquals(List.of("h2"), hello.protocols());
        assertEquals(List.of(TLS_1_3, TLS_1_2), hello.versions());
        assertFalse(hello.encrypted());
    }

    @Test
    void underEncryptedClientHelloTheOuterNameIsRead() {
        ClientHello hello = found(new Draft()
                .name("public.example")
                .extension(0xfe0d, new byte[200])
                .records(16_384));
        assertEquals(Optional.of("public.example"), hello.serverName());
        assertTrue(hello.encrypted());
    }

    @Test
    void aHelloNeedsNoExtensions() {
        Draft draft = new Draft();
        byte[] message = draft.message();
        byte[] without = Arrays.copyOf(message, message.length - 2); // the length of none
        without[3] = (byte) (without[3] - 2);
        assertEquals(
                new ClientHello(Optional.empty(), List.of(), List.of(TLS_1_2), false), found(records(without, 50)));
        assertEquals(Optional.empty(), found(draft.records(50)).serverName());
    }

    @Test
    void otherBytesAreNotTls() {
        for (String text : List.of("GET / HTTP/1.1\r\n", "\26\2", "\26\3\1\0\0", "\200\56\1\3\1", "\0")) {
            assertInstanceOf(NotTls.class, parse(text.getBytes(ISO_8859_1)), text);
        }
        assertEquals(new NeedMore(1), parse(new byte[0]));
        assertInstanceOf(NeedMore.class, parse(new byte[] {22}));
    }

    @Test
    void aHelloWithWrongContentIsMalformed() {
        Draft trailing = new Draft();
        trailing.behind = new byte[3];
        List<byte[]> wrong = new ArrayList<>(List.of(
                trailing.records(1000),
                new Draft().name("a.example").name("b.example").records(1000),
                new Draft().name("no host").records(1000),
                new Draft().name("").records(1000),
                new Draft().name("a\0b").records(1000),
                new Draft().extension(0, new byte[1]).records(1000),
                new Draft().extension(16, new byte[] {0, 9, 1}).records(1000),
                new Draft().extension(43, new byte[] {3, 3, 4, 3}).records(1000)));
        byte[] good = new Draft().name("a.example").message();
        byte[] interrupted = join(records(Arrays.copyOf(good, 20), 20), new byte[] {21, 3, 1, 0, 2, 1, 0});
        byte[] empty = join(records(Arrays.copyOf(good, 20), 20), new byte[] {22, 3, 1, 0, 0});
        wrong.add(interrupted);
        wrong.add(new byte[] {22, 3, 1, 0, 1, 2}); // a ServerHello
        wrong.add(empty);
        for (byte[] bytes : wrong) {
            assertInstanceOf(Malformed.class, parse(bytes), new String(bytes, ISO_8859_1));
        }
    }

    @Test
    void aMessageIsBounded() {
        byte[] large = new Draft().extension(21, new byte[60_000]).records(16_384);
        assertTrue(large.length < ClientHello.MAX_BYTES);
        assertInstanceOf(Found.class, parse(large));
        byte[] announced = records(join(new byte[] {1}, number(ClientHello.MAX_BYTES, 3)), 4);
        assertInstanceOf(Malformed.class, parse(announced));
        byte[] tiny = new Draft().extension(21, new byte[20_000]).records(1);
        assertTrue(tiny.length > ClientHello.MAX_BYTES);
        assertInstanceOf(Malformed.class, parse(tiny));
        assertInstanceOf(Malformed.class, parse(Arrays.copyOf(tiny, ClientHello.MAX_BYTES)));
    }

    /** Changed, cut and extended hellos at random: always a result. */
    @Test
    void noBytesMakeItThrow() throws Exception {
        Random random = new Random(42);
        List<byte[]> seeds = List.of(
                ofJdk("TLSv1.3", "TLSv1.2"),
                ofJdk("TLSv1.2"),
                new Draft().name("a.example").extension(0xfe0d, new byte[9]).records(1),
                new Draft().name("b.example").records(11));
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = seeds.get(i % seeds.size()).clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            if (random.nextBoolean()) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 20));
            }
            int length = bytes.length;
            switch (parse(bytes)) {
                case NeedMore more -> assertTrue(more.atLeast() > length && more.atLeast() <= ClientHello.MAX_BYTES);
                case Found found -> assertTrue(found.hello().versions().size() < 128);
                case NotTls not -> assertEquals(new NotTls(), not);
                case Malformed malformed -> assertFalse(malformed.reason().isBlank());
            }
        }
    }
}
