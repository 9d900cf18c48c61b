package io.chaosproxy.fault;

/**
 * A pattern for the upstream that something goes to, such as {@code *.example.com:443}.
 *
 * @param host pattern of the host, as of {@link Glob#text}; an address without brackets
 * @param port port; 0 for any
 */
public record EndpointPattern(Glob host, int port) {
    private static final int MAX_PORT = 65_535;

    /** Rejects what is no port. */
    public EndpointPattern {
        Check.given("target", host);
        Check.that(port >= 0 && port <= MAX_PORT, "target", "must have a port from 1 to 65535, not " + port);
    }

    /**
     * {@return the pattern that a text stands for: a pattern of hosts, and perhaps a colon with a port; an IPv6 address with a port is
     * in brackets}
     *
     * @param text such as {@code *.example.com:443}, {@code db} or {@code [::1]:443}
     * @throws InvalidValueException if it has no host, or something else than a port behind the colon
     */
    public static EndpointPattern parse(String text) {
        Check.given("target", text);
        int end = text.startsWith("[") ? text.indexOf(']') : -1;
        int colon = text.indexOf(':', end + 1);
        boolean isAddress = end < 0 && colon >= 0 && text.indexOf(':', colon + 1) >= 0;
        String host = isAddress || colon < 0 ? text : text.substring(0, colon);
        Check.that(end < 0 || end == host.length() - 1, "target", "must be host or host:port, not \"" + text + "\"");
        String pattern = end < 0 ? host : host.substring(1, end);
        Check.that(!pattern.isEmpty(), "target", "must name a host, or * for any");
        return new EndpointPattern(
                Glob.text("target", pattern), isAddress || colon < 0 ? 0 : port(text.substring(colon + 1), text));
    }

    private static int port(String digits, String text) {
        boolean isPort = digits.matches("[0-9]{1,5}") && Integer.parseInt(digits) > 0;
        Check.that(isPort, "target", "must have a port from 1 to 65535 behind the colon, not \"" + text + "\"");
        return Integer.parseInt(digits);
    }

    /**
     * {@return whether an upstream matches}
     *
     * @param upstream upstream to compare
     */
    public boolean matches(Endpoint upstream) {
        return (port == 0 || port == upstream.port()) && host.matches(upstream.host());
    }

    /** {@return the text that {@link #parse} reads} */
    @Override
    public String toString() {
        boolean isAddress = host.toString().indexOf(':') >= 0;
        String shown = isAddress ? "[" + host + "]" : host.toString();
        return port == 0 ? shown : shown + ":" + port;
    }
}
