package io.chaosproxy.control.api;

import io.chaosproxy.control.web.Problem;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.inject.ProxyClosedException;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Leased rules: removed unless their lease is renewed, so that the faults of a crashed test end. The end of a lease
 * restores what was there: the rule in whose place a leased one was put comes back.
 *
 * <p>A rule is held by the lease under which it was put last. Editing it by a PATCH of its proxy keeps it held, and so does
 * putting it under another lease, which then restores what was there before both. The lease lets go of it when it is put
 * without a lease, deleted or cleared, when a PUT of its proxy or a reload of the file says otherwise, and when its proxy goes;
 * then its end changes nothing about it. Each lease is watched by a virtual thread. Any thread may call any method; the lock of the fleet makes one change follow another.
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
     * A rule under a lease.
     *
     * @param proxy that has it; another of its name has not
     * @param rule as it was put or edited last
     * @param before what was in its place; empty if there was none of its name
     */
    private record Hold(Lease lease, ProxyServer proxy, Rule rule, Optional<Rule> before) {
        boolean isIn(Plan plan) {
            return plan.rule(rule.name()).equals(Optional.of(rule));
        }

        /** The plan with what was there before; as it is if the rule has been replaced or removed. */
        Plan restored(Plan plan) {
            boolean expired = !rule.ttl().isZero() && plan.rule(rule.name()).isEmpty();
            if (!isIn(plan) && !expired) {
                return plan;
            }
            return before.map(plan::with).orElseGet(() -> plan.without(rule.name()));
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
                restore(lease);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Puts a rule in force for as long as the lease lasts.
     *
     * @return whether there was none of this name before
     */
    boolean put(String id, ProxyServer proxy, Rule rule) {
        lock.lock();
        try {
            Lease lease = find(id);
            Optional<Rule> before = before(proxy, rule.name());
            boolean added = put(proxy, rule);
            holds.put(new Key(proxy.name(), rule.name()), new Hold(lease, proxy, rule, before));
            return added;
        } finally {
            lock.unlock();
        }
    }

    /** What the end of a lease on this rule restores: not what another lease has put in its place. */
    private Optional<Rule> before(ProxyServer proxy, String rule) {
        Hold held = holds.get(new Key(proxy.name(), rule));
        return held != null && held.proxy == proxy && held.isIn(proxy.plan())
                ? held.before
                : proxy.plan().rule(rule);
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
            Map<Key, Hold> edited = new LinkedHashMap<>();
            holds.forEach((key, hold) -> {
                if (key.proxy.equals(proxy.name()) && hold.isIn(before)) {
                    proxy.plan()
                            .rule(key.rule)
                            .ifPresent(rule -> edited.put(key, new Hold(hold.lease, proxy, rule, hold.before)));
                }
            });
            release(proxy.name());
            holds.putAll(edited);
        } finally {
            lock.unlock();
        }
    }

    /** Puts a rule in force without a lease; a lease on it lets go. */
    boolean put(ProxyServer proxy, Rule rule) {
        AtomicBoolean added = new AtomicBoolean();
        lock.lock();
        try {
            proxy.change(before -> {
                added.set(before.rule(rule.name()).isEmpty());
                return before.with(rule);
            });
            release(proxy.name(), rule.name());
        } finally {
            lock.unlock();
        }
        return added.get();
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

    private void restore(Lease lease) {
        for (Hold hold : List.copyOf(holds.values())) {
            if (hold.lease == lease) {
                holds.remove(new Key(hold.proxy.name(), hold.rule.name()));
                if (fleet.find(hold.proxy.name()).equals(Optional.of(hold.proxy))) {
                    restore(hold);
                }
            }
        }
    }

    /** A rate that all proxies share comes back as it is on the others by now. */
    private void restore(Hold hold) {
        Hold fitting = new Hold(
                hold.lease, hold.proxy, hold.rule, hold.before.map(rule -> fleet.agreeing(hold.proxy.name(), rule)));
        try {
            hold.proxy.change(fitting::restored);
        } catch (ProxyClosedException e) {
            // the rule has gone with its proxy
        }
    }

    private void watch(Lease lease) {
        while (lease.waits.awaitUntil(() -> lease.end - time.nanoTime(), () -> !lease.over)) {
            lock.lock();
            try {
                if (lease.end - time.nanoTime() <= 0) { // not renewed since
                    end(lease.id);
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
