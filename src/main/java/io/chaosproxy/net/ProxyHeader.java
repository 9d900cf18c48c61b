package io.chaosproxy.net;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Header of the PROXY protocol, versions 1 and 2: what a load balancer sends in front of a connection's bytes to say who the client is.
 * As specified in HAProxy's {@code doc/proxy-protocol.txt} (sections 2.1 and 2.2).
 */
public final class ProxyHeader {
    /** Upper bound for the length of a header; version 2 may announce 64 KiB, of which addresses need at most 216 bytes. */
    public static final int MAX_LENGTH = 16 + 2048;

    private static final int MAX_V1 = 107;
    private static final byte[] V1 = ascii("PROXY ");
    private static final byte[] V2 = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    private static final int V2_HEAD = 16;
    private static final int VERSION = 0x20;
    private static final int LOCAL = 0;
    private static final int PROXY = 1;
    private static final int TCP4 = 0x11;
    private static final int TCP6 = 0x21;
    private static final int IPV4_PAIR = 12;
    private static final int IPV6_PAIR = 36;

    private static final Pattern PORT = Pattern.compile("0|[1-9]\\d{0,4}");

    private ProxyHeader() {}

    /** Result of reading the beginning of a connection. */
    public sealed interface Parsed {}

    /** More bytes are needed. */
    public record Incomplete() implements Parsed {}

    /**
     * A whole header.
     *
     * @param length in bytes; what follows is the connection's own
     * @param client client that the sender accepted; empty if it speaks for itself, as a health check does, or does not know
     */
    public record Header(int length, Optional<InetSocketAddress> client) implements Parsed {}

    /**
     * No header; the connection can't be served, since what follows can't be told from a header.
     *
     * @param reason one sentence
     */
    public record Malformed(String reason) implements Parsed {}

    /**
     * Reads the header at the beginning of a connection.
     *
     * @param bytes what has come so far, from their position to their limit; not consumed
     */
    public static Parsed parse(ByteBuffer bytes) {
        ByteBuffer view = bytes.slice().order(ByteOrder.BIG_ENDIAN);
        if (!view.hasRemaining()) {
            return new Incomplete();
        }
        if (begins(view, V2)) {
            return view.remaining() < V2_HEAD ? new Incomplete() : binary(view);
        }
        if (begins(view, V1)) {
            return text(view);
        }
        return new Malformed("the connection does not begin with a PROXY protocol header");
    }

    /** Whether the bytes agree with the signature as far as they go. */
    private static boolean begins(ByteBuffer view, byte[] signature) {
        int count = Math.min(view.remaining(), signature.length);
        return view.slice(0, count).equals(ByteBuffer.wrap(signature, 0, count));
    }

    private static Parsed text(ByteBuffer view) {
        int bound = Math.min(view.remaining(), MAX_V1);
        for (int i = 1; i < bound; i++) {
            if (view.get(i) == '\n' && view.get(i - 1) == '\r') {
                byte[] line = new byte[i - 1];
                view.get(0, line);
                return line(new String(line, StandardCharsets.ISO_8859_1), i + 1);
            }
        }
        return bound < MAX_V1
                ? new Incomplete()
                : new Malformed("a PROXY protocol header of version 1 is longer than " + MAX_V1 + " bytes");
    }

    private static Parsed line(String line, int length) {
        String[] words = line.split(" ", -1);
        if (words.length >= 2 && words[1].equals("UNKNOWN")) {
            return new Header(length, Optional.empty());
        }
        boolean good = words.length == 6
                && isAddress(words[1], words[2])
                && isAddress(words[1], words[3])
                && isPort(words[4])
                && isPort(words[5]);
        if (good) {
            try {
                InetAddress client = InetAddress.getByName(words[2]);
                InetAddress.getByName(words[3]);
                return new Header(length, Optional.of(new InetSocketAddress(client, Integer.parseInt(words[4]))));
            } catch (UnknownHostException e) {
                // colons and digits, but no address
            }
        }
        return new Malformed(
                "a PROXY protocol header of version 1 is not PROXY TCP4|TCP6 SOURCE DESTINATION PORT PORT");
    }

    private static boolean isAddress(String family, String text) {
        return switch (family) {
            case "TCP4" -> IpLiteral.isV4(text);
            case "TCP6" -> IpLiteral.mayBeV6(text);
            default -> false;
        };
    }

    private static boolean isPort(String text) {
        return PORT.matcher(text).matches() && Integer.parseInt(text) <= 65535;
    }

    private static Parsed binary(ByteBuffer view) {
        int version = view.get(12) & 0xF0;
        int command = view.get(12) & 0x0F;
        int family = view.get(13) & 0xFF;
        int length = view.getShort(14) & 0xFFFF;
        if (version != VERSION || command > PROXY) {
            return new Malformed("a PROXY protocol header has the unknown version or command 0x"
                    + Integer.toHexString(view.get(12) & 0xFF));
        }
        if (V2_HEAD + length > MAX_LENGTH) {
            return new Malformed("a PROXY protocol header announces " + length + " bytes");
        }
        int needed = family == TCP4 ? IPV4_PAIR : family == TCP6 ? IPV6_PAIR : 0;
        if (command == PROXY && length < needed) {
            return new Malformed("a PROXY protocol header is too short for its addresses");
        }
        if (view.remaining() < V2_HEAD + length) {
            return new Incomplete();
        }
        boolean named = command != LOCAL && needed > 0;
        return new Header(V2_HEAD + length, named ? Optional.of(source(view, needed)) : Optional.empty());
    }

    /** Source address, then destination address, then source port, then destination port. */
    private static InetSocketAddress source(ByteBuffer view, int pair) {
        int size = (pair - 4) / 2;
        byte[] address = new byte[size];
        view.get(V2_HEAD, address);
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), view.getShort(V2_HEAD + 2 * size) & 0xFFFF);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // 4 or 16 bytes are an address
        }
    }

    /** A header of version 1 for a connection between these; an IPv4 address is mapped (RFC 4291 §2.5.5.2) beside an IPv6 one. */
    public static byte[] version1(InetSocketAddress client, InetSocketAddress accepted) {
        boolean four = areBothIpv4(client, accepted);
        return ascii("PROXY " + (four ? "TCP4" : "TCP6") + " " + literal(client, four) + " " + literal(accepted, four)
                + " " + client.getPort() + " " + accepted.getPort() + "\r\n");
    }

    private static boolean areBothIpv4(InetSocketAddress client, InetSocketAddress accepted) {
        return client.getAddress() instanceof Inet4Address && accepted.getAddress() instanceof Inet4Address;
    }

    private static String literal(InetSocketAddress address, boolean four) {
        String text = address.getAddress().getHostAddress();
        int scope = text.indexOf('%');
        String plain = scope < 0 ? text : text.substring(0, scope);
        return four || address.getAddress() instanceof Inet6Address ? plain : "::ffff:" + plain;
    }

    /** A header of version 2 for a connection between these; an IPv4 address is mapped (RFC 4291 §2.5.5.2) beside an IPv6 one. */
    public static byte[] version2(InetSocketAddress client, InetSocketAddress accepted) {
        boolean four = areBothIpv4(client, accepted);
        int length = four ? IPV4_PAIR : IPV6_PAIR;
        return ByteBuffer.allocate(V2_HEAD + length)
                .put(V2)
                .put((byte) (VERSION | PROXY))
                .put((byte) (four ? TCP4 : TCP6))
                .putShort((short) length)
                .put(octets(client, four))
                .put(octets(accepted, four))
                .putShort((short) client.getPort())
                .putShort((short) accepted.getPort())
                .array();
    }

    private static byte[] octets(InetSocketAddress address, boolean four) {
        byte[] bytes = address.getAddress().getAddress();
        if (four || bytes.length == 16) {
            return bytes;
        }
        byte[] mapped = Arrays.copyOf(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xFF, (byte) 0xFF}, 16);
        System.arraycopy(bytes, 0, mapped, 12, 4);
        return mapped;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
