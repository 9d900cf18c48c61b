package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.PlainText;
import io.chaosproxy.fault.Protocol;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Syntax of upstream addresses: {@code host:port}, or also a URL for an http proxy. */
public final class Upstream {
    private static final int HTTP_PORT = 80;
    private static final String SCHEME = "http://";
    private static final Pattern URL = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://(?:.*@)?([^/?#]+).*");

    /** Default ports of URL schemes. */
    private static final Map<String, Integer> PORTS = Map.of(
            "https",
            443,
            "wss",
            443,
            "ws",
            80,
            "postgres",
            5432,
            "postgresql",
            5432,
            "mysql",
            3306,
            "redis",
            6379,
            "amqp",
            5672,
            "mongodb",
            27017);

    private static final Address BLANK = new Address("blank", 1);

    private static final ValueType<Address> TCP =
            new ValueType<>("host:port", BLANK, value -> tcp(ValueType.TEXT.read(value)), Address::toString);

    private static final ValueType<Address> HTTP = new ValueType<>(
            "a URL such as http://127.0.0.1:9000",
            BLANK,
            value -> http(ValueType.TEXT.read(value)),
            address -> SCHEME + address);

    /** Any text, for a proxy with an invalid protocol. */
    static final ValueType<Address> ANY =
            new ValueType<>("host:port, or a URL with protocol = http", BLANK, value -> BLANK, Address::toString);

    private Upstream() {}

    /**
     * Suggested protocol and upstream for an upstream that doesn't fit the protocol of its proxy.
     *
     * @param protocol protocol that fits
     * @param upstream upstream that fits
     */
    public record Remedy(Protocol protocol, String upstream) {}

    /**
     * Suggests a fix for an upstream whose URL scheme doesn't fit the protocol; empty if the scheme is not the problem. A URL
     * with a scheme other than {@code http} needs a tcp proxy.
     *
     * @param protocol protocol that fits
     * @param text text of the upstream
     * @return the suggestion
     */
    public static Optional<Remedy> remedy(Protocol protocol, String text) {
        Check.given("protocol", protocol);
        Check.given("upstream", text);
        Matcher url = URL.matcher(text);
        if (!url.matches() || (protocol == Protocol.HTTP && text.startsWith(SCHEME))) {
            return Optional.empty();
        }
        String scheme = url.group(1).toLowerCase(Locale.ROOT);
        String authority = url.group(2);
        if (scheme.equals("http")) {
            return Optional.of(new Remedy(Protocol.HTTP, SCHEME + authority));
        }
        boolean hasPort = authority.indexOf(':', authority.lastIndexOf(']') + 1) >= 0;
        String port = PORTS.containsKey(scheme) ? String.valueOf(PORTS.get(scheme)) : "PORT";
        return Optional.of(new Remedy(Protocol.TCP, hasPort ? authority : authority + ":" + port));
    }

    /**
     * Protocol inferred from the form of an upstream: http for a URL, else tcp.
     *
     * @param text text of the upstream
     * @return the protocol
     */
    public static Protocol protocol(String text) {
        Check.given("upstream", text);
        return text.contains("://") ? Protocol.HTTP : Protocol.TCP;
    }

    /**
     * Reads an upstream.
     *
     * @param protocol protocol of the proxy
     * @param text text of the upstream
     * @return the protocol
     * @throws io.chaosproxy.fault.InvalidValueException with an empty key
     */
    public static Address parse(Protocol protocol, String text) {
        Check.given("protocol", protocol);
        Check.given("", text);
        return switch (protocol) {
            case TCP -> tcp(text);
            case HTTP -> http(text);
        };
    }

    /**
     * Text of an upstream for {@link #parse}: a URL for an http proxy.
     *
     * @param protocol protocol of the proxy
     * @param upstream address of the upstream
     * @return the protocol
     */
    public static String text(Protocol protocol, Address upstream) {
        Check.given("protocol", protocol);
        Check.given("upstream", upstream);
        return switch (protocol) {
            case TCP -> upstream.toString();
            case HTTP -> SCHEME + upstream;
        };
    }

    static ValueType<Address> kind(Protocol protocol) {
        return switch (protocol) {
            case TCP -> TCP;
            case HTTP -> HTTP;
        };
    }

    private static Address tcp(String text) {
        checkRemedy(Protocol.TCP, text);
        checkUser(text);
        Check.that(!text.contains("://"), "", "must be host:port, not \"" + text + "\"");
        return checked(Address.parse("", text));
    }

    /** Rejects an unfitting URL with a suggestion; omits user and password, because the message is logged. */
    private static void checkRemedy(Protocol protocol, String text) {
        Optional<Remedy> remedy = remedy(protocol, text);
        if (remedy.isPresent()) {
            throw new InvalidValueException(
                    "",
                    "a proxy of protocol " + word(protocol) + " can't connect to "
                            + PlainText.withoutUser(text) + "; use: protocol = "
                            + word(remedy.get().protocol()) + ", upstream = "
                            + remedy.get().upstream());
        }
    }

    private static String word(Protocol protocol) {
        return protocol.name().toLowerCase(Locale.ROOT);
    }

    private static Address http(String text) {
        checkRemedy(Protocol.HTTP, text);
        checkUser(text);
        if (!text.startsWith(SCHEME)) {
            Check.that(!text.contains("://"), "", "must be http://host:port, not \"" + text + "\"");
            return checked(Address.parse("", text));
        }
        String rest = text.substring(SCHEME.length());
        String authority = rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
        Check.that(
                authority.indexOf('?') < 0 && authority.indexOf('#') < 0,
                "",
                "must not have a query: \"" + text + "\"");
        Check.that(
                authority.indexOf('/') < 0,
                "",
                "must not have a path, requests go through with their own: \"" + text + "\"");
        boolean hasPort = authority.indexOf(':', authority.lastIndexOf(']') + 1) >= 0;
        return checked(Address.parse("", hasPort ? authority : authority + ":" + HTTP_PORT));
    }

    private static void checkUser(String text) {
        Check.that(text.indexOf('@') < 0, "", "must not name a user: \"" + PlainText.withoutUser(text) + "\"");
    }

    /** Same checks as in {@link io.chaosproxy.config.ProxySpec}, made here to report them together with other errors. */
    private static Address checked(Address address) {
        Check.that(!address.host().isEmpty(), "", "must name a host");
        Check.that(address.port() > 0, "", "must name a port");
        return address;
    }
}
