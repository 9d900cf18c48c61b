package io.chaosproxy.cluster;

import java.time.Duration;

/** How often a replica speaks to Redis, and how long what it got there holds. */
public final class Pace {
    /** The least time between two exchanges: what a lease is ahead of the traffic. */
    public static final Duration SHORTEST = Duration.ofMillis(50);

    /** Of many replicas, each speaks less often, so that Redis runs at most this many scripts a second. */
    private static final int SCRIPTS_PER_SECOND = 5_000;

    /** Upper bound for the time between two exchanges, however many replicas there are: a few of them in a lease. */
    private static final Duration LONGEST = Duration.ofMillis(250);

    /** Lease of a rate: the share of a replica that says nothing is free after this time. */
    public static final Duration LEASE = Duration.ofSeconds(1);

    private Pace() {}

    /** Time between two exchanges of a replica. */
    public static Duration between(int replicas) {
        Duration shared = Duration.ofNanos(1_000_000_000L / SCRIPTS_PER_SECOND * replicas);
        Duration least = shared.compareTo(SHORTEST) < 0 ? SHORTEST : shared;
        return least.compareTo(LONGEST) > 0 ? LONGEST : least;
    }
}
