package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.text.PlainText;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Syntax of upstream addresses: {@code host:port}, or also a URL for an http proxy. */
public final class Upstream {
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;
    private static final String SCHEME = "http://";
    private static final String HTTPS = "https://";
    private static final String TLS = "tls://";
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

    private static final String OF_CLIENTS = "does not go with protocol = forward: clients name their targets";

    private static final Address BLANK = new Address("blank", 1);

    private static final ValueType<Address> TCP = bytes(Protocol.TCP);
    private static final ValueType<Address> AUTO = bytes(Protocol.AUTO);

    private static final ValueType<Address> HTTP = new ValueType<>(
            "a URL such as http://127.0.0.1:9000 or https://shop.example.com",
            BLANK,
            value -> http(ValueType.TEXT.read(value)),
            address -> SCHEME + address);

    /** Any text, for a proxy with an invalid protocol. */
    static final ValueType<Address> ANY = new ValueType<>(
            "host:port, tls://host:port, or a URL with protocol = http", BLANK, value -> BLANK, Address::toString);

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
     * with a scheme other than {@code http} and {@code https} needs a tcp proxy.
     *
     * @param protocol protocol that fits
     * @param text text of the upstream
     * @return the suggestion
     */
    public static Optional<Remedy> remedy(Protocol protocol, String text) {
        Check.given("protocol", protocol);
        Check.given("upstream", text);
        Matcher url = URL.matcher(text);
        boolean isHttp = text.startsWith(SCHEME) || text.startsWith(HTTPS);
        boolean fits = protocol == Protocol.HTTP ? isHttp : text.startsWith(TLS);
        if (!url.matches() || fits) {
            return Optional.empty();
        }
        String scheme = url.group(1).toLowerCase(Locale.ROOT);
        String authority = url.group(2);
        if (protocol == Protocol.AUTO && isHttp) {
            boolean tls = text.startsWith(HTTPS);
            String port = hasPort(authority) ? "" : ":" + (tls ? HTTPS_PORT : HTTP_PORT);
            return Optional.of(new Remedy(Protocol.AUTO, (tls ? TLS : "") + authority + port));
        }
        if (scheme.equals("http") || scheme.equals("https")) {
            return Optional.of(new Remedy(Protocol.HTTP, scheme + "://" + authority));
        }
        Protocol bytes = protocol == Protocol.AUTO ? Protocol.AUTO : Protocol.TCP;
        if (scheme.equals("tls")) {
            return Optional.of(new Remedy(bytes, TLS + authority));
        }
        boolean hasPort = hasPort(authority);
        String port = PORTS.containsKey(scheme) ? String.valueOf(PORTS.get(scheme)) : "PORT";
        return Optional.of(new Remedy(bytes, hasPort ? authority : authority + ":" + port));
    }

    private static boolean hasPort(String authority) {
        return authority.indexOf(':', authority.lastIndexOf(']') + 1) >= 0;
    }

    /**
     * Whether an upstream is reached by TLS, by its scheme: {@code https://} or {@code tls://}.
     *
     * @param text text of the upstream
     * @return whether it is
     */
    public static boolean isTls(String text) {
        Check.given("upstream", text);
        return text.startsWith(HTTPS) || text.startsWith(TLS);
    }

    /**
     * Protocol inferred from the form of an upstream: http for a URL, tcp for {@code host:port} and {@code tls://}.
     *
     * @param text text of the upstream
     * @return the protocol
     */
    public static Protocol protocol(String text) {
        Check.given("upstream", text);
        return text.contains("://") && !text.startsWith(TLS) ? Protocol.HTTP : Protocol.TCP;
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
            case TCP, AUTO -> tcp(protocol, text);
            case HTTP -> http(text);
            case FORWARD -> throw new InvalidValueException("", OF_CLIENTS);
        };
    }

    /**
     * Text of a proxy's upstream for {@link #parse}: a URL for an http proxy, with {@code tls://} if it is reached by TLS; empty for a
     * forward proxy.
     *
     * @param proxy proxy
     * @return the text
     */
    public static String text(ProxySpec proxy) {
        Check.given("proxy", proxy);
        boolean tls = proxy.upstreamTls().isPresent();
        String address = proxy.upstream().map(Address::toString).orElse("");
        return switch (proxy.protocol()) {
            case TCP, AUTO -> (tls ? TLS : "") + address;
            case HTTP -> (tls ? HTTPS : SCHEME) + address;
            case FORWARD -> "";
        };
    }

    /**
     * A proxy with another upstream, by TLS if it says so: with the settings for that which are there, or the usual ones.
     *
     * @param proxy proxy
     * @param text as for {@link #parse}
     * @return the changed proxy
     * @throws io.chaosproxy.fault.InvalidValueException with an empty key
     */
    public static ProxySpec change(ProxySpec proxy, String text) {
        Check.given("proxy", proxy);
        Address to = parse(proxy.protocol(), text);
        Optional<UpstreamTls> how =
                isTls(text) ? proxy.upstreamTls().or(() -> Optional.of(UpstreamTls.DEFAULTS)) : Optional.empty();
        return new ProxySpec(
                proxy.name(),
                proxy.protocol(),
                proxy.listen(),
                Optional.of(to),
                proxy.plan(),
                proxy.options(),
                proxy.tls(),
                how,
                proxy.intercept(),
                proxy.written());
    }

    static ValueType<Address> kind(Protocol protocol) {
        return switch (protocol) {
            case TCP -> TCP;
            case HTTP -> HTTP;
            case AUTO -> AUTO;
            case FORWARD -> ANY;
        };
    }

    private static ValueType<Address> bytes(Protocol protocol) {
        return new ValueType<>(
                "host:port or tls://host:port",
                BLANK,
                value -> tcp(protocol, ValueType.TEXT.read(value)),
                Address::toString);
    }

    private static Address tcp(Protocol protocol, String text) {
        checkRemedy(protocol, text);
        checkUser(text);
        String address = text.startsWith(TLS) ? text.substring(TLS.length()) : text;
        Check.that(!address.contains("://"), "", "must be host:port, not \"" + text + "\"");
        return checked(Address.parse("", address));
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
        boolean tls = text.startsWith(HTTPS);
        if (!text.startsWith(SCHEME) && !tls) {
            Check.that(!text.contains("://"), "", "must be http://host:port, not \"" + text + "\"");
            return checked(Address.parse("", text));
        }
        String rest = text.substring((tls ? HTTPS : SCHEME).length());
        String authority = rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
        Check.that(
                authority.indexOf('?') < 0 && authority.indexOf('#') < 0,
                "",
                "must not have a query: \"" + text + "\"");
        Check.that(
                authority.indexOf('/') < 0,
                "",
                "must not have a path, requests go through with their own: \"" + text + "\"");
        int port = tls ? HTTPS_PORT : HTTP_PORT;
        return checked(Address.parse("", hasPort(authority) ? authority : authority + ":" + port));
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
