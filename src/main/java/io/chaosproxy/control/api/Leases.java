package io.chaosproxy.control.api;

import io.chaosproxy.control.web.Problem;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.inject.ActivePlan;
import io.chaosproxy.inject.ProxyClosedException;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
 * of the registry makes one change follow another.
 */
final class Leases implements AutoCloseable {
    private final ProxyRegistry registry;
    private final TimeSource time;
    private final ReentrantLock lock;
    private final Map<String, Lease> leases = new HashMap<>();
    private final Map<LeasedRule.Key, LeasedRule> holds = new LinkedHashMap<>();

    Leases(ProxyRegistry registry) {
        this.registry = registry;
        this.lock = registry.changing();
        this.time = registry.common().time();
    }

    /** Grants a lease without rules. */
    Lease.Terms grant(Lease.Ttl ttl) {
        check(ttl.length());
        Lease lease = new Lease(time, ttl);
        Lease.Terms terms = lease.renew(ttl, time.nanoTime());
        lock.lock();
        try {
            leases.put(lease.id(), lease);
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual().name("lease " + lease.id()).start(() -> watch(lease));
        return terms;
    }

    private static void check(Duration ttl) {
        Check.duration("ttl", ttl);
        Check.that(ttl.toMillis() > 0, "ttl", "must be at least 1 ms");
    }

    /** Extends a lease by its duration from now on. */
    Lease.Terms renew(String id) {
        lock.lock();
        try {
            Lease lease = find(id);
            return lease.renew(time.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** Extends a lease by a new duration from now on. */
    Lease.Terms renew(String id, Lease.Ttl ttl) {
        check(ttl.length());
        lock.lock();
        try {
            Lease lease = find(id);
            Lease.Terms terms = lease.renew(ttl, time.nanoTime());
            lease.wake(); // it may be shorter than before
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
                lease.ends();
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
            lease.ifPresent(holder -> holder.wake()); // a time to live may end before it
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
        LeasedRule held = holds.get(new LeasedRule.Key(proxy.name(), rule));
        LeasedRule below = held != null && held.proxy() == proxy && held.isIn(before.plan())
                ? held.withTop(LeasedRule.Layer.of(held.top().lease(), rule, before, now))
                : new LeasedRule(proxy, rule, List.of(LeasedRule.Layer.of(Optional.empty(), rule, before, now)));
        LeasedRule changed = below.changedBy(lease, LeasedRule.Layer.of(Optional.of(lease), rule, proxy.active(), now));
        holds.put(changed.key(), changed);
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
            List<LeasedRule> held = holds.values().stream()
                    .filter(hold -> hold.proxy().name().equals(proxy.name()))
                    .toList();
            release(proxy.name());
            for (LeasedRule hold : held) {
                LeasedRule.Layer top = LeasedRule.Layer.of(hold.top().lease(), hold.rule(), proxy.active(), now);
                boolean isGone = top.rule().isEmpty() && hold.top().rule().isPresent() && !hold.hasEnded(before, now);
                boolean isNew =
                        top.rule().isPresent() && before.rule(hold.rule()).isEmpty();
                if ((hold.isIn(before) || hold.hasEnded(before, now)) && !isGone && !isNew) {
                    LeasedRule.Layer kept = top.rule().isEmpty() ? hold.top() : top;
                    holds.put(
                            hold.key(),
                            new LeasedRule(
                                    proxy, hold.rule(), hold.withTop(kept).layers()));
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
            holds.remove(new LeasedRule.Key(proxy, rule));
        } finally {
            lock.unlock();
        }
    }

    /** No lease takes any rule of this proxy away any more. */
    void release(String proxy) {
        lock.lock();
        try {
            holds.keySet().removeIf(key -> key.proxy().equals(proxy));
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
        if (lease == null || lease.left(time.nanoTime()) <= 0) {
            throw Problem.notFound("lease", id);
        }
        return lease;
    }

    private void undo(Lease lease) {
        for (LeasedRule hold : List.copyOf(holds.values())) {
            if (hold.isTop(lease)) {
                undo(hold);
            } else if (hold.layers().stream().anyMatch(layer -> layer.isOf(lease))) {
                holds.put(
                        hold.key(),
                        hold.with(hold.layers().stream()
                                .filter(layer -> !layer.isOf(lease))
                                .toList()));
            }
        }
    }

    /** Undoes the change on top, unless the plan has another rule of its name by now. */
    private void undo(LeasedRule hold) {
        holds.remove(hold.key());
        Plan plan = hold.proxy().plan();
        boolean isThere = registry.find(hold.proxy().name()).equals(Optional.of(hold.proxy()));
        if (isThere && (hold.isIn(plan) || hold.hasEnded(plan, time.nanoTime()))) {
            restore(hold.uncovered(time.nanoTime()));
        }
    }

    /** Puts the state on top in force: a rule that its proxy can't carry out any more is left out. */
    private void restore(LeasedRule hold) {
        long now = time.nanoTime();
        // a rate that all proxies share comes back as it is on the others by now
        Optional<Rule> state = (hold.top().isExpired(now)
                        ? Optional.<Rule>empty()
                        : hold.top().rest(now))
                .map(rule -> registry.agreeing(hold.proxy().name(), rule))
                .filter(rule -> isFor(hold.proxy(), rule));
        try {
            hold.proxy().restore(plan -> hold.in(plan, state));
        } catch (ProxyClosedException e) {
            return; // the rule has gone with its proxy
        }
        if (hold.top().lease().isPresent()) {
            holds.put(hold.key(), hold.withTop(hold.top().with(state)));
        }
    }

    private static boolean isFor(ProxyServer proxy, Rule rule) {
        try {
            proxy.spec().check(rule);
            return true;
        } catch (InvalidValueException e) {
            return false;
        }
    }

    /** Undoes the change on top if its rule's time to live is over. */
    private void undoExpired(LeasedRule hold) {
        long now = time.nanoTime();
        if (!hold.top().isExpired(now)) {
            return;
        }
        LeasedRule.Layer inForce = LeasedRule.Layer.of(
                hold.top().lease(), hold.rule(), hold.proxy().active(), now);
        if (hold.isIn(hold.proxy().plan()) && !inForce.isExpired(now)) { // put again since, with another time
            holds.put(hold.key(), hold.withTop(inForce));
        } else {
            undo(hold);
        }
    }

    private void watch(Lease lease) {
        while (lease.await(() -> left(lease))) {
            lock.lock();
            try {
                if (lease.left(time.nanoTime()) <= 0) { // not renewed since
                    end(lease.id());
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
                    .mapToLong(hold -> hold.top().ttlEnd() - now)
                    .reduce(lease.left(now), Math::min);
        } finally {
            lock.unlock();
        }
    }
}
