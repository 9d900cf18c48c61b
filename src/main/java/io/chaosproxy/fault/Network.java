package io.chaosproxy.fault;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/** Addresses that share a prefix (RFC 4632 for IPv4, RFC 4291 §2.3 for IPv6), or a single one. */
public final class Network {
    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

    /** Only literals: Java looks up everything else as a name, 10.0.0.256 too, and a name may change its mind. */
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");

    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    private static final Pattern PREFIX = Pattern.compile("\\d{1,3}");

    private final String text;
    private final byte[] address;
    private final int prefix;

    private Network(String text, byte[] address, int prefix) {
        this.text = text;
        this.address = address;
        this.prefix = prefix;
    }

    /**
     * Reads {@code 10.0.0.0/8}, {@code 127.0.0.1}, {@code fd00::/8} or {@code ::1}.
     *
     * @param text text of the network
     * @return the network
     * @throws InvalidValueException if it is none of these
     */
    public static Network parse(String text) {
        Check.given("client", text);
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        String length = slash < 0 ? "0" : text.substring(slash + 1);
        Check.that(
                (isIpv4(literal) || IPV6.matcher(literal).matches())
                        && PREFIX.matcher(length).matches(),
                "client",
                "not an address or network: \"" + text + "\"");
        try {
            byte[] address = InetAddress.getByName(literal).getAddress();
            int bits = address.length * 8;
            int prefix = slash < 0 ? bits : Integer.parseInt(length);
            Check.that(prefix <= bits, "client", "prefix must be from 0 to " + bits + ": \"" + text + "\"");
            return new Network(text, address, prefix);
        } catch (UnknownHostException e) {
            throw new InvalidValueException("client", "not an address or network: \"" + text + "\"");
        }
    }

    /**
     * {@return whether a text is an IPv4 address by itself: four numbers up to 255 without leading zeros}
     *
     * @param text text of a host
     */
    public static boolean isIpv4(String text) {
        Check.given("client", text);
        return IPV4.matcher(text).matches();
    }

    /**
     * {@return whether an address is in the network}
     *
     * @param candidate address of a client
     */
    public boolean contains(InetAddress candidate) {
        byte[] other = candidate.getAddress();
        if (other.length != address.length) {
            return false;
        }
        int whole = prefix / 8;
        if (!Arrays.equals(address, 0, whole, other, 0, whole)) {
            return false;
        }
        int rest = prefix % 8;
        return rest == 0 || ((address[whole] ^ other[whole]) & (0xff << (8 - rest))) == 0;
    }

    /** {@return whether it is one address} */
    public boolean isSingle() {
        return prefix == address.length * 8;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Network network && network.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** As it was written. */
    @Override
    public String toString() {
        return text;
    }
}
