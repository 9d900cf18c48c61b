package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Endpoint;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Network;
import io.chaosproxy.text.PlainText;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * A host and a port as they were written; names are looked up when they are needed.
 *
 * @param host a name or a literal address without brackets; empty for all interfaces
 * @param port 0 to 65535; 0 to listen on a free one
 */
public record Address(String host, int port) implements Endpoint {
    /** Rejects a host with characters that no host has, and a port out of range. */
    public Address {
        Check.given("host", host);
        Check.that(isHost(host), "host", "not a host: \"" + shown(host) + "\"");
        Check.that(port >= 0 && port <= 65535, "port", "must be from 0 to 65535, not " + port);
    }

    /**
     * Reads {@code host:port}, {@code [::1]:port} or {@code :port}.
     *
     * @param key key of the configuration, for the exception
     * @param text text of the address
     * @return the address
     * @throws InvalidValueException under the given key
     */
    public static Address parse(String key, String text) {
        Check.given(key, text);
        Check.that(text.indexOf('@') < 0, key, "must not name a user: \"" + shown(text) + "\"");
        int colon = text.lastIndexOf(':');
        Check.that(colon >= 0, key, "must be host:port, not \"" + text + "\"");
        String host = text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        Check.that(bracketed || host.indexOf(':') < 0, key, "IPv6 addresses stand in brackets: \"[" + host + "]\"");
        Check.that(isHost(host), key, "not a host: \"" + shown(host) + "\"");
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            Check.that(port >= 0 && port <= 65535, key, "port must be from 0 to 65535, not " + port);
            return new Address(bracketed ? host.substring(1, host.length() - 1) : host, port);
        } catch (NumberFormatException e) {
            throw new InvalidValueException(key, "not a port: \"" + text.substring(colon + 1) + "\"");
        }
    }

    private static String shown(String text) {
        return PlainText.escaped(PlainText.withoutUser(text));
    }

    private static boolean isHost(String text) {
        return PlainText.isSafe(text) && text.chars().noneMatch(c -> c <= ' ' || c == '/' || c == '@');
    }

    /** {@return host and port for sockets} The name is looked up when it is needed. */
    public InetSocketAddress unresolved() {
        return InetSocketAddress.createUnresolved(host, port);
    }

    /** Whether what is sent here surely arrives at a listener of this address of the same machine; no name is looked up. */
    boolean leadsTo(Address listener) {
        if (port == 0 || port != listener.port) {
            return false;
        }
        InetAddress to = literal();
        InetAddress there = listener.literal();
        if (to == null || there == null) {
            return host.equalsIgnoreCase(listener.host);
        }
        boolean isLocal = to.isLoopbackAddress() || to.isAnyLocalAddress();
        boolean isMissed = listener.host.equals("0.0.0.0") && to instanceof Inet6Address;
        return to.equals(there)
                || (there.isAnyLocalAddress() && isLocal && !isMissed)
                || (to.isAnyLocalAddress() && there.equals(InetAddress.getLoopbackAddress()));
    }

    /** Whether only this machine can connect to a listener of this address, as far as that is known without a look-up. */
    boolean isLoopback() {
        InetAddress known = literal();
        return known != null && known.isLoopbackAddress();
    }

    /** The address, if no look-up is needed for it, or null; {@code localhost} is one (RFC 6761 §6.3). */
    private @Nullable InetAddress literal() {
        if (host.equalsIgnoreCase("localhost")) {
            return InetAddress.getLoopbackAddress();
        }
        try {
            if (host.isEmpty()) {
                return new InetSocketAddress(0).getAddress();
            }
            return host.indexOf(':') >= 0 || Network.isIpv4(host) ? InetAddress.getByName(host) : null;
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /**
     * As it stands in a {@code Host} field: without the port if that is 80 (RFC 9110 §7.2).
     *
     * @return the host, and the port unless it is 80
     */
    public String authority() {
        String text = toString();
        return port == 80 ? text.substring(0, text.lastIndexOf(':')) : text;
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
