package io.chaosproxy.config;

import com.typesafe.config.ConfigUtil;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.RateConflict;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.SharedRates;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Complete configuration, as read from one file. Immutable.
 *
 * {@snippet :
 * ChaosConfig config = ChaosConfig.read(Path.of("service.conf"));
 * }
 *
 * @param seed seed of all random draws; empty to choose one at startup
 * @param control settings of the control plane; empty if the configuration has none
 * @param cluster settings of the cluster; empty for a process of its own
 * @param common rules that apply to all proxies
 * @param proxies proxies in file order, with unique names
 */
public record ChaosConfig(
        OptionalLong seed,
        Optional<ControlSettings> control,
        Optional<ClusterSettings> cluster,
        Plan common,
        List<ProxySpec> proxies) {
    /** Hosts of a listener on all interfaces, of both families. */
    private static final Set<String> EVERYWHERE = Set.of("", "::");

    private static final String EVERY_IPV4 = "0.0.0.0";

    /** Rejects proxies of one name, addresses that overlap, and rules that a proxy cannot carry out. */
    public ChaosConfig {
        Check.given("seed", seed);
        Check.given("control", control);
        Check.given("cluster", cluster);
        Check.given("faults", common);
        proxies = Check.elements("proxies", proxies);
        check(cluster.isPresent(), control, common, proxies, refused -> {
            throw refused;
        });
    }

    /**
     * Configuration without a control plane.
     *
     * @param seed seed of all random draws; empty to draw one at the start
     * @param common rules in front of those of each proxy
     * @param proxies specifications, each under another name
     */
    public ChaosConfig(OptionalLong seed, Plan common, List<ProxySpec> proxies) {
        this(seed, Optional.empty(), common, proxies);
    }

    /**
     * Configuration of a process of its own.
     *
     * @param seed seed of all random draws; empty to draw one at the start
     * @param control settings of the control plane; empty if the configuration has none
     * @param common rules in front of those of each proxy
     * @param proxies specifications, each under another name
     */
    public ChaosConfig(OptionalLong seed, Optional<ControlSettings> control, Plan common, List<ProxySpec> proxies) {
        this(seed, control, Optional.empty(), common, proxies);
    }

    /**
     * Reads a file.
     *
     * @param file path of the file
     * @return the configuration
     * @throws InvalidConfigException with all errors
     */
    public static ChaosConfig read(Path file) {
        Check.given("file", file);
        return ConfigReader.read(file, Map.of());
    }

    /**
     * Reads the text of a file.
     *
     * @param text text of a file
     * @return the configuration
     * @throws InvalidConfigException with all errors
     */
    public static ChaosConfig parse(String text) {
        Check.given("text", text);
        return ConfigReader.parse(text, "text");
    }

    /** Reports conflicts between parts that are valid by themselves. */
    static void check(
            boolean clustered,
            Optional<ControlSettings> control,
            Plan common,
            List<ProxySpec> proxies,
            Consumer<InvalidValueException> report) {
        if (!clustered) {
            common.rules().forEach(rule -> checkAlone(rule, path("faults", rule.name()), report));
            proxies.forEach(proxy -> proxy.plan()
                    .rules()
                    .forEach(rule -> checkAlone(rule, path("proxies", proxy.name(), "faults", rule.name()), report)));
        }
        Set<String> names = new HashSet<>();
        SharedRates rates = new SharedRates();
        for (ProxySpec proxy : proxies) {
            if (!names.add(proxy.name())) {
                report.accept(
                        new InvalidValueException(path("proxies", proxy.name()), "there are two proxies of this name"));
            }
            for (Rule rule : proxy.plan().rules()) {
                String path = path("proxies", proxy.name(), "faults", rule.name());
                if (common.rule(rule.name()).isPresent()) {
                    report.accept(
                            new InvalidValueException(path, "a rule of this name applies to all proxies already"));
                } else {
                    checkShared(rates, proxy, rule, path, report);
                }
            }
        }
        common.rules().forEach(rule -> checkProtocols(rule, proxies, report));
        checkListen(proxies, report);
        control.ifPresent(settings -> checkFree("control.listen", settings.listen(), proxies, report));
    }

    private static void checkAlone(Rule rule, String path, Consumer<InvalidValueException> report) {
        if (SharedRates.isOfCluster(rule)) {
            report.accept(new InvalidValueException(path + ".shared", SharedRates.NEEDS_CLUSTER));
        }
    }

    /** Rates shared by all proxies form one link, so they must agree. */
    private static void checkShared(
            SharedRates rates, ProxySpec proxy, Rule rule, String path, Consumer<InvalidValueException> report) {
        try {
            rates.add(proxy.name(), rule, path);
        } catch (RateConflict e) {
            report.accept(e);
        }
    }

    private static void checkProtocols(Rule rule, List<ProxySpec> proxies, Consumer<InvalidValueException> report) {
        for (ProxySpec proxy : proxies) {
            try {
                proxy.check(rule);
            } catch (InvalidValueException e) {
                String reason = e.reason() + ", but it applies to all proxies, including " + proxy.name();
                report.accept(new InvalidValueException(path("faults", rule.name(), e.key()), reason));
                return;
            }
        }
    }

    private static void checkListen(List<ProxySpec> proxies, Consumer<InvalidValueException> report) {
        for (int i = 0; i < proxies.size(); i++) {
            ProxySpec proxy = proxies.get(i);
            checkFree(path("proxies", proxy.name(), "listen"), proxy.listen(), proxies.subList(0, i), report);
        }
    }

    private static void checkFree(
            String key, Address wanted, List<ProxySpec> holders, Consumer<InvalidValueException> report) {
        holders.stream()
                .filter(holder -> overlap(holder.listen(), wanted))
                .findFirst()
                .ifPresent(holder -> report.accept(
                        new InvalidValueException(key, holder.name() + " listens on " + holder.listen() + " already")));
    }

    private static boolean overlap(Address one, Address other) {
        return one.port() != 0
                && one.port() == other.port()
                && (one.host().equals(other.host()) || covers(one, other) || covers(other, one));
    }

    private static boolean covers(Address wildcard, Address other) {
        return EVERYWHERE.contains(wildcard.host()) || (wildcard.host().equals(EVERY_IPV4) && !isIpv6(other));
    }

    private static boolean isIpv6(Address address) {
        return address.host().indexOf(':') >= 0;
    }

    private static String path(String... names) {
        return ConfigUtil.joinPath(names);
    }

    /**
     * {@return the initial plan of a proxy: the common rules, then its own}
     *
     * @param proxy specification of the proxy
     */
    public Plan planOf(ProxySpec proxy) {
        Check.given("proxy", proxy);
        List<Rule> rules = new ArrayList<>(common.rules());
        rules.addAll(proxy.plan().rules());
        return new Plan(rules);
    }
}
