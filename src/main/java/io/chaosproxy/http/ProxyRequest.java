package io.chaosproxy.http;

import io.chaosproxy.config.Address;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.relay.ProxyCredentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Parts of a request to a forward proxy that are meant for the proxy: the target and the credentials. */
final class ProxyRequest {
    private static final int HTTP_PORT = 80;
    private static final String BASIC = "basic ";

    private ProxyRequest() {}

    /** Whether it asks for a tunnel (RFC 9110 §9.3.6). */
    static boolean isConnect(RequestHead head) {
        return head.method().equals("CONNECT");
    }

    /**
     * The target of the request: that of CONNECT, or host and port of an absolute URI (RFC 9112 §3.2.2).
     *
     * @throws BadMessage if it names none
     */
    static Address target(RequestHead head) throws BadMessage {
        if (isConnect(head)) {
            return address(head.target(), -1);
        }
        if (!head.isAbsolute()) {
            throw new BadMessage(
                    400,
                    "this port is a forward proxy: it takes requests for absolute URIs such as http://host/path,"
                            + " CONNECT host:port and SOCKS 5; a path alone names no target");
        }
        if (!head.target().toLowerCase(Locale.ROOT).startsWith("http://")) {
            throw new BadMessage(
                    400, "a forward proxy takes http:// only; targets of TLS are reached by CONNECT host:port");
        }
        return address(head.host(), HTTP_PORT);
    }

    /**
     * Checks that CONNECT has no body: what follows its head is for the target (RFC 9110 §9.3.6), but some servers would read it as a body
     * first, and take the rest for the target's.
     *
     * @throws BadMessage if it has one, and such messages are refused
     */
    static void checkWithoutBody(RequestHead head) throws BadMessage {
        boolean hasBody = switch (Framing.of(head)) {
            case LENGTH -> Framing.lengthOf(head) > 0;
            case CHUNKED, UNTIL_CLOSE -> true;
            case NONE, TUNNEL -> false;
        };
        if (hasBody && head.isStrict()) {
            throw new BadMessage(400, "CONNECT with a body: what follows its head is for the target");
        }
    }

    /** Reads {@code host:port}, or {@code host} if there is a default for the port. */
    private static Address address(String text, int port) throws BadMessage {
        Authority authority = Authority.of(text).orElseThrow(() -> new BadMessage(400, "target is not host:port"));
        String host = authority.host();
        boolean bracketed = host.startsWith("[");
        int given = authority.port().isEmpty() ? port : Integer.parseInt(authority.port());
        if (host.isEmpty() || given <= 0) {
            throw new BadMessage(400, "target is not host:port");
        }
        try {
            return new Address(bracketed ? host.substring(1, host.length() - 1) : host, given);
        } catch (InvalidValueException e) {
            throw new BadMessage(400, "target is not host:port");
        }
    }

    /** Whether the client may use the proxy (RFC 9110 §11.7, RFC 7617 §2). */
    static boolean isAuthorized(RequestHead head, ProxyCredentials credentials) throws IOException {
        if (!credentials.areNeeded()) {
            return true;
        }
        Optional<String> given = basic(head.first("Proxy-Authorization"));
        return given.isPresent() && credentials.accept(given.get());
    }

    private static Optional<String> basic(@Nullable String field) {
        if (field == null || !field.toLowerCase(Locale.ROOT).startsWith(BASIC)) {
            return Optional.empty();
        }
        try {
            byte[] decoded =
                    Base64.getDecoder().decode(field.substring(BASIC.length()).strip());
            return Optional.of(new String(decoded, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
