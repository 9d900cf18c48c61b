package io.chaosproxy.control.toxiproxy;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.ProxyServer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * The toxics of one proxy, in the order in which they came. They go away with the proxy.
 *
 * <p>Their rules stand in the proxy's plan behind all others. A toxic whose rule was removed by other means is gone. Any
 * thread may call any method.
 */
final class Toxics {
    private final ReentrantLock changing = new ReentrantLock();
    private final List<Toxic> toxics = new ArrayList<>();
    private final Set<String> known = new HashSet<>(); // names of rules that are, or were, those of this list

    /** One change of the list. */
    @FunctionalInterface
    private interface Change {
        Toxic make() throws ApiError;
    }

    /** Those towards the upstream first. */
    List<Toxic> all(ProxyServer proxy) {
        changing.lock();
        try {
            forgetRemoved(proxy.plan());
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
            proxy.plan().rules().forEach(rule -> known.add(rule.name()));
            putInForce(proxy);
        } finally {
            changing.unlock();
        }
    }

    private Toxic change(ProxyServer proxy, Change change) throws ApiError {
        changing.lock();
        try {
            forgetRemoved(proxy.plan());
            List<Toxic> before = List.copyOf(toxics);
            Toxic changed = change.make();
            try {
                putInForce(proxy);
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

    private void putInForce(ProxyServer proxy) {
        List<Rule> ours =
                toxics.stream().flatMap(toxic -> toxic.rule().stream()).toList();
        ours.forEach(rule -> known.add(rule.name()));
        boolean clustered = proxy.common().fleet().isPresent();
        proxy.change(plan -> {
            // toxics of other replicas are in the plan, too, and not in this list
            Stream<Rule> others = plan.rules().stream()
                    .filter(rule -> !Toxic.isToxic(rule) || (clustered && !known.contains(rule.name())));
            return new Plan(Stream.concat(others, ours.stream()).toList());
        });
    }

    private void forgetRemoved(Plan plan) {
        toxics.removeIf(
                toxic -> toxic.rule().isPresent() && plan.rule(toxic.ruleName()).isEmpty());
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
