package io.chaosproxy.control;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.relay.Fleet;
import io.chaosproxy.relay.Proxy;
import io.chaosproxy.relay.ProxyClosed;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Rules that stay only while somebody renews their lease: a test that crashes takes its faults along. Each lease is watched
 * by a virtual thread. Any thread may call any method; the lock of the fleet makes one change follow another.
 */
final class Leases implements AutoCloseable {
    private final Fleet fleet;
    private final TimeSource time;
    private final ReentrantLock lock;
    private final Map<String, Lease> leases = new HashMap<>();

    /** Where a rule is; it is the same one as long as nobody puts another in its place. */
    private record Key(String proxy, String rule) {}

    /** What a client knows of a lease. */
    record Terms(String id, Duration ttl, Instant expires) {}

    private static final class Lease {
        final String id = UUID.randomUUID().toString();
        final Map<Key, Rule> rules = new HashMap<>();
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

    Leases(Fleet fleet) {
        this.fleet = fleet;
        this.lock = fleet.changing();
        this.time = fleet.common().time();
    }

    /** A new lease with nothing in it. */
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

    /** From now on for as long as before. */
    Terms renew(String id) {
        lock.lock();
        try {
            Lease lease = find(id);
            return lease.renew(lease.ttl, time.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** From now on for so long. */
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

    /** Ends a lease, if it is there, and removes what is left of its rules. */
    void end(String id) {
        lock.lock();
        try {
            Lease lease = leases.remove(id);
            if (lease != null) {
                lease.over = true;
                lease.waits.wake();
                lease.rules.forEach(this::remove);
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
    boolean put(String id, Proxy proxy, Rule rule) {
        lock.lock();
        try {
            Lease lease = find(id);
            boolean added = put(proxy, rule);
            lease.rules.put(new Key(proxy.name(), rule.name()), rule);
            return added;
        } finally {
            lock.unlock();
        }
    }

    /** Puts a rule in force for good, whoever had a lease on it. */
    boolean put(Proxy proxy, Rule rule) {
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
            leases.values().forEach(lease -> lease.rules.remove(new Key(proxy, rule)));
        } finally {
            lock.unlock();
        }
    }

    /** No lease takes any rule of this proxy away any more. */
    void release(String proxy) {
        lock.lock();
        try {
            leases.values().forEach(lease -> lease.rules.keySet().removeIf(key -> key.proxy.equals(proxy)));
        } finally {
            lock.unlock();
        }
    }

    /** Ends them all. */
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

    private void remove(Key key, Rule rule) {
        try {
            fleet.find(key.proxy)
                    .ifPresent(proxy -> proxy.change(
                            before -> before.rule(key.rule).filter(rule::equals).isPresent()
                                    ? before.without(key.rule)
                                    : before));
        } catch (ProxyClosed e) {
            // the rule has gone with its proxy
        }
    }

    private void watch(Lease lease) {
        while (lease.waits.sit(() -> lease.end - time.nanoTime(), () -> !lease.over)) {
            lock.lock();
            try {
                if (lease.end - time.nanoTime() <= 0) { // nobody has renewed it since
                    end(lease.id);
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
