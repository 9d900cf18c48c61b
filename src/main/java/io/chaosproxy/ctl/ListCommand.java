package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code ctl list}: lists the proxies. */
@Command(
        name = "list",
        description = "Lists the proxies: name, on or off, protocol, address, upstream, rules.",
        footer = {"", "Example:", "  chaos-proxy ctl list"})
final class ListCommand implements Action {
    private final Ctl ctl;

    ListCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() throws IOException {
        ApiResponse answer = ctl.server().get("proxies");
        TabularOutput sheet = new TabularOutput("proxy", "state", "protocol", "!listens on", "upstream", "rules");
        ProxyLookup.of(answer)
                .proxies()
                .forEach((name, proxy) -> sheet.add(
                        Cell.of(name),
                        Cell.of(state(proxy)),
                        Cell.of(proxy.getString("protocol")),
                        Cell.of(address(proxy)),
                        upstream(proxy),
                        rules(proxy)));
        ctl.show(answer, sheet, "no proxies");
    }

    static String state(Config proxy) {
        return proxy.getBoolean("enabled") ? "on" : "off";
    }

    /** Actual listen address, or the configured one if the proxy is off. */
    static String address(Config proxy) {
        return proxy.getString(proxy.hasPath("address") ? "address" : "listen");
    }

    /** A forward proxy has none. */
    static Cell upstream(Config proxy) {
        return proxy.hasPath("upstream") ? Cell.of(proxy.getString("upstream")) : new Cell("-", "");
    }

    private static Cell rules(Config proxy) {
        List<String> names = proxy.getConfigList("rules").stream()
                .map(rule -> rule.getString("name"))
                .toList();
        return new Cell(String.join(", ", names), String.join(",", names));
    }
}
