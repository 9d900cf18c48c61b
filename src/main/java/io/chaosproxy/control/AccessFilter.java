package io.chaosproxy.control;

import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.control.web.Problem;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Access control of the control plane: the token if one is set (for {@code /metrics} another one, too), and no cross-origin requests.
 *
 * <p>A page that rebinds its own name to a loopback address reaches the port, but its requests name its host; so without a
 * token the {@code Host} has to be a literal address or a name of this machine. A page that posts across origins says so in
 * {@code Origin} or {@code Sec-Fetch-Site}. Health probes
 * carry no token, so they get the status without details. A browser can't send the token when it opens the dashboard, so the
 * files of that are public.
 */
final class AccessFilter implements Filter {
    private static final HeaderName FETCH_SITE = HeaderNames.create("Sec-Fetch-Site");
    private static final Pattern LITERAL = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+|\\[[0-9a-fA-F:.]+]");

    /** Raw paths; encoded or dotted forms don't match. */
    private static final Set<String> HEALTH = Set.of("/health/live", "/health/ready");

    private static final String SCHEME = "Bearer ";

    private final ControlSettings settings;

    AccessFilter(ControlSettings settings) {
        this.settings = settings;
    }

    /**
     * Rejects settings without token that listen beyond loopback, unless {@code open} is set.
     *
     * @throws IOException naming the address and the two ways out
     */
    static void check(ControlSettings settings) throws IOException {
        String host = settings.listen().host();
        if (settings.token().isEmpty() && !settings.open() && !isLoopback(host)) {
            throw new IOException("control.listen: anybody who reaches " + settings.listen()
                    + " could change the network; set control.token, or control.open = true if that is meant");
        }
    }

    private static boolean isLoopback(String host) {
        if (host.equalsIgnoreCase("localhost")) {
            return true;
        }
        try {
            return LITERAL.matcher(host.indexOf(':') >= 0 ? "[" + host + "]" : host)
                            .matches()
                    && InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        try {
            check(request);
        } catch (Problem refusal) {
            if (!isHealth(request)) {
                if (refusal.status().equals(Status.UNAUTHORIZED_401)) {
                    response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
                }
                throw refusal;
            }
            request.context().register(new Unauthenticated());
        }
        chain.proceed();
    }

    private void check(RoutingRequest request) {
        if (!Dashboard.isOpened(request)) {
            refuseForeignPages(request);
        }
        if (settings.token().isPresent()) {
            if (!Dashboard.isOwn(request)) {
                requireToken(request);
            }
        } else if (!settings.open()) {
            requireOwnHost(request);
        }
    }

    /** True for an unauthenticated probe: status only. */
    static boolean isUnauthenticated(ServerRequest request) {
        return request.context().get(Unauthenticated.class).isPresent();
    }

    /** Marks a request that may only read the health status. */
    private record Unauthenticated() {}

    private static boolean isHealth(RoutingRequest request) {
        return HEALTH.contains(request.prologue().uriPath().rawPath());
    }

    private static void refuseForeignPages(RoutingRequest request) {
        String site = request.headers().first(FETCH_SITE).orElse("none");
        boolean foreign = site.equals("cross-site") || site.equals("same-site");
        String origin = request.headers().first(HeaderNames.ORIGIN).orElse("");
        if (foreign || !isOwn(origin, request.authority())) {
            throw new Problem(Status.FORBIDDEN_403, "pages of another origin may not use the control plane");
        }
    }

    private static boolean isOwn(String origin, String authority) {
        return origin.isEmpty() || origin.equals("http://" + authority) || origin.equals("https://" + authority);
    }

    private void requireToken(RoutingRequest request) {
        String given = request.headers().first(HeaderNames.AUTHORIZATION).orElse("");
        boolean scrapes = request.prologue().uriPath().rawPath().equals("/metrics")
                && settings.metricsToken().isPresent()
                && isToken(given, settings.metricsToken().get());
        if (!scrapes && !isToken(given, settings.token().orElseThrow())) {
            throw new Problem(Status.UNAUTHORIZED_401, "missing or invalid control token");
        }
    }

    /** Compares tokens in constant time; the scheme is written in any case (RFC 9110, section 11.1). */
    private static boolean isToken(String given, String token) {
        return given.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && MessageDigest.isEqual(
                        token.getBytes(StandardCharsets.UTF_8),
                        given.substring(SCHEME.length()).getBytes(StandardCharsets.UTF_8));
    }

    private void requireOwnHost(RoutingRequest request) {
        String authority = request.authority();
        int colon = authority.lastIndexOf(':');
        String host = colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
        String name = host.toLowerCase(Locale.ROOT);
        boolean own = LITERAL.matcher(name).matches()
                || name.equals("localhost")
                || name.endsWith(".localhost")
                || name.equals(settings.listen().host().toLowerCase(Locale.ROOT));
        if (!own) {
            throw new Problem(
                    Status.FORBIDDEN_403,
                    "Host \"" + host + "\" is not a name of this control plane; use an address or localhost, or set"
                            + " control.token");
        }
    }
}
