package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.flow.RateSchedule;
import io.chaosproxy.flow.TimeSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The links of limited width that some connections share: one for each rate rule and direction.
 *
 * <p>A link outlives its rule's edits, so that a changed rate applies at once to waiting threads.
 */
public final class SharedLimiters {
    private final FaultScope sharers;
    private final TimeSource time;
    private final Schedules schedules;
    private final Map<Key, Link> limiters = new ConcurrentHashMap<>(2);

    private record Key(String rule, Direction direction) {}

    /** How wide a link is over time. */
    @FunctionalInterface
    interface Schedules {
        RateSchedule of(RateLimit rate, String rule, Direction direction);
    }

    /** A throttle and the rate that it was last set to. */
    private record Link(RateLimiter limiter, RateLimit rate) {}

    /**
     * No links yet.
     *
     * @param proxy part of what ranges draw; empty for links that all proxies share
     */
    public SharedLimiters(FaultScope sharers, TimeSource time, long seed, String proxy) {
        this(sharers, time, (rate, rule, direction) -> schedule(rate, seed, proxy, rule));
    }

    /** No links yet, whose width is decided elsewhere. */
    SharedLimiters(FaultScope sharers, TimeSource time, Schedules schedules) {
        this.sharers = sharers;
        this.time = time;
        this.schedules = schedules;
    }

    /**
     * The link of a rule, made when the first byte wants to pass.
     *
     * <p>A plan is changed first and its links are widened after that, so a link that is made in between must not begin with
     * the rate of the plan before: it would never be updated.
     *
     * @param rate for a link that is new, if its rule is gone from the plan by now
     * @param current the plan in force at the moment of the call
     */
    public RateLimiter limiter(String rule, RateLimit rate, Direction direction, Supplier<ActivePlan> current) {
        return link(rule, rate, direction, () -> current.get().limit(rule, sharers));
    }

    /** The link of a rule; {@code current} says which rate is in force at the moment of the call. */
    RateLimiter link(String rule, RateLimit rate, Direction direction, Supplier<Optional<RateLimit>> current) {
        return limiters.computeIfAbsent(new Key(rule, direction), key -> {
                    RateLimit now = current.get().orElse(rate);
                    return new Link(new RateLimiter(time, schedules.of(now, rule, direction)), now);
                })
                .limiter();
    }

    /** Makes the links as wide as the plan now says; the plan is in force already. */
    public void adopt(ActivePlan plan) {
        adopt(List.of(plan));
    }

    /** Makes the links as wide as these plans say, which agree; a link that none of them has goes. */
    void adopt(Collection<ActivePlan> plans) {
        limiters.keySet()
                .removeIf(key -> plans.stream()
                        .allMatch(plan -> plan.limit(key.rule(), sharers).isEmpty()));
        plans.forEach(this::widen);
    }

    private void widen(ActivePlan plan) {
        for (ActiveRule active : plan.inForce()) {
            RateLimit rate = active.limit();
            if (rate != null && rate.scope() == sharers) {
                for (Direction direction : Direction.values()) {
                    limiters.computeIfPresent(
                            new Key(active.rule().name(), direction), (key, link) -> widened(link, key, rate));
                }
            }
        }
    }

    private Link widened(Link link, Key key, RateLimit rate) {
        if (link.rate().equals(rate)) {
            return link;
        }
        link.limiter().rates(schedules.of(rate, key.rule(), key.direction()));
        return new Link(link.limiter(), rate);
    }

    /** The rate over time. Draws are a function of seed, proxy, rule and the number of the redraw alone. */
    public static RateSchedule schedule(RateLimit rate, long seed, String proxy, String rule) {
        if (rate.isConstant()) {
            return RateSchedule.constant(rate.min());
        }
        SeededRandom dice = new SeededRandom(seed, proxy, rule);
        long end = Math.min(rate.max(), Long.MAX_VALUE - 1) + 1;
        return new RateSchedule(
                step -> dice.roll(0, 0, step).nextLong(rate.min(), end),
                rate.redraw().toNanos());
    }
}
