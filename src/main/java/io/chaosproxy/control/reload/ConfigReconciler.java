package io.chaosproxy.control.reload;

import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.SharedRates;
import io.chaosproxy.relay.ProxyChange;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Applies a configuration to running proxies atomically: all of it, or nothing.
 *
 * <p>Afterwards each proxy that it names is as it says: address, upstream, options and the rules that it names, whatever was
 * done to them at run time. Only what differs is touched: a proxy that listens and leads where it did keeps its connections,
 * and its exchanges under way keep their plan.
 */
final class ConfigReconciler {
    private final ProxyRegistry registry;
    private final Map<String, ProxySpec> before;
    private final Map<String, ProxySpec> next;
    private final Plan commonBefore;
    private final Plan commonNext;
    private final SharedRates rates = new SharedRates(); // of the next configuration
    private final Extent extent;

    /** Treatment of proxies and rules that the configuration does not name. */
    enum Extent {
        /** Stays: rules and proxies that were added at run time, and that a proxy was switched off. */
        NAMED,
        /** Goes: rules and proxies that were added at run time; and each proxy is on. */
        EVERYTHING
    }

    private ConfigReconciler(ProxyRegistry registry, ChaosConfig before, ChaosConfig next, Extent extent) {
        this.registry = registry;
        this.before = byName(before);
        this.next = byName(next);
        this.commonBefore = registry.commonRules();
        this.commonNext = next.common();
        this.rates.addAll("", commonNext);
        this.next.values().forEach(spec -> rates.addAll(spec.name(), spec.plan()));
        this.extent = extent;
    }

    /**
     * Makes the registry what {@code next} says.
     *
     * @param before what the registry was made last: its proxies and rules go if {@code next} doesn't name them
     * @throws IOException naming proxy and address that could not be had; then everything is as it was, but for proxies that
     *     suppressed exceptions name, as of {@link ProxyRegistry#apply}
     * @throws io.chaosproxy.fault.InvalidValueException if a plan can't be; then everything is as it was
     */
    static void run(ProxyRegistry registry, ChaosConfig before, ChaosConfig next, Extent extent) throws IOException {
        registry.changing().lock();
        try {
            ConfigReconciler reconciler = new ConfigReconciler(registry, before, next, extent);
            registry.apply(reconciler.targets(), reconciler.gone());
            registry.commonRules(next.common());
        } finally {
            registry.changing().unlock();
        }
    }

    private static Map<String, ProxySpec> byName(ChaosConfig config) {
        return config.proxies().stream()
                .map(spec -> spec.with(config.planOf(spec)))
                .collect(Collectors.toMap(ProxySpec::name, Function.identity()));
    }

    private List<ProxyChange> targets() {
        List<ProxyChange> targets = new ArrayList<>();
        next.values().forEach(spec -> targets.add(target(spec)));
        Set<String> gone = gone();
        registry.all().stream()
                .filter(proxy -> !next.containsKey(proxy.name()) && !gone.contains(proxy.name()))
                .forEach(proxy -> follow(proxy).ifPresent(targets::add));
        return targets;
    }

    /**
     * A proxy that was added at run time keeps its own rules, and has those that hold for all proxies as the configuration
     * says.
     */
    private Optional<ProxyChange> follow(ProxyServer proxy) {
        Plan followed = followed(proxy.plan());
        if (followed.equals(proxy.plan())) {
            return Optional.empty();
        }
        ProxyRegistry.checkCommon(followed, proxy.spec());
        return Optional.of(new ProxyChange(proxy.spec(), proxy.isWanted(), Optional.of(this::followed), true));
    }

    /** The common rules first, as on a proxy that is added; a rule of its own takes the place of the common one of its name. */
    private Plan followed(Plan inForce) {
        List<Rule> own = inForce.rules().stream()
                .filter(rule -> !commonBefore.rule(rule.name()).equals(Optional.of(rule)))
                .map(rates::agreeing)
                .toList();
        List<Rule> rules = new ArrayList<>();
        for (Rule common : commonNext.rules()) {
            if (own.stream().noneMatch(rule -> rule.name().equals(common.name()))) {
                rules.add(common);
            }
        }
        rules.addAll(own);
        return new Plan(rules);
    }

    private ProxyChange target(ProxySpec spec) {
        Optional<ProxyServer> present = registry.find(spec.name());
        boolean on = extent == Extent.EVERYTHING
                || present.map(ProxyServer::isWanted).orElse(true);
        Optional<UnaryOperator<Plan>> plan = present.filter(
                        proxy -> !plan(spec, proxy.plan()).equals(proxy.plan()))
                .map(proxy -> inForce -> plan(spec, inForce));
        return new ProxyChange(spec, on, plan, true);
    }

    private Plan plan(ProxySpec spec, Plan inForce) {
        return switch (extent) {
            case NAMED -> merged(spec, inForce);
            case EVERYTHING -> spec.plan();
        };
    }

    /**
     * The configuration's rules, and behind them those in force that never came from it. A rate that all proxies share is as
     * the configuration has it under this name, on each of them.
     */
    private Plan merged(ProxySpec spec, Plan inForce) {
        ProxySpec previous = before.get(spec.name());
        Plan former = previous == null ? Plan.CLEAN : previous.plan();
        List<Rule> rules = new ArrayList<>(spec.plan().rules());
        for (Rule rule : inForce.rules()) {
            if (former.rule(rule.name()).isEmpty()
                    && spec.plan().rule(rule.name()).isEmpty()) {
                rules.add(rates.agreeing(rule));
            }
        }
        return new Plan(rules);
    }

    private Set<String> gone() {
        Set<String> gone = new HashSet<>(
                switch (extent) {
                    case NAMED -> before.keySet();
                    case EVERYTHING ->
                        registry.all().stream().map(ProxyServer::name).collect(Collectors.toSet());
                });
        gone.removeAll(next.keySet());
        return gone;
    }
}
