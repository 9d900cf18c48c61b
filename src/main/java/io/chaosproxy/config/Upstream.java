package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Refused;
import io.chaosproxy.net.Address;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where connections go: {@code host:port}, on an http proxy as a URL too. */
public final class Upstream {
    private static final int HTTP_PORT = 80;
    private static final String SCHEME = "http://";
    private static final Pattern URL = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://(?:[^/@]*@)?([^/?#]+).*");

    /** Where a URL leads that names no port. */
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

    private static final Kind<Address> TCP =
            new Kind<>("host:port", BLANK, value -> tcp(Kind.TEXT.read(value)), Address::toString);

    private static final Kind<Address> HTTP = new Kind<>(
            "a URL such as http://127.0.0.1:9000",
            BLANK,
            value -> http(Kind.TEXT.read(value)),
            address -> SCHEME + address);

    /** Any text, for proxies whose protocol isn't known. */
    static final Kind<Address> ANY =
            new Kind<>("host:port, or a URL with protocol = http", BLANK, value -> BLANK, Address::toString);

    private Upstream() {}

    /** A proxy that an upstream can have, and how it is written there. */
    public record Remedy(Protocol protocol, String upstream) {}

    /**
     * What to say in place of an upstream that a proxy of this protocol refuses for its URL; empty if it has another fault
     * or none. A proxy for a URL that isn't {@code http} relays bytes.
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

    /** The protocol that an upstream asks for by the way it is written: http if it is a URL. */
    public static Protocol protocol(String text) {
        Check.given("upstream", text);
        return text.contains("://") ? Protocol.HTTP : Protocol.TCP;
    }

    /**
     * Reads an upstream.
     *
     * @throws io.chaosproxy.fault.Refused with an empty key
     */
    public static Address parse(Protocol protocol, String text) {
        Check.given("protocol", protocol);
        Check.given("", text);
        return switch (protocol) {
            case TCP -> tcp(text);
            case HTTP -> http(text);
        };
    }

    /** An upstream as {@link #parse} reads it, a URL on an http proxy. */
    public static String text(Protocol protocol, Address upstream) {
        Check.given("protocol", protocol);
        Check.given("upstream", upstream);
        return switch (protocol) {
            case TCP -> upstream.toString();
            case HTTP -> SCHEME + upstream;
        };
    }

    static Kind<Address> kind(Protocol protocol) {
        return switch (protocol) {
            case TCP -> TCP;
            case HTTP -> HTTP;
        };
    }

    private static Address tcp(String text) {
        checkRemedy(Protocol.TCP, text);
        Check.that(!text.contains("://"), "", "must be host:port, not \"" + text + "\"");
        return checked(Address.parse("", text));
    }

    /** Says which proxy can have this upstream, in the words of the file; without a password, since logs keep it. */
    private static void checkRemedy(Protocol protocol, String text) {
        Optional<Remedy> remedy = remedy(protocol, text);
        if (remedy.isPresent()) {
            throw new Refused(
                    "",
                    "a proxy of protocol " + word(protocol) + " can't connect to "
                            + text.replaceFirst("//[^/@]*@", "//") + "; use: protocol = "
                            + word(remedy.get().protocol()) + ", upstream = "
                            + remedy.get().upstream());
        }
    }

    private static String word(Protocol protocol) {
        return protocol.name().toLowerCase(Locale.ROOT);
    }

    private static Address http(String text) {
        checkRemedy(Protocol.HTTP, text);
        if (!text.startsWith(SCHEME)) {
            Check.that(!text.contains("://"), "", "must be http://host:port, not \"" + text + "\"");
            return checked(Address.parse("", text));
        }
        String rest = text.substring(SCHEME.length());
        String authority = rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
        Check.that(authority.indexOf('@') < 0, "", "must not name a user: \"" + text + "\"");
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

    /** What {@link io.chaosproxy.relay.ProxySpec} would refuse too, together with all else here. */
    private static Address checked(Address address) {
        Check.that(!address.host().isEmpty(), "", "must name a host");
        Check.that(address.port() > 0, "", "must name a port");
        return address;
    }
}
