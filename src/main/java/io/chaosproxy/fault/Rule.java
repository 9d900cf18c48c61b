package io.chaosproxy.fault;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/**
 * A named fault with its direction, probability and conditions.
 *
 * @param name unique within a plan; a path segment of the control API and the key of its draws
 * @param fault what goes wrong
 * @param way the direction or directions
 * @param chance how likely it hits
 * @param when whom it may hit
 * @param ttl how long after it took effect the rule removes itself; zero for never
 */
public record Rule(String name, Fault fault, Directions way, Probability chance, Match when, Duration ttl) {
    public Rule {
        Check.given("name", name);
        Check.given("type", fault);
        Check.given("direction", way);
        Check.given("probability", chance);
        Check.given("when", when);
        Check.name("name", name);
        Check.duration("ttl", ttl);
        Check.that(
                !(fault instanceof AcceptFault) || !when.asksForRequest(),
                "when",
                "there is no request yet when a connection is accepted: only client, order and time can be conditions");
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

    /** A rule that always hits, in the fault's usual direction. */
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

    /** The same under another name. */
    public Rule named(String other) {
        return new Rule(other, fault, way, chance, when, ttl);
    }

    /** The same with this probability. */
    public Rule probability(double probability) {
        return new Rule(name, fault, way, new Probability(probability, chance.per(), chance.maxHits()), when, ttl);
    }

    /** The same with this kind of trial. */
    public Rule per(TrialUnit per) {
        return new Rule(name, fault, way, new Probability(chance.probability(), per, chance.maxHits()), when, ttl);
    }

    /** The same, resting after so many hits. */
    public Rule maxHits(long hits) {
        return new Rule(name, fault, way, new Probability(chance.probability(), chance.per(), hits), when, ttl);
    }

    /** The same in this direction. */
    public Rule way(Directions other) {
        return new Rule(name, fault, other, chance, when, ttl);
    }

    /** The same under these conditions. */
    public Rule when(Match conditions) {
        return new Rule(name, fault, way, chance, conditions, ttl);
    }

    /** The same, removing itself after this time. */
    public Rule ttl(Duration time) {
        return new Rule(name, fault, way, chance, when, time);
    }

    /** Whether there is a direction in which the fault acts; only faults of a stream have any. */
    private static boolean actsIn(Directions way, Fault fault) {
        return !(fault instanceof StreamFault stream)
                || Arrays.stream(Direction.values()).anyMatch(d -> way.includes(d) && stream.actsOn(d));
    }

    /**
     * Refuses what a proxy of this protocol can't carry out.
     *
     * @throws InvalidValueException naming the key
     */
    public void checkFor(Protocol protocol) {
        Check.given("protocol", protocol);
        if (protocol == Protocol.TCP) {
            Check.that(!fault.httpOnly(), "type", fault.type() + " needs protocol = http");
            Check.that(!when.asksForRequest(), "when", "method, path, host and header need protocol = http");
        }
    }
}
