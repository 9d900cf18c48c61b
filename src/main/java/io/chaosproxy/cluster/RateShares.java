package io.chaosproxy.cluster;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.flow.RateSchedule;
import io.chaosproxy.inject.ClusterLink;
import io.chaosproxy.inject.ClusterRates;
import io.chaosproxy.inject.SharedLimiters;
import io.chaosproxy.relay.Fleet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What this replica may use of the rates that all share: the share of the last exchange, until the next one. The limiters run on
 * with that share while Redis says nothing. Any thread may read; one thread exchanges.
 */
final class RateShares implements ClusterRates {
    private static final double SECOND = 1e9;

    /** Smaller changes of a share aren't worth waking its writers for. */
    private static final double STEP = 0.002;

    private final long seed;
    private final Map<Key, Share> shares = new ConcurrentHashMap<>();
    private volatile int replicas = 1; // without an answer this one is alone
    private volatile long clock; // of Redis less that of this process, in nanoseconds

    private record Key(String rule, Direction direction) {}

    /**
     * The last share.
     *
     * @param part of the whole rate
     * @param fair bytes per second without the correction of the capacity, which is of the moment
     */
    private record Share(double part, long fair) {}

    /** What one link did since the exchange before, kept until Redis has been told. */
    private static final class Usage {
        final long since;
        final Used before;
        Used used;
        long sent;
        double allowed; // bytes
        int writers;
        boolean waited;
        private long settled;

        Usage(long since, Used before) {
            this.since = since;
            this.before = before;
            this.used = before;
            this.settled = since;
        }

        void add(RateLimiter.Use use) {
            sent += use.bytes();
            writers = Math.max(writers, use.writers());
            waited |= use.waited();
        }

        /** Counts what the limiter allowed up to now; to be called before its rate changes. */
        void settle(long rate, long now) {
            allowed += rate * ((now - settled) / SECOND);
            settled = now;
        }

        void sum(long now) {
            used = before.then((double) sent, allowed, (now - since) / SECOND);
        }
    }

    private final Map<Key, Usage> usages = new ConcurrentHashMap<>();

    /**
     * No shares yet.
     *
     * @param seed of the rates that are drawn from a range, the same for all replicas
     */
    RateShares(long seed) {
        this.seed = seed;
    }

    @Override
    public long lease(String rule, Direction direction, RateLimit whole) {
        Share share = shares.get(new Key(rule, direction));
        double part = share == null ? 1.0 / replicas : share.part();
        return (long) Math.ceil(part * rate(rule, whole));
    }

    /** The rate of all replicas at this moment; each draws the same, for the numbers of the draws come from the clock of Redis. */
    private long rate(String rule, RateLimit whole) {
        RateSchedule schedule = SharedLimiters.schedule(whole, seed, "", rule);
        return schedule.ofStep().applyAsLong((System.nanoTime() + clock) / schedule.step());
    }

    /** Arguments of the script for each link. */
    List<String> arguments(List<ClusterLink> links) {
        List<String> words = new ArrayList<>();
        long now = System.nanoTime();
        for (ClusterLink link : links) {
            Usage usage = usages.computeIfAbsent(key(link), key -> new Usage(now, Used.NOTHING));
            usage.add(link.limiter().use());
            usage.settle(link.limiter().rate(), now);
            usage.sum(now);
            words.add(String.valueOf(rate(link.rule(), link.whole())));
            words.add(String.valueOf(usage.writers));
            words.add(String.valueOf(usage.sent));
            words.add(String.valueOf((now - usage.since) / 1000));
            words.add(String.valueOf(usage.used.part()));
            words.add(usage.waited ? "1" : "0");
        }
        return words;
    }

    /**
     * Puts the leases in force.
     *
     * @param asked when the arguments were made
     * @param micros moment at which Redis answered, by its own clock
     * @param leases for each link the lease and the capacity that it is a part of, in bytes per second
     */
    void adopt(List<ClusterLink> links, long asked, long micros, int count, List<String> leases) {
        replicas = Math.max(1, count);
        clock = micros * 1000 - System.nanoTime();
        for (int i = 0; i < links.size(); i++) {
            ClusterLink link = links.get(i);
            Usage told = usages.get(key(link));
            Usage next = new Usage(asked, told == null ? Used.NOTHING : told.used);
            next.settle(link.limiter().rate(), System.nanoTime());
            usages.put(key(link), next);
            adopt(link, Double.parseDouble(leases.get(2 * i)), Double.parseDouble(leases.get(2 * i + 1)));
        }
        shares.keySet().retainAll(links.stream().map(RateShares::key).toList());
        usages.keySet().retainAll(shares.keySet());
    }

    private void adopt(ClusterLink link, double lease, double capacity) {
        long whole = rate(link.rule(), link.whole());
        double part = whole == 0 ? 1.0 / replicas : lease / whole;
        double fair = capacity == 0 ? 0 : lease * whole / capacity;
        shares.put(key(link), new Share(part, Math.min(Math.round(fair), whole)));
        putInForce(link, (long) lease);
    }

    /** Puts the last fair shares in force, for there will be no other leases for some time. */
    void keep(List<ClusterLink> links) {
        for (ClusterLink link : links) {
            Share share = shares.get(key(link));
            if (share != null) {
                putInForce(link, share.fair());
            }
        }
    }

    private static void putInForce(ClusterLink link, long lease) {
        if (Math.abs(link.limiter().rate() - lease) > STEP * lease) {
            link.limiter().rates(RateSchedule.constant(lease));
        }
    }

    List<Fleet.Share> shown(List<ClusterLink> links) {
        return links.stream()
                .map(link -> new Fleet.Share(
                        link.rule(), link.direction(), link.limiter().rate(), rate(link.rule(), link.whole())))
                .toList();
    }

    private static Key key(ClusterLink link) {
        return new Key(link.rule(), link.direction());
    }
}
