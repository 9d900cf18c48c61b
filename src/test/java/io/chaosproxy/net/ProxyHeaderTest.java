package io.chaosproxy.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    private static ProxyHeader.Parsed parse(String text) {
        return ProxyHeader.parse(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private static ProxyHeader.Parsed parseHex(String hex) {
        return ProxyHeader.parse(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
    }

    private static InetSocketAddress address(String host, int port) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(host), port);
    }

    private static ProxyHeader.Header header(int length, String host, int port) throws UnknownHostException {
        return new ProxyHeader.Header(length, Optional.of(address(host, port)));
    }

    @Test
    void readsVersion1() throws Exception {
        String four = "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"; // the example of the specification
        assertEquals(header(four.length(), "192.168.0.1", 56324), parse(four + "GET / HTTP/1.1\r\n"));
        String six = "PROXY TCP6 2001:db8::1 ::ffff:10.0.0.1 65535 0\r\n";
        assertEquals(header(six.length(), "2001:db8::1", 65535), parse(six));
        assertEquals(new ProxyHeader.Header(15, Optional.empty()), parse("PROXY UNKNOWN\r\n"));
        String rest = "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n";
        assertEquals(new ProxyHeader.Header(rest.length(), Optional.empty()), parse(rest));
    }

    @Test
    void readsVersion2() throws Exception {
        assertEquals(
                header(28, "10.1.2.3", 4660),
                parseHex(SIGNATURE + "2111000c" + "0a010203" + "0a000001" + "1234" + "01bb" + "4745"));
        String six = "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + "1234" + "01bb";
        assertEquals(header(52, "2001:db8::1", 4660), parseHex(SIGNATURE + "21210024" + six));
        String withTlv = "2111000f" + "0a010203" + "0a000001" + "1234" + "01bb" + "040000";
        assertEquals(header(31, "10.1.2.3", 4660), parseHex(SIGNATURE + withTlv));
    }

    @Test
    void aSenderThatSpeaksForItselfNamesNoClient() {
        assertEquals(new ProxyHeader.Header(16, Optional.empty()), parseHex(SIGNATURE + "20000000"));
        String local = "2011000c" + "0a010203" + "0a000001" + "1234" + "01bb";
        assertEquals(new ProxyHeader.Header(28, Optional.empty()), parseHex(SIGNATURE + local));
        assertEquals(
                new ProxyHeader.Header(18, Optional.empty()), parseHex(SIGNATURE + "21310002" + "0000")); // AF_UNIX
    }

    @Test
    void eachBeginningOfAHeaderIsIncomplete() throws Exception {
        for (byte[] whole : new byte[][] {
            ProxyHeader.version1(address("127.0.0.1", 1), address("127.0.0.1", 2)),
            ProxyHeader.version2(address("::1", 1), address("127.0.0.1", 2))
        }) {
            for (int i = 0; i < whole.length; i++) {
                assertInstanceOf(
                        ProxyHeader.Incomplete.class, ProxyHeader.parse(ByteBuffer.wrap(whole, 0, i)), i + " bytes");
            }
            assertInstanceOf(ProxyHeader.Header.class, ProxyHeader.parse(ByteBuffer.wrap(whole)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n",
                "PROXX",
                "PROXY TCP4 192.168.0.1 192.168.0.11 56324\r\n",
                "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443 1\r\n",
                "PROXY TCP4 192.168.0.1 192.168.0.11 65536 443\r\n",
                "PROXY TCP4 192.168.0.1 192.168.0.11 +1 443\r\n",
                "PROXY TCP4 192.168.0.1 192.168.0.11 01 443\r\n",
                "PROXY TCP4 192.168.0.256 192.168.0.11 1 443\r\n",
                "PROXY TCP4 example.com 192.168.0.11 1 443\r\n",
                "PROXY TCP4 ::1 ::1 1 443\r\n",
                "PROXY TCP6 127.0.0.1 127.0.0.1 1 443\r\n",
                "PROXY TCP6 1:2:3:: :::: 1 443\r\n",
                "PROXY UDP4 127.0.0.1 127.0.0.1 1 443\r\n",
                "PROXY  TCP4 127.0.0.1 127.0.0.1 1 443\r\n",
                "PROXY \r\n",
                "PROXY TCP6"
                    + " fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            })
    void rejectsWhatIsNoHeader(String text) {
        assertInstanceOf(ProxyHeader.Malformed.class, parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1111000c", "2211000c", "21110004", "21210023", "2111ffff", "20000801"})
    void rejectsBadHeadersOfVersion2(String head) {
        assertInstanceOf(ProxyHeader.Malformed.class, parseHex(SIGNATURE + head));
    }

    @Test
    void whatIsWrittenIsReadAgain() throws Exception {
        InetSocketAddress four = address("10.0.0.1", 65535);
        InetSocketAddress six = address("2001:db8::7", 1);
        assertEquals(
                header(28, "10.0.0.1", 65535), ProxyHeader.parse(ByteBuffer.wrap(ProxyHeader.version2(four, four))));
        assertEquals(header(52, "2001:db8::7", 1), ProxyHeader.parse(ByteBuffer.wrap(ProxyHeader.version2(six, four))));
        assertEquals(
                "PROXY TCP6 ::ffff:10.0.0.1 2001:db8:0:0:0:0:0:7 65535 1\r\n",
                new String(ProxyHeader.version1(four, six), StandardCharsets.US_ASCII));
        byte[] mixed = ProxyHeader.version1(six, four);
        assertEquals(
                "PROXY TCP6 2001:db8:0:0:0:0:0:7 ::ffff:10.0.0.1 1 65535\r\n",
                new String(mixed, StandardCharsets.US_ASCII));
        assertEquals(header(mixed.length, "2001:db8::7", 1), ProxyHeader.parse(ByteBuffer.wrap(mixed)));
        assertEquals(
                "PROXY TCP6 2001:db8:0:0:0:0:0:7 2001:db8:0:0:0:0:0:7 1 1\r\n",
                new String(ProxyHeader.version1(six, six), StandardCharsets.US_ASCII));
        assertArrayEquals(
                HexFormat.of()
                        .parseHex(SIGNATURE + "21210024" + "00000000000000000000ffff0a000001"
                                + "20010db8000000000000000000000007" + "ffff" + "0001"),
                ProxyHeader.version2(four, six));
    }

    /** Bytes of all kinds behind each signature: an answer, never an exception, and none beyond the bound. */
    @Test
    void answersWhateverComes() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(
                    i % 2 == 0 ? HexFormat.of().parseHex(SIGNATURE) : "PROXY TCP".getBytes(StandardCharsets.US_ASCII));
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            bytes.writeBytes(noise);
            byte[] all = bytes.toByteArray();
            ProxyHeader.Parsed parsed = ProxyHeader.parse(ByteBuffer.wrap(all));
            if (parsed instanceof ProxyHeader.Header found) {
                assertEquals(true, found.length() <= all.length, () -> Arrays.toString(all));
            }
        }
        byte[] longest = Arrays.copyOf(HexFormat.of().parseHex(SIGNATURE + "21000800"), ProxyHeader.MAX_LENGTH);
        assertInstanceOf(ProxyHeader.Header.class, ProxyHeader.parse(ByteBuffer.wrap(longest)));
    }
}
