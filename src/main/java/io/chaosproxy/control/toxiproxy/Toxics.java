package io.chaosproxy.control.toxiproxy;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.ProxyServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * The toxics of one proxy, in the order in which they came. They go away with the proxy.
 *
 * <p>Their rules stand in the proxy's plan behind all others. A toxic whose rule was removed by other means is gone, and those of
 * other replicas of a cluster come with the plan. Any thread may call any method.
 */
final class Toxics {
    private final ReentrantLock changing = new ReentrantLock();
    private final List<Toxic> toxics = new ArrayList<>();

    /** One change of the list. */
    @FunctionalInterface
    private interface Change {
        Toxic make() throws ApiError;
    }

    /** Those towards the upstream first. */
    List<Toxic> all(ProxyServer proxy) {
        changing.lock();
        try {
            followPlan(proxy);
            return Stream.concat(of(Direction.UP), of(Direction.DOWN)).toList();
        } finally {
            changing.unlock();
        }
    }

    Toxic get(ProxyServer proxy, String name) throws ApiError {
        return all(proxy).stream()
                .filter(toxic -> toxic.name().equals(name))
                .findFirst()
                .orElseThrow(Toxics::notFound);
    }

    Toxic add(ProxyServer proxy, GoJson.Value body) throws ApiError {
        return change(proxy, () -> {
            Toxic added = Toxic.read(body, toxics.stream().map(Toxic::name).toList());
            toxics.add(added);
            return added;
        });
    }

    Toxic update(ProxyServer proxy, String name, GoJson.Value body) throws ApiError {
        return change(proxy, () -> {
            int place = place(name);
            Toxic changed = toxics.get(place).changed(body);
            toxics.set(place, changed);
            return changed;
        });
    }

    void remove(ProxyServer proxy, String name) throws ApiError {
        change(proxy, () -> toxics.remove(place(name)));
    }

    void clear(ProxyServer proxy) {
        changing.lock();
        try {
            toxics.clear();
            proxy.change(plan -> new Plan(
                    plan.rules().stream().filter(rule -> !Toxic.isToxic(rule)).toList()));
        } finally {
            changing.unlock();
        }
    }

    private Toxic change(ProxyServer proxy, Change change) throws ApiError {
        changing.lock();
        try {
            followPlan(proxy);
            List<Toxic> before = List.copyOf(toxics);
            List<Rule> others = others(proxy);
            Toxic changed = change.make();
            try {
                putInForce(proxy, others);
            } catch (InvalidValueException e) {
                restore(before);
                throw ApiError.badBody(e.key() + " " + e.reason());
            } catch (Fleet.ConflictException e) {
                restore(before);
                throw e;
            }
            return changed;
        } finally {
            changing.unlock();
        }
    }

    private void restore(List<Toxic> before) {
        toxics.clear();
        toxics.addAll(before);
    }

    /** Rules of other replicas that have the name of a toxic and that no toxic makes, since they were changed by other means. */
    private List<Rule> others(ProxyServer proxy) {
        List<String> names = toxics.stream().map(Toxic::ruleName).toList();
        return proxy.common().fleet().isEmpty()
                ? List.of()
                : proxy.plan().rules().stream()
                        .filter(rule -> Toxic.isToxic(rule) && !names.contains(rule.name()))
                        .toList();
    }

    private void putInForce(ProxyServer proxy, List<Rule> kept) {
        List<Rule> ours =
                toxics.stream().flatMap(toxic -> toxic.rule().stream()).toList();
        proxy.change(plan -> {
            Stream<Rule> others = plan.rules().stream().filter(rule -> !Toxic.isToxic(rule) || kept.contains(rule));
            return new Plan(Stream.concat(others, ours.stream()).toList());
        });
    }

    private void followPlan(ProxyServer proxy) {
        Plan plan = proxy.plan();
        toxics.removeIf(
                toxic -> toxic.rule().isPresent() && plan.rule(toxic.ruleName()).isEmpty());
        if (proxy.common().fleet().isPresent()) {
            plan.rules().forEach(rule -> Toxic.of(rule).ifPresent(toxic -> take(toxic, rule)));
        }
    }

    /** Takes over what another replica added or changed; this one's own keeps the attributes as they were given. */
    private void take(Toxic toxic, Rule rule) {
        for (int i = 0; i < toxics.size(); i++) {
            Toxic present = toxics.get(i);
            if (present.name().equals(toxic.name())) {
                if (!present.rule().filter(rule::equals).isPresent()) {
                    toxics.set(i, toxic);
                }
                return;
            }
        }
        toxics.add(toxic);
    }

    private Stream<Toxic> of(Direction direction) {
        return toxics.stream().filter(toxic -> toxic.direction() == direction);
    }

    private int place(String name) throws ApiError {
        for (int i = 0; i < toxics.size(); i++) {
            if (toxics.get(i).name().equals(name)) {
                return i;
            }
        }
        throw notFound();
    }

    private static ApiError notFound() {
        return new ApiError(404, "toxic not found");
    }
}
