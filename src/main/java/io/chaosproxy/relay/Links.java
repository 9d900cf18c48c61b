package io.chaosproxy.relay;

import io.chaosproxy.fault.ActivePlan;
import io.chaosproxy.fault.ActiveRule;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.flow.Rates;
import io.chaosproxy.flow.Throttle;
import io.chaosproxy.flow.TimeSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The links of limited width that some connections share: one for each rate rule and direction.
 *
 * <p>A link outlives its rule's edits, so that a changed rate holds at once for those who wait on it.
 */
final class Links {
    private final Rate.Shared sharers;
    private final TimeSource time;
    private final long seed;
    private final String proxy;
    private final Map<Key, Link> links = new ConcurrentHashMap<>(2);

    private record Key(String rule, Direction direction) {}

    /** A throttle and the rate that it was last set to. */
    private static final class Link {
        final Throttle throttle;
        volatile Rate rate;

        Link(Throttle throttle, Rate rate) {
            this.throttle = throttle;
            this.rate = rate;
        }
    }

    /**
     * No links yet.
     *
     * @param proxy part of what ranges draw; empty for links that all proxies share
     */
    Links(Rate.Shared sharers, TimeSource time, long seed, String proxy) {
        this.sharers = sharers;
        this.time = time;
        this.seed = seed;
        this.proxy = proxy;
    }

    Throttle throttle(String rule, Rate rate, Direction direction) {
        return links.computeIfAbsent(
                        new Key(rule, direction), key -> new Link(new Throttle(time, rates(rate, rule)), rate))
                .throttle;
    }

    /** Makes the links as wide as the plan now says. */
    void adopt(ActivePlan plan) {
        for (ActiveRule active : plan.inForce()) {
            if (active.rule().fault() instanceof Rate rate && rate.shared() == sharers) {
                for (Direction direction : Direction.values()) {
                    Link link = links.get(new Key(active.rule().name(), direction));
                    if (link != null && !link.rate.equals(rate)) {
                        link.rate = rate;
                        link.throttle.rates(rates(rate, active.rule().name()));
                    }
                }
            }
        }
    }

    private Rates rates(Rate rate, String rule) {
        return ActiveRule.rates(rate, seed, proxy, rule);
    }
}
