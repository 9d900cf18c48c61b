package io.chaosproxy.control;

import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.Proxy;
import io.chaosproxy.relay.ProxySpec;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One configuration taking the place of another on a running fleet: whole, or not at all.
 *
 * <p>Only what differs between the two is touched. A proxy that stays the same keeps its connections and whatever was
 * changed at run time; one whose rules differ keeps its connections, and its exchanges under way keep their plan; one that
 * listens or leads elsewhere starts again. Rules that were added at run time stay.
 */
final class Takeover {
    private final Fleet fleet;
    private final Deque<Step> undo = new ArrayDeque<>();

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private Takeover(Fleet fleet) {
        this.fleet = fleet;
    }

    /**
     * Makes the fleet what {@code next} says, as far as it differs from {@code before}.
     *
     * @throws IOException naming proxy and address that could not be had; then everything is as it was
     */
    static void run(Fleet fleet, ChaosConfig before, ChaosConfig next) throws IOException {
        Takeover takeover = new Takeover(fleet);
        try {
            takeover.go(before, next);
        } catch (IOException | RuntimeException e) {
            takeover.back(e);
            throw e;
        }
    }

    private void go(ChaosConfig before, ChaosConfig next) throws IOException {
        Map<String, ProxySpec> old = byName(before);
        Map<String, ProxySpec> wanted = byName(next);
        for (ProxySpec gone : old.values()) { // first, so that others can have their addresses
            ProxySpec successor = wanted.get(gone.name());
            if (successor == null || successor.protocol() != gone.protocol()) {
                switchOff(gone.name());
            }
        }
        for (ProxySpec spec : wanted.values()) {
            ProxySpec previous = old.get(spec.name());
            if (previous == null) {
                add(spec);
            } else if (previous.protocol() != spec.protocol()) {
                replace(spec);
            } else if (!previous.equals(spec)) {
                change(previous, spec);
            }
        }
        old.keySet().stream().filter(name -> !wanted.containsKey(name)).forEach(fleet::remove);
    }

    private static Map<String, ProxySpec> byName(ChaosConfig config) {
        return config.proxies().stream()
                .map(spec -> spec.with(config.planOf(spec)))
                .collect(Collectors.toMap(ProxySpec::name, Function.identity()));
    }

    private void add(ProxySpec spec) throws IOException {
        fleet.add(spec, true);
        undo.push(() -> fleet.remove(spec.name()));
    }

    /** It goes for good when nothing can fail any more; up to then it can be had back with all that was done to it. */
    private void switchOff(String name) {
        Proxy proxy = fleet.find(name).orElse(null);
        if (proxy != null && proxy.isEnabled()) {
            undo.push(() -> switchOn(name));
            proxy.disable();
        }
    }

    /** By name: it may be another by then, which was put in its place again. */
    private void switchOn(String name) throws IOException {
        Proxy proxy = fleet.find(name).orElse(null);
        if (proxy != null) {
            proxy.enable();
        }
    }

    private void replace(ProxySpec spec) throws IOException {
        Proxy proxy = fleet.find(spec.name()).orElse(null);
        if (proxy == null) {
            add(spec);
            return;
        }
        ProxySpec before = proxy.spec();
        fleet.replace(spec, true);
        undo.push(() -> fleet.replace(before, false));
    }

    private void change(ProxySpec previous, ProxySpec spec) throws IOException {
        Proxy proxy = fleet.find(spec.name()).orElse(null);
        if (proxy == null) { // removed at run time: the file asks for it anew
            add(spec);
            return;
        }
        boolean moved = !previous.listen().equals(spec.listen())
                || !previous.upstream().equals(spec.upstream())
                || !previous.options().equals(spec.options());
        if (moved) {
            ProxySpec now = proxy.spec();
            undo.push(() -> proxy.redirect(now));
            proxy.redirect(spec);
        }
        if (!previous.plan().equals(spec.plan())) {
            Plan now = proxy.plan();
            undo.push(() -> proxy.plan(now));
            proxy.changeGently(inForce -> merged(previous.plan(), spec.plan(), inForce));
        }
    }

    /** The file's new rules, and behind them those in force that never came from the file. */
    private static Plan merged(Plan previous, Plan next, Plan inForce) {
        List<Rule> rules = new ArrayList<>(next.rules());
        for (Rule rule : inForce.rules()) {
            if (previous.rule(rule.name()).isEmpty() && next.rule(rule.name()).isEmpty()) {
                rules.add(rule);
            }
        }
        return new Plan(rules);
    }

    private void back(Exception reason) {
        while (!undo.isEmpty()) {
            try {
                undo.pop().run();
            } catch (IOException | RuntimeException e) {
                reason.addSuppressed(e);
            }
        }
    }
}
