package io.chaosproxy.relay;

import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.inject.GlobalLimiters;
import io.chaosproxy.inject.SeededRandom;
import io.chaosproxy.inject.SharedOutages;
import io.chaosproxy.inject.Traces;
import io.chaosproxy.net.NameResolver;
import io.chaosproxy.observe.EventBus;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** Shared context of the proxies of one configuration: the seed, the clock, the journal, the shared links. */
public final class ServerContext {
    private final long seed;
    private final TimeSource time;
    private final Journal journal;
    private final GlobalLimiters limiters;
    private final SharedOutages stalls = new SharedOutages();
    private final boolean hitHeaders;
    private final EventBus events = new EventBus();
    private final Traces traces;
    private final NameResolver resolver;
    private final Optional<Fleet> fleet;
    private final ReentrantLock changing = new ReentrantLock();

    public ServerContext(long seed, TimeSource time, Journal journal) {
        this(seed, time, journal, false);
    }

    /**
     * Context of a program with one control plane.
     *
     * @param hitHeaders whether responses tell in {@code X-Chaos-*} fields which rules hit them
     */
    public ServerContext(long seed, TimeSource time, Journal journal, boolean hitHeaders) {
        this(seed, time, journal, hitHeaders, NameResolver.OF_PROCESS);
    }

    /** Context of a program that may be a replica of a cluster. */
    public ServerContext(long seed, TimeSource time, Journal journal, boolean hitHeaders, Optional<Fleet> fleet) {
        this(seed, time, journal, hitHeaders, NameResolver.OF_PROCESS, fleet);
    }

    /** Context with a resolver of its own for the names of upstreams. */
    public ServerContext(long seed, TimeSource time, Journal journal, boolean hitHeaders, NameResolver resolver) {
        this(seed, time, journal, hitHeaders, resolver, Optional.empty());
    }

    private ServerContext(
            long seed,
            TimeSource time,
            Journal journal,
            boolean hitHeaders,
            NameResolver resolver,
            Optional<Fleet> fleet) {
        this.fleet = fleet;
        this.resolver = resolver;
        this.hitHeaders = hitHeaders;
        this.seed = seed;
        this.time = time;
        this.journal = journal;
        this.limiters = new GlobalLimiters(time, drawSeed());
        fleet.ifPresent(cluster -> limiters.cluster(cluster.rates()));
        this.traces = new Traces(time);
    }

    /** The same seed, clock and names, with a small journal, events and shared links of its own. */
    ServerContext separate() {
        return new ServerContext(seed, time, new Journal(1), hitHeaders, resolver);
    }

    /** The seed as it is configured and shown; of a cluster, that of all replicas. */
    public long seed() {
        return seed;
    }

    /** The seed of the draws: in a cluster another one for each replica, so that a run of all of them repeats. */
    long drawSeed() {
        return fleet.map(cluster -> SeededRandom.ofReplica(seed, cluster.replica()))
                .orElse(seed);
    }

    /** The cluster; empty for a process of its own. */
    public Optional<Fleet> fleet() {
        return fleet;
    }

    public TimeSource time() {
        return time;
    }

    public Journal journal() {
        return journal;
    }

    /** Whether responses tell in {@code X-Chaos-*} fields which rules hit them. */
    public boolean hitHeaders() {
        return hitHeaders;
    }

    /** The event bus. */
    public EventBus events() {
        return events;
    }

    /** Records of connections and exchanges. */
    public Traces traces() {
        return traces;
    }

    /** Looks up the names of hosts. */
    NameResolver resolver() {
        return resolver;
    }

    /**
     * Held while proxies are added, removed, switched, moved or closed and while a plan is changed, so that one such change
     * follows another. Held across the opening and closing of listening sockets, never while traffic is waited for. Taken before any other lock.
     */
    ReentrantLock changing() {
        return changing;
    }

    /** The limiters that all proxies share. */
    public GlobalLimiters limiters() {
        return limiters;
    }

    /**
     * Checks plans before they are put in force, and writes them to the cluster if they are for all its replicas. The lock of the
     * registry is held.
     *
     * @param wanted by the names of their proxies, in whose place they come
     */
    void check(Map<String, Plan> wanted) {
        limiters.check(wanted);
        fleet.ifPresent(cluster -> cluster.commit(wanted));
    }

    /** The outages that several proxies share. */
    SharedOutages stalls() {
        return stalls;
    }
}
