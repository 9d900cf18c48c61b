package io.chaosproxy.control.toxiproxy;

import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.Upstream;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.observe.Traffic;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import java.util.List;
import java.util.function.BiFunction;

/** Toxiproxy's counters, under its names and labels; unlike there, counted while connections live. */
public final class ToxiproxyMetrics {
    private ToxiproxyMetrics() {}

    /** In Prometheus' text format, version 0.0.4. */
    public static String text(ProxyRegistry registry) {
        StringBuilder text = new StringBuilder();
        counter(
                text,
                registry,
                "received",
                "Bytes that came from one end of a proxy's connections.",
                Traffic::received);
        counter(text, registry, "sent", "Bytes handed on to the other end of a proxy's connections.", Traffic::bytes);
        return text.toString();
    }

    private static void counter(
            StringBuilder text,
            ProxyRegistry registry,
            String what,
            String help,
            BiFunction<Traffic, Direction, Long> count) {
        String name = "toxiproxy_proxy_" + what + "_bytes_total";
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(" counter\n");
        for (ProxyServer proxy : registry.all()) {
            for (Direction direction : List.of(Direction.DOWN, Direction.UP)) {
                text.append(name)
                        .append(labels(proxy, direction))
                        .append(count.apply(proxy.traffic(), direction))
                        .append('\n');
            }
        }
    }

    private static String labels(ProxyServer proxy, Direction direction) {
        ProxySpec spec = proxy.spec();
        return "{direction=\"" + (direction == Direction.UP ? "upstream" : "downstream")
                + "\",listener=\"" + escape(Toxiproxy.listen(proxy))
                + "\",proxy=\"" + escape(spec.name())
                + "\",upstream=\"" + escape(Upstream.text(spec)) + "\"} ";
    }

    private static String escape(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
