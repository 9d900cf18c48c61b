package io.chaosproxy.control.api;

import io.chaosproxy.config.ConfigWriter;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.ClientProtocol;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.observe.ConnectionInfo;
import io.chaosproxy.observe.TlsInfo;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.text.HostPort;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** JSON objects of proxies, rules, connections and hits. */
public final class JsonViews {
    /** What {@link #rule} adds to the fields of a rule, and {@link #proxy} to those of a proxy. */
    static final String NAME = "name";

    static final String HITS = "hits";
    static final String ADDRESS = "address";
    static final String RULES = "rules";

    private JsonViews() {}

    /** The configuration's fields, but with the rules in their order; where it really listens if it is on. */
    static Map<String, Object> proxy(ProxyServer proxy) {
        ProxySpec spec = proxy.spec();
        Map<String, Object> shown = new HashMap<>(ConfigWriter.write(spec).unwrapped());
        shown.remove("faults");
        shown.put("enabled", proxy.isEnabled());
        proxy.lastAddress().ifPresent(address -> shown.put(ADDRESS, HostPort.text(address)));
        shown.put(RULES, rules(proxy));
        return shown;
    }

    static List<Map<String, Object>> rules(ProxyServer proxy) {
        return proxy.plan().rules().stream().map(rule -> rule(proxy, rule)).toList();
    }

    static Map<String, Object> rule(ProxyServer proxy, Rule rule) {
        Journal journal = proxy.common().journal();
        Map<String, Object> shown = new HashMap<>(ConfigWriter.write(rule).unwrapped());
        shown.put(NAME, rule.name());
        shown.put(HITS, journal.byRule(proxy.name()).getOrDefault(rule.name(), 0L));
        return shown;
    }

    static Map<String, Object> connection(ConnectionInfo connection) {
        Map<String, Object> shown = new HashMap<>(Map.of(
                "proxy", connection.proxy(),
                "number", connection.number(),
                "client", HostPort.text(connection.client()),
                "since", connection.since().toString(),
                "age-ms", Duration.between(connection.since(), Instant.now()).toMillis(),
                "up", connection.up(),
                "down", connection.down(),
                "waiting", connection.waiting(),
                "rules", connection.rules()));
        if (connection.exchange() > 0) {
            shown.put("exchange", connection.exchange());
        }
        putText(shown, "protocol", connection.protocol());
        putText(shown, "target", connection.target());
        putText(shown, "server-name", connection.serverName());
        connection.tls().ifPresent(tls -> shown.put("tls", tls(tls)));
        connection.upstreamTls().ifPresent(tls -> shown.put("upstream-tls", tls(tls)));
        return shown;
    }

    private static void putText(Map<String, Object> shown, String key, String text) {
        if (!text.isEmpty()) {
            shown.put(key, text);
        }
    }

    private static Map<String, Object> tls(TlsInfo tls) {
        Map<String, Object> shown = new HashMap<>(Map.of("version", tls.version(), "cipher", tls.cipher()));
        putText(shown, "alpn", tls.alpn());
        return shown;
    }

    public static Map<String, Object> hit(Hit hit) {
        Map<String, Object> shown = new HashMap<>(Map.of(
                "at", hit.at().toString(),
                "proxy", hit.proxy(),
                "connection", hit.connection(),
                "exchange", hit.exchange(),
                "client", hit.client(),
                "request", hit.request(),
                "rule", hit.rule(),
                "type", hit.type()));
        ClientProtocol spoken = hit.spoken();
        putText(shown, "protocol", spoken.name());
        putText(shown, "server-name", spoken.serverName());
        if (!spoken.tls().isEmpty()) {
            shown.put("tls", Map.of("version", spoken.tls(), "cipher", spoken.cipher()));
        }
        if (!hit.drawn().equals(Sample.NOTHING)) {
            shown.put("drawn", drawn(hit.drawn()));
        }
        return shown;
    }

    static Map<String, Object> drawn(Sample drawn) {
        return Map.of(
                "what", drawn.what(),
                "value", drawn.value(),
                "unit", drawn.unit().name().toLowerCase(Locale.ROOT));
    }
}
