package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Glob;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Network;
import io.chaosproxy.text.PlainText;
import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Targets of a forward proxy: hosts by a pattern of their name, such as {@code *.example.com:443}, or addresses, such as
 * {@code 10.0.0.0/8} and {@code [fd00::/8]:5432}. Without a port, or with {@code *}, it stands for all ports. Immutable.
 */
public final class TargetPattern {
    private static final Pattern HOST = Pattern.compile("[\\p{Alnum}_.*?-]+");
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+(/.*)?|.*:.*");
    private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");

    private static final int ANY_PORT = 0;

    private final String text;
    private final @Nullable Network network; // null for a pattern of names
    private final @Nullable Glob host; // null for addresses
    private final int port;

    private TargetPattern(String text, @Nullable Network network, @Nullable Glob host, int port) {
        this.text = text;
        this.network = network;
        this.host = host;
        this.port = port;
    }

    /**
     * Reads a pattern.
     *
     * @param text text of the pattern
     * @return the pattern
     * @throws InvalidValueException with an empty key if it is none
     */
    public static TargetPattern parse(String text) {
        Check.given("", text);
        int colon = text.lastIndexOf(':');
        int bracket = text.lastIndexOf(']');
        boolean bracketed = text.startsWith("[") && bracket > 0;
        boolean bare = !bracketed && colon != text.indexOf(':'); // an IPv6 address, whose colons separate no port
        boolean hasPort = colon > bracket && !bare;
        String host = hasPort ? text.substring(0, colon) : text;
        int port = hasPort ? port(text, text.substring(colon + 1)) : ANY_PORT;
        if (bracketed) {
            Check.that(host.endsWith("]"), "", "not host:port: \"" + shown(text) + "\"");
            host = host.substring(1, host.length() - 1);
        }
        if (ADDRESS.matcher(host).matches()) {
            return new TargetPattern(text, network(host), null, port);
        }
        Check.that(!bracketed && HOST.matcher(host).matches(), "", "not a host or network: \"" + shown(host) + "\"");
        return new TargetPattern(text, null, Glob.text(withoutDot(host)), port);
    }

    private static int port(String text, String port) {
        if (port.equals("*")) {
            return ANY_PORT;
        }
        Check.that(
                PORT.matcher(port).matches() && Integer.parseInt(port) <= 65535,
                "",
                "port must be from 1 to 65535, or *: \"" + shown(text) + "\"");
        return Integer.parseInt(port);
    }

    private static Network network(String text) {
        try {
            return Network.parse(text);
        } catch (InvalidValueException e) {
            throw new InvalidValueException("", e.reason());
        }
    }

    private static String shown(String text) {
        return PlainText.escaped(PlainText.withoutUser(text));
    }

    /**
     * {@return whether a target with this address is one of them}
     *
     * @param target host and port that the client named
     * @param address that the host has
     */
    public boolean matches(Address target, InetAddress address) {
        return network == null ? matchesName(target) : isOfPort(target) && network.contains(address);
    }

    /**
     * {@return whether a target is one of them by its name and port, whatever addresses it has} Never so for a network.
     *
     * @param target host and port that the client named
     */
    public boolean matchesName(Address target) {
        return host != null && isOfPort(target) && host.matches(withoutDot(target.host()));
    }

    /**
     * {@return whether a target may be one of them, before it is known which addresses it has}
     *
     * @param target host and port that the client named
     */
    public boolean mayMatch(Address target) {
        return network == null ? matchesName(target) : isOfPort(target);
    }

    private boolean isOfPort(Address target) {
        return port == ANY_PORT || port == target.port();
    }

    /** The dot of the root, which a name may end with (RFC 1034 §3.1). */
    private static String withoutDot(String host) {
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    /** {@return the network, if it stands for addresses} */
    public Optional<Network> network() {
        return Optional.ofNullable(network);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TargetPattern pattern && pattern.text.equals(text);
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
