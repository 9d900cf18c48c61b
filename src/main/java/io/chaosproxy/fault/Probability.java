package io.chaosproxy.fault;

/**
 * How likely a rule is to hit.
 *
 * @param probability of one trial, 0 to 1
 * @param per what one trial is
 * @param maxHits after so many hits the rule rests; {@link Long#MAX_VALUE} for no end
 */
public record Probability(double probability, TrialUnit per, long maxHits) {
    public Probability {
        Check.given("per", per);
        Check.that(probability >= 0 && probability <= 1, "probability", "must be from 0 to 1, not " + probability);
        Check.that(maxHits >= 0, "max-hits", "must be 0 or more, not " + maxHits);
    }

    /** Whether there can be a hit at all; a rule without costs an exchange nothing. */
    public boolean canHit() {
        return probability > 0 && maxHits > 0;
    }

    /** Hits always. */
    public static Probability always() {
        return of(1);
    }

    /** Hits each exchange with this probability. */
    public static Probability of(double probability) {
        return new Probability(probability, TrialUnit.EXCHANGE, Long.MAX_VALUE);
    }
}
