package io.chaosproxy.http;

import io.chaosproxy.config.Options;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.inject.Target;
import io.chaosproxy.relay.Connection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Head of a request as the upstream gets it: with the upstream's name if the proxy rewrites the host, without an upgrade to HTTP/2
 * unless the proxy lets it pass, and with the changes of rules. One thread uses it.
 */
final class ForwardedRequest {
    /** Fields between a client and its proxy (RFC 9110 §11.7.2; Proxy-Connection is of no RFC, but sent). */
    private static final List<String> FOR_PROXY = List.of("Proxy-Authorization", "Proxy-Connection");

    private final Connection connection;
    private final RequestHead head;
    private final Map<String, String> alwaysSet;
    private final boolean stripsH2c;
    private final AtomicBoolean strippedH2c; // on this proxy
    private final boolean forwards;

    /**
     * The requests of a connection.
     *
     * @param head of the present one
     * @param forwards whether each request names its target, as on a forward proxy
     */
    ForwardedRequest(Connection connection, RequestHead head, AtomicBoolean strippedH2c, boolean forwards) {
        this.forwards = forwards;
        this.connection = connection;
        this.head = head;
        Options options = connection.proxy().options();
        this.alwaysSet = connection
                .proxy()
                .settings()
                .upstream()
                .filter(upstream -> options.rewriteHost())
                .map(upstream -> Map.of("Host", upstream.authority()))
                .orElse(Map.of());
        this.stripsH2c = options.h2c() == Options.H2c.STRIP;
        this.strippedH2c = strippedH2c;
    }

    /** Whether the connection may leave HTTP behind the present request. */
    boolean mayTunnel() {
        boolean upgrades = head.wantsUpgrade() && !(stripsH2c && H2cUpgrade.isAll(head));
        return upgrades || head.method().equals("CONNECT");
    }

    /** Changes the present head, for which rules are asked. */
    HeaderFaults.Forwarded forward(Target exchange) {
        Map<String, String> always = forwards ? hostOfTarget() : hostOfUpstream();
        List<String> never = forwards ? FOR_PROXY : List.of();
        if (stripsH2c && H2cUpgrade.isIn(head)) {
            always = new LinkedHashMap<>(always);
            never = Stream.concat(never.stream(), stripH2c(always).stream()).toList();
        }
        return HeaderFaults.apply(head, Direction.UP, always, never, false, connection, exchange);
    }

    /**
     * The {@code Host} field that the request gets. An absolute target would outdo it (RFC 9112 §3.2.2), so only path and query
     * go on; the target of CONNECT doesn't depend on a field.
     */
    private Map<String, String> hostOfUpstream() {
        if (alwaysSet.isEmpty() || head.method().equals("CONNECT")) {
            return Map.of();
        }
        if (head.isAbsolute()) {
            head.sendInOriginForm();
            return alwaysSet;
        }
        return head.has("Host") ? alwaysSet : Map.of();
    }

    /** The target is that of the absolute URI, whatever the field says, and the request goes there in origin form (RFC 9112 §3.2.2). */
    private Map<String, String> hostOfTarget() {
        head.sendInOriginForm();
        return Map.of("Host", head.host());
    }

    private List<String> stripH2c(Map<String, String> set) {
        if (strippedH2c.compareAndSet(false, true)) {
            connection.warn("took \"Upgrade: h2c\" out of this and later requests, since rules see nothing of HTTP/2;"
                    + " h2c = pass lets it through");
        }
        return H2cUpgrade.strip(head, set);
    }
}
