package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.ExchangeFault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Probability;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.stream.OutageState;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A rule in force on a proxy: since when, and how often it matched and hit. Any thread may use it. */
public final class ActiveRule {
    private volatile Rule rule; // put again, it may be written otherwise
    private final @Nullable RateLimit limit; // asked for at each grant
    private final Optional<FaultScope> stalls;
    private final boolean forAllProxies;
    private final Optional<ExchangeFault.Response> response;
    private final int place;
    private final long since;
    private final SeededRandom dice;
    private final SeededRandom together; // for trials of several connections
    private final AtomicLong changedAtOnce; // the version that did so last; shared with what edited it under its name
    private volatile long ttlSince;
    private final AtomicLong matched = new AtomicLong();
    private final OutageState stall = new OutageState();
    private volatile AtomicLong hits = new AtomicLong();

    /**
     * A rule that takes effect now.
     *
     * @param place its number among all rules that the proxy has ever had, from 0
     * @param proxy whose name is part of the draws; empty for what all proxies share
     * @param now {@code nanoTime}
     * @param changedAtOnce of the rule of this name that it takes the place of
     */
    ActiveRule(Rule rule, int place, long seed, String proxy, long now, AtomicLong changedAtOnce) {
        this.rule = rule;
        this.limit = rule.fault() instanceof StreamFault stream ? stream.limit().orElse(null) : null;
        this.stalls = rule.fault() instanceof StreamFault stream ? stream.stalls() : Optional.empty();
        this.forAllProxies = stalls.filter(FaultScope.ALL::equals).isPresent();
        this.response = rule.fault() instanceof ExchangeFault exchange ? exchange.response() : Optional.empty();
        this.ttlSince = now;
        this.changedAtOnce = changedAtOnce;
        this.place = place;
        this.since = now;
        this.dice = new SeededRandom(seed, proxy, rule.name());
        this.together = forAllProxies ? new SeededRandom(seed, "", rule.name()) : dice;
    }

    /** Whether one hit stalls all proxies that have a rule of its name. */
    public boolean isForAllProxies() {
        return forAllProxies;
    }

    /** The rate that its fault takes room from; null if none. */
    public @Nullable RateLimit limit() {
        return limit;
    }

    /** The response that its fault has for an exchange, one for all; empty if none. */
    public Optional<ExchangeFault.Response> response() {
        return response;
    }

    /** Edits of the header of a request (up) or response (down) by its fault; empty if none. */
    public Optional<ExchangeFault.HeaderChange> edits(Direction message) {
        return rule.fault() instanceof ExchangeFault fault ? fault.edits(message) : Optional.empty();
    }

    /** The connections that one hit stalls; empty if its fault stalls none. */
    public Optional<FaultScope> stalls() {
        return stalls;
    }

    public Rule rule() {
        return rule;
    }

    /** The outage of all connections of its proxy. */
    public OutageState stall() {
        return stall;
    }

    /** Its hits count together with those of other rules. */
    public void countHitsIn(AtomicLong total) {
        hits = total;
    }

    /** Its number among all rules that the proxy has ever had, from 0: a short name for what is decided about it. */
    int place() {
        return place;
    }

    /** When it took effect, as {@code nanoTime}. */
    long since() {
        return since;
    }

    /** From when its time to live counts, as {@code nanoTime}. */
    long ttlSince() {
        return ttlSince;
    }

    /**
     * The rule was put again as it is: its time to live begins anew, its counts go on.
     *
     * @param same an equal rule
     */
    void putAgain(Rule same, long now) {
        rule = same;
        ttlSince = now;
    }

    /** The last version of the plan that put, edited or removed a rule of this name for what was under way as well. */
    AtomicLong changedAtOnce() {
        return changedAtOnce;
    }

    /** Whether the conditions hold for this connection or exchange, its place in the order aside. */
    boolean holdsFor(Target target) {
        return Conditions.hold(rule.when(), target);
    }

    /** Increments the match count and returns it. */
    long countMatch() {
        return matched.incrementAndGet();
    }

    /** Whether skip, first or nth select the match of this number, from 1. */
    boolean selects(long match) {
        return Conditions.select(rule.when(), match);
    }

    /** One trial; what comes of it counts as one of {@link Probability#maxHits} once it has an effect. */
    boolean trial(long connection, long exchange, long trial) {
        double probability = rule.chance().probability();
        return probability > 0 && (probability == 1 || draw(connection, exchange, trial) < probability);
    }

    /** What decides a trial with a probability between 0 and 1. */
    double draw(long connection, long exchange, long trial) {
        return dice.roll(connection, exchange, trial).nextDouble();
    }

    /** One trial that the connections of the rule have in common; its hit counts as that of {@link #trial}. */
    public boolean commonTrial(long trial) {
        double probability = rule.chance().probability();
        return probability > 0
                && (probability == 1
                        || together.roll(0, 0, trial).nextDouble() < probability); // connections count from 1
    }

    /** Random draws of the hit of this common trial. */
    public RandomGenerator drawsTogether(long trial) {
        RandomGenerator random = together.roll(0, 0, trial);
        random.nextDouble(); // the one that decided the trial
        return random;
    }

    /** Uses up one of {@link Probability#maxHits}; false if none is left. */
    boolean spend() {
        long most = rule.chance().maxHits();
        return hits.getAndUpdate(spent -> spent < most ? spent + 1 : spent) < most;
    }

    /** Gives back what {@link #spend} used up. */
    void unspend() {
        hits.decrementAndGet();
    }

    /** Whether no hit is left, so that nothing need be attached. */
    boolean isUsedUp() {
        return hits.get() >= rule.chance().maxHits();
    }

    /** Random draws of the hit of this trial. */
    public RandomGenerator draws(long connection, long exchange, long trial) {
        RandomGenerator random = dice.roll(connection, exchange, trial);
        random.nextDouble(); // the one that decided the trial
        return random;
    }
}
