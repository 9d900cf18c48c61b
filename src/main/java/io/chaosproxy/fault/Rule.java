package io.chaosproxy.fault;

import io.chaosproxy.stream.StreamEffects;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A named fault with its direction, probability and conditions. Immutable.
 *
 * {@snippet :
 * Rule busy = Rule.of("busy", Respond.of(503)).probability(0.1).when(Match.path("/orders/*"));
 * }
 *
 * @param name unique within a plan; a path segment of the control API and the key of its draws
 * @param fault what goes wrong
 * @param way the direction or directions
 * @param chance probability of a hit, what one trial is, and a bound for the hits
 * @param when conditions of a trial
 * @param ttl how long after it took effect the rule removes itself; zero for never
 * @param written durations, sizes and rates as they were written, by the path of their key, such as {@code when.from}; values
 *     that no longer say what the rule does are ignored. Equality is about what the rule does, so they don't count for it
 */
public record Rule(
        String name,
        Fault fault,
        Directions way,
        Probability chance,
        Match when,
        Duration ttl,
        Map<String, String> written) {
    /** Rejects names that can't be shown, and combinations of fault, trial and direction that make no sense. */
    public Rule {
        Check.given("name", name);
        Check.given("type", fault);
        Check.given("direction", way);
        Check.given("probability", chance);
        Check.given("when", when);
        Check.given("written", written);
        written = Map.copyOf(written);
        Check.name("name", name);
        Check.that(
                !(fault instanceof StreamFault) || StreamEffects.has(fault),
                "type",
                "must be a fault of this program, not " + fault.getClass().getName());
        Check.duration("ttl", ttl);
        Check.that(
                !(fault instanceof AcceptFault) || !when.asksForRequest(),
                "when",
                "there is no request yet when a connection is accepted: only client, target, order and time can be"
                        + " conditions");
        Check.that(
                !(fault instanceof TlsFault) || !when.asksForRequest(),
                "when",
                "there is no request yet while TLS is negotiated: only client, sni, target, order and time can be"
                        + " conditions");
        Check.that(
                !(fault instanceof AcceptFault) || when.sni().isEmpty(),
                "when",
                "there is no ClientHello yet when a connection is accepted, so no sni");
        Check.that(
                actsIn(way, fault),
                "direction",
                "this " + fault.type() + " acts on no byte that goes "
                        + way.name().toLowerCase(Locale.ROOT));
        Check.that(
                !fault.happensOnce() || chance.per() != TrialUnit.SECOND,
                "per",
                "a " + fault.type() + " happens once, not each second");
    }

    /**
     * A rule that is written with the usual units.
     *
     * @param name unique within a plan
     * @param fault what goes wrong
     * @param way the direction or directions
     * @param chance probability of a hit, what one trial is, and a bound for the hits
     * @param when conditions of a trial
     * @param ttl how long after it took effect the rule removes itself; zero for never
     */
    public Rule(String name, Fault fault, Directions way, Probability chance, Match when, Duration ttl) {
        this(name, fault, way, chance, when, ttl, Map.of());
    }

    /**
     * {@return a rule that always hits, in the fault's usual direction}
     *
     * @param name name, unique within a plan
     * @param fault what goes wrong
     */
    public static Rule of(String name, Fault fault) {
        Check.given("type", fault);
        return new Rule(
                name,
                fault,
                fault.defaultDirections(),
                new Probability(1, fault.defaultPer(), Long.MAX_VALUE),
                Match.ANY,
                Duration.ZERO);
    }

    /**
     * {@return this rule under another name}
     *
     * @param other name, unique within a plan
     */
    public Rule named(String other) {
        return new Rule(other, fault, way, chance, when, ttl, written);
    }

    /**
     * {@return this rule with this probability}
     *
     * @param probability 0 to 1
     */
    public Rule probability(double probability) {
        return new Rule(
                name, fault, way, new Probability(probability, chance.per(), chance.maxHits()), when, ttl, written);
    }

    /**
     * {@return this rule with this kind of trial}
     *
     * @param per what one trial is
     */
    public Rule per(TrialUnit per) {
        return new Rule(
                name, fault, way, new Probability(chance.probability(), per, chance.maxHits()), when, ttl, written);
    }

    /**
     * {@return this rule, resting after this number of hits}
     *
     * @param hits number of hits after which the rule rests, 0 or more; {@link Long#MAX_VALUE} for no bound
     */
    public Rule maxHits(long hits) {
        return new Rule(
                name, fault, way, new Probability(chance.probability(), chance.per(), hits), when, ttl, written);
    }

    /**
     * {@return this rule in this direction}
     *
     * @param other direction or directions
     */
    public Rule way(Directions other) {
        return new Rule(name, fault, other, chance, when, ttl, written);
    }

    /**
     * {@return this rule under these conditions}
     *
     * @param conditions conditions that have to hold for a trial
     */
    public Rule when(Match conditions) {
        return new Rule(name, fault, way, chance, conditions, ttl, written);
    }

    /**
     * {@return this rule, removing itself after this time}
     *
     * @param time time from the moment at which the rule takes effect; zero for ever
     */
    public Rule ttl(Duration time) {
        return new Rule(name, fault, way, chance, when, time, written);
    }

    /**
     * {@return this rule, written with these durations, sizes and rates}
     *
     * @param values values by the path of their key
     */
    public Rule written(Map<String, String> values) {
        return new Rule(name, fault, way, chance, when, ttl, values);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Rule rule
                && name.equals(rule.name)
                && fault.equals(rule.fault)
                && way == rule.way
                && chance.equals(rule.chance)
                && when.equals(rule.when)
                && ttl.equals(rule.ttl);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, fault, way, chance, when, ttl);
    }

    /**
     * Whether there is a direction in which the fault acts; only faults of a stream have any. One of a handshake acts on no bytes of the
     * stream, so it is left in its usual direction.
     */
    private static boolean actsIn(Directions way, Fault fault) {
        if (fault instanceof TlsFault) {
            return way == fault.defaultDirections();
        }
        return !(fault instanceof StreamFault stream)
                || Arrays.stream(Direction.values()).anyMatch(d -> way.includes(d) && stream.actsOn(d));
    }

    /**
     * Refuses what a proxy of this protocol can't carry out.
     *
     * @param protocol protocol of the proxy
     * @throws InvalidValueException naming the key
     */
    public void checkFor(Protocol protocol) {
        Check.given("protocol", protocol);
        if (protocol == Protocol.TCP) {
            Check.that(!fault.httpOnly(), "type", fault.type() + " needs protocol = http or auto");
            Check.that(!when.asksForRequest(), "when", "method, path, host and header need protocol = http or auto");
        }
    }
}
