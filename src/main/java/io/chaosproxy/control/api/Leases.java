package io.chaosproxy.control.api;

import io.chaosproxy.control.web.Problem;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.inject.ActivePlan;
import io.chaosproxy.inject.ProxyClosedException;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * Leased changes of plans: undone unless their lease is renewed, so that the faults of a crashed test end. The end of a lease
 * restores what was there: the rule that a leased one replaced, or that a leased change removed, comes back.
 *
 * <p>Leases on one rule are stacked. The one that changed it last is on top, and its state of the rule is in force; when it
 * ends, or its rule's time to live does, the state below comes back: that of another lease, or what was there before all of
 * them. The end of a lease further down changes nothing in force. A time to live goes on below others.
 *
 * <p>Editing the rule on top by a PATCH of its proxy keeps it leased. The leases on a rule let go of it when it is put without
 * a lease, deleted or cleared, when a PUT of its proxy or a reload of the file says otherwise, and when its proxy goes;
 * then their end changes nothing about it. Each lease is watched by a virtual thread. Any thread may call any method; the lock
 * of the fleet makes one change follow another.
 */
final class Leases implements AutoCloseable {
    private final ProxyRegistry fleet;
    private final TimeSource time;
    private final ReentrantLock lock;
    private final Map<String, Lease> leases = new HashMap<>();
    private final Map<Key, Hold> holds = new LinkedHashMap<>();

    /** Name of a rule on a proxy. */
    private record Key(String proxy, String rule) {}

    /** Lease as the API returns it. */
    record Terms(String id, Duration ttl, Instant expires) {}

    /**
     * State of a rule.
     *
     * @param lease that made it so; empty for what was there before all leases
     * @param rule empty if there is none of its name
     * @param ttlEnd {@code nanoTime} of the end of the rule's time to live, if it has one
     * @param preceding names of the rules before it
     */
    private record Layer(Optional<Lease> lease, Optional<Rule> rule, long ttlEnd, List<String> preceding) {
        Layer with(Optional<Rule> other) {
            return new Layer(lease, other, ttlEnd, preceding);
        }

        boolean isOf(Lease other) {
            return lease.equals(Optional.of(other));
        }

        boolean hasTtl() {
            return rule.filter(known -> !known.ttl().isZero()).isPresent();
        }

        boolean isExpired(long now) {
            return hasTtl() && ttlEnd - now <= 0;
        }

        /** The rule with the rest of its time to live. */
        Optional<Rule> rest(long now) {
            return rule.map(known -> hasTtl() ? known.ttl(roundedUp(ttlEnd - now)) : known);
        }

        private static Duration roundedUp(long nanos) {
            return Duration.ofNanos(nanos + 999_999).truncatedTo(ChronoUnit.MILLIS);
        }
    }

    /**
     * A rule under leases.
     *
     * @param proxy that has it; another of its name has not
     * @param layers from the state before all leases to the one in force
     */
    private record Hold(ProxyServer proxy, String rule, List<Layer> layers) {
        Key key() {
            return new Key(proxy.name(), rule);
        }

        Layer top() {
            return layers.getLast();
        }

        boolean isTop(Lease lease) {
            return top().isOf(lease);
        }

        /** Whether the plan has the rule as the lease on top left it. */
        boolean isIn(Plan plan) {
            return plan.rule(rule).equals(top().rule);
        }

        /** Whether the rule on top has removed itself. */
        boolean hasEnded(Plan plan, long now) {
            return top().isExpired(now) && plan.rule(rule).isEmpty();
        }

        Hold with(List<Layer> changed) {
            return new Hold(proxy, rule, List.copyOf(changed));
        }

        Hold withTop(Layer changed) {
            List<Layer> all = new ArrayList<>(layers.subList(0, layers.size() - 1));
            all.add(changed);
            return with(all);
        }

        /** With one more change by a lease, in the place of an earlier one. */
        Hold changedBy(Lease lease, Layer layer) {
            List<Layer> all = new ArrayList<>(layers);
            all.removeIf(each -> each.isOf(lease));
            all.add(layer);
            return with(all);
        }

        /** Without the layer on top, and those that would be next but whose time is over. */
        Hold uncovered(long now) {
            List<Layer> left = new ArrayList<>(layers);
            left.removeLast();
            while (left.getLast().lease.isPresent() && left.getLast().isExpired(now)) {
                left.removeLast();
            }
            return with(left);
        }

        /** The plan with the state on top: in the place of the rule, or behind its nearest predecessor if there is none. */
        Plan in(Plan plan, Optional<Rule> state) {
            if (state.isEmpty() || plan.rule(rule).isPresent()) {
                return state.map(plan::with).orElseGet(() -> plan.without(rule));
            }
            List<Rule> rules = new ArrayList<>(plan.rules());
            int place = 0;
            for (int i = 0; i < rules.size(); i++) {
                if (top().preceding.contains(rules.get(i).name())) {
                    place = i + 1;
                }
            }
            rules.add(place, state.get());
            return new Plan(rules);
        }
    }

    private static final class Lease {
        final String id = UUID.randomUUID().toString();
        final Waits waits;

        private Duration ttl;
        private volatile long end;
        private volatile boolean over;

        Lease(TimeSource time, Duration ttl) {
            this.waits = new Waits(time);
            this.ttl = ttl;
        }

        Terms renew(Duration length, long now) {
            ttl = length;
            end = now + length.toNanos();
            return new Terms(id, length, Instant.now().plus(length));
        }
    }

    Leases(ProxyRegistry fleet) {
        this.fleet = fleet;
        this.lock = fleet.changing();
        this.time = fleet.common().time();
    }

    /** Grants a lease without rules. */
    Terms grant(Duration ttl) {
        check(ttl);
        Lease lease = new Lease(time, ttl);
        Terms terms = lease.renew(ttl, time.nanoTime());
        lock.lock();
        try {
            leases.put(lease.id, lease);
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual().name("lease " + lease.id).start(() -> watch(lease));
        return terms;
    }

    private static void check(Duration ttl) {
        Check.duration("ttl", ttl);
        Check.that(ttl.toMillis() > 0, "ttl", "must be at least 1 ms");
    }

    /** Extends a lease by its duration from now on. */
    Terms renew(String id) {
        lock.lock();
        try {
            Lease lease = find(id);
            return lease.renew(lease.ttl, time.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** Extends a lease by a new duration from now on. */
    Terms renew(String id, Duration ttl) {
        check(ttl);
        lock.lock();
        try {
            Lease lease = find(id);
            Terms terms = lease.renew(ttl, time.nanoTime());
            lease.waits.wake(); // it may be shorter than before
            return terms;
        } finally {
            lock.unlock();
        }
    }

    /** Ends a lease, if it is there, and restores what was in the place of its rules. */
    void end(String id) {
        lock.lock();
        try {
            Lease lease = leases.remove(id);
            if (lease != null) {
                lease.over = true;
                lease.waits.wake();
                undo(lease);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Changes the plan of a proxy. The rules that it puts, replaces or removes are held by the lease; without one, leases on them
     * let go.
     *
     * @param id of the lease; empty for a change for good
     */
    void change(Optional<String> id, ProxyServer proxy, UnaryOperator<Plan> change) {
        lock.lock();
        try {
            Optional<Lease> lease = id.map(this::find);
            List.copyOf(holds.values()).forEach(this::undoExpired);
            Change made = new Change(change);
            ActivePlan before = proxy.active();
            proxy.change(made);
            for (String rule : made.touched()) {
                lease.ifPresentOrElse(holder -> hold(holder, proxy, rule, before), () -> release(proxy.name(), rule));
            }
            lease.ifPresent(holder -> holder.waits.wake()); // a time to live may end before it
        } finally {
            lock.unlock();
        }
    }

    /** A change of a plan, with what it was made of. */
    private static final class Change implements UnaryOperator<Plan> {
        private final UnaryOperator<Plan> change;
        private Plan before = Plan.CLEAN;
        private Plan after = Plan.CLEAN;

        Change(UnaryOperator<Plan> change) {
            this.change = change;
        }

        @Override
        public Plan apply(Plan plan) {
            before = plan;
            after = change.apply(plan);
            return after;
        }

        /** Names of the rules that were put, also those that were put as they were, and of those that were removed. */
        Set<String> touched() {
            Set<String> names = new LinkedHashSet<>(before.names());
            names.addAll(after.names());
            names.removeIf(
                    name -> before.rule(name).orElse(null) == after.rule(name).orElse(null));
            return names;
        }
    }

    private void hold(Lease lease, ProxyServer proxy, String rule, ActivePlan before) {
        long now = time.nanoTime();
        Hold held = holds.get(new Key(proxy.name(), rule));
        Hold below = held != null && held.proxy == proxy && held.isIn(before.plan())
                ? held.withTop(layer(held.top().lease, rule, before, now))
                : new Hold(proxy, rule, List.of(layer(Optional.empty(), rule, before, now)));
        Hold changed = below.changedBy(lease, layer(Optional.of(lease), rule, proxy.active(), now));
        holds.put(changed.key(), changed);
    }

    private static Layer layer(Optional<Lease> lease, String rule, ActivePlan plan, long now) {
        return new Layer(lease, plan.plan().rule(rule), now + plan.ttlLeft(rule, now), preceding(plan.plan(), rule));
    }

    private static List<String> preceding(Plan plan, String rule) {
        List<String> names = plan.rules().stream().map(Rule::name).toList();
        return names.subList(0, Math.max(0, names.indexOf(rule)));
    }

    /**
     * Goes on holding the rules of a proxy that a change has edited, as they are now.
     *
     * @param proxy after the change, which may have replaced it
     * @param before its plan before the change
     */
    void follow(ProxyServer proxy, Plan before) {
        lock.lock();
        try {
            long now = time.nanoTime();
            List<Hold> held = holds.values().stream()
                    .filter(hold -> hold.proxy.name().equals(proxy.name()))
                    .toList();
            release(proxy.name());
            for (Hold hold : held) {
                Layer top = layer(hold.top().lease, hold.rule, proxy.active(), now);
                boolean isGone = top.rule.isEmpty() && hold.top().rule.isPresent() && !hold.hasEnded(before, now);
                boolean isNew = top.rule.isPresent() && before.rule(hold.rule).isEmpty();
                if ((hold.isIn(before) || hold.hasEnded(before, now)) && !isGone && !isNew) {
                    Layer kept = top.rule.isEmpty() ? hold.top() : top;
                    holds.put(hold.key(), new Hold(proxy, hold.rule, hold.withTop(kept).layers));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** No lease takes this rule away any more. */
    void release(String proxy, String rule) {
        lock.lock();
        try {
            holds.remove(new Key(proxy, rule));
        } finally {
            lock.unlock();
        }
    }

    /** No lease takes any rule of this proxy away any more. */
    void release(String proxy) {
        lock.lock();
        try {
            holds.keySet().removeIf(key -> key.proxy.equals(proxy));
        } finally {
            lock.unlock();
        }
    }

    /** Ends all leases. */
    @Override
    public void close() {
        lock.lock();
        try {
            List.copyOf(leases.keySet()).forEach(this::end);
        } finally {
            lock.unlock();
        }
    }

    private Lease find(String id) {
        Lease lease = leases.get(id);
        if (lease == null || lease.end - time.nanoTime() <= 0) {
            throw Problem.notFound("lease", id);
        }
        return lease;
    }

    private void undo(Lease lease) {
        for (Hold hold : List.copyOf(holds.values())) {
            if (hold.isTop(lease)) {
                undo(hold);
            } else if (hold.layers.stream().anyMatch(layer -> layer.isOf(lease))) {
                holds.put(
                        hold.key(),
                        hold.with(hold.layers.stream()
                                .filter(layer -> !layer.isOf(lease))
                                .toList()));
            }
        }
    }

    /** Undoes the change on top, unless the plan has another rule of its name by now. */
    private void undo(Hold hold) {
        holds.remove(hold.key());
        Plan plan = hold.proxy.plan();
        boolean isThere = fleet.find(hold.proxy.name()).equals(Optional.of(hold.proxy));
        if (isThere && (hold.isIn(plan) || hold.hasEnded(plan, time.nanoTime()))) {
            restore(hold.uncovered(time.nanoTime()));
        }
    }

    /** Puts the state on top in force: a rule that its proxy can't carry out any more is left out. */
    private void restore(Hold hold) {
        long now = time.nanoTime();
        // a rate that all proxies share comes back as it is on the others by now
        Optional<Rule> state = (hold.top().isExpired(now)
                        ? Optional.<Rule>empty()
                        : hold.top().rest(now))
                .map(rule -> fleet.agreeing(hold.proxy.name(), rule))
                .filter(rule -> isFor(hold.proxy, rule));
        try {
            hold.proxy.change(plan -> hold.in(plan, state));
        } catch (ProxyClosedException e) {
            return; // the rule has gone with its proxy
        }
        if (hold.top().lease.isPresent()) {
            holds.put(hold.key(), hold.withTop(hold.top().with(state)));
        }
    }

    private static boolean isFor(ProxyServer proxy, Rule rule) {
        try {
            rule.checkFor(proxy.protocol());
            return true;
        } catch (InvalidValueException e) {
            return false;
        }
    }

    /** Undoes the change on top if its rule's time to live is over. */
    private void undoExpired(Hold hold) {
        long now = time.nanoTime();
        if (!hold.top().isExpired(now)) {
            return;
        }
        Layer inForce = layer(hold.top().lease, hold.rule, hold.proxy.active(), now);
        if (hold.isIn(hold.proxy.plan()) && !inForce.isExpired(now)) { // put again since, with another time
            holds.put(hold.key(), hold.withTop(inForce));
        } else {
            undo(hold);
        }
    }

    private void watch(Lease lease) {
        while (lease.waits.awaitUntil(() -> left(lease), () -> !lease.over)) {
            lock.lock();
            try {
                if (lease.end - time.nanoTime() <= 0) { // not renewed since
                    end(lease.id);
                } else {
                    List.copyOf(holds.values()).forEach(this::undoExpired);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** Nanoseconds until a lease ends, or the time to live of one of the rules that it has in force. */
    private long left(Lease lease) {
        lock.lock();
        try {
            long now = time.nanoTime();
            return holds.values().stream()
                    .filter(hold -> hold.isTop(lease) && hold.top().hasTtl())
                    .mapToLong(hold -> hold.top().ttlEnd - now)
                    .reduce(lease.end - now, Math::min);
        } finally {
            lock.unlock();
        }
    }
}
