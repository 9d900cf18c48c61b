package io.chaosproxy.control.toxiproxy;

import io.chaosproxy.config.Address;
import io.chaosproxy.net.ListenException;
import io.chaosproxy.net.NameResolver;
import io.chaosproxy.text.HostPort;
import io.chaosproxy.text.PlainText;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** Listening addresses as Go's {@code net} reads and prints them, and what it says when it can't. */
final class GoAddress {
    /** Bound for the look-up of a name to listen on. */
    private static final Duration LOOK_UP = Duration.ofSeconds(10);

    /** All interfaces, and in Go both families; here it is IPv4 alone, and an empty host both. */
    private static final String EVERYWHERE = "0.0.0.0";

    private GoAddress() {}

    /**
     * Reads an address; nothing at all stands for a free port on all interfaces.
     *
     * @throws ApiError with Go's reason, without the {@code listen tcp: } that may stand before it
     */
    static Address parse(String text) throws ApiError {
        if (text.isEmpty()) {
            return new Address("", 0);
        }
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw wrong(text, "missing port in address");
        }
        return new Address(host(text, colon), port(text.substring(colon + 1)));
    }

    private static String host(String text, int colon) throws ApiError {
        if (!text.startsWith("[")) {
            String host = text.substring(0, colon);
            if (host.indexOf(':') >= 0) {
                throw wrong(text, "too many colons in address");
            }
            if (!PlainText.isSafe(host)) {
                throw wrong(PlainText.escaped(text), "no such host");
            }
            return host.equals(EVERYWHERE) ? "" : host;
        }
        int end = text.indexOf(']');
        if (end < 0) {
            throw wrong(text, "missing ']' in address");
        }
        if (end + 1 != colon) {
            throw wrong(text, text.startsWith(":", end + 1) ? "too many colons in address" : "missing port in address");
        }
        return text.substring(1, end);
    }

    private static int port(String text) throws ApiError {
        if (text.isEmpty()) {
            return 0;
        }
        if (!text.matches("[+-]?\\d+")) {
            throw new ApiError(500, "lookup tcp/" + text + ": unknown port");
        }
        if (!text.matches("\\+?0*\\d{1,5}") || Integer.parseInt(text) > 65535) {
            throw wrong(text, "invalid port");
        }
        return Integer.parseInt(text);
    }

    private static ApiError wrong(String text, String reason) {
        return new ApiError(500, "address " + text + ": " + reason);
    }

    /**
     * Looks the host up.
     *
     * @throws ApiError if there is none of this name
     */
    static InetSocketAddress resolve(Address address) throws ApiError {
        return resolve(address.unresolved());
    }

    private static InetSocketAddress resolve(InetSocketAddress address) throws ApiError {
        try {
            return NameResolver.OF_PROCESS.resolve(address, LOOK_UP).getFirst();
        } catch (UnknownHostException e) {
            throw new ApiError(500, "lookup " + address.getHostString() + ": no such host");
        }
    }

    /** Looks the host up; empty if there is none of this name. */
    static Optional<InetSocketAddress> find(Address address) {
        try {
            return Optional.of(resolve(address));
        } catch (ApiError e) {
            return Optional.empty();
        }
    }

    /** Whether both name one listening address; all wildcard addresses are equal. */
    static boolean isSame(InetSocketAddress one, InetSocketAddress other) {
        return one.getPort() == other.getPort()
                && (one.getAddress().equals(other.getAddress())
                        || (one.getAddress().isAnyLocalAddress()
                                && other.getAddress().isAnyLocalAddress()));
    }

    /** A configured address before its first bind; empty for an ephemeral port on all interfaces. */
    static String asAsked(Address address) {
        return address.host().isEmpty() && address.port() == 0 ? "" : address.toString();
    }

    /** Error response for a failed bind, in Go's words. */
    static ApiError cannotListen(ListenException failure) {
        if (failure.isForWantOfDescriptors()) {
            return new ApiError(503, String.valueOf(failure.getMessage()));
        }
        InetSocketAddress wanted = failure.listen();
        try {
            String where = wanted.getHostString().isEmpty() ? ":" + wanted.getPort() : HostPort.text(resolve(wanted));
            return new ApiError(500, "listen tcp " + where + ": bind: " + lowerFirst(failure.reason()));
        } catch (ApiError e) {
            return listening(e);
        }
    }

    /** Prefixes a failure with {@code listen tcp:}. */
    static ApiError listening(ApiError failure) {
        return new ApiError(failure.status(), "listen tcp: " + failure.text());
    }

    private static String lowerFirst(String text) {
        return text.isEmpty() ? text : text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
    }
}
