package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Refused;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.ProxySpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A whole configuration: what one file says.
 *
 * @param seed of all chance; empty to draw one at the start
 * @param common rules that hold for all proxies together
 * @param proxies in the order of the file, names unique
 */
public record ChaosConfig(OptionalLong seed, Plan common, List<ProxySpec> proxies) {
    public ChaosConfig {
        proxies = List.copyOf(proxies);
        Set<String> names = new HashSet<>();
        for (ProxySpec proxy : proxies) {
            Check.that(names.add(proxy.name()), "proxies." + proxy.name(), "there are two proxies of this name");
            common.checkFor(proxy.protocol());
            together(common, proxy);
        }
    }

    /**
     * A proxy's own rules behind those that hold for all: the plan that it starts with.
     *
     * @throws Refused if a rule of the proxy has the name of a common one
     */
    public Plan planOf(ProxySpec proxy) {
        return together(common, proxy);
    }

    private static Plan together(Plan common, ProxySpec proxy) {
        List<Rule> rules = new ArrayList<>(common.rules());
        rules.addAll(proxy.plan().rules());
        try {
            return new Plan(rules);
        } catch (Refused e) {
            throw new Refused(
                    "proxies." + proxy.name() + ".faults." + e.key(),
                    "a rule of this name holds for all proxies already");
        }
    }
}
