package io.chaosproxy.fault;

import io.chaosproxy.flow.Direction;
import java.time.Duration;
import java.util.Arrays;

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
                !(fault instanceof Refuse || isResetAtAccept(fault)) || !when.asksForRequest(),
                "when",
                "there is no request yet when a connection is accepted: only client, order and time can be conditions");
        Check.that(
                hasDirection(fault, way),
                "direction",
                "the moment of a reset says its direction: up at request, down at first-byte and body");
        Check.that(
                !(fault instanceof Refuse
                                || fault instanceof HttpFault
                                || fault instanceof Timeout // or bytes would be missing in the midst of a stream
                                || isResetAtAccept(fault))
                        || chance.per() != TrialUnit.SECOND,
                "per",
                "a " + fault.type() + " happens once, not each second");
    }

    /** A rule that always hits, in the fault's usual direction. */
    public static Rule of(String name, Fault fault) {
        Check.given("type", fault);
        return new Rule(
                name,
                fault,
                fault.usualWay(),
                new Probability(1, fault.usualPer(), Long.MAX_VALUE),
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

    /** Whether there is a direction in which the fault acts under this rule; one at accept needs none. */
    private static boolean hasDirection(Fault fault, Directions way) {
        return !(fault instanceof Reset reset)
                || isResetAtAccept(fault)
                || Arrays.stream(Direction.values()).anyMatch(d -> way.includes(d) && reset.actsOn(d));
    }

    static boolean isResetAtAccept(Fault fault) {
        return fault instanceof Reset reset && reset.at() == Reset.At.ACCEPT;
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
