package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import io.chaosproxy.text.Spelling;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Snapshot of a server's proxies by name, with suggestions for misspelled names. */
record ProxyLookup(TreeMap<String, Config> proxies) {
    static ProxyLookup of(ControlClient server) throws IOException {
        return of(server.get("proxies"));
    }

    static ProxyLookup of(ApiResponse answer) {
        ConfigObject all = answer.json().getObject("proxies");
        TreeMap<String, Config> proxies = new TreeMap<>();
        all.forEach((name, value) -> proxies.put(name, ((ConfigObject) value).toConfig()));
        return new ProxyLookup(proxies);
    }

    boolean has(String proxy) {
        return proxies.containsKey(proxy);
    }

    /**
     * Finds a proxy.
     *
     * @throws IOException if there is no such proxy
     */
    Config proxy(String name) throws IOException {
        Config found = proxies.get(name);
        if (found == null) {
            throw missing("proxy " + name, name, proxies.keySet());
        }
        return found;
    }

    /**
     * Finds a rule of a proxy.
     *
     * @throws IOException if there is no such proxy, or no such rule on it
     */
    Config rule(String proxy, String name) throws IOException {
        List<? extends Config> rules = proxy(proxy).getConfigList("rules");
        for (Config rule : rules) {
            if (rule.getString("name").equals(name)) {
                return rule;
            }
        }
        List<String> names = rules.stream().map(rule -> rule.getString("name")).toList();
        throw missing("rule " + name + " on " + proxy, name, names);
    }

    /** Exception for a rule that no proxy has. */
    IOException missingRule(String name) {
        Set<String> names = new TreeSet<>();
        proxies.values()
                .forEach(proxy -> proxy.getConfigList("rules").forEach(rule -> names.add(rule.getString("name"))));
        return missing("rule " + name, name, names);
    }

    private static IOException missing(String what, String name, Collection<String> known) {
        return new IOException("there is no " + what + Spelling.hint(name, known));
    }
}
